"""Short lists of assignments for the landing page: each with its deadline in words and one main button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from directives import lists
from directives.admin.answering import Named, unit_names
from directives.admin.figure_views import list_url
from directives.admin.list_filters import ORDERS
from directives.admin.progress import Chip
from directives.admin.restricted import listed
from directives.admin.state_chips import deadline_chip
from directives.counters import Figures
from directives.lifecycle import Status
from directives.lists import Desk
from directives.models import Assignment
from directives.paging import Parts
from directives.rights import Rights
from directives.timeliness import in_time, overdue

Text = str | Promise
CONTENT_LENGTH = 160
DONE_PERCENT = 100
# What an item is made of.
_SHOWN = (
    "status", "due_on", "submitted_on", "completed_on", "progress", "with_head_since", "answering_unit", "unit",
    "directive__code", "directive__content", "directive__state", "directive__committee", "directive__supervisor",
    "directive__is_restricted",
)  # fmt: skip


@dataclass(frozen=True)
class Viewer:
    """What whom a page is for may see on a day (Hà Nội), and the figures of it."""

    held: Rights
    on: date
    figures: Figures


@dataclass(frozen=True)
class Wanted:
    """A short list: which of `directives.lists`, whose desk calls for it, how many rows, and what to say of none;
    `is_mixed` when what is overdue, which comes first, stands there beside what is not."""

    name: str
    desks: frozenset[Desk]
    title: Text
    nothing: Text
    rows: int
    is_mixed: bool = False


# In this order on the page: what waits for a signature, what is to be done, what one watches over.
WANTED = (
    Wanted(
        "with_head",
        frozenset({Desk.HEAD}),
        _("Chờ thủ trưởng"),
        _("Không có báo cáo nào chờ thủ trưởng."),
        20,
        is_mixed=True,
    ),
    Wanted(
        "doing",
        frozenset({Desk.UNIT}),
        _("Việc cần làm"),
        _("Không có việc nào cần làm ngay."),
        20,
        is_mixed=True,
    ),
    Wanted(
        "supervised",
        frozenset({Desk.SUPERVISOR}),
        _("Nhiệm vụ phụ trách"),
        _("Không có nhiệm vụ nào đang thực hiện."),
        20,
        is_mixed=True,
    ),
    Wanted("overdue", frozenset({Desk.LEADER}), _("Quá hạn"), _("Không có nhiệm vụ nào quá hạn."), 10),
    Wanted(
        "due_soon",
        frozenset({Desk.SECRETARIAT, Desk.LEADER}),
        _("Sắp đến hạn"),
        _("Không có nhiệm vụ nào đến hạn trong 7 ngày tới."),
        10,
    ),
)


@dataclass(frozen=True)
class Button:
    label: Text
    url: str


@dataclass(frozen=True)
class Item:
    """One assignment in short: what, whose, how it stands, and what to do with it."""

    url: str
    content: str
    code: str
    unit: Named
    due_on: date | None
    status: Text
    deadline: Chip | None
    button: Button | None


@dataclass(frozen=True)
class ShortList:
    """The first rows of a list, what is due first in front; `url` opens the whole of its `count`."""

    title: Text
    nothing: Text
    items: Sequence[Item]
    count: int
    url: str

    @property
    def has_buttons(self) -> bool:
        return any(item.button for item in self.items)


def short_lists(viewer: Viewer) -> list[ShortList]:
    """Return the short lists that the desks of a person call for; a constant number of queries each."""
    mine = lists.desks(viewer.held)
    return [_read(wanted, viewer) for wanted in WANTED if wanted.desks & mine]


def _read(wanted: Wanted, viewer: Viewer) -> ShortList:
    rows = _first(wanted, viewer)
    units = unit_names(rows, held=viewer.held, on=viewer.on)
    return ShortList(
        title=wanted.title,
        nothing=wanted.nothing,
        items=[_item(row, units[row.pk], viewer) for row in rows],
        count=max(viewer.figures.tabs[wanted.name], len(rows)),
        url=list_url(wanted.name),
    )


def _first(wanted: Wanted, viewer: Viewer) -> list[Assignment]:
    """What is submitted in time and waits is not overdue, however long ago it was due: it comes after what is."""
    # Each of the two is found in the order of an index; who has enough overdue is not asked for the rest.
    stages = (overdue(viewer.on), in_time(viewer.on)) if wanted.is_mixed else (Q(),)
    found: list[Assignment] = []
    for stage in stages:
        if len(found) < wanted.rows:
            found += _by_due(wanted.name, stage, viewer, most=wanted.rows - len(found))
    return found


def _by_due(name: str, stage: Q, viewer: Viewer, *, most: int) -> QuerySet[Assignment]:
    narrowed = lists.LISTS[name].condition(viewer.held, viewer.on) & stage
    reasons = lists.apart(name, viewer.held)
    parts = Parts([Assignment.objects.filter(reason, narrowed) for reason in reasons])
    return (
        Assignment.objects.filter(pk__in=parts.page(ORDERS["han"], first=0, size=most) or [])
        .select_related("directive")
        .only(*_SHOWN)
        .order_by(*ORDERS["han"].expressions())
    )


def _item(row: Assignment, unit: Named, viewer: Viewer) -> Item:
    return Item(
        url=reverse("admin:directives_assignment_change", args=[row.pk]),
        content=listed(row.directive, held=viewer.held, longest=CONTENT_LENGTH),
        code=row.directive.code,
        unit=unit,
        due_on=row.due_on,
        status=_("Đã trình thủ trưởng") if row.with_head_since else row.get_status_display(),
        deadline=deadline_chip(row, on=viewer.on),
        button=_button(row, viewer.held),
    )


def _button(row: Assignment, held: Rights) -> Button | None:
    """The one thing that those who act for the unit do next; None for everybody else."""
    unit = row.answering_unit_id or row.unit_id
    if unit not in held.reports:
        return None
    verb = _next_verb(row, signs=unit in held.submits)
    if verb is None:
        return None
    name, label = verb
    return Button(label, reverse(f"admin:directives_assignment_{name}", args=[row.pk]))


def _next_verb(row: Assignment, *, signs: bool) -> tuple[str, Text] | None:
    if row.status == Status.ASSIGNED:
        return "accept", _("Tiếp nhận")
    if row.status != Status.IN_PROGRESS:
        return None
    if row.with_head_since is not None:
        return ("submit", _("Báo cáo hoàn thành")) if signs else None
    if row.progress < DONE_PERCENT:
        return "report", _("Báo cáo tiến độ")
    return ("submit", _("Báo cáo hoàn thành")) if signs else ("present", _("Trình thủ trưởng"))
