"""The one writer of a policy's steps: what the database would refuse is said in words, at the field."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from directives.errors import Refused
from directives.models import PolicyStep, Reminder, ReminderPolicy

# What makes two steps of a policy the same one (the constraint `step_once`).
SAME = (
    "audience", "person", "offset_days", "day_kind", "urgencies", "kinds", "parts", "statuses", "document",
)  # fmt: skip
_CHOSEN = ("urgencies", "kinds", "parts", "statuses")


@transaction.atomic
def save_step(*, step: PolicyStep) -> PolicyStep:
    """Write a new or changed step; call within `accounts.audit.context.acting(…)`.

    Nothing that was sent is sent again: a step that reminded somebody keeps its reader, it can be switched off.
    Raises Refused, naming the field (`offset_days`, `audience`, …).
    """
    # Two people at once do not enter the same step twice: who comes second is told in words.
    ReminderPolicy.objects.select_for_update().get(pk=step.policy_id)
    for name in _CHOSEN:
        setattr(step, name, _in_order(name, getattr(step, name)))
    _demand_whole(step)
    _demand_reader(step)
    values = {name: getattr(step, name) for name in SAME}
    alike = {
        (f"{name}__isnull" if value is None else name): True if value is None else value
        for name, value in values.items()
    }
    twins = PolicyStep.objects.filter(policy=step.policy_id, **alike).exclude(pk=step.pk)
    if twins.exists():
        raise Refused(_("Chính sách đã có bậc nhắc này cho cùng người nhận."), field="offset_days")
    step.full_clean()
    step.save()
    return step


def _in_order(name: str, chosen: list[str]) -> list[str]:
    """One way to write a choice: in the order of the choices, and all of them is the same as none."""
    field = PolicyStep._meta.get_field(name).base_field  # type: ignore[union-attr]
    ordered = [value for value, _label in field.choices if value in chosen]
    return [] if len(ordered) == len(field.choices) else ordered


def _demand_whole(step: PolicyStep) -> None:
    offset, every = step.offset_days, step.repeat_every_days
    if every is not None and every < 1:
        raise Refused(_("Nhập số ngày từ 1 trở lên, hoặc để trống."), field="repeat_every_days")
    if every and offset < 0:
        raise Refused(_("Chỉ lặp lại từ ngày đến hạn trở đi (số ngày từ 0)."), field="repeat_every_days")
    if step.may_mute and (offset > 0 or every):
        raise Refused(_("Chỉ bậc trước hạn hoặc đúng hạn, không lặp lại, mới được tắt."), field="may_mute")
    named = step.audience == PolicyStep.Audience.PERSON
    if named != (step.person_id is not None):
        told = _("Hãy chọn người nhận.") if named else _("Chỉ nêu tên khi gửi cho người được nêu tên.")
        raise Refused(told, field="person")
    if step.document is not None and step.document.committee_id != step.policy.committee_id:
        raise Refused(_("Văn bản này thuộc Ban Chỉ đạo khác."), field="document")


def _demand_reader(step: PolicyStep) -> None:
    """Who was told of a due date is known by the step's reader: another reader is another step."""
    before = PolicyStep.objects.filter(pk=step.pk).values_list("policy", "audience", "person").first()
    if before is None or before == (step.policy_id, step.audience, step.person_id):
        return
    if Reminder.objects.filter(step=step.pk).exists():
        raise Refused(
            _("Bậc này đã nhắc nên không đổi người nhận được; hãy bỏ chọn “Đang dùng” rồi thêm bậc khác."),
            field="audience",
        )
