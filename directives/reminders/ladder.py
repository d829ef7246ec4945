"""Which rung of the ladder stands for a due date on a day. Pure functions of dates (Hà Nội)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from steering.workdays import WorkCalendar

# The weekly letter tells what is due within so many days of its Monday.
WEEK = 7


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of a policy: `offset` days after the due date (negative: before), then each `every` days.

    They are calendar days, or with `workdays` the working days of that calendar.
    """

    step: int
    offset: int
    every: int | None = None
    workdays: WorkCalendar | None = None


def occurrence(rung: Rung, *, due_on: date, on: date) -> date | None:
    """Return the latest day on or before `on` on which the rung falls, None before its first."""
    if rung.workdays is not None:
        return _on_workdays(rung, rung.workdays, due_on=due_on, on=on)
    passed = (on - due_on).days - rung.offset
    if passed < 0:
        return None
    repeats = passed // rung.every * rung.every if rung.every else 0
    return due_on + timedelta(days=rung.offset + repeats)


def _on_workdays(rung: Rung, workdays: WorkCalendar, *, due_on: date, on: date) -> date | None:
    first = workdays.add_working_days(due_on, rung.offset)
    if first > on:
        return None
    passed = workdays.working_days_between(first, on)
    return workdays.add_working_days(first, passed // rung.every * rung.every) if rung.every else first


def told_before(rung: Rung, falls_on: date) -> date | None:
    """Return the last day on which a repeated step may have been told to be told again on a day; None: it is told once.

    A ladder may have been edited between the two days: the interval is counted from what was told.
    """
    if rung.every is None:
        return None
    if rung.workdays is None:
        return falls_on - timedelta(days=rung.every)
    day = timedelta(days=1)
    return rung.workdays.add_working_days(falls_on + day, -rung.every) - day


def days_ahead(rung: Rung, *, on: date) -> int:
    """Return how many calendar days after `on` a due date may lie for the rung to fall by then."""
    if rung.workdays is None:
        return max(-rung.offset, 0)
    # Days off beside the due date count for nothing: the next working day after the last one counted is the bound.
    last = rung.workdays.add_working_days(on, max(-rung.offset, 0) + 1)
    return (last - on).days


def latest(rungs: Iterable[Rung], *, due_on: date, on: date) -> tuple[int, date] | None:
    """Return the step that fell last on or before `on`, and when; of several missed ones only this one is sent.

    Of two that fall on one day the later rung wins: it is the stronger reminder. None when nothing has fallen yet.
    """
    fallen = [
        (day, rung.offset, rung.step) for rung in rungs if (day := occurrence(rung, due_on=due_on, on=on))
    ]
    if not fallen:
        return None
    day, _offset, step = max(fallen)
    return step, day


def monday_of(on: date) -> date:
    """Return the Monday of the week of a day: the weekly letter falls on it, whenever it then goes out."""
    return on - timedelta(days=on.weekday())
