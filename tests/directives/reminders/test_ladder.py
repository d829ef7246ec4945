"""The dates of the ladder, against a plain walk over the days."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directives.reminders.ladder import Rung, latest, monday_of, occurrence

DUE = date(2023, 6, 30)
DEFAULT = [Rung(1, -7), Rung(2, -3), Rung(3, -1), Rung(4, 0), Rung(5, 1), Rung(6, 3, 7)]

rungs = st.lists(
    st.one_of(
        st.builds(Rung, st.integers(1, 9), st.integers(-40, 40)),
        st.builds(Rung, st.integers(1, 9), st.integers(0, 40), st.integers(1, 30)),
    ),
    max_size=6,
)
# A busy machine is no failure.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
dues = st.dates(date(2020, 1, 1), date(2030, 1, 1))


def _walked(rung: Rung, due_on: date, on: date) -> list[date]:
    days = [due_on + timedelta(days=rung.offset)]
    while rung.every and days[-1] <= on:
        days.append(days[-1] + timedelta(days=rung.every))
    return [day for day in days if day <= on]


@unhurried
@given(rungs, dues, st.integers(-60, 400))
def test_the_last_step_that_fell_is_the_one_a_walk_over_the_days_finds(
    ladder: list[Rung], due_on: date, days: int
) -> None:
    on = due_on + timedelta(days=days)
    walked = [(day, rung.offset, rung.step) for rung in ladder for day in _walked(rung, due_on, on)]
    expected = max(walked, default=None)
    assert latest(ladder, due_on=due_on, on=on) == ((expected[2], expected[0]) if expected else None)


@unhurried
@given(rungs, dues, st.integers(-60, 400), st.integers(1, 30))
def test_a_step_never_falls_after_the_day_and_never_moves_back(
    ladder: list[Rung], due_on: date, days: int, later: int
) -> None:
    on = due_on + timedelta(days=days)
    for rung in ladder:
        now = occurrence(rung, due_on=due_on, on=on)
        then = occurrence(rung, due_on=due_on, on=on + timedelta(days=later))
        assert now is None or (now <= on and then is not None and then >= now)


@unhurried
@given(rungs, dues, dues)
def test_a_run_on_every_day_sees_each_step_once(ladder: list[Rung], due_on: date, other: date) -> None:
    """Each day's run takes the latest step: over time these are all steps, each on the day on which it falls."""
    days = [due_on + timedelta(days=n) for n in range(-45, 90)]
    seen = {found for on in days if (found := latest(ladder, due_on=due_on, on=on))}
    fallen = {day for rung in ladder for day in _walked(rung, due_on, days[-1])}
    assert {day for _step, day in seen} == fallen


def test_the_default_ladder_around_a_date() -> None:
    around = {
        n: latest(DEFAULT, due_on=DUE, on=DUE + timedelta(days=n)) for n in (-8, -7, -5, 0, 2, 3, 9, 10, 17)
    }
    assert around[-8] is None
    assert around[-7] == around[-5] == (1, date(2023, 6, 23))
    assert around[0] == (4, DUE)
    assert around[2] == (5, date(2023, 7, 1))
    assert around[3] == around[9] == (6, date(2023, 7, 3))
    assert around[10] == (6, date(2023, 7, 10))
    assert around[17] == (6, date(2023, 7, 17))


def test_the_week_of_the_weekly_letter_begins_on_monday() -> None:
    assert monday_of(date(2023, 7, 3)) == monday_of(date(2023, 7, 9)) == date(2023, 7, 3)
