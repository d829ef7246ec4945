"""The table of the list of assignments, its rows put together outside the template: fifty at a time, in every list."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from directives.admin.assignment_list import Row
from directives.models import Assignment
from directives.models.directive import Part
from directives.models.document import Urgency

NOTHING = SafeString("")


def rows_markup(rows: Sequence[Row], *, with_ticks: bool) -> SafeString:
    """Return the rows of the table, `with_ticks` each with a box to choose it; the head is in the template.

    What all rows share is looked up once. Everything else goes through `format_html`, which escapes it.
    """
    address = reverse("admin:directives_assignment_change", args=[0]).rsplit("0", 1)
    labels = (_("Chọn"), _("Đơn vị"), _("Tiến độ"), _("Thời hạn"), _("Phụ trách"))
    # Escaped once: what is safe already costs a row next to nothing.
    before, after, choose, unit, progress, due, supervisor = map(conditional_escape, (*address, *labels))
    found = []
    for row in rows:
        item, code = row.assignment, row.assignment.directive.code
        if with_ticks:
            tick = format_html(
                '<td class="work-tick"><input type="checkbox" name="chon" value="{}" aria-label="{} {}"></td>',
                item.pk, choose, code,
            )  # fmt: skip
        else:
            tick = NOTHING
        found.append(
            format_html(
                '<tr>{}<td><a href="{}{}{}">{}</a>{}<span class="work-content">{}</span></td>'
                '<td data-label="{}">{}{}{}</td><td>{}{}</td>'
                '<td class="is-number" data-label="{}">{}%</td><td data-label="{}">{}</td>'
                '<td data-label="{}"{}>{}{}</td></tr>\n',
                tick, before, item.pk, after, code, _urgency(item), row.content,
                unit, row.unit.name, _note(row.unit.note), _part(item), row.status.markup, _with_head(item),
                progress, item.progress, due, _due(row),
                supervisor, _blank(row), row.supervisor or "–", _officer(item),
            )
        )  # fmt: skip
    return SafeString("".join(found))


def _urgency(item: Assignment) -> SafeString:
    urgency = item.directive.urgency
    if urgency == Urgency.NORMAL:
        return NOTHING
    return format_html(
        ' <span class="case-chip is-overdue"><span class="material-symbols-outlined" aria-hidden="true">'
        "priority_high</span>{}</span>",
        Urgency(urgency).label,
    )


def _note(note: str) -> SafeString:
    return format_html(' <span class="case-quiet">({})</span>', note) if note else NOTHING


def _part(item: Assignment) -> SafeString:
    if item.part == Part.EACH:
        return NOTHING
    return format_html(' <span class="case-quiet work-part">{}</span>', Part(item.part).label)


def _with_head(item: Assignment) -> SafeString:
    return NOTHING if item.with_head_since is None else _below(_("chờ thủ trưởng"))


def _officer(item: Assignment) -> SafeString:
    return NOTHING if item.officer is None else _below(str(item.officer))


def _below(text: str | Promise) -> SafeString:
    return format_html('<span class="case-quiet work-part">{}</span>', text)


def _due(row: Row) -> SafeString:
    item = row.assignment
    if item.due_on is not None:
        date = format_html('<span class="work-date">{}</span>', f"{item.due_on:%d/%m/%Y}")
    else:
        words = _("Thường xuyên") if item.directive.is_standing else _("Không có thời hạn")
        date = format_html('<span class="case-quiet">{}</span>', words)
    return format_html("{} <br>{}", date, row.deadline.markup) if row.deadline else date


def _blank(row: Row) -> SafeString:
    return NOTHING if row.supervisor or row.assignment.officer else SafeString(' class="is-blank"')
