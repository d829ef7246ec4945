"""What the coming days' runs will write, found by doing their work day after day and rolling all of it back."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from accounts.audit.context import Door, acting
from accounts.clock import HANOI
from accounts.models import User
from directives.models import Assignment, Reminder, ReminderPolicy, ReminderRun
from directives.reminders.compose import compose_all, groups
from directives.reminders.plan import plan
from steering.calendar import work_calendar

# The instant that composing is told; what is foreseen of a day does not depend on it.
MORNING = clock_time(7, 30)


@dataclass(frozen=True)
class Foreseen:
    """A mail that will be written on a day, or what will be left out of it: `subject` is empty then."""

    on: date
    rows: list[Reminder]
    subject: str = ""
    kind: str = ""


def first_day(on: date) -> date:
    """Return the first day whose run is still to come: `on` itself while nothing was planned for it."""
    planned = ReminderRun.objects.filter(on=on, planned_at__isnull=False).exists()
    return on + timedelta(days=1) if planned else on


def foresee(
    policies: Iterable[ReminderPolicy],
    *,
    days: Collection[date],
    only_to: Collection[str] | None = None,
) -> list[Foreseen]:
    """Return what the runs of these days will do, in order, as the case stands now; nothing of it stays.

    What goes out on one day is known to the next. `only_to` limits it to some recipients (keys). On a day off only what
    is hỏa tốc goes.
    """
    chosen = list(policies)
    calendar = work_calendar()
    found: list[Foreseen] = []
    by = User.objects.system()
    with transaction.atomic(), acting(by=by, door=Door.JOB):
        for day in sorted(days):
            off = not calendar.is_working_day(day)
            before = Reminder.objects.aggregate(last=Max("pk"))["last"] or 0
            waiting = list(_about(only_to).filter(message=None, skip="").values_list("pk", flat=True))
            for policy in chosen:
                plan(policy, on=day, express_only=off, only_to=only_to)
            rows = _about(only_to).filter(Q(pk__gt=before) | Q(pk__in=waiting))
            keys = set(rows.filter(skip="").values_list("recipient_key", flat=True))
            mine = [group for group in groups(on=day, express_only=off) if group.key in keys]
            at = datetime.combine(day, MORNING, tzinfo=HANOI)
            for committee in sorted({group.committee for group in mine}):
                theirs = [group for group in mine if group.committee == committee]
                compose_all(theirs, on=day, at=at, by=by, express_only=off, for_show=True)
            found += _told(day, rows)
        transaction.set_rollback(True)
    return found


def _about(only_to: Collection[str] | None) -> QuerySet[Reminder]:
    rows = Reminder.objects.order_by("pk")
    return rows if only_to is None else rows.filter(recipient_key__in=only_to)


def _told(day: date, rows: QuerySet[Reminder]) -> list[Foreseen]:
    """Group the rows of a day by their mail; what still waits for a later day is told with that day."""
    mails: dict[int, Foreseen] = {}
    skipped: list[Reminder] = []
    told = rows.select_related("step", "occasion", "message", "assignment__directive", "assignment__unit")
    for row in told.exclude(message=None, skip="").defer("message__text", "message__html"):
        if row.message is None:
            skipped.append(row)
            continue
        mail = mails.setdefault(row.message.pk, Foreseen(day, [], row.message.subject, row.message.kind))
        mail.rows.append(row)
    return [*mails.values(), *([Foreseen(day, skipped)] if skipped else [])]


def policies_of(assignment: Assignment) -> list[ReminderPolicy]:
    """Return the policies in use that concern an assignment: its directive's own, else the committee's general ones."""
    directive = assignment.directive
    rows = ReminderPolicy.objects.filter(is_active=True, committee=directive.committee_id)
    own = directive.reminder_policy_id
    rows = rows.filter(is_general=True) if own is None else rows.filter(pk=own)
    return list(rows.select_related("committee").order_by("pk"))
