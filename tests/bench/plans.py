"""How PostgreSQL finds the rows of the main queries: by an index, never through all assignments or all history.

The statements are those that the code itself sends: a page is opened here, in this process, and each SELECT of it is
explained. In a small sector reading everything may be the better plan; there the planner is told to avoid it, so
that what is left are the queries that no index serves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
from tests.bench.registry import SCANS, Budget, Figure, measure
from tests.bench.run import Run
from tests.bench.web import session_of

# From here on reading everything is never the better plan for a page.
LARGE = 100_000
WORTH_AN_INDEX = 1_000
# Of policies there is one a committee; who may change them does so once a year.
FEW = ("directives_historicalreminderpolicy", "directives_historicalpolicystep")
ROW = "plans of the main queries: sequential scans"
LIMITS = (Budget(ROW, 0),)


@dataclass(frozen=True)
class Scan:
    """A table of the case that was read as a whole, by which statement."""

    table: str
    sql: str


def watched(fewest: int = 0) -> frozenset[str]:
    """Return the tables that grow with the work, assignments and the histories, and have at least so many rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= %s", [fewest])
        tables = [name for (name,) in cursor.fetchall()]
    return frozenset(
        {Assignment._meta.db_table, *(name for name in tables if "_historical" in name and name not in FEW)}
    )


def scans(statements: list[str], *, strictly: bool) -> list[Scan]:
    """Explain statements and return the sequential scans of watched tables; those of INSERT … SELECT, too.

    `strictly`: as the planner has it; otherwise only where it has no other way.
    """
    found = []
    # Of a page or two, reading all is right whatever else there is.
    tables = watched(WORTH_AN_INDEX if strictly else 0)
    with transaction.atomic(), connection.cursor() as cursor:
        if not strictly:
            cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in statements:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
            (answer,) = cursor.fetchone()
            planned = json.loads(answer) if isinstance(answer, str) else answer
            found += [Scan(table, sql) for table in _read_whole(planned[0]["Plan"]) if table in tables]
    return found


def _read_whole(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for child in node.get("Plans", []):
        yield from _read_whole(child)


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
    officers = run.people.officer
    yield "landing page of unit officer", officers, reverse("admin:index")
    yield "landing page of secretary", run.people.secretary, reverse("admin:index")
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
        read = scans(statements(partial(client.get, address)), strictly=strictly)
        found.append(figure(what, read))
    return found


@measure("Plans")
def plan_of_recount(run: Run) -> list[Figure]:
    """The allowed exception: counting everything reads everything, once a minute at most for all who see the same."""
    cache.clear()
    client = client_of(run.people.secretary)
    read = scans(
        statements(lambda: client.get(reverse("admin:index"))), strictly=run.sizes.assignments >= LARGE
    )
    return [Figure("plan: cold recount of everything (may read all)", len(read), SCANS, note=told(read))]


def figure(what: str, read: list[Scan]) -> Figure:
    return Figure(f"plan: {what}", len(read), SCANS, budgets=LIMITS, note=told(read))


def told(read: list[Scan]) -> str:
    return ", ".join(sorted({scan.table for scan in read}))
