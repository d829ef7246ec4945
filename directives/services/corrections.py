"""Đính chính: putting a typing mistake right, with a reason; both versions stay visible."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.audit.context import current_act
from accounts.audit.history import bulk_update_recorded
from accounts.dated import holds_on
from accounts.models import User
from directives.errors import Refused
from directives.lifecycle import NOT_LIVE
from directives.models import Assignment, DeadlineEntry, Directive
from directives.services.frame import (
    demand_committee,
    demand_reason,
    demand_secretariat,
    lock_assignment,
    lock_directive,
    recording,
)
from directives.services.subject import demand_subject
from steering.models import Unit

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
        "is_standing",
        "is_restricted",
        "given_on",
        "parent",
        "reminder_policy",
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
    with recording(by=by, at=at, reason=reason, unit=assignment.unit_id):
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


def _demand_active(row: Directive) -> None:
    """The units that have the directive must exist on the day it was given (Hà Nội)."""
    if row.given_on is None:
        raise Refused(_("Hãy nhập ngày giao."), field="given_on")
    units = Unit.objects.filter(pk__in=row.assignments.exclude(status__in=NOT_LIVE).values("unit"))
    gone = ", ".join(map(str, units.exclude(holds_on(row.given_on))))
    if gone:
        raise Refused(
            _("Đơn vị không hoạt động vào ngày giao: %(units)s.") % {"units": gone}, field="given_on"
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
    """Correct an issued directive's words, people or dates. `changes` maps fields to new values.

    A new `due_on` corrects every live assignment that still stands under the directive's own date.
    Raises Refused for a field that cannot be corrected or when nothing changes.
    """
    reason = demand_reason(reason)
    changes = dict(changes)
    with recording(by=by, at=at, reason=reason):
        row = lock_directive(directive, version=version)
        demand_committee(row.committee_id, by=by, at=at)
        if row.state != Directive.State.ISSUED:
            raise Refused(_("Chỉ đính chính nhiệm vụ đã giao."))
        before, after = row.due_on, changes.pop("due_on", row.due_on)
        unknown = set(changes) - CORRECTABLE
        if unknown:
            raise Refused(_("Không đính chính được: %(fields)s.") % {"fields": ", ".join(sorted(unknown))})
        changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
        if not changed and before == after:
            raise Refused(_("Chưa có nội dung nào thay đổi."))
        for name, value in changed.items():
            setattr(row, name, value)
        row.due_on = after
        demand_subject(row)
        if "given_on" in changed:
            _demand_active(row)
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
