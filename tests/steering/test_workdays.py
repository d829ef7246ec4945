"""Working days of Việt Nam (DOMAIN §3, Dates)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steering.workdays import SEED_YEARS, WorkCalendar, seed_calendar, seed_days

CALENDAR = seed_calendar()
DAYS = st.dates(min_value=date(2020, 3, 1), max_value=date(2028, 10, 1))


@pytest.mark.parametrize(
    ("day", "working", "why"),
    [
        (date(2023, 6, 30), True, "a Friday"),
        (date(2023, 7, 1), False, "a Saturday"),
        (date(2023, 1, 23), False, "Tết"),
        (date(2023, 5, 3), False, "in lieu of 30/4, a Sunday"),
        (date(2024, 4, 29), False, "exchanged for Saturday 04/5"),
        (date(2024, 5, 4), True, "made up for 29/4"),
        (date(2025, 5, 2), False, "exchanged for Saturday 26/4"),
        (date(2025, 4, 26), True, "made up for 02/5"),
        (date(2026, 1, 2), False, "exchanged for Saturday 10/01; the package lacks it"),
        (date(2026, 1, 10), True, "made up for 02/01; the package lacks it"),
        (date(2026, 8, 31), False, "exchanged for Saturday 22/8"),
        (date(2026, 8, 22), True, "made up for 31/8"),
        (date(2026, 11, 24), False, "Ngày Văn hóa Việt Nam"),
    ],
)
def test_the_seeded_calendar_knows(day: date, working: bool, why: str) -> None:
    assert CALENDAR.is_working_day(day) is working, why


def test_each_seeded_day_is_once_and_says_where_it_comes_from() -> None:
    rows = [row for year in SEED_YEARS for row in seed_days(year)]
    assert len({row.day for row in rows}) == len(rows)
    assert all(row.name and row.source for row in rows)
    assert all("Dự báo" in row.source for row in rows if row.day.year == 2028)
    assert not any("Dự báo" in row.source for row in rows if row.day.year < 2028)
    # Eleven days off by law, twelve from 2026; in lieu and exchanged days on top.
    assert all(sum(not row.working for row in seed_days(year)) >= 11 for year in SEED_YEARS)


@pytest.mark.parametrize("year", [2019, 2029])
def test_other_years_are_not_seeded(year: int) -> None:
    with pytest.raises(ValueError, match=str(year)):
        seed_days(year)


def test_a_day_off_wins_over_a_make_up_day() -> None:
    saturday = date(2023, 7, 1)
    assert WorkCalendar(make_up=frozenset({saturday})).is_working_day(saturday)
    assert not WorkCalendar(frozenset({saturday}), frozenset({saturday})).is_working_day(saturday)


def test_fifteen_working_days_skip_weekends_and_tet() -> None:
    assert CALENDAR.add_working_days(date(2023, 4, 5), 15) == date(2023, 4, 26)
    assert CALENDAR.add_working_days(date(2023, 1, 19), 1) == date(2023, 1, 27)
    assert CALENDAR.add_working_days(date(2026, 1, 9), 1) == date(2026, 1, 10)
    assert CALENDAR.add_working_days(date(2023, 7, 1), 0) == date(2023, 7, 1)
    assert CALENDAR.next_working_day(date(2023, 4, 29)) == date(2023, 5, 4)


@given(DAYS, st.integers(min_value=1, max_value=60))
def test_adding_and_counting_are_inverse(start: date, count: int) -> None:
    end = CALENDAR.add_working_days(start, count)
    assert CALENDAR.is_working_day(end)
    assert CALENDAR.working_days_between(start, end) == count


@given(DAYS, st.integers(min_value=1, max_value=60))
def test_going_back_lands_on_an_earlier_working_day(start: date, count: int) -> None:
    end = CALENDAR.add_working_days(start, -count)
    assert CALENDAR.is_working_day(end)
    between = (end + timedelta(days=n) for n in range((start - end).days))
    assert sum(map(CALENDAR.is_working_day, between)) == count
    assert CALENDAR.working_days_between(start, end) == -count


@given(DAYS)
def test_the_next_working_day_is_the_first_one(day: date) -> None:
    following = CALENDAR.next_working_day(day)
    assert following >= day
    skipped = [day + timedelta(days=n) for n in range((following - day).days)]
    assert CALENDAR.is_working_day(following)
    assert not any(map(CALENDAR.is_working_day, skipped))
