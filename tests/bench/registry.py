"""What `make bench` measures: small functions in one list; a new one joins with `@measure` and an import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One line of the page: what was measured, how much, in which unit, and what it was set against."""

    what: str
    value: float
    unit: str
    against: str = ""


Measurement = Callable[["Sizes"], list[Figure]]


@dataclass(frozen=True)
class Sizes:
    """How large the sector is: assignments in all, of these open and due, and the mails a day brings."""

    assignments: int
    due: int
    recipients: int


MEASUREMENTS: list[Measurement] = []


def measure(function: Measurement) -> Measurement:
    """Enter a measurement in the list; they run in order, on the same database."""
    MEASUREMENTS.append(function)
    return function


def peak() -> float:
    """Return the most memory this process held so far, in MB (of Linux: a child's own, not what it was forked from)."""
    (line,) = (row for row in Path("/proc/self/status").read_text().splitlines() if row.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
