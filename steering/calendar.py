"""The working calendar that the secretariat keeps in the table of departures from Monday–Friday."""

from __future__ import annotations

from steering.models import CalendarDay
from steering.workdays import WorkCalendar


def work_calendar() -> WorkCalendar:
    """Return the calendar as the table holds it now. One query: ask once and pass it on."""
    days = CalendarDay.objects.values_list("day", "kind")
    off, worked = set(), set()
    for day, kind in days:
        (off if kind == CalendarDay.Kind.DAY_OFF else worked).add(day)
    return WorkCalendar(days_off=frozenset(off), make_up=frozenset(worked))
