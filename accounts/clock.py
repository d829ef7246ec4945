"""The one clock: instants are aware and in UTC, business dates are dates in Hà Nội.

Only the outermost layer (views, tasks, commands) asks the clock; services and queries are given ``at=`` (an
aware instant) or ``on=`` (a date), so that any run can be repeated as of a past day.
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the present calendar date in Hà Nội."""
    return hanoi_date(now())


def hanoi_date(instant: datetime) -> date:
    """Return the calendar date in Hà Nội of an aware instant of any time zone.

    Raises ValueError for a naive one: 17:30 on 30 June is 30 June in Hà Nội but 1 July if it was meant as
    UTC.
    """
    if instant.utcoffset() is None:
        raise ValueError("hanoi_date() needs an aware datetime, got a naive one")
    return instant.astimezone(HANOI).date()


def start_of_day(day: date) -> datetime:
    """Return the first instant of a date in Hà Nội, aware (time zone HANOI).

    The instants of ``day`` are those in ``start_of_day(day) <= x < start_of_day(day + 1 day)``.
    """
    return datetime.combine(day, time.min, tzinfo=HANOI)


def as_of(at: datetime) -> str:
    """Return of when figures are: "Số liệu tính đến 09:05 ngày 30/06/2023" (Hà Nội; `at` is an aware instant)."""
    local = at.astimezone(HANOI)
    return _("Số liệu tính đến %(time)s ngày %(day)s") % {
        "time": f"{local:%H:%M}",
        "day": f"{local:%d/%m/%Y}",
    }
