"""The hours in which mails go out: on working days, between two times of Hà Nội (settings.MAIL_WINDOW)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings

from accounts.clock import HANOI
from steering.calendar import work_calendar
from steering.workdays import WorkCalendar


@dataclass(frozen=True)
class Window:
    """Open from `start` until just before `end` on the working days of `workdays`."""

    start: time
    end: time
    workdays: WorkCalendar

    def is_open(self, at: datetime) -> bool:
        """Return whether mails may go out at an aware instant."""
        local = at.astimezone(HANOI)
        return self.start <= local.time() < self.end and self.workdays.is_working_day(local.date())

    def opens_at(self, at: datetime) -> datetime:
        """Return the first instant at or after `at` at which mails may go out."""
        if self.is_open(at):
            return at
        local = at.astimezone(HANOI)
        first = local.date() if local.time() < self.start else local.date() + timedelta(days=1)
        return datetime.combine(self.workdays.next_working_day(first), self.start, tzinfo=HANOI)


def hours(text: str) -> tuple[time, time] | None:
    """Return the two times of "07:30-17:30", None for "" (any hour of any day). Raises ValueError for anything else."""
    if not text.strip():
        return None
    start, _dash, end = text.partition("-")
    found = time.fromisoformat(start.strip()), time.fromisoformat(end.strip())
    if any(point.tzinfo is not None for point in found):
        raise ValueError(f"{text}: the hours are those of Hà Nội, without a time zone")
    if found[0] >= found[1]:
        raise ValueError(f"{text}: the window closes before it opens")
    return found


def window() -> Window | None:
    """Return the window of the settings with the calendar as it is now (one query); None when it is always open."""
    found = hours(settings.MAIL_WINDOW)
    return Window(*found, work_calendar()) if found else None
