"""Many people at once: locust asks, as a process of its own; each person waits for an answer and asks again."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.urls import reverse

from directives.lifecycle import Status
from directives.models import Assignment
from steering.models import Posting
from tests.bench.lists import list_address
from tests.bench.memory import largest, web_workers
from tests.bench.registry import ERRORS, Budget, Figure, measure
from tests.bench.run import Run
from tests.bench.web import CSRF, session_of

USERS = (50, 200)
LOCUSTFILE = Path(__file__).with_name("locustfile.py")


@measure("Load")
def many_at_once(run: Run) -> list[Figure]:
    """50 and 200 people: 70 % lists and details, 20 % progress reports, 10 % the secretary's pages."""
    people = _visitors(run, max(USERS))
    found = []
    for count in USERS:
        found += _under_load(run, count, people[:count])
    return [*found, *largest("web worker, after the run", web_workers(run))]


def _visitors(run: Run, count: int) -> list[dict[str, Any]]:
    secretary = session_of(run.people.secretary)
    postings = (
        Posting.objects.filter(
            duty=Posting.Duty.OFFICER, unit__successions_from__isnull=True, user__is_active=True
        )
        .select_related("user")
        .order_by("pk")
    )
    found: list[dict[str, Any]] = []
    for posting in postings:
        rows = Assignment.objects.filter(
            unit=posting.unit_id, status=Status.IN_PROGRESS, directive__is_restricted=False
        )
        mine = list(rows.order_by("pk").values_list("pk", flat=True)[:20])
        if mine:
            found.append(
                {
                    "session": session_of(posting.user),
                    "secretary": secretary,
                    "details": [reverse("admin:directives_assignment_change", args=[pk]) for pk in mine],
                    "report": reverse("admin:directives_assignment_report", args=[mine[len(found) % len(mine)]]),
                    "lists": [list_address(muc=name) for name in ("doing", "overdue", "all")],
                    "secretarys": [
                        reverse("admin:index"), list_address(muc="to_confirm"), list_address(muc="overdue"),
                        reverse("figures_units"),
                    ],
                }
            )  # fmt: skip
        if len(found) == count:
            break
    # A small sector has fewer officers than the load has people: some sit at two desks.
    return [found[number % len(found)] for number in range(count)]


def _under_load(run: Run, count: int, people: list[dict[str, Any]]) -> list[Figure]:
    folder = run.folder / "load"
    folder.mkdir(exist_ok=True)
    given = folder / "people.json"
    given.write_text(json.dumps({"people": people, "csrf": CSRF}))
    prefix = folder / f"{count}"
    command = [
        sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary", "--csv", str(prefix),
        "--users", str(count), "--spawn-rate", str(count), "--run-time", f"{run.load_seconds}s",
        "--stop-timeout", "120",
        "--exit-code-on-error", "0", "--host", f"http://127.0.0.1:{run.site.port}", "--loglevel", "ERROR",
    ]  # fmt: skip
    with (folder / f"{count}.log").open("w") as log:
        subprocess.run(
            command, check=True, stdout=log, stderr=log, env={**os.environ, "BENCH_PEOPLE": str(given)}
        )
    with Path(f"{prefix}_stats.csv").open() as file:
        row = next(line for line in csv.DictReader(file) if line["Name"] == "Aggregated")
    asked, failed = float(row["Request Count"]), float(row["Failure Count"])
    who = f"{count} at once"
    return [
        Figure(f"{who}: requests answered", float(row["Requests/s"]), "requests/s"),
        *(Figure(f"{who}: p{share}", float(row[f"{share}%"]), "ms") for share in (50, 95, 99)),
        Figure(
            f"{who}: errors", failed, ERRORS, budgets=(Budget(f"{who}: errors", 0),), note=f"of {asked:,.0f}"
        ),
    ]
