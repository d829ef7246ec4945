"""Whether the morning's reminders went out: for the red banner, the health check, the scheduled reconciliation."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import structlog
from django.db import connection

from accounts.clock import HANOI, hanoi_date
from directives.models import Message, MessageEvent, Reconciliation
from directives.reminders.reconcile import reconcile
from directives.reminders.window import window
from steering.calendar import work_calendar
from steering.models import CalendarDay
from steering.workdays import WorkCalendar

log = structlog.get_logger(__name__)

# By then a run of the day has finished, or somebody has to look (Hà Nội time).
CHECKED_AT = time(9)
# A mail that waits longer than this within the hours of sending stands still.
LATE_AFTER = timedelta(hours=1)
TRIED_LATELY = timedelta(minutes=10)

# One look into small or indexed tables; an installation that came into being later than nine has missed nothing.
_MORNING = """SELECT (SELECT kind FROM steering_calendarday WHERE day = %(on)s),
    EXISTS (SELECT 1 FROM directives_reminderrun WHERE "on" = %(on)s AND finished_at IS NOT NULL),
    EXISTS (SELECT 1 FROM directives_historicalreminderpolicy WHERE recorded_at < %(nine)s)"""


def _nine(at: datetime) -> datetime:
    return datetime.combine(hanoi_date(at), CHECKED_AT, tzinfo=HANOI)


def has_not_run(*, at: datetime) -> bool:
    """Return whether it is a working day, nine o'clock or later (`at` is an aware instant), and no run of the day has
    finished. One query at whatever hour, so that what a page costs does not depend on the clock."""
    on = hanoi_date(at)
    with connection.cursor() as cursor:
        cursor.execute(_MORNING, {"on": on, "nine": _nine(at)})
        kind, finished, was_there = cursor.fetchone()
    calendar = WorkCalendar(
        days_off=frozenset({on} if kind == CalendarDay.Kind.DAY_OFF else ()),
        make_up=frozenset({on} if kind == CalendarDay.Kind.MAKE_UP else ()),
    )
    return at >= _nine(at) and calendar.is_working_day(on) and was_there and not finished


def is_something_missing() -> bool:
    """Return whether the last reconciliation, of whatever day, found reminders missing."""
    return bool(Reconciliation.objects.values_list("missing", flat=True).first())


def is_held_up(*, at: datetime) -> bool:
    """Return whether a mail that was due has waited for an hour during which mails may go out, and none was tried
    lately: a queue that is being worked off at the relay's pace, or that waits for a server, stands not still."""
    opening = window()
    hour_ago = at - LATE_AFTER
    if opening is not None:
        same_day = hanoi_date(hour_ago) == hanoi_date(at)
        if not (opening.is_open(at) and opening.is_open(hour_ago) and same_day):
            return False
    due = Message.objects.filter(state=Message.State.QUEUED, next_attempt_at__lt=hour_ago)
    tried = MessageEvent.objects.filter(kind=MessageEvent.Kind.ATTEMPT, at__gt=at - TRIED_LATELY)
    return due.exists() and not tried.exists()


def reconcile_when_due(*, at: datetime) -> Reconciliation | None:
    """Reconcile today, from nine on, until a run of today has finished and nothing is missing; None when it is not due.

    Says at error level when no run has finished, and when something is missing.
    """
    on = hanoi_date(at)
    if at < _nine(at) or not work_calendar().is_working_day(on):
        return None
    not_run = has_not_run(at=at)
    last = Reconciliation.objects.filter(on=on).first()
    if last is not None and last.run_id is not None and not last.missing:
        return None
    made = reconcile(on=on, at=at)
    if not_run:
        log.error("reminders_not_run", on=str(on), missing=made.missing)
    elif made.missing:
        log.error("reminders_missing", on=str(on), missing=made.missing, named=made.details["missing"])
    else:
        log.info("reminders_reconciled", on=str(on), failed=made.failed, no_address=made.no_address)
    return made
