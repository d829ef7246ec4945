"""The entries of the timeline: what one act says, in the words of the screen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.audit.context import Door
from accounts.clock import start_of_day
from directives.lifecycle import Status
from directives.models import Attachment, DeadlineEntry, Note, ProgressReport, Reminder, UnitLetter
from directives.reminders.wording import reader_in_words, step_in_words
from directives.timeline_words import (
    Line,
    Record,
    date_lines,
    day,
    is_correction,
    minute,
    moved_by,
    record_lines,
    report_lines,
    request_lines,
    request_title,
)


@dataclass
class Entry:
    """One act. `kind` names its sign; `actor` is the user, `who` and `post` how they are shown (`People.name`);
    `version` is that of the assignment it led to, 0 for an act that left it alone."""

    at: datetime
    recorded_at: datetime
    kind: str
    title: str
    actor: Any = None
    on_behalf: str = ""
    came_from: str = ""
    went_to: str = ""
    reason: str = ""
    door: str = ""
    lines: list[Line] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    who: str = ""
    post: str = ""
    version: int = 0

    @property
    def order(self) -> tuple[datetime, datetime]:
        """By the act's own date, then by the database's clock."""
        return (self.at, self.recorded_at)


class Mark:
    """What one service wrote: the version it led to, if any, and its parts."""

    def __init__(self, at: datetime, recorded_at: datetime, record: Record | None = None) -> None:
        self.at = at
        self.recorded_at = recorded_at
        self.record = record
        self.reports: list[ProgressReport] = []
        self.letters: list[UnitLetter] = []
        self.dates: list[DeadlineEntry] = []
        self.requests: list[Any] = []

    def add_request(self, row: Any) -> None:
        """Add a version of an extension request."""
        self.requests.append(row)

    def entry(self, files: Iterable[Attachment]) -> Entry:
        """Return the entry, with those of the files that belong to its parts."""
        row = self._told_by()
        entry = Entry(at=self.at, recorded_at=self.recorded_at, kind=self._kind(), title=self._title())
        entry.version = self.record.row.version if self.record else 0
        entry.actor = getattr(row, "history_user", None) or getattr(row, "recorded_by", None)
        entry.door = str(Door(row.door).label) if hasattr(row, "door") else ""
        reason = getattr(row, "history_change_reason", "") or ""
        entry.reason = reason if reason != entry.title else ""
        if self.record and self.record.changed("status"):
            entry.came_from = str(Status(self.record.before.status).label)
            entry.went_to = str(Status(self.record.row.status).label)
        entry.on_behalf = self._on_behalf()
        entry.lines = [*self._lines()]
        entry.files = [file for file in files if self._owns(file)]
        return entry

    def _told_by(self) -> Any:
        """The row that names actor, reason and door."""
        if self.record is not None:
            return self.record.row
        return next(iter((*self.requests, *self.reports, *self.letters, *self.dates)), None)

    def _kind(self) -> str:
        if self.reports:
            return "report"
        if self.requests or (self.dates and not self._moved()):
            return "deadline"
        return "change"

    def _moved(self) -> bool:
        return self.record is not None and (self.record.before is None or self.record.changed("status"))

    def _title(self) -> str:
        if self.reports:
            return str(self.reports[0].get_kind_display())
        if self.record is not None and self._moved():
            return moved_by(self.record)
        if self.requests:
            return request_title(self.requests[-1])
        if self.dates:
            return _("Đính chính thời hạn") if is_correction(self.dates[0]) else _("Đặt thời hạn")
        if self.record is not None and self.record.changed("answering_unit_id"):
            return _("Chọn đơn vị trả lời")
        if self.record is not None and (
            self.record.changed("officer_id") or self.record.changed("assignee_id")
        ):
            return _("Phân công người thực hiện")
        return _("Cập nhật")

    def _on_behalf(self) -> str:
        for letter in (*self.letters, *(report.letter for report in self.reports)):
            if letter is not None:
                return _("%(unit)s, theo văn bản số %(number)s ngày %(day)s%(signer)s") % {
                    "unit": letter.unit,
                    "number": letter.number,
                    "day": day(letter.dated_on),
                    "signer": f" ({letter.signer})" if letter.signer else "",
                }
        return ""

    def _lines(self) -> Iterable[Line]:
        for entry in self.dates:
            yield from date_lines(entry, self.record)
        for request in self.requests:
            yield from request_lines(request)
        for report in self.reports:
            yield from report_lines(report)
        if self.record is not None:
            yield from record_lines(self.record)

    def _owns(self, file: Attachment) -> bool:
        return (
            any(file.report_id == report.pk for report in self.reports)
            or any(file.letter_id == letter.pk for letter in self.letters)
            or any(file.extension_request_id == row.id and row.history_type == "+" for row in self.requests)
        )


def note_entry(note: Note) -> Entry:
    """Return the entry of a note."""
    entry = Entry(
        at=note.at, recorded_at=note.recorded_at, kind="note", title=_("Trao đổi"), actor=note.author
    )
    entry.lines = [
        Line(_("Hình thức"), f"{note.get_kind_display()}, {day(note.held_on)}"),
        Line(_("Nội dung"), note.text),
    ]
    return entry


def removal_entry(file: Attachment) -> Entry:
    """Return the entry of a file's removal."""
    at = file.removed_at or file.uploaded_at
    entry = Entry(at=at, recorded_at=at, kind="file", title=_("Gỡ tệp"), actor=file.removed_by)
    entry.reason = file.removal_reason
    entry.lines = [Line(_("Tên tệp"), file.name), Line("SHA-256", file.sha256)]
    return entry


def mail_entry(reminder: Reminder) -> Entry:
    """Return the entry of a mail that named the assignment, or of a reminder that could not be sent."""
    message = reminder.message
    if message is None:
        at = start_of_day(reminder.planned_on)
        entry = Entry(at=at, recorded_at=at, kind="mail", title=_("Không gửi nhắc việc"))
        entry.lines = [
            Line(_("Người nhận"), reader_in_words(reminder)),
            Line(_("Lý do"), reminder.get_skip_display()),
        ]
        # Of news nobody in particular was meant: what happened says more.
        if reminder.step is None:
            entry.lines[0] = Line(_("Việc"), step_in_words(reminder))
        return entry
    at = message.composed_at
    title = _("Nhắc việc") if reminder.step else step_in_words(reminder)
    entry = Entry(at=at, recorded_at=at, kind="mail", title=title)
    state = str(message.get_state_display())
    if message.sent_at:
        state = _("%(state)s lúc %(at)s") % {"state": state, "at": minute(message.sent_at)}
    entry.lines = [Line(_("Người nhận"), message.recipient_name), Line(_("Thư điện tử"), state)]
    return entry
