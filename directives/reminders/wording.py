"""Steps, recipients and what a mail waits for, in words, for screens."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.clock import HANOI
from directives.models import Message, PolicyStep, Reminder
from directives.reminders.window import Window
from steering.calendar import work_calendar
from steering.workdays import WorkCalendar

# Django's own Vietnamese names write the number as a digit.
WEEKDAYS = (
    gettext_lazy("thứ Hai"),
    gettext_lazy("thứ Ba"),
    gettext_lazy("thứ Tư"),
    gettext_lazy("thứ Năm"),
    gettext_lazy("thứ Sáu"),
    gettext_lazy("thứ Bảy"),
    gettext_lazy("Chủ nhật"),
)


def step_in_words(row: Reminder, *, workdays: WorkCalendar | None = None) -> str:
    """Return a reminder's step, e.g. "trước hạn 3 ngày", "sau hạn 2 ngày làm việc", "đúng hạn", "thư tuần 26/06/2023";
    of news what happened.

    Load `step` and `occasion` with the row; who tells many rows passes the calendar, else it is read for each that
    counts working days.
    """
    step = row.step
    if step is None or row.due_on is None:
        return str(row.occasion.get_kind_display()) if row.occasion else ""
    if step.audience == PolicyStep.Audience.SECRETARIAT:
        return _("thư tuần %(monday)s") % {"monday": f"{row.falls_on:%d/%m/%Y}"}
    if row.falls_on == row.due_on:
        return _("đúng hạn")
    if step.day_kind == PolicyStep.DayKind.WORKING:
        days = (workdays or work_calendar()).working_days_between(row.due_on, row.falls_on)
        before = ngettext("trước hạn %(days)d ngày làm việc", "trước hạn %(days)d ngày làm việc", -days)
        after = ngettext("sau hạn %(days)d ngày làm việc", "sau hạn %(days)d ngày làm việc", days)
    else:
        days = (row.falls_on - row.due_on).days
        before = ngettext("trước hạn %(days)d ngày", "trước hạn %(days)d ngày", -days)
        after = ngettext("sau hạn %(days)d ngày", "sau hạn %(days)d ngày", days)
    return (before if row.falls_on < row.due_on else after) % {"days": abs(days)}


def reader_in_words(row: Reminder) -> str:
    """Return for whom a reminder was meant, and who is written to instead: "Thủ trưởng đơn vị (gửi phó thủ trưởng, vì
    chưa có thủ trưởng)"."""
    reader = str(row.step.get_audience_display()) if row.step else ""
    if not row.fallback:
        return reader
    instead = _("gửi %(instead)s") % {"instead": row.get_fallback_display()}
    return f"{reader} ({instead})" if reader else instead


def instant_in_words(at: datetime) -> str:
    """Return an aware instant as people say it in Hà Nội: "07:30 thứ Hai 03/07/2023"."""
    local = at.astimezone(HANOI)
    return f"{local:%H:%M} {WEEKDAYS[local.weekday()]} {local:%d/%m/%Y}"


def waits_for(message: Message, *, at: datetime, window: Window | None) -> str:
    """Return why a queued mail is not sent yet, "" for any other; `window` holds the hours of sending (None: any)."""
    if message.state != Message.State.QUEUED:
        return ""
    if message.leased_until is not None and message.leased_until >= at:
        return _("đang gửi")
    first = max(message.next_attempt_at, at)
    opens_at = first if window is None or message.at_any_hour else window.opens_at(first)
    if opens_at > first:
        return _("chờ giờ gửi thư (%(instant)s)") % {"instant": instant_in_words(opens_at)}
    if message.next_attempt_at > at:
        return _("thử lại lúc %(instant)s") % {"instant": instant_in_words(message.next_attempt_at)}
    return _("chờ đến lượt gửi")
