"""Figures as pages show them: each number in words and colour, leading to the list that it counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise

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


@dataclass(frozen=True)
class TableRow:
    """A line of a table of figures as it is shown."""

    label: str | Promise
    detail: str | Promise
    url: str
    figures: list[Figure]


def list_url(name: str, **filters: Any) -> str:
    """Return the address of a named list of assignments (`directives.lists`), narrowed by its filters."""
    query = urlencode({lists.PARAMETER: name, **filters})
    return f"{reverse('admin:directives_assignment_changelist')}?{query}"


def figure(column: FigureColumn, cells: Cells, filters: Mapping[str, Any] | None) -> Figure:
    """Return a column's number of some cells; `filters` None: it opens nothing."""
    value = column.read(cells)
    if isinstance(value, Share):
        return Figure(percent(value.value))
    if not value:
        return Figure("0")
    url = list_url(column.name, **filters) if filters is not None else ""
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
    for line in lines:
        filters = {filter_name: f"{prefix}{line.pk}"} if filter_name and line.pk is not None else None
        url = list_url("given", **filters) if filters and line.cells.given else ""
        rows.append(
            TableRow(
                line.label, line.detail, url, [figure(column, line.cells, filters) for column in columns]
            )
        )
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
    return [figure(column, cells, {}) for column in columns]
