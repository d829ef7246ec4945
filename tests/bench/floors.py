"""The floors of the pages: the same rows by raw psycopg, by a bare view, by the stock admin; a bare UPDATE."""

from __future__ import annotations

import os
from functools import partial
from typing import Any
from urllib.parse import urlencode

import psycopg

from directives.lifecycle import OPEN, Status
from directives.models import Assignment
from tests.bench.people import units_of
from tests.bench.registry import WARM_UP, Figure, measure, sampled
from tests.bench.run import Run, of_answers, page
from tests.bench.web import Visitor

SECTION = "Floors"
FORM, UPDATE, RAW_UPDATE = "stock change form", "bare UPDATE in a bare view", "bare UPDATE by raw psycopg"
RECORDED = "recorded change in a bare view"
# Words that many rows have, as the sector is made.
SEARCHED = "kế hoạch"
_ROWS = """SELECT a.id, d.code, d.content, u.name, a.part, a.status, a.progress, a.due_on
    FROM directives_assignment a JOIN directives_directive d ON d.id = a.directive_id
    JOIN steering_unit u ON u.id = a.unit_id
    WHERE a.status IN ({open}) {where} ORDER BY a.due_on, a.id LIMIT 50"""


def raw(who: str) -> str:
    """Return the name of the floor: the same rows by raw psycopg."""
    return f"50 rows by raw psycopg: {who}"


def bare(who: str) -> str:
    """Return the name of the floor: the same page by a bare view."""
    return f"bare page: {who}"


def stock(who: str) -> str:
    """Return the name of the floor: the same list in the stock admin."""
    return f"stock admin's list: {who}"


@measure(SECTION, floor=True)
def rows_by_psycopg(run: Run) -> list[Figure]:
    """What is open and due first for each reader, in one statement of an open connection."""
    found = []
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        for who, user in run.people.readers.items():
            units = units_of(user, run.on)
            narrowed = f"AND a.unit_id IN ({units})" if units else ""
            query = _ROWS.format(open=", ".join(f"'{status}'" for status in OPEN), where=narrowed)
            samples = sampled(partial(_fetched, connection, query), max(20, run.samples))
            found.append(Figure(raw(who), samples.median, "ms", "", samples.p95, samples.count))
    return found


def _fetched(connection: psycopg.Connection[Any], query: str) -> list[Any]:
    return connection.execute(query.encode()).fetchall()


@measure(SECTION, floor=True)
def lists_at_their_barest(run: Run) -> list[Figure]:
    """The bare page and the stock admin's list for each reader, and what the stock admin makes of a search."""
    found = []
    for who, user in run.people.readers.items():
        visitor = run.floor_visitor(user)
        found.append(page(bare(who), visitor, "/bare/", run))
        address = "/stock/directives/assignment/"
        found.append(page(stock(who), visitor, address, run, against=bare(who)))
        searched = f"{address}?{urlencode({'q': SEARCHED})}"
        found.append(page(f"stock admin's search: {who}", visitor, searched, run, against=bare(who)))
    return found


@measure(SECTION, floor=True)
def stock_change_form(run: Run) -> list[Figure]:
    """The stock form of one assignment."""
    row = Assignment.objects.filter(status=Status.IN_PROGRESS).order_by("pk")[0]
    visitor = Visitor(run.floor, run.people.secretary)
    return [page(FORM, visitor, f"/stock/directives/assignment/{row.pk}/change/", run)]


@measure(SECTION, floor=True)
def bare_updates(run: Run) -> list[Figure]:
    """A status there and back, committed each time: over HTTP, and without anything around it."""
    row = Assignment.objects.filter(status=Status.ASSIGNED).order_by("pk")[0]
    there_and_back = [Status.IN_PROGRESS, Status.ASSIGNED] * (3 + max(20, run.samples) // 2)
    visitor = Visitor(run.floor, run.people.secretary)
    answers = [visitor.post(f"/bare/{row.pk}/", {"status": status}) for status in there_and_back]
    steps = iter(there_and_back * 2)
    options = "-c session_replication_role=replica"
    with psycopg.connect(os.environ["BENCH_SUPERUSER_URL"], autocommit=True, options=options) as connection:

        def change() -> None:
            connection.execute(
                "UPDATE directives_assignment SET status = %s WHERE id = %s", [next(steps), row.pk]
            )

        samples = sampled(change, len(there_and_back), warm_up=4)
        connection.execute(
            "UPDATE directives_assignment SET status = %s, version = %s WHERE id = %s",
            [row.status, row.version, row.pk],
        )
    return [
        of_answers(UPDATE, answers[6:]),
        Figure(RAW_UPDATE, samples.median, "ms", "", samples.p95, samples.count),
    ]


@measure(SECTION, floor=True)
def recorded_changes(run: Run) -> list[Figure]:
    """A status changed under the guards with its history, each time of another row: of those assigned last, for the
    change that is measured takes the first."""
    visitor = Visitor(run.floor, run.people.secretary)
    given = {"status": Status.IN_PROGRESS.value, "by": str(run.people.officer.pk)}
    waiting = Assignment.objects.filter(status=Status.ASSIGNED).order_by("-pk")
    answers = [
        visitor.post(f"/recorded/{row.pk}/", given) for row in waiting[: WARM_UP + max(20, run.samples)]
    ]
    return [of_answers(RECORDED, answers[WARM_UP:])]
