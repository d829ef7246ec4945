"""*Xuất Excel* of the case: lists of assignments close with their figures, and tables of figures are spreadsheets too.

A list gets it by `ExportMixin` before its base, with `export_columns` of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.admin import export
from accounts.admin.base import signed_in
from accounts.admin.export import CHUNK, Column, attachment
from accounts.clock import as_of
from accounts.spreadsheet_columns import Heading
from directives import lists
from directives.admin.export_columns import CaseReading
from directives.figure_columns import COLUMNS, closing_sum, denominators
from directives.models import Assignment
from directives.rights import rights
from directives.statistics import Cells, Tally

if TYPE_CHECKING:
    from accounts.spreadsheet import Book

__all__ = ["ExportMixin", "attachment", "figures_book"]


class ExportMixin(export.ExportMixin):
    """As for every list; of assignments, a second sheet counts the rows that were written."""

    def export_title(self, found: Any) -> str:
        """Return the model's name, and that of the list of assignments it shows."""
        title = super().export_title(found)
        shown = lists.LISTS.get(getattr(found, "name", ""))
        return f"{title} – {shown.label}" if shown is not None and self.model is Assignment else title

    def write_rows(
        self,
        book: Book,
        title: str,
        columns: Sequence[Column],
        rows: QuerySet[Any],
        *,
        about: Sequence[str],
        on: date,
        request: HttpRequest,
    ) -> int:
        sheet = book.sheet(title, [column.as_heading for column in columns], about)
        reading = CaseReading(on, rights(signed_in(request), on=on))
        tally = Tally(on=on)
        for row in rows.iterator(chunk_size=CHUNK):
            sheet.add(column.read(row, reading) for column in columns)
            if isinstance(row, Assignment):
                tally.add(row, is_standing=row.directive.is_standing)
        sheet.let_filter()
        if self.model is Assignment:
            _add_summary(book, tally.cells, about)
        return sheet.rows


def _add_summary(book: Book, cells: Cells, about: Sequence[str]) -> None:
    """Add a sheet with the cells of the exported rows, closing with their sum."""
    sheet = book.sheet(_("Tổng hợp"), [Heading(_("Chỉ số"), 44), Heading(_("Giá trị"), 14)], about)
    for column in COLUMNS:
        sheet.add([column.heading, column.read(cells)])
    for line in (closing_sum(cells), *denominators()):
        sheet.add_note(line)


def figures_book(
    title: str,
    first_heading: str | Promise,
    lines: Sequence[Any],
    total: Cells,
    *,
    computed_at: datetime,
    at: datetime,
) -> Book:
    """Return a table of figures as a workbook: a line each, the total, the closing sum and the denominators."""
    from accounts.spreadsheet import Book

    book = Book(at=at)
    headings = [
        Heading(_("TT"), 6),
        Heading(first_heading, 44),
        *(Heading(column.heading, 13) for column in COLUMNS),
    ]
    sheet = book.sheet(title, headings, [as_of(computed_at)])
    for number, line in enumerate(lines, start=1):
        label = f"{line.label}\n{line.detail}" if line.detail else line.label
        sheet.add([number, label, *(column.read(line.cells) for column in COLUMNS)])
    sheet.add([None, _("Tổng cộng"), *(column.read(total) for column in COLUMNS)], bold=True)
    for note in (closing_sum(total), *denominators()):
        sheet.add_note(note)
    return book
