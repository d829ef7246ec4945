"""The working calendar that the secretariat keeps in the table of departures from Monday–Friday."""

from __future__ import annotations

from steering.models import CalendarDay
from steering.workdays import WorkCalendar


def work_calendar() -> WorkCalendar:
    """Return the calendar as the table holds it now. One query: ask once and pass it on."""
    kinds = dict(CalendarDay.objects.values_list("day", "kind"))
    return WorkCalendar(
        days_off=frozenset(day for day, kind in kinds.items() if kind == CalendarDay.Kind.DAY_OFF),
        make_up=frozenset(day for day, kind in kinds.items() if kind == CalendarDay.Kind.MAKE_UP),
    )
