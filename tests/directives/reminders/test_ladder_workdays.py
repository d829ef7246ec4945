"""Steps in working days, over Tết and make-up Saturdays, against a plain walk over the days."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directives.reminders.ladder import Rung, days_ahead, latest, occurrence, told_before
from steering.workdays import seed_calendar

CALENDAR = seed_calendar(range(2022, 2025))
DAY = timedelta(days=1)
# Around Tết 2023, around 30/4, the swap of April and May 2024 with its make-up Saturday, and any day of two years.
dues = st.one_of(
    st.dates(date(2023, 1, 10), date(2023, 2, 5)),
    st.dates(date(2023, 4, 25), date(2023, 5, 10)),
    st.dates(date(2024, 4, 20), date(2024, 5, 10)),
    st.dates(date(2022, 6, 1), date(2024, 6, 1)),
)
offsets = st.integers(-15, 15)
intervals = st.one_of(st.none(), st.integers(1, 10))
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _works(day: date) -> bool:
    """Monday to Friday, less the days off; or a Saturday that is worked."""
    if day in CALENDAR.days_off:
        return False
    return day.weekday() < 5 or day in CALENDAR.make_up


def _walked(rung: Rung, due_on: date, until: date) -> list[date]:
    """Every day on which the rung falls, one day at a time."""
    day, left, step = due_on, abs(rung.offset), DAY if rung.offset > 0 else -DAY
    while left:
        day += step
        left -= _works(day)
    fallen = [day]
    passed = 0
    while rung.every and day < until:
        day += DAY
        passed += _works(day)
        if _works(day) and passed % rung.every == 0:
            fallen.append(day)
    return [found for found in fallen if found <= until]


def _rung(offset: int, every: int | None) -> Rung:
    return Rung(1, offset, every if offset >= 0 else None, CALENDAR)


@unhurried
@given(offsets, intervals, dues, st.integers(-30, 90))
def test_a_step_falls_where_a_walk_over_the_working_days_comes(
    offset: int, every: int | None, due_on: date, days: int
) -> None:
    rung, on = _rung(offset, every), due_on + timedelta(days=days)
    walked = _walked(rung, due_on, on)
    assert occurrence(rung, due_on=due_on, on=on) == (walked[-1] if walked else None)


@unhurried
@given(offsets, dues)
def test_no_due_date_that_concerns_a_day_is_left_out(offset: int, due_on: date) -> None:
    rung = _rung(offset, None)
    first = _walked(rung, due_on, date.max)[0]
    for on in (first, first + DAY, first + timedelta(days=9)):
        assert due_on <= on + timedelta(days=days_ahead(rung, on=on))


@unhurried
@given(st.integers(1, 10), dues, st.dates(date(2023, 1, 1), date(2023, 12, 31)), st.booleans())
def test_an_interval_has_passed_when_so_many_days_have(
    every: int, falls_on: date, told_on: date, workdays: bool
) -> None:
    rung = Rung(1, 0, every, CALENDAR if workdays else None)
    told_on = falls_on - timedelta(days=(falls_on - told_on).days % 40)
    between = [told_on + timedelta(days=n) for n in range(1, (falls_on - told_on).days + 1)]
    passed = sum(_works(day) for day in between) if workdays else len(between)
    until = told_before(rung, falls_on)
    assert until is not None
    assert (told_on <= until) == (passed >= every)


@unhurried
@given(st.integers(1, 10), st.integers(0, 5), dues)
def test_a_step_that_nobody_edits_is_never_held_back(every: int, offset: int, due_on: date) -> None:
    rung = _rung(offset, every)
    fallen = _walked(rung, due_on, due_on + timedelta(days=60))
    for before, after in pairwise(fallen):
        until = told_before(rung, after)
        assert until is not None
        assert before <= until


def test_what_is_told_once_is_not_told_again() -> None:
    assert told_before(_rung(-3, None), date(2023, 6, 30)) is None


@pytest.mark.parametrize(
    ("offset", "due_on", "falls_on"),
    [
        # Tết 2023: 20 to 26 January are off.
        (-1, date(2023, 1, 27), date(2023, 1, 19)),
        (1, date(2023, 1, 19), date(2023, 1, 27)),
        # Saturday 4 May 2024 was worked for Monday 29 April.
        (1, date(2024, 5, 3), date(2024, 5, 4)),
        (-1, date(2024, 5, 6), date(2024, 5, 4)),
        (0, date(2023, 1, 22), date(2023, 1, 22)),
    ],
)
def test_over_tet_and_a_make_up_saturday(offset: int, due_on: date, falls_on: date) -> None:
    rung = Rung(1, offset, None, CALENDAR)
    assert latest([rung], due_on=due_on, on=falls_on) == (1, falls_on)
    assert latest([rung], due_on=due_on, on=falls_on - DAY) is None
