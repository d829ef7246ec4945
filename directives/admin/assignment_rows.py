"""The table of the list of assignments, its rows put together outside the template: fifty at a time, in every list."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from directives.admin.assignment_list import Row
from directives.models import Assignment
from directives.models.directive import Part
from directives.models.document import Urgency


def rows_markup(rows: Sequence[Row], *, with_ticks: bool) -> SafeString:
    """Return the rows of the table, `with_ticks` each with a box to choose it; the head is in the template.

    Each text is escaped where it is put in, what all rows share once; numbers and dates need not be. `format_html`
    would cost as much as reading the rows.
    """
    address = reverse("admin:directives_assignment_change", args=[0]).rsplit("0", 1)
    labels = (_("Chọn"), _("Đơn vị"), _("Tiến độ"), _("Thời hạn"), _("Phụ trách"))
    before, after, choose, unit, progress, due, supervisor = map(escape, (*address, *labels))
    found = []
    for row in rows:
        item, code = row.assignment, escape(row.assignment.directive.code)
        tick = ""
        if with_ticks:
            tick = (
                f'<td class="work-tick"><input type="checkbox" name="chon" value="{item.pk}"'
                f' aria-label="{choose} {code}"></td>'
            )
        found.append(
            f'<tr>{tick}<td><a href="{before}{item.pk}{after}">{code}</a>{_urgency(item)}'
            f'<span class="work-content">{escape(row.content)}</span></td>'
            f'<td data-label="{unit}">{escape(row.unit.name)}{_note(row.unit.note)}{_part(item)}</td>'
            f"<td>{row.status.markup}{_with_head(item)}</td>"
            f'<td class="is-number" data-label="{progress}">{item.progress}%</td>'
            f'<td data-label="{due}">{_due(row)}</td>'
            f'<td data-label="{supervisor}"{_blank(row)}>{escape(row.supervisor or "–")}{_officer(row)}</td></tr>\n'
        )
    return SafeString("".join(found))


def _urgency(item: Assignment) -> str:
    urgency = item.directive.urgency
    if urgency == Urgency.NORMAL:
        return ""
    return (
        ' <span class="case-chip is-overdue"><span class="material-symbols-outlined" aria-hidden="true">'
        f"priority_high</span>{escape(str(Urgency(urgency).label))}</span>"
    )


def _note(note: str) -> str:
    return f' <span class="case-quiet">({escape(note)})</span>' if note else ""


def _part(item: Assignment) -> str:
    if item.part == Part.EACH:
        return ""
    return f' <span class="case-quiet work-part">{escape(str(Part(item.part).label))}</span>'


def _with_head(item: Assignment) -> str:
    return "" if item.with_head_since is None else _below(_("chờ thủ trưởng"))


def _officer(row: Row) -> str:
    return _below(row.officer) if row.officer else ""


def _below(text: str) -> str:
    return f'<span class="case-quiet work-part">{escape(text)}</span>'


def _due(row: Row) -> str:
    item = row.assignment
    if item.due_on is not None:
        date = f'<span class="work-date">{item.due_on:%d/%m/%Y}</span>'
    else:
        words = _("Thường xuyên") if item.directive.is_standing else _("Không có thời hạn")
        date = f'<span class="case-quiet">{escape(words)}</span>'
    return f"{date} <br>{row.deadline.markup}" if row.deadline else date


def _blank(row: Row) -> str:
    return "" if row.supervisor or row.officer else ' class="is-blank"'
