"""The sector that the pages are measured on, at its sizes."""

from __future__ import annotations

from accounts.clock import today
from directives.sector import generate

# Units and directives by assignments in all.
SHAPES = {1_000: (40, 25), 10_000: (100, 100), 100_000: (400, 250), 750_000: (1_500, 500)}
# The units of the widest fan-out; few directives, for it is the units that count.
WIDE = {10_000: 1_000}
WIDEST = 13_000
SEED = 1


def fill_whole(assignments: int) -> None:
    """Fill the empty database with a sector of that many assignments. Raises KeyError for a size that has no shape."""
    units, directives = SHAPES[assignments]
    _generate(units, directives)


def fill_wide(assignments: int) -> None:
    """Fill the empty database with many units that have little to do."""
    _generate(WIDE.get(assignments, WIDEST), 1)


def _generate(units: int, directives: int) -> None:
    generate(units=units, directives=directives, seed=SEED, on=today())
