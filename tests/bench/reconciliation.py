"""The morning's reconciliation: the whole sector's duty stated again in Python and compared with the log."""

from __future__ import annotations

import time

from directives.reminders.reconcile import compare
from tests.bench import reminders  # noqa: F401 - it plans the day, before this
from tests.bench.registry import Figure, Phase, measure, peak
from tests.bench.run import Run
from tests.bench.sector import ON


@measure("Reminders", phase=Phase.REMINDERS)
def reconciling(run: Run) -> list[Figure]:
    """Of the day that was planned before."""
    begun = time.perf_counter()
    found = compare(on=ON)
    seconds = time.perf_counter() - begun
    assert {row["why"] for row in found.named} <= {"uncomposed"}, found.named
    return [
        Figure("reconciliation of the day", seconds, "s"),
        Figure("peak memory of the reconciling process", peak(), "MB"),
    ]
