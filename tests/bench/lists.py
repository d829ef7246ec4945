"""The list of assignments: each reader's tabs, search, filters, orders and second page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import User
from directives import lists
from directives.access import visible_to
from directives.admin.assignment_list import tab_names
from directives.admin.list_filters import ORDERS
from directives.lifecycle import Status
from directives.models import Assignment
from directives.rights import rights
from tests.bench.floors import SEARCHED, bare, lists_at_their_barest, raw, stock
from tests.bench.registry import DATABASE_MS, KILOBYTES, QUERIES, ROWS_MS, Budget, Figure, measure
from tests.bench.run import Run, page

GROWTH = ("list page: growth", 1.3)
ASKED = Budget("list page, any tab, order, filter and search: queries", 8, facet=QUERIES)
SIZE = Budget("list page: HTML", 120, facet=KILOBYTES)


def budgets(who: str) -> tuple[Budget, ...]:
    """Return what a list page of a reader may cost."""
    return (
        Budget("list page / stock admin's list", 1.5, against=stock(who)),
        Budget("list page / bare page of the same rows", 4, against=bare(who)),
        Budget("list page: its database time / the raw query", 3, against=raw(who), facet=DATABASE_MS),
        Budget("list page: its slowest query / the raw query", 3, against=raw(who), facet=ROWS_MS),
        ASKED,
        SIZE,
    )


def variants(user: User, run: Run) -> Iterator[tuple[str, dict[str, str]]]:
    """Give each way a reader may ask for the list: what it is called, and the parameters of its address."""
    held = rights(user, on=run.on)
    for name in tab_names(held):
        yield f"tab {name}", {lists.PARAMETER: name}
    for order in ORDERS:
        yield f"by {order}", {lists.PARAMETER: "all", "sap": order}
    yield "page 2", {lists.PARAMETER: "all", "p": "2"}
    row = visible_to(user, Assignment, on=run.on).filter(status=Status.IN_PROGRESS).order_by("pk")[0]
    soon = run.on + timedelta(days=30)
    filters = {
        "trang_thai": Status.IN_PROGRESS.value,
        "don_vi": str(row.unit_id),
        "van_ban": row.directive.document.number,
        "nhiem_vu": str(row.directive_id),
        "khan": "urgent",
        "tu": f"{run.on:%d/%m/%Y}",
        "den": f"{soon:%d/%m/%Y}",
    }
    if row.directive.supervisor_id:
        filters["phu_trach"] = str(row.directive.supervisor_id)
    for name, value in filters.items():
        yield f"filter {name}", {name: value}


def searches(user: User, run: Run) -> Iterator[tuple[str, str]]:
    """Give what is searched for: common words, a document's number, what nothing has."""
    row = visible_to(user, Assignment, on=run.on).order_by("pk")[0]
    yield "common words", SEARCHED
    yield "a number", row.directive.document.number
    yield "a unit and a word", f"{row.unit.name} kế"
    yield "nothing found", "zqxwv"


def list_address(**asked: str) -> str:
    """Return the address of the list with parameters."""
    return f"{reverse('admin:directives_assignment_changelist')}?{urlencode(asked)}"


@measure("Lists")
def assignment_lists(run: Run) -> list[Figure]:
    """Every variant of every reader's list."""
    found = []
    for who, user in run.people.readers.items():
        visitor = run.visitor(user)
        # The one that search is compared with.
        first = f"list of {who}"
        asked: list[tuple[str, dict[str, str]]] = [
            (first, {}),
            *((f"{first}, {name}", p) for name, p in variants(user, run)),
        ]
        for what, parameters in asked:
            found.append(
                page(
                    what,
                    visitor,
                    list_address(**parameters),
                    run,
                    against=stock(who),
                    budgets=budgets(who),
                    growth=GROWTH,
                    note=f"{run.people.below} units below it" if what == "list of Sở" else "",
                )
            )
    return found


@measure("Lists")
def floors_again(run: Run) -> list[Figure]:
    """The floors after the lists: how far they moved tells how calm the machine was meanwhile."""
    return [
        replace(figure, what=f"{figure.what}, again", against=figure.what)
        for figure in lists_at_their_barest(run)
    ]


@measure("Lists")
def text_searches(run: Run) -> list[Figure]:
    """Search of every reader, against the plain list of the same reader."""
    found = []
    for who, user in run.people.readers.items():
        visitor = run.visitor(user)
        limits = (Budget("search in text / the list", 1.5, against=f"list of {who}"), ASKED, SIZE)
        for name, query in searches(user, run):
            found.append(
                page(
                    f"search of {who}: {name}", visitor, list_address(q=query, muc="all"), run,
                    against=f"list of {who}", budgets=limits, growth=GROWTH,
                )
            )  # fmt: skip
    return found
