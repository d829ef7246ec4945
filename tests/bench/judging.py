"""Whether figures keep their budgets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.registry import COUNTED, Budget, Figure


@dataclass(frozen=True)
class Verdict:
    """A figure beside one of its budgets; `measured` is in the budget's terms: a ratio, or the figure's unit."""

    row: str
    figure: Figure
    measured: float
    most: float
    unit: str
    is_counted: bool

    @property
    def is_kept(self) -> bool:
        """Whether the budget is kept."""
        return self.measured <= self.most


def judged(figures: Sequence[Figure]) -> list[Verdict]:
    """Compare the figures of one run with their budgets; those whose floor was not measured are left out."""
    floors = {figure.what: figure.value for figure in figures}
    found = []
    for figure in figures:
        for budget in figure.budgets:
            value = _value(figure, budget)
            if value is None:
                continue
            unit = budget.facet or figure.unit
            if not budget.against:
                counted = unit in COUNTED
                found.append(Verdict(budget.row, figure, value, budget.most, unit, counted))
            elif floors.get(budget.against):
                ratio = value / floors[budget.against]
                found.append(Verdict(budget.row, figure, ratio, budget.most, "×", False))
    return found


def _value(figure: Figure, budget: Budget) -> float | None:
    return figure.facets.get(budget.facet) if budget.facet else figure.value


def grown(small: Iterable[Figure], large: Iterable[Figure]) -> list[Verdict]:
    """Compare the growth of figures of the same name from the smaller run to the larger one with what it may be."""
    before: Mapping[str, Figure] = {figure.what: figure for figure in small}
    found = []
    for figure in large:
        start = before.get(figure.what)
        if figure.growth is not None and start is not None and start.value:
            row, most = figure.growth
            found.append(Verdict(row, figure, figure.value / start.value, most, "×", False))
    return found
