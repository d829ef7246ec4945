"""The list of assignments: tabs, filters, a page of rows; what the counters know is not counted (TRAPS 15, 18)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from unfold.views import ChangeList

from accounts.clock import now, today
from directives import lists
from directives.admin.answering import Named, unit_names
from directives.admin.list_filters import ORDERS, FilterForm, Narrowing, order_of
from directives.admin.progress import Chip
from directives.admin.restricted import listed
from directives.admin.state_chips import deadline_chip, status_chip
from directives.admin.wording import seat_label
from directives.counters import Figures, figures
from directives.density import is_few
from directives.models import Assignment
from directives.paging import Parts
from directives.rights import Rights, rights
from directives.search import Searched, searched
from steering.models import SeatHolding

ORDER_PARAMETER = "sap"
# A unit has as many rows; to count a thousand took a third of a page.
COUNTED_UP_TO = 500
CONTENT_LENGTH = 150

# What a row shows and what that is made of; most columns would be read fifty times for nothing, and so would be objects
# for each row's seat and officer. Units are named by `unit_names`.
_SHOWN = (
    "part", "status", "due_on", "submitted_on", "completed_on", "progress", "with_head_since", "answering_unit", "unit",
    "directive__code", "directive__content", "directive__urgency", "directive__state", "directive__committee",
    "directive__supervisor", "directive__is_standing", "directive__is_restricted",
)  # fmt: skip
_BESIDE = {
    "supervisor_role": F("directive__supervisor__role"),
    "supervisor_order": F("directive__supervisor__protocol_order"),
    "officer_name": Coalesce(NullIf("officer__full_name", Value("")), "officer__username"),
}


@dataclass(frozen=True)
class Tab:
    """A named list as it heads the page."""

    name: str
    label: Any
    count: int | None
    is_current: bool
    query: str


@dataclass(frozen=True)
class Row:
    """One assignment as the list shows it."""

    assignment: Assignment
    content: str
    unit: Named
    status: Chip
    deadline: Chip | None
    supervisor: str
    officer: str


def tab_names(held: Rights) -> list[str]:
    """Return the names of a person's tabs; who has no list of their own begins with everything."""
    names = lists.tabs_for(held) or ["all"]
    if {"doing", "supervised"}.isdisjoint(names):
        names = ["all", *(name for name in names if name != "all")]
    return names


# Beyond any list; what a typed address asks for is no offset the database can hold.
LAST_PAGE = 1_000_000


class AssignmentList(ChangeList):
    """Which rows an address asks for; `page_rows` are those of the page.

    The name of the list, the search and the filters narrow what is visible. Totals of whole lists come from the
    counters; of a search or a filter at most `COUNTED_UP_TO` rows are counted.
    """

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """None of Django's own look-ups: the filters are those of `list_filters`."""
        return {}

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Assignment]:
        self.filter_specs: list[Any] = []
        self.has_filters = self.has_active_filters = False
        self.clear_all_filters_qs = "?"
        self.on = today()
        self.held = rights(request.user, on=self.on)  # type: ignore[arg-type]
        self.filter_form = FilterForm(request.GET)
        self.names = tab_names(self.held)
        given = self.filter_form.given
        asked = request.GET.get(lists.PARAMETER, "")
        whole = "all" if given or self.query.strip() else self.names[0]
        self.name = asked if asked in lists.LISTS else whole
        self.order = order_of(
            self.name, request.GET.get(ORDER_PARAMETER, ""), of_one_directive="nhiem_vu" in given
        )
        self.is_narrowed = bool(given or self.query.strip())
        row = lists.LISTS[self.name]
        asked_for = (row.few or row.condition)(self.held, self.on)
        narrowing = self.filter_form.narrowing(user=request.user, on=self.on)  # type: ignore[arg-type]
        asked_for &= narrowing.condition
        found = searched(self.query, held=self.held)
        asked_for &= found.condition
        self.asked_for = asked_for
        self._choose_way(row, narrowing, found)
        reasons = lists.apart(self.name, self.held, together=found.comes_first)
        suited = ORDERS[self.order].suited
        self.parts = Parts([Assignment.objects.filter(suited(reason), asked_for) for reason in reasons])
        # The page is found by its parts; the rows as a whole are for what is done with all of them, and made then.
        return cast("QuerySet[Assignment]", SimpleLazyObject(self._whole))

    def _choose_way(self, row: lists.ListRow, narrowing: Narrowing, found: Searched) -> None:
        """Whether all rows are found and then ordered, being few, and how they are counted: those of a directive lie
        together, and by the order of a list they may come last."""
        of_directives = narrowing.assignments
        few = of_directives is not None and is_few(self.held, of_directives, of_directives=True)
        self.few = few or found.few or row.few is not None
        self.by_directive = of_directives is not None or found.of_directives
        # What is found easily is found once more to be counted, instead of being kept.
        self.again = found.of_directives if self.query.strip() else few

    def _whole(self) -> QuerySet[Assignment]:
        rows = self.root_queryset.filter(self.asked_for)
        if self.name != "all":
            rows = rows.filter(lists.scope(self.held))
        return rows.order_by(*ORDERS[self.order].expressions())

    def _page(self, first: int, size: int) -> list[Assignment]:
        """The rows of a page; of few rows all are counted on the way."""
        order = ORDERS[self.order]
        self.found: int | None = None
        if self.few:
            ids, self.found = self.parts.page_of_few(
                order, first=first, size=size, most=COUNTED_UP_TO + 1, again=self.again
            )
            chosen = Q(pk__among=ids)
        else:
            chosen = Q(pk__in=self.parts.page(order, first=first, size=size) or [])
        # As `wording.seat_labels`.
        holders = SeatHolding.objects.on(self.on).filter(seat=OuterRef("directive__supervisor"))
        person = Subquery(holders.order_by("-valid_from", "-pk").values("person")[:1])
        rows = Assignment.objects.filter(chosen).select_related("directive").only(*_SHOWN)
        return list(rows.annotate(supervised_by=person, **_BESIDE).order_by(*order.expressions()))

    def get_results(self, request: HttpRequest) -> None:
        self.figures: Figures = figures(request.user, on=self.on, at=now())  # type: ignore[arg-type]
        self.page_num: int = min(max(1, self.page_num), LAST_PAGE)
        first = (self.page_num - 1) * self.list_per_page
        found = self._page(first, self.list_per_page + 1)
        self.result_list = found[: self.list_per_page]
        self.has_next = len(found) > self.list_per_page
        self.counts_more = False
        self.result_count = self.full_result_count = self._count(found)
        self.show_full_result_count = self.show_admin_actions = False
        self.can_show_all = False
        self.multi_page = self.has_next or self.page_num > 1
        self.paginator = None

    def _count(self, found: list[Assignment]) -> int:
        """How many rows the whole list has; `counts_more` says that there are more than were counted."""
        known = None if self.is_narrowed else self.figures.tabs.get(self.name)
        if known is not None:
            return known
        if self.page_num == 1 and not self.has_next:
            return len(found)
        counted = self.found
        if counted is None:
            counted = self.parts.count(most=COUNTED_UP_TO + 1, by_directive=self.by_directive)
        self.counts_more = counted > COUNTED_UP_TO
        return min(counted, COUNTED_UP_TO)

    def page_rows(self) -> list[Row]:
        """Return the rows of this page, in a number of queries that does not depend on them."""
        rows: list[Any] = list(self.result_list)
        units = unit_names(rows, held=self.held, on=self.on)
        one_of_each = {row.directive.supervisor_id: row for row in rows}
        supervisors = {
            seat: seat_label(row.supervisor_role, row.supervisor_order, row.supervised_by)
            for seat, row in one_of_each.items()
            if seat is not None
        }
        return [
            Row(
                assignment=row,
                content=listed(row.directive, held=self.held, longest=CONTENT_LENGTH),
                unit=units[row.pk],
                status=status_chip(row, on=self.on),
                deadline=deadline_chip(row, on=self.on),
                supervisor=supervisors.get(row.directive.supervisor_id, ""),
                officer=row.officer_name or "",
            )
            for row in rows
        ]

    def tabs(self) -> list[Tab]:
        """Return the person's tabs with their figures; a list opened by a number alone is named beside them."""
        names = self.names if self.name in self.names else [*self.names, self.name]
        return [
            Tab(
                name,
                lists.LISTS[name].label,
                self.figures.tabs.get(name),
                name == self.name,
                self.address(**{lists.PARAMETER: name, ORDER_PARAMETER: None}),
            )
            for name in names
        ]

    def address(self, **changes: Any) -> str:
        """Return the query string of this list with some parameters changed (None: without), from the first page."""
        return self.get_query_string(changes, [])

    def sort_links(self) -> Mapping[str, tuple[str, str]]:
        """Return for each column that sorts the address that sorts by it, and how it does now: "asc", "desc" or ""."""
        links = {}
        for name in ("don_vi", "tien_do", "han"):
            now_ = "asc" if self.order == name else "desc" if self.order == f"-{name}" else ""
            links[name] = (self.address(**{ORDER_PARAMETER: f"-{name}" if now_ == "asc" else name}), now_)
        return links
