"""What a deadline's words mean as a date (DOMAIN §3, Dates).

"Trước" a day is the day before it; "trong", "đến", "chậm nhất" and no word at all are the last day of what is
named. Nothing is guessed: two dates, a date the calendar lacks or words left over give no date and say why,
and the secretariat, which sees the words beside the reading, sets the date.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from django.utils.translation import gettext as _

from accounts.text import fold, nfc
from directives.deadline_grammar import (
    TAKEN,
    DurationFound,
    Found,
    NotOnCalendarError,
    Period,
    PeriodFound,
    find,
)
from steering.workdays import WorkCalendar


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood: the due date (Hà Nội) or none, standing or not, how in words, and a hint.

    ``understood`` is False when the words hold something we cannot read, True when they plainly name no date.
    """

    due_on: date | None
    standing: bool
    how: str
    hint: str = ""
    understood: bool = True


class _UnclearError(Exception):
    """Why the words give no date; a message for the user."""


LONGEST: Final = 500
# The next 1 July is meant on 20 December, but hardly on 5 July: further ahead than this the year has to be
# written.
_NEXT_YEAR_WITHIN: Final = timedelta(days=183)
_LONGEST_IN_DAYS: Final = {"ngay lam viec": 1, "ngay": 1, "tuan": 7, "thang": 31, "nam": 366}
_TEN_YEARS: Final = 3660

_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
_NUMBER_IN_WORDS_RE: Final = re.compile(r"(?<=\d)\s*\([a-z ]+\)")
_WEEKDAY_RE: Final = re.compile(
    r"\b(?:thu\s+(?:hai|ba|tu|nam|sau|bay|[2-7])|chu\s+nhat)\b[\s,(]*(?=ngay\b|\d\d?\s*[/.-]\s*\d)"
)
# A document named in passing, with its date: "theo Quyết định 828/QĐ-BYT ngày 04/4/2022".
_DOCUMENT_RE: Final = re.compile(
    r"(?<![\w/.-])\d{1,6}(?:/\d{4})?[/-][a-z]{2,}[\w&]*(?:[/-][\w&]+)*"
    r"(?:,?\s*ngay\s+\d\d?\s*[/.-]\s*\d\d?\s*[/.-]\s*\d{2,4})?"
)
_CLOCK: Final = r"\d\d?\s*(?:h|g|gio|:)\s*(?:\d\d)?(?:\s*phut)?"
_LEAD_RE: Final = re.compile(
    r"(?:\b(?P<word>truoc khi het|khong sau|khong truoc|truoc|sau|tu|den|toi|het|trong|cuoi|dau|giua|khoang)"
    rf"(?:\s+(?:thoi diem|thoi han|moc))?[\s,:(]*)?(?P<clock>{_CLOCK})?[\s,(]*$"
)
_MIDNIGHT_RE: Final = re.compile(r"0?0\s*(?:h|g|gio|:)\s*(?:00)?")
_CLOCK_AFTER_RE: Final = re.compile(rf"^[\s,]*(?:luc\s+)?{_CLOCK}")
_SINCE_RE: Final = re.compile(r"^[\s,]*(?:(?:ke|tinh)\s+tu|tu|sau)\s+(?:thoi diem\s+)?(?P<event>.*)$")
_SIGNED: Final = r"(?:ngay\s+|khi\s+)?(?:ky ban hanh|ky|ban hanh|duoc giao|giao nhiem vu|giao|hom nay|nay)"
_PAPER: Final = r"(?:van ban|quyet dinh|cong van|thong bao|ke hoach|nghi quyet|chi thi|ket luan)(?:\s+nay)?"
_GIVEN_RE: Final = re.compile(rf"{_SIGNED}(?:\s+{_PAPER})?[\s.,;)]*")
_RECEIVED_RE: Final = re.compile(r"(?:ngay\s+|khi\s+)?(?:nhan|tiep nhan)\b[a-z\s.,;)]*")
_DATED_RE: Final = re.compile(rf"(?:{_SIGNED})?[\s,(]*(?:ngay\s*)?{TAKEN}+[\s.,;)]*")
# What joins the first and the last day of one stretch of time.
_JOINT_RE: Final = re.compile(r"\s*-\s*|.*\b(?:den|toi)\b.*")

_RECURRING_RE: Final = re.compile(r"\b(?:hang\s+(?:ngay|tuan|thang|quy|nam)|dinh ky)\b")
# Read with its accents: folded it would be "mới" as well.
_EACH_RE: Final = re.compile(r"\bmỗi\s+(?:ngày|tuần|tháng|quý|năm)\b", re.IGNORECASE)
_ALWAYS_RE: Final = re.compile(r"\b(?:thuong xuyen|lien tuc)\b")
_NO_DATE_RE: Final = re.compile(
    r"\b(?:toi day|thoi gian toi|sap toi|khan truong|kip thoi|som|theo tien do|lau dai|khong)\b"
)
# Words that change or add to a date when they stand apart from it.
_LEFT_OVER_RE: Final = re.compile(
    r"\d|\b(?:i|ii|iii|iv|truoc|sau|khoang|hoac|thang|tuan|ngay lam viec|am lich)\b"
)

# A day given outside these years is a slip of the keys, and counting from it could leave the calendar.
FIRST_YEAR: Final = 1945
LAST_YEAR: Final = 2200

_Side = Literal["until", "before", "from", "vague"]
_SIDES: Final[dict[str | None, _Side]] = {
    "truoc": "before",
    "sau": "from",
    "tu": "from",
    "khong truoc": "from",
    "dau": "vague",
    "giua": "vague",
    "khoang": "vague",
}


def read_deadline(words: str, *, given_on: date, calendar: WorkCalendar) -> Reading:
    """Return the due date that a deadline's words name, in any case, with or without accents, NFC or NFD.

    ``given_on`` (a date in Hà Nội) is where durations start and which year "ngày 30/6" means; ``calendar``
    counts working days. Never raises for what was typed: words that cannot be read give ``due_on`` None, and
    ``how`` says why, in Vietnamese for the user. A date written out is never moved off a day off; a duration
    ending on one gets a hint.
    """
    try:
        return _read(words, given_on, calendar)
    except (NotOnCalendarError, _UnclearError) as why:
        return Reading(None, False, str(why), understood=False)


def _read(words: str, given_on: date, calendar: WorkCalendar) -> Reading:
    if len(words) > LONGEST:
        raise _UnclearError(_("Thời hạn dài quá %(longest)d ký tự.") % {"longest": LONGEST})
    if not FIRST_YEAR <= given_on.year <= LAST_YEAR:
        raise _UnclearError(_("Ngày giao %(day)s không hợp lý.") % {"day": _dmy(given_on)})
    text = _prepare(words)
    found, rest = find(text, given_on)
    durations = [one for one in found if isinstance(one, DurationFound)]
    periods = [one for one in found if isinstance(one, PeriodFound)]
    recurring = bool(_RECURRING_RE.search(text) or _EACH_RE.search(nfc(words)))
    if recurring or _ALWAYS_RE.search(text):
        return _read_standing(found, recurring=recurring)
    if not found:
        return _read_no_date(rest)
    if len(durations) == 1:
        return _read_duration(durations[0], periods, rest, given_on, calendar)
    if durations or len(periods) > 2:
        raise _UnclearError(_("Có nhiều mốc thời gian; cần chọn một."))
    return _read_period(periods, rest, given_on)


def _prepare(words: str) -> str:
    text = fold(words).translate(_DASHES)
    text = _NUMBER_IN_WORDS_RE.sub("", text)
    text = _WEEKDAY_RE.sub("", text)
    return _DOCUMENT_RE.sub(lambda document: " " * len(document[0]), text)


def _read_standing(found: Sequence[Found], *, recurring: bool) -> Reading:
    """Read "thường xuyên" and "hằng năm"; beside a date with its year, the secretariat has to choose."""
    repeats = recurring and not any(isinstance(one, PeriodFound) and one.year for one in found)
    if found and not repeats:
        raise _UnclearError(_("Vừa ghi việc thường xuyên hoặc định kỳ vừa ghi thời hạn; cần chọn một."))
    if not recurring:
        return Reading(None, True, _("Việc thường xuyên, không có thời hạn."))
    hint = _("Việc lặp lại theo kỳ: nếu cần theo dõi từng kỳ, giao riêng cho mỗi kỳ.")
    return Reading(None, True, _("Việc định kỳ, không có một thời hạn riêng."), hint)


def _read_no_date(rest: str) -> Reading:
    if not rest:
        return Reading(None, False, _("Không ghi thời hạn."))
    if _NO_DATE_RE.search(rest) and not _LEFT_OVER_RE.search(rest):
        return Reading(None, False, _("Không nêu ngày cụ thể."))
    raise _UnclearError(_("Không đọc được thời hạn; cần nhập ngày."))


def _read_period(periods: Sequence[PeriodFound], rest: str, given_on: date) -> Reading:
    last = periods[-1]
    lead = _lead(rest, last.start)
    if len(periods) == 2:
        # "từ 01/6/2023 đến 30/6/2023" is one stretch of time and ends with the second date.
        start = _lead(rest, periods[0].start)
        joint = rest[periods[0].end : last.start]
        if not _JOINT_RE.fullmatch(joint) or (_side(start) != "from" and joint.strip() != "-"):
            raise _UnclearError(_("Có nhiều mốc thời gian; cần chọn một."))
        rest = _without(rest, start.start(), last.start)
    clock_after = _CLOCK_AFTER_RE.search(rest[last.end :])
    end = last.end + (clock_after.end() if clock_after else 0)
    _refuse_left_over(_without(rest, lead.start(), end))
    side = _side(lead)
    if side == "from":
        raise _UnclearError(_("Chỉ ghi mốc bắt đầu, không ghi thời hạn."))
    if side == "vague":
        raise _UnclearError(_("Chỉ ghi khoảng thời gian, không nêu ngày cụ thể."))
    period, due_on, hint = _place(last, side, given_on)
    if due_on < given_on:
        hint = _("Thời hạn trước ngày giao %(day)s.") % {"day": _dmy(given_on)}
    if side == "before":
        how = _("Trước %(period)s: đến hết ngày %(due)s.")
    elif period.first == period.last:
        how = _("Đến hết ngày %(due)s.")
    else:
        how = _("Trong %(period)s: đến hết ngày %(due)s.")
    return Reading(due_on, False, how % {"period": period.name, "due": _dmy(due_on)}, hint)


def _place(found: PeriodFound, side: _Side, given_on: date) -> tuple[Period, date, str]:
    """Return the period in its year, the due date and a hint; a year left out is the one that comes next."""

    def due(period: Period) -> date:
        return period.first - timedelta(days=1) if side == "before" else period.last

    if found.year is not None:
        period = found.in_year(found.year)
        return period, due(period), ""
    period = found.in_year(given_on.year)
    if due(period) < given_on:
        past = period.name
        period = found.in_year(given_on.year + 1)
        if due(period) - given_on > _NEXT_YEAR_WITHIN:
            raise _UnclearError(_("Không ghi năm, mà %(period)s đã qua; cần ghi rõ năm.") % {"period": past})
    return period, due(period), _("Không ghi năm: hiểu là %(period)s.") % {"period": period.name}


def _lead(rest: str, end: int) -> re.Match[str]:
    """Return the words just before an expression: a preposition and a time of day, each may be missing."""
    lead = _LEAD_RE.search(rest[:end])
    if lead is None:
        raise AssertionError("every part of the pattern is optional")
    return lead


def _side(lead: re.Match[str]) -> _Side:
    side = _SIDES.get(lead["word"], "until")
    # "trước 17 giờ ngày 30/6" is a time on that very day.
    if side == "before" and lead["clock"] and not _MIDNIGHT_RE.fullmatch(lead["clock"].strip()):
        return "until"
    return side


def _without(text: str, start: int, end: int) -> str:
    return text[:start] + TAKEN * (end - start) + text[end:]


def _refuse_left_over(rest: str) -> None:
    if _LEFT_OVER_RE.search(rest):
        raise _UnclearError(_("Có phần chưa đọc được; cần nhập ngày."))


def _read_duration(
    found: DurationFound, periods: Sequence[PeriodFound], rest: str, given_on: date, calendar: WorkCalendar
) -> Reading:
    lead = _lead(rest, found.start)
    if found.count * _LONGEST_IN_DAYS[found.unit] > _TEN_YEARS or found.count == 0:
        raise _UnclearError(_("Khoảng thời gian ngoài mức theo dõi (từ 1 ngày đến 10 năm)."))
    tail = rest[found.end :]
    since = _SINCE_RE.search(tail)
    start, hint = given_on, ""
    if since:
        _refuse_left_over(_without(rest, lead.start(), len(rest)))
        start, hint = _start(since["event"], periods, given_on)
    elif periods:
        raise _UnclearError(_("Có nhiều mốc thời gian; cần chọn một."))
    else:
        if _side(lead) in ("before", "vague"):
            raise _UnclearError(_("Tính ngược từ một sự kiện chưa rõ ngày; cần nhập ngày."))
        _refuse_left_over(_without(rest, lead.start(), found.end))
    due_on = _add(start, found, calendar)
    if found.unit != "ngay lam viec" and not calendar.is_working_day(due_on):
        following = calendar.next_working_day(due_on)
        day_off = _("Ngày %(due)s là ngày nghỉ; ngày làm việc tiếp theo là %(following)s.")
        hint = " ".join(filter(None, [hint, day_off % {"due": _dmy(due_on), "following": _dmy(following)}]))
    how = _("%(count)d %(unit)s tính từ ngày %(start)s: đến hết ngày %(due)s.") % {
        "count": found.count,
        "unit": _unit_name(found.unit),
        "start": _dmy(start),
        "due": _dmy(due_on),
    }
    return Reading(due_on, False, how, hint)


def _start(event: str, periods: Sequence[PeriodFound], given_on: date) -> tuple[date, str]:
    """Return the day a duration is counted from ("kể từ ngày …") and a hint."""
    if len(periods) == 1 and _DATED_RE.fullmatch(event):
        period, start, hint = _place(periods[0], "until", given_on)
        if period.first == period.last:
            return start, hint
    elif not periods and _GIVEN_RE.fullmatch(event):
        return given_on, ""
    elif not periods and _RECEIVED_RE.fullmatch(event):
        return given_on, _("Không rõ ngày nhận: tính từ ngày giao %(day)s.") % {"day": _dmy(given_on)}
    raise _UnclearError(_("Tính từ một sự kiện chưa rõ ngày; cần nhập ngày."))


def _add(start: date, found: DurationFound, calendar: WorkCalendar) -> date:
    """Return the last day of a duration; the first day is not counted, and 31/01 plus a month is 28/02."""
    if found.unit == "ngay lam viec":
        return calendar.add_working_days(start, found.count)
    if found.unit in ("ngay", "tuan"):
        return start + timedelta(days=found.count * _LONGEST_IN_DAYS[found.unit])
    months = start.year * 12 + start.month - 1 + found.count * (12 if found.unit == "nam" else 1)
    first = date(months // 12, months % 12 + 1, 1)
    last_day = (date((months + 1) // 12, (months + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return first.replace(day=min(start.day, last_day))


def _unit_name(unit: str) -> str:
    names = {"ngay lam viec": _("ngày làm việc"), "ngay": _("ngày"), "tuan": _("tuần")}
    return {**names, "thang": _("tháng"), "nam": _("năm")}[unit]


def _dmy(day: date) -> str:
    return f"{day:%d/%m/%Y}"
