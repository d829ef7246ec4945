"""The steps of a ladder: a table in words on the policy's page, and a form for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet, TextChoices
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldBooleanSwitchWidget,
)

from accounts.clock import today
from directives.access import visible_to
from directives.admin.document_forms import documents_like
from directives.admin.form_fields import LineWithChoices, ReasonForm
from directives.admin.pages import CaseAdmin, bound
from directives.admin.person_field import PersonField, person_line
from directives.errors import Refused
from directives.lifecycle import OPEN, Status
from directives.models import Directive, Document, PolicyStep, ReminderPolicy
from directives.models.directive import Part
from directives.models.document import Urgency
from directives.reminders.step_words import about, when, whom
from directives.reminders.steps import save_step
from directives.rights import Rights

DOCUMENTS_OFFERED = 200
CHANGES_SHOWN = 10
MOST_DAYS = 366
# A reminder is about open work; the other statuses would never match.
_STATUSES = [(status.value, status.label) for status in Status if status in OPEN]
# What the form asks in parts is named after the field in a refusal.
FORM_FIELD = {"offset_days": "days"}


class Side(TextChoices):
    """On which side of the due date a step lies."""

    BEFORE = "before", _("Trước thời hạn")
    ON = "on", _("Đúng ngày đến hạn")
    AFTER = "after", _("Sau thời hạn")


def _days_field(label: Any, help_text: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        required=False,
        max_value=MOST_DAYS,
        widget=UnfoldAdminIntegerFieldWidget({"min": 1, "max": MOST_DAYS}),
        error_messages={
            "invalid": _("Nhập số ngày bằng chữ số, ví dụ 7."),
            "max_value": _("Nhập số ngày đến %(limit_value)d."),
        },
    )


def _several(label: Any, choices: Any) -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label=label,
        choices=choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )


class StepForm(ReasonForm):
    """One step, as a clerk thinks of it: how many days on which side of the date."""

    side = forms.ChoiceField(
        label=_("Nhắc khi nào"), choices=Side.choices, widget=UnfoldAdminRadioSelectWidget(radio_style=1)
    )
    days = _days_field(_("Số ngày"), _("Trước hoặc sau thời hạn bao nhiêu ngày."))
    day_kind = forms.ChoiceField(
        label=_("Tính theo"),
        choices=PolicyStep.DayKind.choices,
        initial=PolicyStep.DayKind.CALENDAR,
        widget=UnfoldAdminRadioSelectWidget(radio_style=1),
    )
    repeat_every_days = _days_field(
        _("Sau đó nhắc lại mỗi (ngày)"), _("Để trống: chỉ nhắc một lần. Cho đến khi đơn vị hoàn thành.")
    )
    audience = forms.ChoiceField(
        label=_("Gửi cho"),
        choices=[("", _("Chọn người nhận")), *PolicyStep.Audience.choices],
        widget=UnfoldAdminSelectWidget(),
        help_text=_("Thư tuần của Tổ thư ký luôn gửi vào thứ Hai, không theo số ngày ở trên."),
        error_messages={"required": _("Hãy chọn người nhận.")},
    )
    person = PersonField(
        label=_("Người được nêu tên"),
        required=False,
        help_text=_("Chỉ khi gửi cho người được nêu tên: họ và tên, hoặc tên đăng nhập."),
    )
    urgencies = _several(_("Độ khẩn"), Urgency.choices)
    kinds = _several(_("Tính chất"), Directive.Kind.choices)
    parts = _several(_("Vai trò"), Part.choices)
    statuses = _several(_("Trạng thái"), _STATUSES)
    document = forms.CharField(
        label=_("Chỉ nhiệm vụ của văn bản"),
        required=False,
        max_length=200,
        widget=LineWithChoices({"autocomplete": "off"}),
        help_text=_("Số, ký hiệu của văn bản; để trống: mọi văn bản."),
    )
    may_mute = forms.BooleanField(
        label=_("Người nhận được tắt"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("Chỉ cho bậc trước hạn hoặc đúng hạn; nhắc việc quá hạn không tắt được."),
    )
    is_active = forms.BooleanField(
        label=_("Đang dùng"), required=False, initial=True, widget=UnfoldBooleanSwitchWidget()
    )
    field_order = [
        "side", "days", "day_kind", "repeat_every_days", "audience", "person", "urgencies", "kinds", "parts",
        "statuses", "document", "may_mute", "is_active", "reason",
    ]  # fmt: skip

    def __init__(
        self, *args: Any, step: PolicyStep, documents: QuerySet[Document], held: Rights, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.step, self.documents, self.held = step, documents, held
        self.fields["reason"].required = step.pk is not None
        del self.fields["reason"].widget.attrs["autofocus"]
        person: Any = self.fields["person"]
        person.offer()
        document: Any = self.fields["document"]
        document.widget.known = [
            row.label for row in documents.order_by("-issued_on", "-pk")[:DOCUMENTS_OFFERED]
        ]
        if step.pk is not None:
            self._begin(step)

    def _begin(self, step: PolicyStep) -> None:
        offset = step.offset_days
        values: dict[str, Any] = {
            "side": Side.ON if not offset else Side.BEFORE if offset < 0 else Side.AFTER,
            "days": abs(offset) or None,
            "day_kind": step.day_kind,
            "repeat_every_days": step.repeat_every_days,
            "audience": step.audience,
            "person": person_line(step.person) if step.person is not None else "",
            "urgencies": step.urgencies,
            "kinds": step.kinds,
            "parts": step.parts,
            "statuses": step.statuses,
            "document": step.document.label if step.document is not None else "",
            "may_mute": step.may_mute,
            "is_active": step.is_active,
        }
        self.initial.update(values)

    def clean_document(self) -> Document | None:
        """Return the one document meant by what was typed, of the policy's committee."""
        typed = self.cleaned_data["document"].strip()
        if not typed:
            return None
        if self.step.document is not None and typed == self.step.document.label:
            return self.step.document
        found = list(documents_like(typed, self.documents, held=self.held)[:6])
        exact = [row for row in found if row.label == typed]
        if len(exact or found) == 1:
            return (exact or found)[0]
        if not found:
            raise forms.ValidationError(_("Không tìm thấy văn bản nào như vậy; hãy nhập số, ký hiệu."))
        labels = "; ".join(f"{row.label} (#{row.pk})" for row in found[:5])
        raise forms.ValidationError(
            _("Có nhiều văn bản như vậy: %(labels)s. Hãy nhập đúng một văn bản, ví dụ #%(pk)d."),
            params={"labels": labels, "pk": found[0].pk},
        )

    def clean(self) -> dict[str, Any]:
        """Check that the number of days fits its side of the date."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        side, days = data.get("side"), data.get("days")
        if side == Side.ON and days:
            self.add_error("days", _("Đúng ngày đến hạn thì để trống số ngày."))
        elif side in (Side.BEFORE, Side.AFTER) and "days" in data and (days or 0) < 1:
            self.add_error("days", _("Nhập số ngày từ 1 trở lên."))
        return data

    def filled_step(self) -> PolicyStep:
        """Return the step with what was entered, not yet written."""
        data, step = self.cleaned_data, self.step
        sign = -1 if data["side"] == Side.BEFORE else 1
        step.offset_days = sign * (data["days"] or 0)
        for name in (
            "day_kind", "repeat_every_days", "audience", "person", "urgencies", "kinds", "parts", "statuses",
            "document", "may_mute", "is_active",
        ):  # fmt: skip
            setattr(step, name, data[name])
        return step


class StepPages(CaseAdmin):
    """The forms of a policy's steps; part of the screen of policies. A step is switched off, never deleted."""

    def step_pages(self) -> list[tuple[str, Callable[..., HttpResponseBase], str]]:
        """Return the pages' routes, views and names."""
        return [
            ("<int:object_id>/bac/them/", self.add_step, "add_step"),
            ("<int:object_id>/bac/<int:step_id>/", self.change_step, "step"),
        ]

    def add_step(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Thêm bậc nhắc."""
        policy: ReminderPolicy = self.worked_on(request, object_id)
        step = PolicyStep(policy=policy)
        return self._step_dialog(request, step, title=_("Thêm bậc nhắc"), done=_("Đã thêm bậc nhắc."))

    def change_step(self, request: HttpRequest, object_id: int, step_id: int) -> HttpResponse:
        """Sửa bậc nhắc."""
        policy: ReminderPolicy = self.worked_on(request, object_id)
        step = get_object_or_404(policy.steps.select_related("person", "document", "policy"), pk=step_id)
        return self._step_dialog(request, step, title=_("Sửa bậc nhắc"), done=_("Đã sửa bậc nhắc."))

    def _step_dialog(self, request: HttpRequest, step: PolicyStep, *, title: Any, done: Any) -> HttpResponse:
        policy = step.policy
        intro = f"{when(step)} → {whom(step)}" if step.pk is not None else ""
        documents = visible_to(request.user, Document, on=today()).filter(committee=policy.committee_id)
        form = StepForm(step=step, documents=documents, held=self.held(request), **bound(request))

        def act(data: Mapping[str, Any]) -> None:
            with self.acting(request, self.reason_of(form, step.pk is not None)):
                try:
                    save_step(step=form.filled_step())
                except Refused as refusal:
                    field = FORM_FIELD.get(refusal.field, refusal.field)
                    raise Refused(refusal.message, field=field) from refusal

        return self.dialog(
            request,
            form=form,
            act=act,
            back=self.home(policy),
            trail=[(self.address("changelist"), _("Chính sách nhắc việc")), (self.home(policy), policy.name)],
            title=title,
            button=_("Lưu"),
            done=done,
            intro=intro,
            template="admin/directives/policy/step.html",
        )


def steps_in_words(policy: ReminderPolicy) -> list[dict[str, Any]]:
    """Return the lines of a policy's table of steps, those in use first, then by day."""
    steps = policy.steps.select_related("person", "document").order_by(
        "-is_active", "offset_days", "audience", "pk"
    )
    return [{"step": step, "when": when(step), "whom": whom(step), "about": about(step)} for step in steps]


def step_changes(policy: ReminderPolicy) -> list[dict[str, Any]]:
    """Return the latest changes of the steps of a policy, newest first, in words."""
    rows = PolicyStep.history.filter(policy_id=policy.pk).select_related("history_user", "person")
    return [
        {
            "at": past.history_date,
            "by": past.history_user,
            "reason": past.history_change_reason,
            "what": _now("Thêm") if past.history_type == "+" else _now("Sửa"),
            "step": f"{when(past)} → {whom(past)}",
            "is_active": past.is_active,
        }
        for past in rows.order_by("-history_id")[:CHANGES_SHOWN]
    ]
