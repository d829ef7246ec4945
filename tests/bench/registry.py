"""What `make bench` measures: small functions in one list; a new one joins with `@measure` and an import.

A measurement returns figures. What a figure may cost at most stands beside it as data (`Budget`), as a ratio to a
floor of the same run (the figure named `against`) or as a number; `judging` compares.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bench.run import Run

# Besides its own value a figure may have these: of one request, in the same units on every machine.
QUERIES, KILOBYTES = "queries", "kB"
DATABASE_MS, ROWS_MS, CPU_MS = "database ms", "slowest query ms", "CPU ms"
SCANS, NO_INDEX, ROWS_READ = "sequential scans", "statements without an index", "rows read"
ERRORS = "errors"
# They do not depend on how fast or busy the machine is: whoever breaks such a budget has the run fail.
COUNTED = frozenset({QUERIES, KILOBYTES, SCANS, NO_INDEX, ROWS_READ, ERRORS})
WARM_UP = 3


class Phase(StrEnum):
    """Each has a database of its own, for the measurements write."""

    SECTOR = "sector"
    WIDE = "wide"
    REMINDERS = "reminders"


@dataclass(frozen=True)
class Budget:
    """At most `most`: times the figure `against`, or in the figure's own unit when there is none.

    `row` is the line of the table of budgets it belongs to; `facet` what of the figure is meant ("" is its value).
    """

    row: str
    most: float
    against: str = ""
    facet: str = ""


@dataclass(frozen=True)
class Figure:
    """One line of the page: what was measured, how much, in which unit, and the floor it is set against.

    `growth`: the line of the table of budgets, and how often at most the figure of the smallest size.
    """

    what: str
    value: float
    unit: str
    against: str = ""
    p95: float | None = None
    samples: int = 1
    facets: Mapping[str, float] = field(default_factory=dict)
    budgets: Sequence[Budget] = ()
    growth: tuple[str, float] | None = None
    note: str = ""


@dataclass(frozen=True)
class Sizes:
    """How large the sector is: assignments in all, of these open and due, and the mails a day brings."""

    assignments: int
    due: int
    recipients: int


Measuring = Callable[["Run"], list[Figure]]


@dataclass(frozen=True)
class Measurement:
    """A function of the registry; a floor is measured whatever is asked for, as the others are set against it."""

    name: str
    section: str
    phase: Phase
    is_floor: bool
    measuring: Measuring


MEASUREMENTS: list[Measurement] = []


def measure(
    section: str, *, phase: Phase = Phase.SECTOR, floor: bool = False
) -> Callable[[Measuring], Measuring]:
    """Enter a measurement under a heading of the page; those of a phase run in order, on the same database."""

    def enter(function: Measuring) -> Measuring:
        MEASUREMENTS.append(Measurement(function.__name__, section, phase, floor, function))
        return function

    return enter


@dataclass(frozen=True)
class Samples:
    """The middle and the 95th percentile of several measurements in a row, in ms."""

    median: float
    p95: float
    count: int


def summary(values: Sequence[float]) -> Samples:
    """Return what is told of at least one value, in the values' own unit (the highest of a few is their p95)."""
    ordered = sorted(values)
    rank = max(0, -(-95 * len(ordered) // 100) - 1)
    return Samples(statistics.median(ordered), ordered[rank], len(ordered))


def sampled(act: Callable[[], object], count: int, *, warm_up: int = WARM_UP) -> Samples:
    """Do something `count` times after a warm-up and return how long it took, in ms."""
    for _again in range(warm_up):
        act()
    values = []
    for _again in range(count):
        begun = time.perf_counter()
        act()
        values.append(1000 * (time.perf_counter() - begun))
    return summary(values)


def peak() -> float:
    """Return the most memory this process held so far, in MB (of Linux: a child's own, not what it was forked from)."""
    (line,) = (row for row in Path("/proc/self/status").read_text().splitlines() if row.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
