"""Working days: Monday to Friday, less the days off, plus the make-up Saturdays (DOMAIN §3, Dates).

Everything here is a pure function of a ``WorkCalendar``; the calendar itself is a table the secretariat
edits, seeded once from ``seed_days``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version
from typing import Final

_ONE_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The days on which the five-day week does not hold: days off, and weekend days that are worked instead.

    A date in both is a day off. Dates are calendar dates in Hà Nội.
    """

    days_off: frozenset[date] = frozenset()
    make_up: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        """Return whether people work on this date."""
        return day not in self.days_off and (day.weekday() < _SATURDAY or day in self.make_up)

    def next_working_day(self, day: date) -> date:
        """Return the date itself when it is a working day, otherwise the first working day after it."""
        while not self.is_working_day(day):
            day += _ONE_DAY
        return day

    def add_working_days(self, start: date, count: int) -> date:
        """Return the ``count``-th working day after ``start``, which itself is not counted.

        Zero gives ``start``, working day or not; a negative count goes back. Raises OverflowError past the
        year 9999.
        """
        step = _ONE_DAY if count >= 0 else -_ONE_DAY
        day, left = start, abs(count)
        while left:
            day += step
            left -= self.is_working_day(day)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Return the number of working days after ``start`` up to and including ``end``.

        Negative when end is earlier. The inverse of ``add_working_days`` for a working ``end``.
        """
        if end < start:
            return -self.working_days_between(end - _ONE_DAY, start - _ONE_DAY)
        days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
        return sum(map(self.is_working_day, days))


SEED_YEARS: Final = range(2020, 2029)
_FIRST_PREDICTED_YEAR: Final = 2028

# What the package lacks for 2026: Friday 2 January was exchanged for Saturday 10 January.
_SWAP_2026: Final = "Bổ sung ngoài gói holidays: thứ Sáu 02/01/2026 hoán đổi sang thứ Bảy 10/01/2026"


@dataclass(frozen=True, slots=True, order=True)
class SeedDay:
    """A row for the calendar table: a day off, or (``working``) a weekend day worked instead of one."""

    day: date
    working: bool
    name: str
    source: str


def seed_days(year: int) -> tuple[SeedDay, ...]:
    """Return the days off and the make-up days of Việt Nam in a year of SEED_YEARS, by date.

    Names and sources are Vietnamese text for the table. Source: the PyPI package ``holidays`` with the gaps
    of DOMAIN §3 filled; it knows the announced days up to 2027 and only predicts 2028, which the source text
    says. Raises ValueError for another year.
    """
    if year not in SEED_YEARS:
        raise ValueError(f"no calendar for {year}, only for {SEED_YEARS[0]} to {SEED_YEARS[-1]}")
    # A tenth of every process's start, for what only seeding asks.
    from holidays import country_holidays

    announced = country_holidays("VN", years=year, language="vi")
    source = f"Gói holidays {version('holidays')}"
    if year >= _FIRST_PREDICTED_YEAR:
        source = f"Dự báo, chưa có thông báo nghỉ chính thức ({source})"
    rows = {day: SeedDay(day, False, name, source) for day, name in announced.items()}
    # The package keeps one set for all years.
    for day in announced.weekend_workdays or ():
        if day.year == year:
            rows[day] = SeedDay(day, True, "Ngày làm bù", source)
    if year == 2026:
        off, worked = date(2026, 1, 2), date(2026, 1, 10)
        rows.setdefault(off, SeedDay(off, False, f"Ngày nghỉ (thay cho ngày {worked:%d/%m/%Y})", _SWAP_2026))
        rows.setdefault(worked, SeedDay(worked, True, "Ngày làm bù", _SWAP_2026))
    return tuple(sorted(rows.values()))


def seed_calendar(years: Iterable[int] = SEED_YEARS) -> WorkCalendar:
    """Return the calendar of the seeded years, as the table holds it before anybody edits it."""
    rows = [row for year in years for row in seed_days(year)]
    return WorkCalendar(
        days_off=frozenset(row.day for row in rows if not row.working),
        make_up=frozenset(row.day for row in rows if row.working),
    )
