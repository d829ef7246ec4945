"""Quá trình xử lý: all that happened to an assignment in one line of time, from a constant number of queries.

1. Each source (history, reports, dates, requests, letters, notes, mails) gives its newest (or oldest) rows; one that
   has none (`there_is`) is not asked.
2. What one service wrote carries the same instant and the same transaction; it becomes one entry with its parts.
3. Entries are told by the date of the act; acts of one instant in the order in which they were recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.db.models import F, Q, QuerySet

from directives.models import (
    Assignment,
    Attachment,
    DeadlineEntry,
    ExtensionRequest,
    Note,
    ProgressReport,
    Reminder,
    UnitLetter,
)
from directives.there_is import ThereIs
from directives.timeline_entries import Entry, Mark, mail_entry, note_entry, removal_entry
from directives.timeline_people import People
from directives.timeline_words import Record

PAGE_SIZE = 30
# Why a reminder was not sent is told only where somebody can do something about it.
TOLD_SKIPS = (
    Reminder.Skip.NO_ADDRESS,
    Reminder.Skip.INACTIVE,
    Reminder.Skip.VACANT,
    Reminder.Skip.UNDECIDED,
    Reminder.Skip.OUTSIDE_SECTOR,
)
# What is told of a version, and by whom it was made: the rest of its columns and of the persons' is not read.
_TOLD = (
    "version", "history_date", "recorded_at", "recorded_xid", "history_change_reason", "door",
    "status", "due_on", "original_due_on", "completed_on",
    "history_user__username", "history_user__full_name", "history_user__post",
    "officer__username", "officer__full_name", "assignee__username", "assignee__full_name", "answering_unit__name",
)  # fmt: skip


@dataclass(frozen=True)
class Read:
    """Rows that were read for a timeline; with `is_whole` all reports, dates and files there are of the assignment, and
    its document's files."""

    is_whole: bool
    reports: Sequence[ProgressReport]
    dates: Sequence[DeadlineEntry]
    files: Sequence[Attachment]


@dataclass(frozen=True)
class Timeline:
    """One page of entries; `has_more` when there are further ones. Whoever shows what was `read` need not ask again."""

    entries: Sequence[Entry]
    has_more: bool
    read: Read


def timeline(
    assignment: Assignment, *, found: ThereIs, inside: bool, newest_first: bool = True, page: int = 1
) -> Timeline:
    """Return a page (from 1) of an assignment's story; `found` says what there is to tell of (`there_is`).

    `inside` (`access.sees_inside`): whether requests, letters, notes and mails are told, too.
    """
    wanted = page * PAGE_SIZE + 1
    sources = _Sources(assignment, found=found, newest_first=newest_first, limit=2 * wanted)
    entries = sources.entries(inside=inside)
    entries.sort(key=lambda entry: entry.order, reverse=newest_first)
    shown = entries[wanted - 1 - PAGE_SIZE : wanted - 1]
    sources.people.name(shown)
    return Timeline(shown, has_more=len(entries) >= wanted, read=sources.read)


def whole_story(assignment: Assignment, *, found: ThereIs) -> list[Entry]:
    """Return all that happened to an assignment, requests, letters, notes and mails included, oldest first."""
    sources = _Sources(assignment, found=found, newest_first=False, limit=None)
    entries = sources.entries(inside=True)
    entries.sort(key=lambda entry: entry.order)
    sources.people.name(entries)
    return entries


def changes_since(assignment: Assignment, *, found: ThereIs, version: int) -> list[Entry]:
    """Return what happened to an assignment after a version of it, oldest first (the last twenty acts)."""
    sources = _Sources(assignment, found=found, newest_first=True, limit=20)
    later = [entry for entry in sources.entries(inside=False) if entry.version > version]
    sources.people.name(later)
    return sorted(later, key=lambda entry: entry.order)


class _Sources:
    """The rows of each source that has any, read with one query each."""

    def __init__(
        self, assignment: Assignment, *, found: ThereIs, newest_first: bool, limit: int | None
    ) -> None:
        self.assignment = assignment
        self.people = People(assignment)
        self.found = found
        self.newest_first = newest_first
        self.limit = limit
        # Whether nothing was left out because of the limit.
        self.is_whole = True

    def entries(self, *, inside: bool) -> list[Entry]:
        found = self.found
        records = self._records()
        reports = self._read(ProgressReport, "recorded_by", "letter__unit") if found.reports else []
        requests: list[Any] = []
        # A letter that is a report is read with it.
        letters: list[UnitLetter] = [report.letter for report in reports if report.letter is not None]
        loose: list[Entry] = []
        if inside:
            requests = self._requests() if found.requests else []
            letters = self._read(UnitLetter, "recorded_by", "unit") if found.letters else []
            loose += [note_entry(note) for note in self._read(Note, "author")] if found.notes else []
            loose += self._mails() if found.mails else []
        every = self._files(reports, requests, letters)
        files = [file for file in every if file.document_id is None]
        loose += [removal_entry(file) for file in files if file.removed_at is not None]
        dates = self._read(DeadlineEntry, "recorded_by", "basis")
        self.read = Read(self.is_whole, reports, dates, every)
        return [*_acts(records, requests, reports, letters, dates, files), *loose]

    def _ordered(self, rows: QuerySet[Any], field: str) -> list[Any]:
        by, then = F(field), F("pk")
        order = (by.desc(), then.desc()) if self.newest_first else (by.asc(), then.asc())
        found = list(rows.order_by(*order)[: self.limit])
        self.is_whole = self.is_whole and len(found) != self.limit
        return found

    def _read(self, model: Any, *related: str) -> list[Any]:
        rows = model.objects.filter(assignment=self.assignment).select_related(*related)
        return self._ordered(rows, "at")

    def _records(self) -> list[Record]:
        """The history, each version beside the one before; one row more, so that the last has one, too."""
        joined = ("history_user", "answering_unit", "officer", "assignee")
        rows = self.assignment.history.select_related(*joined).only(*_TOLD)
        further = None if self.limit is None else self.limit + 1
        found = list(rows.order_by("-version" if self.newest_first else "version")[:further])
        versions = {row.version: row for row in found}
        return [
            Record(row, versions.get(row.version - 1), row.history_user_id in self.people.staff)
            for row in found[: self.limit]
        ]

    def _requests(self) -> list[Any]:
        rows = ExtensionRequest.history.filter(assignment=self.assignment.pk)
        return self._ordered(rows.select_related("history_user", "letter"), "history_date")

    def _files(self, reports: list[Any], requests: list[Any], letters: list[Any]) -> list[Attachment]:
        """One query for the files of all owners, the document among them."""
        if not (self.found.files or self.found.document_files):
            return []
        owners = (
            Q(report__in=[row.pk for row in reports])
            | Q(extension_request__in={row.id for row in requests})
            | Q(letter__in=[row.pk for row in letters])
            | Q(document=self.assignment.directive.document_id)
        )
        rows = Attachment.objects.filter(owners).select_related("removed_by").order_by()
        return sorted(rows, key=attrgetter("pk"))

    def _mails(self) -> list[Entry]:
        """One entry a mail, and one for each reminder that could not be sent for a reason somebody can remove."""
        sent = Q(message__isnull=False)
        rows = self.assignment.reminders.filter(sent | Q(skip__in=TOLD_SKIPS)).select_related(
            "message", "step", "occasion"
        )
        # What a mail says is read on its own page.
        rows = rows.defer("message__text", "message__html", "message__image", "message__error")
        found: dict[Any, Reminder] = {}
        for row in self._ordered(rows, "falls_on"):
            key = row.message_id or (row.falls_on, row.step and row.step.audience, row.occasion_id, row.skip)
            found.setdefault(key, row)
        return [mail_entry(row) for row in found.values()]


def _acts(
    records: Sequence[Record],
    requests: Iterable[Any],
    reports: Iterable[ProgressReport],
    letters: Iterable[UnitLetter],
    dates: Iterable[DeadlineEntry],
    files: Iterable[Attachment],
) -> list[Entry]:
    """Join what one service wrote into one entry."""
    marks: dict[tuple[Any, Any], list[Mark]] = {}
    for record in records:
        marks.setdefault(record.key, []).append(Mark(record.row.history_date, record.row.recorded_at, record))
    for row in requests:
        _mark_for(marks, row.recorded_xid, row.history_date, row.recorded_at).add_request(row)
    for report in reports:
        _mark_for(marks, report.recorded_xid, report.at, report.recorded_at).reports.append(report)
    for letter in letters:
        _mark_for(marks, letter.recorded_xid, letter.at, letter.recorded_at).letters.append(letter)
    for date in dates:
        _mark_for(marks, date.recorded_xid, date.at, date.recorded_at).dates.append(date)
    every = [mark for found in marks.values() for mark in found]
    kept = list(files)
    return [mark.entry(kept) for mark in every]


def _mark_for(marks: dict[tuple[Any, Any], list[Mark]], xid: int, at: Any, recorded_at: Any) -> Mark:
    """Return the act a row belongs to: a service writes its parts before the version they lead to, a first
    version before its parts."""
    found = marks.setdefault((xid, at), [])
    if not found:
        found.append(Mark(at, recorded_at))
    later = [mark for mark in found if mark.recorded_at >= recorded_at]
    return min(later, key=lambda mark: mark.recorded_at) if later else found[-1]
