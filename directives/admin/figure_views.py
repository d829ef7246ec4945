"""Figures as pages show them: each number in words and colour, leading to the list that it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from accounts.spreadsheet_columns import Share
from directives import lists
from directives.figure_columns import COLUMNS, FigureColumn, grouped
from directives.statistics import Cells, percent
from directives.tables import Line


@dataclass(frozen=True)
class Figure:
    """A number of a table; `url` leads to the rows it counts ("" for none), `tone` is a colour of DOMAIN §3."""

    text: str
    url: str = ""
    tone: str = ""

    @property
    def markup(self) -> SafeString:
        """The cell of a table: hundreds of lines of them are too many for a template."""
        text = escape(self.text)
        shown = f'<a href="{escape(self.url)}">{text}</a>' if self.url else text
        tone = f" fig-{self.tone}" if self.tone else ""
        return SafeString(f'<td class="is-number{tone}">{shown}</td>')


@dataclass(frozen=True)
class TableRow:
    """A line of a table of figures as it is shown."""

    label: str | Promise
    detail: str | Promise
    url: str
    figures: list[Figure]

    @property
    def cells(self) -> SafeString:
        """The numbers of the line, a cell each."""
        return SafeString("".join(figure.markup for figure in self.figures))


# The address of a list by its name.
Opens = Callable[[str], str]


def narrowed(address: str, **filters: Any) -> Opens:
    """Return what gives the addresses of the named lists of assignments (`directives.lists`), all narrowed alike;
    `address` is that of the list itself."""
    base = f"{address}?{lists.PARAMETER}="
    rest = f"&{urlencode(filters)}" if filters else ""
    return lambda name: f"{base}{name}{rest}"


def list_url(name: str, **filters: Any) -> str:
    """Return the address of a named list of assignments, narrowed by its filters."""
    return narrowed(reverse("admin:directives_assignment_changelist"), **filters)(name)


def figure(column: FigureColumn, cells: Cells, opens: Opens | None) -> Figure:
    """Return a column's number of some cells and the list it opens; None: it opens nothing."""
    value = column.read(cells)
    if isinstance(value, Share):
        return Figure(percent(value.value))
    if not value:
        return Figure("0")
    url = opens(column.name) if opens is not None else ""
    return Figure(grouped(value), url, column.tone)


def table_rows(
    lines: Iterable[Line],
    filter_name: str,
    *,
    prefix: str = "",
    columns: Sequence[FigureColumn] = COLUMNS,
) -> list[TableRow]:
    """Return the lines of a table, whose numbers open the list narrowed to each by `filter_name` ("": they do not)."""
    rows = []
    address = reverse("admin:directives_assignment_changelist")
    for line in lines:
        opens = None
        if filter_name and line.pk is not None:
            opens = narrowed(address, **{filter_name: f"{prefix}{line.pk}"})
        url = opens("given") if opens and line.cells.given else ""
        figures = [figure(column, line.cells, opens) for column in columns]
        rows.append(TableRow(line.label, line.detail, url, figures))
    return rows


@dataclass(frozen=True)
class HeadingGroup:
    """Neighbouring columns under one heading; a column without a group stands alone, over both rows."""

    text: str | Promise
    columns: list[FigureColumn]

    @property
    def stands_alone(self) -> bool:
        return not self.columns[0].group


def heading_groups(columns: Sequence[FigureColumn] = COLUMNS) -> list[HeadingGroup]:
    """Return the two rows of headings of a table of figures."""
    found: list[HeadingGroup] = []
    for column in columns:
        if column.group and found and found[-1].text == column.group:
            found[-1].columns.append(column)
        else:
            found.append(HeadingGroup(column.group or column.heading, [column]))
    return found


def total_row(cells: Cells, *, columns: Sequence[FigureColumn] = COLUMNS) -> list[Figure]:
    """Return the numbers of the closing row: of everything the person sees."""
    opens = narrowed(reverse("admin:directives_assignment_changelist"))
    return [figure(column, cells, opens) for column in columns]
