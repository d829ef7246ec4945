"""Đính chính: putting a typing mistake right, with a reason; both versions stay visible."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.audit.context import current_act
from accounts.audit.history import bulk_update_recorded
from accounts.clock import hanoi_date
from accounts.models import User
from directives.errors import NotAllowed, Refused
from directives.lifecycle import NOT_LIVE
from directives.models import Assignment, DeadlineEntry, Directive
from directives.rights import rights
from directives.services.frame import (
    demand_own_seats,
    demand_reason,
    demand_secretariat,
    lock_assignment,
    lock_directive,
    recording,
)

CORRECTABLE = frozenset(
    {
        "content",
        "deliverable",
        "given_by",
        "given_by_seat",
        "given_by_unit",
        "supervisor",
        "kind",
        "urgency",
        "deadline_words",
        "is_restricted",
    }
)


def correct_due_date(
    *,
    assignment: Assignment,
    by: User,
    at: datetime,
    due_on: date | None,
    reason: str,
    words: str = "",
    version: int | None = None,
) -> Assignment:
    """Correct one assignment's original due date; an extension granted since stays what is due."""
    reason = demand_reason(reason)
    with recording(by=by, at=at, reason=reason):
        row = lock_assignment(assignment, version=version)
        demand_secretariat(row, by=by, at=at)
        if row.status in NOT_LIVE:
            raise Refused(_("Phân công này đã thu hồi hoặc đã chuyển, không đính chính được."))
        if due_on == row.original_due_on:
            raise Refused(_("Thời hạn đính chính trùng với thời hạn đang ghi."), field="due_on")
        _corrected(row, due_on, by=by, at=at, reason=reason, words=words).save()
        row.save()
    return row


def _corrected(
    row: Assignment, due_on: date | None, *, by: User, at: datetime, reason: str, words: str
) -> DeadlineEntry:
    """Put the original date of an unsaved row right; returns the unsaved entry of the ledger."""
    if row.due_on == row.original_due_on:
        row.due_on = due_on
    row.original_due_on = due_on
    kind = DeadlineEntry.Kind.CORRECTION
    return DeadlineEntry(
        assignment=row, kind=kind, due_on=due_on, reason=reason, words=words, recorded_by=by, at=at
    )


def correct_directive(
    *,
    directive: Directive,
    by: User,
    at: datetime,
    reason: str,
    changes: dict[str, Any],
    version: int | None = None,
) -> Directive:
    """Correct an issued directive's words, people or date. `changes` maps fields to new values.

    A new `due_on` corrects every live assignment that still stands under the directive's own date.
    Raises Refused for a field that cannot be corrected or when nothing changes.
    """
    reason = demand_reason(reason)
    changes = dict(changes)
    with recording(by=by, at=at, reason=reason):
        row = lock_directive(directive)
        if row.committee_id not in rights(by, on=hanoi_date(at)).secretariat_of:
            raise NotAllowed(_("Chỉ Tổ thư ký của Ban Chỉ đạo được thực hiện việc này."))
        if version is not None and row.version != version:
            raise Refused(
                _("Nhiệm vụ đã được người khác sửa trong lúc anh/chị nhập. Hãy xem lại rồi thực hiện lại.")
            )
        if row.state != Directive.State.ISSUED:
            raise Refused(_("Chỉ đính chính nhiệm vụ đã giao."))
        before, after = row.due_on, changes.pop("due_on", row.due_on)
        unknown = set(changes) - CORRECTABLE
        if unknown:
            raise Refused(_("Không đính chính được: %(fields)s.") % {"fields": ", ".join(sorted(unknown))})
        changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
        if not changed and before == after:
            raise Refused(_("Chưa có nội dung nào thay đổi."))
        if row.is_standing and after is not None:
            raise Refused(_("Nhiệm vụ thường xuyên không có thời hạn."), field="due_on")
        for name, value in changed.items():
            setattr(row, name, value)
        demand_own_seats(row)
        row.due_on = after
        row.full_clean(exclude=["search"])
        row.save()
        if before != after:
            live = row.assignments.select_for_update(of=("self",)).exclude(status__in=NOT_LIVE)
            assignments = list(live.filter(original_due_on=before).order_by("pk"))
            words = row.deadline_words
            entries = [_corrected(a, after, by=by, at=at, reason=reason, words=words) for a in assignments]
            DeadlineEntry.objects.bulk_create(entries, batch_size=2000)
            bulk_update_recorded(Assignment, assignments, ["due_on", "original_due_on"], current_act())
    return row
