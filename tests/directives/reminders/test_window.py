"""The hours of sending: working days, 07:30–17:30 Hà Nội, against a plain walk over a year."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.clock import HANOI
from directives.reminders.window import Window, hours
from steering.workdays import seed_calendar

CALENDAR = seed_calendar([2023, 2024])
WINDOW = Window(time(7, 30), time(17, 30), CALENDAR)
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
instants = st.datetimes(datetime(2023, 1, 1), datetime(2024, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001
times = st.times().map(lambda found: found.replace(microsecond=0))


def _is_open(at: datetime, start: time, end: time) -> bool:
    """Said again in other words: minutes since midnight of Hà Nội, which knows no summer time."""
    local = at + timedelta(hours=7)
    seconds = local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1_000_000
    day = local.date()
    worked = (local.weekday() < 5 or day in CALENDAR.make_up) and day not in CALENDAR.days_off
    first, last = (point.hour * 3600 + point.minute * 60 + point.second for point in (start, end))
    return worked and first <= seconds < last


@unhurried
@given(instants, times, times)
def test_it_is_open_in_working_hours_of_hanoi_only(at: datetime, one: time, other: time) -> None:
    start, end = sorted((one, other))
    assert Window(start, end, CALENDAR).is_open(at) == _is_open(at, start, end)


@unhurried
@given(instants)
def test_it_opens_at_the_first_instant_of_the_next_open_hours(at: datetime) -> None:
    opens = WINDOW.opens_at(at)
    assert opens >= at
    assert WINDOW.is_open(opens)
    if opens > at:
        local = opens.astimezone(HANOI)
        assert local.time() == time(7, 30)
        assert not WINDOW.is_open(opens - timedelta(microseconds=1))
        # Nothing in between is open: looked at each quarter of an hour.
        quarters = int((opens - at) / timedelta(minutes=15))
        assert not any(WINDOW.is_open(at + n * timedelta(minutes=15)) for n in range(quarters))


def test_every_day_of_a_year() -> None:
    day = date(2024, 1, 1)
    while day.year == 2024:
        noon = datetime.combine(day, time(12), tzinfo=HANOI)
        assert WINDOW.is_open(noon) == CALENDAR.is_working_day(day), day
        assert not WINDOW.is_open(noon.replace(hour=7, minute=29, second=59)), day
        assert not WINDOW.is_open(noon.replace(hour=17, minute=30)), day
        day += timedelta(days=1)


@pytest.mark.parametrize("text", ["", "  "])
def test_without_hours_it_is_always_open(text: str) -> None:
    assert hours(text) is None


@pytest.mark.parametrize("text", ["07:30-17:30", " 07:30 - 17:30 "])
def test_the_hours_are_read(text: str) -> None:
    assert hours(text) == (time(7, 30), time(17, 30))


@pytest.mark.parametrize(
    "text",
    [
        "07:30",
        "17:30-07:30",
        "07:30-07:30",
        "7h30-17h30",
        "07:30–17:30",
        "07:30-25:00",
        "-",
        "a-b",
        "07:30+07:00-17:30+07:00",
        "07:30Z-17:30",
    ],
)
def test_hours_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Hà Nội|opens|isoformat|0\.\.23"):
        hours(text)
