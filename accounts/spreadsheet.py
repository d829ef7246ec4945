"""Spreadsheets that open as what they are: typed dates and numbers, and text that never becomes a formula.

Rows are written one by one and nothing is kept, so a table may be as long as it likes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import IO, Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from accounts.clock import HANOI
from accounts.spreadsheet_columns import Heading, Share

DATE_FORMAT: Final = "dd/mm/yyyy"
INSTANT_FORMAT: Final = "dd/mm/yyyy hh:mm"
SHARE_FORMAT: Final = "0.0%"
# What Excel or LibreOffice would read as the beginning of a formula when such a cell is edited or pasted.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
LONGEST_TEXT: Final = 32_767
LONGEST_SHEET_NAME: Final = 31

LINE_HEIGHT: Final = 15.0
TALLEST_ROW: Final = 405.0
# Wider than this, in characters, a table printed on one page would be too small to read.
WIDEST_ON_A_PAGE: Final = 250

_TOP = Alignment(vertical="top", wrap_text=True)
_RIGHT = Alignment(vertical="top", horizontal="right")
_FONT = "Calibri"
_A4 = 9  # as the format numbers paper sizes
_THIN = Side(style="thin", color="BFBFBF")
_LINES = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEADING_FILL = PatternFill("solid", fgColor="DDE6F2")


def safe_text(text: str) -> str:
    """Return a text as a cell can hold it: no control characters, not too long."""
    kept: str = ILLEGAL_CHARACTERS_RE.sub("", text)
    return kept[:LONGEST_TEXT]


class Book:
    """A workbook under way; `save` writes it and ends it. Use a sheet to its end before the next."""

    def __init__(self, *, at: datetime) -> None:
        self._book = Workbook(write_only=True)
        self._book.properties.creator = "Đôn đốc"
        self._book.properties.created = self._book.properties.modified = at.replace(tzinfo=None)

    def sheet(
        self, title: str | Promise, headings: Sequence[Heading], about: Iterable[str | Promise] = ()
    ) -> Sheet:
        """Begin a sheet: its title, lines that say what it shows and of when, and the headings."""
        return Sheet(self._book, str(title), headings, [str(line) for line in about])

    def save(self, target: IO[bytes]) -> None:
        """Write the workbook to an open binary file."""
        self._book.save(target)


class Sheet:
    """One table. A cell of each column and style is kept and filled anew for each row."""

    def __init__(self, book: Workbook, title: str, headings: Sequence[Heading], about: list[str]) -> None:
        name = " ".join("".join(" " if char in r"[]:*?/\'" else char for char in safe_text(title)).split())
        self._sheet = book.create_sheet(name[:LONGEST_SHEET_NAME].strip() or _("Bảng"))
        self._headings = headings
        self._cells: dict[tuple[int, str, bool, bool], Any] = {}
        top = len(about) + 3
        self.rows = 0
        self._first_row = top + 1
        self._set_up(top)
        self._sheet.append([self._styled(title, Font(name=_FONT, bold=True, size=14))])
        for line in about:
            self._sheet.append([self._styled(line, Font(name=_FONT, italic=True))])
        self._sheet.append([])
        self._row = top
        self._append([self._heading(heading) for heading in headings])

    def _set_up(self, top: int) -> None:
        """What a write-only sheet wants to know before its first row: widths, the frozen heading, the page."""
        sheet = self._sheet
        for number, heading in enumerate(self._headings, start=1):
            sheet.column_dimensions[get_column_letter(number)].width = heading.width
        sheet.freeze_panes = f"A{top + 1}"
        sheet.print_title_rows = f"{top}:{top}"
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = _A4
        if sum(heading.width for heading in self._headings) <= WIDEST_ON_A_PAGE:
            sheet.page_setup.fitToHeight = 0
            sheet.sheet_properties.pageSetUpPr.fitToPage = True
        else:
            sheet.page_setup.scale = 60
            sheet.print_title_cols = "A:A"

    def _styled(self, text: str, font: Font) -> Any:
        cell = WriteOnlyCell(self._sheet)
        cell.font = font
        _fill_text(cell, safe_text(text))
        if str(cell.value).startswith(FORMULA_STARTS):
            cell.quotePrefix = True
        return cell

    def _heading(self, heading: Heading) -> Any:
        cell = self._styled(str(heading.text), Font(name=_FONT, bold=True))
        cell.fill, cell.border = _HEADING_FILL, _LINES
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        return cell

    def add(self, values: Iterable[Any], *, bold: bool = False) -> None:
        """Append a row: dates, instants (aware, shown in Hà Nội), numbers, `Share`, texts and None."""
        self._append([self._cell(number, value, bold) for number, value in enumerate(values)])
        self.rows += 1

    def _append(self, cells: list[Any]) -> None:
        """Append a row, as high as its longest text needs: programs that open the file do not all work it out."""
        lines = max(map(_lines, cells, self._headings), default=1)
        if lines > 1:
            self._sheet.row_dimensions[self._row].height = min(TALLEST_ROW, LINE_HEIGHT * lines)
        self._sheet.append(cells)
        self._sheet.row_dimensions.pop(self._row, None)
        self._row += 1

    def add_note(self, text: str | Promise) -> None:
        """Append a line of text below the table."""
        self._sheet.append([self._styled(str(text), Font(name=_FONT, italic=True))])
        self._row += 1

    def let_filter(self) -> None:
        """Offer Excel's own filters on the rows added so far."""
        last = get_column_letter(len(self._headings))
        self._sheet.auto_filter.ref = (
            f"A{self._first_row - 1}:{last}{self._first_row + max(self.rows, 1) - 1}"
        )

    def _cell(self, column: int, value: Any, bold: bool) -> Any:
        if isinstance(value, Share):
            if value.value is None:
                return self._nothing(column, bold)
            value, number_format = value.value, SHARE_FORMAT
        elif isinstance(value, datetime):
            value, number_format = value.astimezone(HANOI).replace(tzinfo=None), INSTANT_FORMAT
        else:
            number_format = DATE_FORMAT if isinstance(value, date) else ""
        if isinstance(value, (str, Promise)):
            text = safe_text(str(value))
            cell = self._kept(column, "text", bold, text.startswith(FORMULA_STARTS))
            _fill_text(cell, text)
            return cell
        cell = self._kept(column, number_format, bold, False)
        cell.value = value
        return cell

    def _nothing(self, column: int, bold: bool) -> Any:
        """The share of an empty whole."""
        cell = self._kept(column, "nothing", bold, False)
        cell.alignment = _RIGHT
        _fill_text(cell, "–")
        return cell

    def _kept(self, column: int, style: str, bold: bool, quoted: bool) -> Any:
        key = (column, style, bold, quoted)
        cell = self._cells.get(key)
        if cell is None:
            cell = self._cells[key] = WriteOnlyCell(self._sheet)
            cell.alignment, cell.border = _TOP, _LINES
            if bold:
                cell.font = Font(name=_FONT, bold=True)
            if style not in ("", "text", "nothing"):
                cell.number_format = style
            if quoted:
                # The apostrophe a person would type before "=": the text stays as it is, for good.
                cell.quotePrefix = True
        return cell


def _lines(cell: Any, heading: Heading) -> int:
    """Return on how many lines a text is shown in its column."""
    if cell.data_type != "s":
        return 1
    return sum(max(1, math.ceil(len(line) / heading.width)) for line in str(cell.value).split("\n"))


def _fill_text(cell: Any, text: str) -> None:
    """Set a text as text: openpyxl would take "=1+1" for a formula and "#N/A" for an error."""
    cell.value = text
    cell.data_type = "s"
