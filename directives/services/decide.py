"""What the secretariat decides about an assignment, beside confirming it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts.clock import hanoi_date
from accounts.models import User
from directives.errors import Refused
from directives.lifecycle import NOT_LIVE, OPEN, Status, Verb
from directives.models import Assignment, DeadlineEntry, Directive, Occasion
from directives.models.directive import Part
from directives.services.frame import (
    deciding,
    demand,
    demand_reason,
    demand_secretariat,
    lapse_requests,
    lock_assignment,
    lock_decided,
    move,
    recording,
    set_due,
)
from directives.services.occasions import tell
from directives.services.work import clear_submission
from steering.models import Succession, Unit


class _Kept:
    """The due date stays as it is; None would mean that there is none from now on."""


KEPT: Final = _Kept()
NewDue = date | None | _Kept


def send_back(
    *, assignment: Assignment, by: User, at: datetime, reason: str, version: int | None = None
) -> Assignment:
    """Ask the unit to complete its result, with a reason; the work is open again."""
    with deciding(
        assignment, Verb.SEND_BACK, by=by, at=at, reason=demand_reason(reason), version=version
    ) as row:
        move(row, Verb.SEND_BACK)
        clear_submission(row)
        tell(Occasion.Kind.SENT_BACK, row, by=by, at=at, text=reason.strip())
    return row


def reissue(
    *, assignment: Assignment, by: User, at: datetime, reason: str, version: int | None = None
) -> Assignment:
    """Give a declined assignment to the same unit again, with a reason."""
    with deciding(
        assignment, Verb.REISSUE, by=by, at=at, reason=demand_reason(reason), version=version
    ) as row:
        move(row, Verb.REISSUE)
        tell(Occasion.Kind.ASSIGNED, row, by=by, at=at, text=reason.strip())
    return row


def transfer(
    *,
    assignment: Assignment,
    unit: Unit,
    by: User,
    at: datetime,
    reason: str,
    basis: str,
    due_on: NewDue = KEPT,
    version: int | None = None,
) -> Assignment:
    """Give the assignment to another unit; returns the new, linked assignment. The date goes along or is set anew.

    `basis` names the document by which it is transferred.
    """
    reason = demand_reason(reason)
    if not basis.strip():
        raise Refused(_("Hãy nhập văn bản làm căn cứ chuyển."), field="basis")
    on = hanoi_date(at)
    with recording(by=by, at=at, reason=f"{reason} ({basis.strip()})"):
        row = lock_decided(assignment, version=version)
        demand(row, Verb.TRANSFER, by=by, at=at)
        _demand_other_unit(row, unit, on=on)
        move(row, Verb.TRANSFER)
        row.with_head_since = None
        lapse_requests(row, at=at)
        row.save()
        due = row.due_on if isinstance(due_on, _Kept) else due_on
        new = Assignment(
            directive=row.directive,
            unit=unit,
            period=row.period,
            part=row.part,
            parent=row.parent,
            transferred_from=row,
            assigned_on=on,
            due_on=due,
            original_due_on=row.original_due_on if isinstance(due_on, _Kept) else due,
        )
        _enter_transferred(new, row, by=by, at=at, basis=basis.strip())
        tell(Occasion.Kind.ASSIGNED, new, by=by, at=at, text=reason)
    return new


def _demand_other_unit(row: Assignment, unit: Unit, *, on: date) -> None:
    if unit.pk == row.unit_id:
        raise Refused(_("Hãy chọn một đơn vị khác."), field="unit")
    if not unit.holds(on):
        raise Refused(_("Đơn vị này không còn hoạt động; hãy chọn đơn vị khác."), field="unit")
    same = Assignment.objects.filter(directive=row.directive_id, period=row.period, unit=unit)
    if same.exclude(status__in=NOT_LIVE).exists():
        raise Refused(_("Đơn vị này đã được giao nhiệm vụ này."), field="unit")


def _enter_transferred(new: Assignment, old: Assignment, *, by: User, at: datetime, basis: str) -> None:
    """Save the new row of a transfer with its dates in the ledger: the original one, and a later one if it moved."""
    due_on, reason = new.due_on, _("Chuyển từ %(unit)s") % {"unit": old.unit}
    new.save()
    entered: dict[str, Any] = {"reason": reason, "basis_text": basis, "by": by, "at": at}
    words = new.directive.deadline_words
    set_due(new, kind=DeadlineEntry.Kind.ORIGINAL, due_on=new.original_due_on, words=words, **entered)
    if due_on != new.original_due_on:
        set_due(new, kind=DeadlineEntry.Kind.RESUME, due_on=due_on, **entered)


def suspend(
    *, assignment: Assignment, by: User, at: datetime, reason: str, version: int | None = None
) -> Assignment:
    """Stop the clock's consequences: no reminders, outside the four cells, until it resumes."""
    with deciding(
        assignment, Verb.SUSPEND, by=by, at=at, reason=demand_reason(reason), version=version
    ) as row:
        row.status_before = row.status
        move(row, Verb.SUSPEND)
    return row


def resume(
    *,
    assignment: Assignment,
    by: User,
    at: datetime,
    reason: str = "",
    due_on: NewDue = KEPT,
    version: int | None = None,
) -> Assignment:
    """Go on where it was suspended, with the date kept or a new one."""
    with deciding(
        assignment, Verb.RESUME, by=by, at=at, reason=reason or str(Verb.RESUME.label), version=version
    ) as row:
        move(row, Verb.RESUME, Status(row.status_before))
        row.status_before = ""
        _new_due(row, due_on, by=by, at=at, reason=reason)
    return row


def revoke(
    *, assignment: Assignment, by: User, at: datetime, reason: str, version: int | None = None
) -> Assignment:
    """Take the assignment back. A joint directive's only lead cannot go alone: transfer it, or revoke the directive."""
    with deciding(
        assignment, Verb.REVOKE, by=by, at=at, reason=demand_reason(reason), version=version
    ) as row:
        if row.part == Part.LEAD:
            raise Refused(
                _("Không thể thu hồi riêng đơn vị chủ trì; hãy chuyển đơn vị hoặc thu hồi cả nhiệm vụ.")
            )
        move(row, Verb.REVOKE)
        row.with_head_since = None
        lapse_requests(row, at=at)
    return row


def reopen(
    *,
    assignment: Assignment,
    by: User,
    at: datetime,
    reason: str,
    due_on: NewDue = KEPT,
    version: int | None = None,
) -> Assignment:
    """Open a completed assignment again, with a reason; the date is kept or set anew."""
    reason = demand_reason(reason)
    with deciding(assignment, Verb.REOPEN, by=by, at=at, reason=reason, version=version) as row:
        if row.directive.state != Directive.State.ISSUED:
            raise Refused(_("Nhiệm vụ đã thu hồi hoặc được thay thế; không mở lại được."))
        move(row, Verb.REOPEN)
        clear_submission(row)
        row.completed_on = row.confirmed_at = None
        _new_due(row, due_on, by=by, at=at, reason=reason)
        tell(Occasion.Kind.SENT_BACK, row, by=by, at=at, text=reason)
    return row


def choose_answering_unit(
    *,
    assignment: Assignment,
    unit: Unit | None,
    by: User,
    at: datetime,
    reason: str = "",
    version: int | None = None,
) -> Assignment:
    """Say which successor answers for an assignment whose unit went to several (DOMAIN §2); None takes that back."""
    on = hanoi_date(at)
    with recording(by=by, at=at, reason=reason or _("Chọn đơn vị trả lời"), unit=assignment.unit_id):
        row = lock_assignment(assignment, version=version)
        demand_secretariat(row, by=by, at=at)
        successors = Succession.objects.filter(from_unit=row.unit_id, takes_effect_on__lte=on)
        if unit is not None and not successors.filter(to_unit=unit).exists():
            raise Refused(_("Đơn vị được chọn không kế thừa đơn vị được giao."), field="unit")
        if row.status in NOT_LIVE:
            raise Refused(
                _("Không thể chọn đơn vị trả lời khi nhiệm vụ ở trạng thái “%(status)s”.")
                % {"status": row.get_status_display()}
            )
        if unit is None and row.answering_unit_id is None:
            raise Refused(_("Chưa có đơn vị trả lời nào được chọn riêng để bỏ chọn."), field="unit")
        row.answering_unit = unit
        row.save()
        if unit is not None and row.status in OPEN:
            tell(Occasion.Kind.ASSIGNED, row, by=by, at=at, text=reason)
    return row


def _new_due(row: Assignment, due_on: NewDue, *, by: User, at: datetime, reason: str) -> None:
    if isinstance(due_on, _Kept) or due_on == row.due_on:
        return
    if due_on is not None and due_on < hanoi_date(at):
        raise Refused(_("Thời hạn mới phải từ hôm nay trở đi."), field="due_on")
    set_due(row, kind=DeadlineEntry.Kind.RESUME, due_on=due_on, reason=reason, by=by, at=at)
