"""The bench's own logic: what is measured is told rightly, and a broken budget is not passed over."""

from __future__ import annotations

import pytest

from tests.bench.judging import grown, judged
from tests.bench.kept import Told, keep, read
from tests.bench.page import budget_table, rendered
from tests.bench.profile import summary as profile_summary
from tests.bench.registry import QUERIES, Budget, Figure, sampled, summary

FLOOR = Figure("floor", 10, "ms")


def _list(ms: float, queries: int) -> Figure:
    budgets = (Budget("list / floor", 1.5, against="floor"), Budget("list: queries", 8, facet=QUERIES))
    return Figure(
        "list", ms, "ms", "floor", ms, 20, {QUERIES: queries}, budgets=budgets, growth=("list: growth", 1.3)
    )


@pytest.mark.parametrize(
    ("ms", "queries", "broken"),
    [(15, 8, []), (15.1, 8, ["list / floor"]), (1, 9, ["list: queries"])],
)
def test_a_budget_is_a_ratio_to_its_floor_or_a_number(ms: float, queries: int, broken: list[str]) -> None:
    verdicts = judged([FLOOR, _list(ms, queries)])
    assert [verdict.row for verdict in verdicts if not verdict.is_kept] == broken
    assert [verdict.row for verdict in verdicts if verdict.is_counted] == ["list: queries"]


def test_without_its_floor_a_ratio_is_not_judged() -> None:
    assert [verdict.row for verdict in judged([_list(99, 1)])] == ["list: queries"]


def test_growth_is_judged_by_name() -> None:
    (verdict,) = grown([_list(10, 1), Figure("other", 1, "ms")], [_list(14, 1)])
    assert (verdict.measured, verdict.is_kept) == (1.4, False)


def test_the_table_shows_the_worst_and_counts_the_broken() -> None:
    slow = Figure("slow", 30, "ms", budgets=(Budget("list / floor", 1.5, against="floor"),))
    (line,) = [
        row for row in budget_table(judged([FLOOR, _list(20, 1), slow])).splitlines() if "/ floor" in row
    ]
    assert "3.00×" in line.replace("3×", "3.00×")
    assert "✗" in line
    assert "slow" in line
    assert "2 of 2" in line


def test_the_page_joins_sizes(tmp_path) -> None:  # type: ignore[no-untyped-def]
    for size, ms in ((10_000, 10.0), (750_000, 12.0)):
        keep(tmp_path / str(size), [Told("Lists", FLOOR), Told("Lists", _list(ms, 9))], "calm")
    kept = {size: read(tmp_path / str(size)) for size in (10_000, 750_000)}
    page = rendered(
        {size: told for size, (told, _how) in kept.items()}, {size: how for size, (_t, how) in kept.items()}
    )
    (line,) = [row for row in page.splitlines() if row.startswith("| list |")]
    assert [cell.strip() for cell in line.split("|")][2:7] == [
        "10 (10) ms",
        "12 (12) ms",
        "1.20",
        "1.20",
        "9",
    ]
    assert "| list: queries | 8 queries | 9 queries | ✗ |" in page
    assert read(tmp_path / "none") == ([], "")


def test_percentiles_of_few_and_many() -> None:
    told = summary([float(number) for number in range(1, 101)])
    assert (told.median, told.p95, told.count) == (50.5, 95.0, 100)
    assert summary([7.0]).p95 == 7.0
    done: list[int] = []
    assert sampled(lambda: done.append(1), 4, warm_up=2).count == 4
    assert len(done) == 6


def test_a_profile_is_summed_by_function() -> None:
    told = profile_summary(
        "x (g.py:1);CountingMiddleware.__call__ (c.py:1);a (m.py:1);b (m.py:2) 3\n"
        "x (g.py:1);CountingMiddleware.__call__ (c.py:1);a (m.py:9);c (m.py:4) 1\nx (g.py:1);waits (g.py:2) 9\n"
    )
    assert "100.0 %  a (m.py)" in told
    assert " 75.0 %  b (m.py)" in told
