"""The words of the timeline: what the parts of an act say, each as a line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.clock import HANOI
from directives.lifecycle import TRANSITIONS, Status, Verb, targets
from directives.models import DeadlineEntry, ExtensionRequest, ProgressReport

RequestState = ExtensionRequest.State


@dataclass(frozen=True)
class Line:
    """A detail of an entry."""

    label: str
    text: str


@dataclass(frozen=True)
class Record:
    """One version in the history, beside the one before it (None for the first), and whether one of the secretariat
    made it."""

    row: Any
    before: Any
    by_secretariat: bool

    @property
    def key(self) -> tuple[int, datetime]:
        return (self.row.recorded_xid, self.row.history_date)

    def changed(self, name: str) -> bool:
        """Whether this version has another value than the one before."""
        return self.before is not None and getattr(self.row, name) != getattr(self.before, name)


def day(value: date | None) -> str:
    """Return a date as people write it, or the words for none."""
    return f"{value:%d/%m/%Y}" if value else _("không có thời hạn")


def minute(value: datetime) -> str:
    """Return an instant as people write it, in Hà Nội."""
    return f"{value.astimezone(HANOI):%H:%M %d/%m/%Y}"


def moved_by(record: Record) -> str:
    """Return the verb that led from one status to the other; the table leaves two pairs open."""
    if record.before is None:
        return str(Verb.ISSUE.label)
    before, after = record.before.status, record.row.status
    if before == Status.SUBMITTED and after == Status.IN_PROGRESS:
        return str((Verb.SEND_BACK if record.by_secretariat else Verb.WITHDRAW).label)
    for verb, transition in TRANSITIONS.items():
        if before in transition.sources and after in targets(transition):
            return str(verb.label)
    return _("Cập nhật")


def is_correction(entry: DeadlineEntry) -> bool:
    """Return whether an entry of the ledger puts a mistyped date right."""
    return entry.kind == DeadlineEntry.Kind.CORRECTION


def date_lines(entry: DeadlineEntry, record: Record | None) -> Iterable[Line]:
    """Yield the date as it was and is: what the ledger says, beside the version before."""
    text = day(entry.due_on)
    before = record.before if record else None
    if before is not None and entry.kind != DeadlineEntry.Kind.ORIGINAL:
        was = before.original_due_on if is_correction(entry) else before.due_on
        text = f"{day(was)} → {text}"
    if entry.words:
        text = f"{text} (“{entry.words}”)"
    yield Line(_("Thời hạn – %(kind)s") % {"kind": entry.get_kind_display().lower()}, text)
    basis = entry.basis_text or (str(entry.basis) if entry.basis else "")
    if entry.kind == DeadlineEntry.Kind.EXTENSION and entry.decided_by:
        yield Line(_("Người quyết định"), entry.decided_by)
    if basis:
        yield Line(_("Căn cứ"), basis)


def request_title(row: Any) -> str:
    """Return what a version of an extension request is called."""
    if row.state == RequestState.OPEN:
        return _("Đề nghị gia hạn")
    return _("Đề nghị gia hạn: %(state)s") % {"state": RequestState(row.state).label}


def request_lines(row: Any) -> Iterable[Line]:
    """Yield what was asked for, and who decided by what."""
    if row.state == RequestState.OPEN:
        text = f"{day(row.due_on_before)} → {day(row.requested_due_on)}"
        yield Line(_("Thời hạn đề nghị"), text)
    elif row.state == RequestState.LAPSED:
        yield Line(_("Đề nghị gia hạn"), str(RequestState.LAPSED.label))
    else:
        yield Line(_("Đề nghị"), day(row.requested_due_on))
        if row.state == RequestState.REFUSED:
            yield Line(_("Người quyết định"), row.decided_by)
            if row.decision_basis:
                yield Line(_("Căn cứ"), row.decision_basis)


def report_lines(report: ProgressReport) -> Iterable[Line]:
    """Yield what a report says; one that was given back says it in its reason."""
    if report.kind == ProgressReport.Kind.GIVEN_BACK:
        return
    yield Line(_("Tiến độ"), f"{report.percent}%")
    yield Line(_("Kết quả thực hiện"), report.text)
    if report.obstacles:
        yield Line(_("Khó khăn, vướng mắc"), report.obstacles)
    if report.proposals:
        yield Line(_("Kiến nghị"), report.proposals)
    if report.result_number:
        yield Line(_("Văn bản kết quả"), result_document(report))


def result_document(report: ProgressReport) -> str:
    """Return number, date and signer of the result's document as one line; empty when there is no number."""
    if not report.result_number:
        return ""
    text = _("số %(number)s") % {"number": report.result_number}
    if report.result_on:
        text = _("%(text)s ngày %(day)s") % {"text": text, "day": day(report.result_on)}
    if report.result_signer:
        text = _("%(text)s, người ký: %(signer)s") % {"text": text, "signer": report.result_signer}
    return text


def record_lines(record: Record) -> Iterable[Line]:
    """Yield what a version changed beside the status."""
    row = record.row
    if row.status == Status.COMPLETED and record.changed("status"):
        yield Line(_("Ngày được tính là hoàn thành"), day(row.completed_on))
    if record.changed("officer_id"):
        yield Line(_("Chuyên viên theo dõi"), str(row.officer) if row.officer_id else _("bỏ trống"))
    if record.changed("assignee_id"):
        yield Line(_("Người được giao đích danh"), str(row.assignee) if row.assignee_id else _("bỏ trống"))
    if record.changed("answering_unit_id"):
        unit = str(row.answering_unit) if row.answering_unit_id else _("theo kế thừa")
        yield Line(_("Đơn vị trả lời"), unit)
