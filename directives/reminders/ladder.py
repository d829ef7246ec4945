"""Which rung of the ladder stands for a due date on a day. Pure functions of dates (Hà Nội)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

# The weekly letter tells what is due within so many days of its Monday.
WEEK = 7


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of a policy: `offset` calendar days after the due date (negative: before), then each `every` days."""

    step: int
    offset: int
    every: int | None = None


def occurrence(rung: Rung, *, due_on: date, on: date) -> date | None:
    """Return the latest day on or before `on` on which the rung falls, None before its first."""
    passed = (on - due_on).days - rung.offset
    if passed < 0:
        return None
    repeats = passed // rung.every * rung.every if rung.every else 0
    return due_on + timedelta(days=rung.offset + repeats)


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
