"""The date in Hà Nội is not the date in UTC."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from accounts import clock


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2023, 6, 30, 16, 59, 59, tzinfo=UTC), date(2023, 6, 30)),
        (datetime(2023, 6, 30, 17, 0, tzinfo=UTC), date(2023, 7, 1)),
        (datetime(2023, 7, 1, 0, 30, tzinfo=clock.HANOI), date(2023, 7, 1)),
    ],
)
def test_half_past_midnight_in_hanoi_is_still_yesterday_in_utc(instant: datetime, day: date) -> None:
    assert clock.hanoi_date(instant) == day


def test_a_naive_instant_has_no_date() -> None:
    with pytest.raises(ValueError, match="naive"):
        clock.hanoi_date(datetime(2023, 7, 1))  # noqa: DTZ001


def test_today_turns_at_midnight_in_hanoi() -> None:
    with time_machine.travel(datetime(2023, 6, 30, 16, 59, 59, tzinfo=UTC), tick=False):
        assert clock.today() == date(2023, 6, 30)
        assert clock.now() == datetime(2023, 6, 30, 16, 59, 59, tzinfo=UTC)
        assert clock.now().utcoffset() == timedelta(0)
    with time_machine.travel(datetime(2023, 6, 30, 17, 0, tzinfo=UTC), tick=False):
        assert clock.today() == date(2023, 7, 1)


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 1, 1)))
def test_a_day_starts_with_its_own_first_instant(day: date) -> None:
    start = clock.start_of_day(day)
    assert clock.hanoi_date(start) == day
    assert clock.hanoi_date(start - timedelta(microseconds=1)) == day - timedelta(days=1)
