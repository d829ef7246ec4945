"""How PostgreSQL finds the rows of the main queries: by an index, few of them, never in all assignments or history.

The statements are those that the code itself sends: a page is opened here, in this process, and each SELECT of it is
explained and run. In a small sector reading everything may be the better plan; there the planner is told to avoid it,
so that what is left are the queries that no index serves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from directives.models import Assignment
from tests.bench.cases import busiest, change
from tests.bench.lists import list_address, searches, variants
from tests.bench.registry import NO_INDEX, ROWS_READ, SCANS, Budget, Figure, measure
from tests.bench.run import Run
from tests.bench.web import session_of

# From here on reading everything is never the better plan for a page.
LARGE = 100_000
WORTH_AN_INDEX = 1_000
# Of policies there is one a committee; who may change them does so once a year.
FEW = ("directives_historicalreminderpolicy", "directives_historicalpolicystep")
# What a plan may cost; "rows read" are entries of indexes and rows of tables, with those that a filter throws away.
WHOLE = Budget("plans of the main queries: sequential scans", 0)
BY_INDEX = Budget("plans of the main queries: statements without an index", 0, facet=NO_INDEX)
# By how the names of the pages begin; the last that fits counts. A page shows fifty rows and may count a thousand;
# where PostgreSQL joins two indexes it reads all entries of a status.
ROWS: dict[str, Budget] = {
    "": Budget("plans of landing pages and statistics: rows read", 5_000, facet=ROWS_READ),
    "list": Budget("plans of lists, any tab, order and page: rows read", 15_000, facet=ROWS_READ),
    r"list.* filter|search": Budget(
        "plans of lists, filtered or searched: rows read", 30_000, facet=ROWS_READ
    ),
    "detail|timeline": Budget("plans of one assignment: rows read", 100, facet=ROWS_READ),
    # Of as many units as a directive has.
    "history of a directive": Budget("plans of a directive: rows read", 5_000, facet=ROWS_READ),
}


_WRITES = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM)\b")


@dataclass(frozen=True)
class Reading:
    """How a statement reads a table of the case: by which index ("" is as a whole), how many rows when it was run."""

    table: str
    index: str
    rows: float


@dataclass(frozen=True)
class Explained:
    """The readings of one statement, and whether it was run."""

    sql: str
    readings: list[Reading]
    was_run: bool

    @property
    def scans(self) -> list[str]:
        """The tables that were read as a whole."""
        return [reading.table for reading in self.readings if not reading.index]

    @property
    def has_no_index(self) -> bool:
        """Whether it reads tables of the case, and none of them by an index."""
        return bool(self.readings) and not any(reading.index for reading in self.readings)


def watched(fewest: int = 0) -> frozenset[str]:
    """Return the tables that grow with the work, assignments and the histories, and have at least so many rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= %s", [fewest])
        tables = [name for (name,) in cursor.fetchall()]
    return frozenset(
        {Assignment._meta.db_table, *(name for name in tables if "_historical" in name and name not in FEW)}
    )


def explained(statements: list[str], *, strictly: bool) -> list[Explained]:
    """Explain statements, run those that only read, and return how they read the watched tables.

    `strictly`: as the planner has it; otherwise it reads a table as a whole only where it has no other way.
    """
    found = []
    # Of a page or two, reading all is right whatever else there is.
    tables = watched(WORTH_AN_INDEX if strictly else 0)
    with transaction.atomic(), connection.cursor() as cursor:
        if not strictly:
            cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in statements:
            runs = _WRITES.search(sql) is None
            cursor.execute(f"EXPLAIN ({'ANALYZE, TIMING OFF, ' if runs else ''}FORMAT JSON) {sql}")
            (answer,) = cursor.fetchone()
            planned = json.loads(answer) if isinstance(answer, str) else answer
            read = [one for one in readings(planned[0]["Plan"]) if one.table in tables]
            found.append(Explained(sql, read, runs))
    return found


def readings(node: dict[str, Any], table: str = "") -> Iterator[Reading]:
    """Give the scans of a plan; a bitmap's rows are counted where its indexes are read, `table` is whose they are."""
    table = node.get("Relation Name", table)
    kind = node["Node Type"]
    if kind in ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan"):
        thrown_away = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        rows = (node.get("Actual Rows", 0) + thrown_away) * node.get("Actual Loops", 0)
        yield Reading(table, node.get("Index Name", ""), rows)
    for child in node.get("Plans", []):
        yield from readings(child, table)


def statements(act: Callable[[], object]) -> list[str]:
    """Return the statements that something sends and that have a plan worth reading."""
    with CaptureQueriesContext(connection) as captured:
        act()
    tables = watched()
    sent = [str(query["sql"]) for query in captured.captured_queries]
    return [sql for sql in sent if _is_planned(sql) and any(table in sql for table in tables)]


def _is_planned(sql: str) -> bool:
    words = sql.lstrip("( \n").split(None, 1)
    return (
        bool(words)
        and words[0].upper() in {"SELECT", "WITH", "UPDATE", "INSERT"}
        and "VALUES (" not in sql[:2000]
    )


def client_of(user: User) -> Client:
    """Return a browser of this process that a person is signed in with."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies["sessionid"] = session_of(user)
    return client


def pages(run: Run) -> Iterator[tuple[str, User, str]]:
    """Give the main pages: the name of their figure, who opens them, the address."""
    for who, user in run.people.readers.items():
        for name, parameters in variants(user, run):
            yield f"list of {who}, {name}", user, list_address(**parameters)
        for name, query in searches(user, run):
            yield f"search of {who}: {name}", user, list_address(q=query, muc="all")
    row = busiest()
    yield "detail", run.people.secretary, change(row)
    yield "timeline, oldest first", run.people.secretary, f"{change(row)}?thu-tu=cu"
    yield (
        "history of a directive",
        run.people.secretary,
        reverse("admin:directives_directive_change", args=[row.directive_id]),
    )
    for who, user in run.people.landing.items():
        yield f"landing page of {who}", user, reverse("admin:index")
    yield "statistics by units: secretary", run.people.secretary, reverse("figures_units")


@measure("Plans")
def plans_of_pages(run: Run) -> list[Figure]:
    """Each main page, its figures being in the cache: how many tables of the case it reads as a whole."""
    found = []
    strictly = run.sizes.assignments >= LARGE
    for what, user, address in pages(run):
        client = client_of(user)
        # The counters are counted the first time; what that costs is measured as a recount.
        assert client.get(address).status_code == 200, address
        read = explained(statements(partial(client.get, address)), strictly=strictly)
        found.append(figure(what, read, [limit for name, limit in ROWS.items() if re.match(name, what)][-1]))
    return found


@measure("Plans")
def plan_of_recount(run: Run) -> list[Figure]:
    """The allowed exception: counting everything reads everything, once a minute at most for all who see the same."""
    cache.clear()
    client = client_of(run.people.secretary)
    read = explained(
        statements(lambda: client.get(reverse("admin:index"))), strictly=run.sizes.assignments >= LARGE
    )
    return [unlimited("cold recount of everything (may read all)", read)]


def figure(what: str, read: list[Explained], *more: Budget) -> Figure:
    """Return what statements read: as a whole (the value), without an index, how many rows; with the limits of all."""
    return replace(unlimited(what, read), budgets=(WHOLE, BY_INDEX, *more))


def unlimited(what: str, read: list[Explained]) -> Figure:
    """Return the same of what may read everything."""
    rows = sum(reading.rows for one in read for reading in one.readings)
    facets = {NO_INDEX: sum(one.has_no_index for one in read), ROWS_READ: round(rows)}
    scans = [table for one in read for table in one.scans]
    return Figure(f"plan: {what}", len(scans), SCANS, facets=facets, note=_told(read, rows))


def _told(read: list[Explained], rows: float) -> str:
    ways = {reading.index or f"all of {reading.table}" for one in read for reading in one.readings}
    counted = f"{rows:,.0f} rows" if all(one.was_run for one in read) else ""
    return f"{counted} by {', '.join(sorted(ways))}".strip() if ways else ""
