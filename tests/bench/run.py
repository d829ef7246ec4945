"""What a measurement is given: the sizes, the people, the two sites, how often to ask."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from accounts.clock import today
from accounts.models import User
from tests.bench.people import People, find_people, units_of
from tests.bench.registry import (
    CPU_MS,
    DATABASE_MS,
    KILOBYTES,
    QUERIES,
    ROWS_MS,
    WARM_UP,
    Budget,
    Figure,
    Sizes,
    summary,
)
from tests.bench.turns import Turns
from tests.bench.web import STOCK, Answer, Site, Visitor, served


@dataclass
class Run:
    """One run of a phase at one size. The sites start when they are first asked for and stop with `stack`."""

    sizes: Sizes
    folder: Path
    stack: ExitStack
    samples: int = 20
    load_seconds: int = 60
    # Counts, sizes and plans are what a quick run is for.
    is_quick: bool = False
    # Beside another size.
    turns: Turns | None = None

    @property
    def warm_up(self) -> int:
        return 1 if self.is_quick else WARM_UP

    @cached_property
    def on(self) -> date:
        return today()

    @cached_property
    def people(self) -> People:
        return find_people()

    @cached_property
    def site(self) -> Site:
        log = self.folder / "log" / "bench-web.log"
        return self._taking_turns(served("tests.bench.settings", "config/gunicorn_settings.py", log))

    @cached_property
    def floor(self) -> Site:
        log = self.folder / "log" / "bench-floor.log"
        return self._taking_turns(
            served("tests.bench.floor_settings", "tests/bench/floor_gunicorn.py", log, backend=STOCK)
        )

    def _taking_turns(self, site: AbstractContextManager[Site]) -> Site:
        made = self.stack.enter_context(site)
        return replace(made, between=self.turns.change) if self.turns else made

    def visitor(self, user: User) -> Visitor:
        """Return a person at our site."""
        return Visitor(self.site, user)

    def floor_visitor(self, user: User) -> Visitor:
        """Return the same person at the floors' site, where a header says what they may see."""
        units = units_of(user, self.on)
        return Visitor(self.floor, user, **({"X-Units": units} if units else {}))


def page(what: str, visitor: Visitor, address: str, run: Run, **more: Any) -> Figure:
    """Measure a page: its time over HTTP, and what an answer says it cost inside (the middle of all)."""
    answers = [visitor.get(address) for _again in range(run.warm_up + run.samples)][run.warm_up :]
    return of_answers(what, answers, **more)


def of_answers(
    what: str,
    answers: list[Answer],
    *,
    against: str = "",
    budgets: tuple[Budget, ...] = (),
    growth: tuple[str, float] | None = None,
    note: str = "",
) -> Figure:
    """Return the figure of the same request answered several times. Queries are the most, the rest is the middle."""
    times = summary([answer.ms for answer in answers])
    facets: Mapping[str, float] = {
        QUERIES: max(answer.queries for answer in answers),
        DATABASE_MS: summary([answer.database_ms for answer in answers]).median,
        ROWS_MS: summary([answer.slowest_ms for answer in answers]).median,
        CPU_MS: summary([answer.cpu_ms for answer in answers]).median,
        KILOBYTES: max(len(answer.body) for answer in answers) / 1000,
    }
    return Figure(what, times.median, "ms", against, times.p95, times.count, facets, budgets, growth, note)
