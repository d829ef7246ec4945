"""What *Xuất Excel* writes of each list: the columns, their headings and how they are read from a row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.admin.export import Column, Reading
from directives.admin.restricted import hidden
from directives.models import Document
from directives.models.directive import Part
from directives.rights import Rights
from directives.sight import is_logged, logged_documents
from directives.timeliness import deadline_in_words, timeliness
from steering.models import SeatHolding


@dataclass
class CaseReading(Reading):
    """Whose rights the reader has; who holds the seats on the day, and which documents keep their subject back: one
    query each, when first asked."""

    held: Rights

    @cached_property
    def holders(self) -> dict[int, str]:
        rows = SeatHolding.objects.on(self.on).order_by("valid_from", "pk")
        return dict(rows.values_list("seat_id", "person"))

    @cached_property
    def kept_back(self) -> set[int]:
        """The documents whose subject is not told."""
        rows = Document.objects.order_by().filter(logged_documents(self.held))
        return set(rows.values_list("pk", flat=True)) if self.held.auditor else set()


def _verdict(row: Any, reading: CaseReading, *, original: bool = False) -> Any:
    """The cell in which a row is counted, or why it is not: the column adds up to the cells of the summary."""
    if row.part == Part.COORDINATING:
        return _("Không tính: phối hợp")
    cell = timeliness(row, on=reading.on, original=original)
    if cell is None:
        return _("Không tính: %(status)s") % {"status": row.get_status_display()}
    return _("Không tính: thường xuyên") if row.directive.is_standing else cell.label


def _content(directive: Any, reading: CaseReading) -> str:
    return hidden() if is_logged(directive, reading.held) else str(directive.content)


def _deliverable(directive: Any, reading: CaseReading) -> str:
    return "" if is_logged(directive, reading.held) else str(directive.deliverable)


def _subject(document: Any, reading: CaseReading) -> str:
    return hidden() if document.pk in reading.kept_back else str(document.subject)


def _supervisor(directive: Any, reading: CaseReading) -> Any:
    return reading.holders.get(directive.supervisor_id) if directive.supervisor_id else None


def _due_in_words(row: Any) -> Any:
    return _("Thường xuyên") if row.is_standing else row.deadline_words


ASSIGNMENT_COLUMNS = (
    Column(_("Mã nhiệm vụ"), lambda row, reading: row.directive.code, 18),
    Column(_("Văn bản"), lambda row, reading: row.directive.document.label, 18),
    Column(_("Ngày ban hành"), lambda row, reading: row.directive.document.issued_on, 12),
    Column(_("Nội dung"), lambda row, reading: _content(row.directive, reading), 60),
    Column(_("Sản phẩm"), lambda row, reading: _deliverable(row.directive, reading), 24),
    Column(_("Đơn vị"), lambda row, reading: row.unit.name, 32),
    Column(_("Đơn vị trả lời thay"), lambda row, reading: row.answering_unit and row.answering_unit.name, 24),
    Column(_("Vai trò"), lambda row, reading: row.get_part_display(), 12),
    Column(_("Người giao"), lambda row, reading: row.directive.given_by, 20),
    Column(
        _("Thành viên Ban Chỉ đạo phụ trách"), lambda row, reading: _supervisor(row.directive, reading), 24
    ),
    Column(_("Độ khẩn"), lambda row, reading: row.directive.get_urgency_display(), 12),
    Column(_("Ngày giao"), lambda row, reading: row.assigned_on, 12),
    Column(_("Thời hạn như văn bản ghi"), lambda row, reading: _due_in_words(row.directive), 20),
    Column(_("Thời hạn ban đầu"), lambda row, reading: row.original_due_on, 12),
    Column(_("Thời hạn"), lambda row, reading: row.due_on, 12),
    Column(_("Còn lại"), lambda row, reading: deadline_in_words(row, on=reading.on), 20),
    Column(_("Trạng thái"), lambda row, reading: row.get_status_display(), 18),
    Column(_("Đánh giá"), _verdict, 24),
    Column(
        _("Đánh giá theo thời hạn ban đầu"),
        lambda row, reading: _verdict(row, reading, original=True),
        24,
    ),
    Column(_("Tiến độ (%)"), lambda row, reading: row.progress, 10),
    Column(_("Ngày báo cáo hoàn thành"), lambda row, reading: row.submitted_on, 12),
    Column(_("Ngày hoàn thành"), lambda row, reading: row.completed_on, 12),
)

DIRECTIVE_COLUMNS = (
    Column(_("Mã nhiệm vụ"), lambda row, reading: row.code, 18),
    Column(_("Văn bản"), lambda row, reading: row.document.label, 18),
    Column(_("Ngày ban hành"), lambda row, reading: row.document.issued_on, 12),
    Column(_("Thứ tự trong văn bản"), lambda row, reading: row.ordinal, 10),
    Column(_("Tính chất"), lambda row, reading: row.get_kind_display(), 12),
    Column(_("Nội dung"), _content, 60),
    Column(_("Sản phẩm"), _deliverable, 24),
    Column(_("Người giao"), lambda row, reading: row.given_by, 20),
    Column(_("Thành viên Ban Chỉ đạo phụ trách"), _supervisor, 24),
    Column(_("Độ khẩn"), lambda row, reading: row.get_urgency_display(), 12),
    Column(_("Cách thực hiện"), lambda row, reading: row.get_mode_display(), 20),
    Column(_("Ngày giao"), lambda row, reading: row.given_on, 12),
    Column(_("Thời hạn như văn bản ghi"), lambda row, reading: _due_in_words(row), 20),
    Column(_("Thời hạn"), lambda row, reading: row.due_on, 12),
    Column(_("Tình trạng"), lambda row, reading: row.get_state_display(), 12),
)

DOCUMENT_COLUMNS = (
    Column(_("Loại văn bản"), lambda row, reading: row.get_kind_display(), 18),
    Column(_("Số, ký hiệu"), lambda row, reading: row.number, 18),
    Column(_("Ngày ban hành"), lambda row, reading: row.issued_on, 12),
    Column(_("Trích yếu"), _subject, 60),
    Column(_("Cơ quan ban hành"), lambda row, reading: row.issuer, 28),
    Column(_("Người ký"), lambda row, reading: row.signer, 20),
    Column(_("Độ khẩn"), lambda row, reading: row.get_urgency_display(), 12),
    Column(_("Tình trạng"), lambda row, reading: row.get_state_display(), 14),
)

MESSAGE_COLUMNS = (
    Column(_("Cho ngày"), lambda row, reading: row.on, 12),
    Column(_("Loại thư"), lambda row, reading: row.get_kind_display(), 22),
    Column(_("Người nhận"), lambda row, reading: row.recipient_name, 32),
    Column(_("Địa chỉ"), lambda row, reading: row.address, 28),
    Column(_("Tiêu đề"), lambda row, reading: row.subject, 50),
    Column(_("Tình trạng"), lambda row, reading: row.get_state_display(), 14),
    Column(_("Số lần thử"), lambda row, reading: row.attempts, 10),
    Column(_("Soạn lúc"), lambda row, reading: row.composed_at, 16),
    Column(_("Gửi lúc"), lambda row, reading: row.sent_at, 16),
    Column(_("Lỗi gần nhất"), lambda row, reading: row.error, 40),
)


def assignment_rows(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return assignments with what their columns read, and no more."""
    return rows.select_related("directive__document", "unit", "answering_unit").defer(
        "directive__search", "directive__document__search", "unit__search", "answering_unit__search"
    )


def directive_rows(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return directives with what their columns read, and no more."""
    return rows.select_related("document").defer("search", "document__search")


def document_rows(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return documents with what their columns read, and no more."""
    return rows.defer("search")


def message_rows(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return mails with what their columns read, and no more."""
    return rows.defer("text", "html", "image")
