"""How much memory each process holds: its own and its share of what several hold (PSS)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from django.urls import reverse

from config import heartbeat
from tests.bench.registry import Budget, Figure, measure
from tests.bench.run import Run

WITHIN_SECONDS = 60.0
ROW = "idle memory"


def held(pid: int) -> tuple[float, float]:
    """Return the resident memory of a process and its proportional share, in MB (of Linux)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    found = {
        name: int(value.split()[0]) / 1024 for name, _colon, value in (line.partition(":") for line in lines)
    }
    return found["Rss"], found["Pss"]


def web_workers(run: Run) -> list[int]:
    """Return the processes that serve our site."""
    return [child.pid for child in psutil.Process(run.site.pid).children()]


def largest(what: str, pids: list[int], most: float | None = None) -> list[Figure]:
    """Return the figures of the largest of some processes that do the same."""
    rss, pss = max(held(pid) for pid in pids)
    budgets = (Budget(f"{ROW}: {what.split(',', maxsplit=1)[0]}", most),) if most else ()
    return [
        Figure(f"memory of {what}", rss, "MB", budgets=budgets),
        Figure(f"memory of {what}, proportional share", pss, "MB"),
    ]


# As where only requirements.txt is installed: where it finds rich, structlog loads it, and it takes fifteen megabytes.
_CELERY = "import sys; sys.modules['rich'] = None; from celery.__main__ import main; main()"


@contextmanager
def _celery(run: Run, *arguments: str) -> Iterator[psutil.Process]:
    log = (run.folder / "log" / "bench-celery.log").open("ab")
    command = [sys.executable, "-c", _CELERY, "--quiet", "--app", "config", *arguments]
    with log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


@measure("Memory")
def processes_at_rest(run: Run) -> list[Figure]:
    """Worker and beat as the Procfile starts them, once a first task went through."""
    redis = os.environ["REDIS_URL"]
    heartbeat.forget(redis)
    schedule = run.folder / "bench-schedule"
    worker = ("worker", "--concurrency", "2", "--without-gossip", "--without-mingle")
    beat = ("beat", "--schedule", str(schedule), "--pidfile=")
    with _celery(run, *worker) as working, _celery(run, *beat) as beating:
        deadline = time.monotonic() + WITHIN_SECONDS
        while not heartbeat.is_fresh(redis):
            assert time.monotonic() < deadline, "no task went through the worker"
            time.sleep(0.2)
        children = [child.pid for child in working.children()]
        return [
            *largest("Celery worker, parent, idle", [working.pid], 150),
            *largest("Celery worker, child, idle", children, 150),
            *largest("beat, idle", [beating.pid], 120),
        ]


@measure("Memory")
def web_workers_at_rest(run: Run) -> list[Figure]:
    """A site just started, after a few pages."""
    visitors = [run.visitor(run.people.secretary) for _worker in range(4)]
    for visitor in visitors:
        visitor.get(reverse("admin:index"))
    return largest("web worker, idle", web_workers(run), 150)
