"""The expressions of time in a deadline's words: dates, months, quarters, years and durations.

Works on folded text (accounts.text.fold), so accents, case and NFD do not matter: "Quý III/2023" is
"quy iii/2023". Folding makes one word of "sáu" and "sau", of "tư" and "từ", so counts are read in digits
only. The day comes before the month, always. ``deadline_words`` decides what the expressions mean together.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from django.utils.translation import gettext as _

# What a read expression leaves behind, so that no later pattern reads it again.
TAKEN: Final = "\x00"
_YEARS_WE_PLAN_FOR: Final = range(1990, 2101)


class NotOnCalendarError(Exception):
    """A date or period that the calendar lacks; the message, for the user, names it."""


@dataclass(frozen=True, slots=True)
class Period:
    """A day, month, quarter, half or year: its first and last date, and its name for the user."""

    first: date
    last: date
    name: str


@dataclass(frozen=True, slots=True)
class PeriodFound:
    """A period at ``start``–``end`` of the text; ``year`` is None when the words leave the year out."""

    start: int
    end: int
    year: int | None
    in_year: Callable[[int], Period]


@dataclass(frozen=True, slots=True)
class DurationFound:
    """A duration at ``start``–``end`` of the text; ``unit`` is a folded word, such as "ngay lam viec"."""

    start: int
    end: int
    count: int
    unit: str


Found = PeriodFound | DurationFound


def day(year: int, month: int, day_of_month: int) -> Period:
    """Return one day as a period; raises NotOnCalendarError for a date such as 31/02."""
    written = f"{day_of_month:02d}/{month:02d}/{year}"
    exists = year in _YEARS_WE_PLAN_FOR and 1 <= month <= 12
    if not exists or not 1 <= day_of_month <= monthrange(year, month)[1]:
        raise NotOnCalendarError(_("Trong lịch không có ngày %(day)s.") % {"day": written})
    it = date(year, month, day_of_month)
    return Period(it, it, _("ngày %(day)s") % {"day": written})


def months(year: int, first: int, last: int, name: str) -> Period:
    """Return the months first–last (1–12) of a year as a period; raises NotOnCalendarError for month 13."""
    if year not in _YEARS_WE_PLAN_FOR or not 1 <= first <= last <= 12:
        raise NotOnCalendarError(_("Trong lịch không có %(period)s.") % {"period": name})
    return Period(date(year, first, 1), date(year, last, monthrange(year, last)[1]), name)


def month(year: int, number: int) -> Period:
    """Return one month as a period; raises NotOnCalendarError for month 13."""
    return months(year, number, number, _("tháng %(month)d/%(year)d") % {"month": number, "year": year})


def quarter(year: int, number: int) -> Period:
    """Return one quarter (1–4) as a period; raises NotOnCalendarError for quarter 5."""
    roman = {1: "I", 2: "II", 3: "III", 4: "IV"}.get(number, str(number))
    name = _("quý %(quarter)s/%(year)d") % {"quarter": roman, "year": year}
    return months(year, 3 * number - 2, 3 * number, name)


def whole_year(year: int) -> Period:
    """Return one year as a period."""
    return months(year, 1, 12, _("năm %(year)d") % {"year": year})


# An expression stands alone: "42/2014/QĐ-TTg" holds no month and "15/6/2023-B" no date.
_ALONE: Final = r"(?<![\w/.-])(?:{})(?!\w|[/-]\w|\.\d)"
_OF_YEAR: Final = r"(?:,?\s*nam\s+(?P<year>\d{4}|nay|sau|toi)|\s*[/.-]\s*(?P<yy>\d{4}|[2-4]\d))"
_OF_SPOKEN_YEAR: Final = r"\s+nam\s+(?P<year>\d{4})"
_MONTHS: Final = (
    "mot",
    "hai",
    "ba",
    "tu",
    "nam",
    "sau",
    "bay",
    "tam",
    "chin",
    "muoi",
    "muoi mot",
    "muoi hai",
)
_QUARTERS: Final = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4}
_UNITS: Final = ("ngay lam viec", "ngay", "tuan", "thang", "nam")

_Match = re.Match[str]
_Reader = Callable[[_Match, int], Period]


def _day(found: _Match, year: int) -> Period:
    return day(year, int(found["m"]), int(found["d"]))


def _month(found: _Match, year: int) -> Period:
    written = found["m"]
    return month(year, int(written) if written.isdecimal() else _MONTHS.index(written) + 1)


def _quarter(found: _Match, year: int) -> Period:
    return quarter(year, _QUARTERS.get(found["q"]) or int(found["q"]))


def _part_of_year(found: _Match, year: int) -> Period:
    count = int(found["count"])
    if found["part"] == "dau":
        return months(year, 1, count, _("%(count)d tháng đầu năm %(year)d") % {"count": count, "year": year})
    name = _("%(count)d tháng cuối năm %(year)d") % {"count": count, "year": year}
    return months(year, 13 - count, 12, name)


def _years(found: _Match, last: int) -> Period:
    first = int(found["from"])
    name = _("giai đoạn %(first)d–%(last)d") % {"first": first, "last": last}
    if first > last:
        raise NotOnCalendarError(_("Trong lịch không có %(period)s.") % {"period": name})
    return Period(whole_year(first).first, whole_year(last).last, name)


# In order: what is read by one pattern is taken, and no later one sees it.
_PATTERNS: Final[tuple[tuple[re.Pattern[str], _Reader], ...]] = tuple(
    (re.compile(_ALONE.replace("{}", written)), reader)
    for written, reader in (
        (r"(?:ngay\s*)?(?P<d>\d\d?)\s*(?P<sep>[/.-])\s*(?P<m>\d\d?)\s*(?P=sep)\s*(?P<yy>\d{4}|\d\d)", _day),
        (r"(?:ngay\s*)?(?P<yy>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)", _day),
        (rf"(?:ngay\s*)?(?P<d>\d\d?)\s+thang\s+(?P<m>\d\d?){_OF_YEAR}?", _day),
        (
            r"(?P<count>\d\d?)\s+thang\s+(?P<part>dau|cuoi)\s+nam(?:\s+(?P<year>\d{4}|nay|sau|toi))?",
            _part_of_year,
        ),
        (rf"(?:qu[iy]\s*|q)(?P<q>iv|i{{1,3}}|\d\d?){_OF_YEAR}?", _quarter),
        (rf"qu[iy]\s+(?P<q>mot|hai|ba|bon|tu){_OF_SPOKEN_YEAR}", _quarter),
        (rf"thang\s*(?P<m>\d\d?){_OF_YEAR}?", _month),
        (rf"thang\s+(?P<m>{'|'.join(reversed(_MONTHS))}){_OF_SPOKEN_YEAR}", _month),
        (r"t?(?P<m>\d\d?)\s*[/-]\s*(?P<yy>\d{4})", _month),
        (r"ngay\s*(?P<d>\d\d?)\s*[/.-]\s*(?P<m>\d\d?)(?:,?\s*nam\s+(?P<year>\d{4}|nay|sau|toi))?", _day),
        (r"(?P<d>\d\d?)\s*/\s*(?P<m>\d\d?)(?:,?\s*nam\s+(?P<year>\d{4}|nay|sau|toi))?", _day),
        (r"(?:tu\s+)?(?:nam\s+)?(?P<from>20\d\d)\s*(?:-|den)\s*(?:nam\s+)?(?P<yy>20\d\d)", _years),
        (r"nam\s+(?P<year>\d{4}|nay|sau|toi)", lambda _found, year: whole_year(year)),
        (r"(?P<yy>20\d\d)", lambda _found, year: whole_year(year)),
    )
)
# "trong tháng", "hết quý", "cuối năm", "tháng này": those in which the work was given.
_CURRENT_RE: Final = re.compile(
    r"(?:(?<=cuoi )|(?<=het )|(?<=trong ))(?P<what>thang|quy|nam)(?=\s*(?:$|[,;.()]))"
    r"|\b(?P<this>thang|quy)\s+nay\b"
)
_DURATION_RE: Final = re.compile(
    _ALONE.replace("{}", rf"(?P<count>\d{{1,5}})\s+(?P<unit>{'|'.join(_UNITS)})")
)


def find(text: str, given_on: date) -> tuple[list[Found], str]:
    """Return the expressions of time in a folded text, in order, and the text with them replaced by TAKEN.

    ``given_on``, a date in Hà Nội, says which "tháng này" and "năm nay" are; a year left out stays None.
    """
    found: list[Found] = []

    def take(start: int, end: int) -> None:
        nonlocal text
        text = text[:start] + TAKEN * (end - start) + text[end:]

    for pattern, reader in _PATTERNS:
        for match in pattern.finditer(text):
            found.append(PeriodFound(*match.span(), _year(match, given_on), partial(reader, match)))
            take(*match.span())
    for match in _CURRENT_RE.finditer(text):
        current = partial(_current, match["what"] or match["this"], given_on)
        found.append(PeriodFound(*match.span(), given_on.year, current))
        take(*match.span())
    for match in _DURATION_RE.finditer(text):
        found.append(DurationFound(*match.span(), int(match["count"]), match["unit"]))
        take(*match.span())
    return sorted(found, key=lambda one: one.start), text


def _current(what: str, given_on: date, year: int) -> Period:
    if what == "thang":
        return month(year, given_on.month)
    return quarter(year, (given_on.month + 2) // 3) if what == "quy" else whole_year(year)


def _year(match: _Match, given_on: date) -> int | None:
    groups = match.groupdict()
    written = groups.get("year") or groups.get("yy")
    if written is None:
        return None
    if written.isdecimal():
        return int(written) if len(written) == 4 else 2000 + int(written)
    return given_on.year + (written != "nay")
