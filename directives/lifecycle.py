"""The life of an assignment, as one table: statuses, verbs, who may, what each needs.

`manage.py lifecycle` prints it; the database's guard and docs/lifecycle.md are generated from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    ASSIGNED = "assigned", _("Chưa tiếp nhận")
    IN_PROGRESS = "in_progress", _("Đang thực hiện")
    SUBMITTED = "submitted", _("Chờ xác nhận")
    COMPLETED = "completed", _("Hoàn thành")
    DECLINED = "declined", _("Đơn vị trả lại")
    SUSPENDED = "suspended", _("Tạm dừng")
    REVOKED = "revoked", _("Thu hồi")
    TRANSFERRED = "transferred", _("Đã chuyển")
    ENDED = "ended", _("Kết thúc theo đơn vị chủ trì")


S = Status
OPEN = (S.ASSIGNED, S.IN_PROGRESS, S.SUBMITTED, S.DECLINED)
# Rows that no longer stand for the unit's part; another row may take their place.
NOT_LIVE = (S.REVOKED, S.TRANSFERRED)
CLOSED_FOR_UNIT = (S.COMPLETED, S.REVOKED, S.TRANSFERRED, S.ENDED)


class Who(StrEnum):
    """Whose verb it is; `access.can` resolves it to people."""

    SECRETARIAT = "secretariat"
    UNIT = "unit"
    HEAD = "unit head"
    HEAD_OR_SIGNED = "unit head, or an officer with the signed document"
    SYSTEM = "the system"


class Verb(TextChoices):
    ISSUE = "issue", _("Giao")
    ACCEPT = "accept", _("Tiếp nhận")
    REPORT = "report", _("Báo cáo tiến độ")
    SUBMIT = "submit", _("Báo cáo hoàn thành")
    WITHDRAW = "withdraw", _("Rút báo cáo")
    CONFIRM = "confirm", _("Xác nhận hoàn thành")
    SEND_BACK = "send_back", _("Yêu cầu bổ sung, hoàn thiện")
    DECLINE = "decline", _("Trả lại")
    REISSUE = "reissue", _("Giao lại")
    TRANSFER = "transfer", _("Chuyển đơn vị")
    SUSPEND = "suspend", _("Tạm dừng")
    RESUME = "resume", _("Tiếp tục")
    REVOKE = "revoke", _("Thu hồi")
    END = "end", _("Kết thúc theo đơn vị chủ trì")
    REOPEN = "reopen", _("Mở lại")


@dataclass(frozen=True)
class Transition:
    """`target` None: back to the status before. `needs` is what the form asks for beside the verb."""

    verb: Verb
    sources: tuple[Status, ...]
    target: Status | None
    who: Who
    needs: Promise | str = ""


TRANSITIONS: dict[Verb, Transition] = {
    t.verb: t
    for t in (
        Transition(Verb.ISSUE, (), S.ASSIGNED, Who.SECRETARIAT),
        Transition(Verb.ACCEPT, (S.ASSIGNED,), S.IN_PROGRESS, Who.UNIT),
        Transition(Verb.REPORT, (S.ASSIGNED, S.IN_PROGRESS), S.IN_PROGRESS, Who.UNIT, _("tỷ lệ, nội dung")),
        Transition(
            Verb.SUBMIT,
            (S.ASSIGNED, S.IN_PROGRESS),
            S.SUBMITTED,
            Who.HEAD_OR_SIGNED,
            _("kết quả; tệp hoặc số văn bản"),
        ),
        Transition(Verb.WITHDRAW, (S.SUBMITTED,), S.IN_PROGRESS, Who.UNIT),
        Transition(
            Verb.CONFIRM, (S.SUBMITTED,), S.COMPLETED, Who.SECRETARIAT, _("ngày được tính là hoàn thành")
        ),
        Transition(Verb.SEND_BACK, (S.SUBMITTED,), S.IN_PROGRESS, Who.SECRETARIAT, _("lý do")),
        Transition(Verb.DECLINE, (S.ASSIGNED, S.IN_PROGRESS), S.DECLINED, Who.HEAD, _("lý do")),
        Transition(Verb.REISSUE, (S.DECLINED,), S.ASSIGNED, Who.SECRETARIAT, _("lý do")),
        Transition(
            Verb.TRANSFER,
            (*OPEN, S.SUSPENDED),
            S.TRANSFERRED,
            Who.SECRETARIAT,
            _("lý do, văn bản; thời hạn giữ hay đặt lại"),
        ),
        Transition(
            Verb.SUSPEND, (S.ASSIGNED, S.IN_PROGRESS, S.SUBMITTED), S.SUSPENDED, Who.SECRETARIAT, _("lý do")
        ),
        Transition(Verb.RESUME, (S.SUSPENDED,), None, Who.SECRETARIAT, _("thời hạn giữ hay đặt lại")),
        Transition(Verb.REVOKE, (*OPEN, S.SUSPENDED), S.REVOKED, Who.SECRETARIAT, _("lý do")),
        Transition(Verb.END, OPEN, S.ENDED, Who.SYSTEM),
        Transition(
            Verb.REOPEN, (S.COMPLETED,), S.IN_PROGRESS, Who.SECRETARIAT, _("lý do; thời hạn giữ hay đặt lại")
        ),
    )
}


def targets(transition: Transition) -> tuple[Status, ...]:
    """Return the statuses a transition can lead to; a resume leads back to where a suspension came from."""
    if transition.target is not None:
        return (transition.target,)
    return TRANSITIONS[Verb.SUSPEND].sources


def allowed_pairs() -> frozenset[tuple[str, str]]:
    """Return every (from, to) of the table, "" standing for a row that is not there yet."""
    return frozenset(
        (source, target)
        for transition in TRANSITIONS.values()
        for source in (transition.sources or ("",))
        for target in targets(transition)
    )
