"""`make bench`: measures on servers of its own, prints each figure, judges the budgets, writes docs/performance.md.

Without `--size` each size, the smallest and the largest sector side by side (`turns`). Each phase of a size is a
process with a database of its own; its figures are kept in var/bench and joined on the page. `--size 10000` alone is
quick: few samples, for it is counts, sizes and plans that are judged. The exit code is 1 when one of these breaks its
budget; what only takes too long is told, not punished.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from tests.bench import kept, page
from tests.bench.judging import judged
from tests.bench.registry import MEASUREMENTS, Measurement, Phase, Sizes
from tests.bench.turns import Turns, side_by_side

# Each enters its measurements; they run in this order.
MODULES = (
    "floors", "lists", "cases", "figures", "plans", "memory", "load", "work", "reminders", "reconciliation",
    "rehearsing", "reminder_plans",
)  # fmt: skip
PAGE = Path("docs/performance.md")
SIZES = (10_000, 100_000, 750_000)
QUICK_UP_TO = 10_000
QUICK_SAMPLES, SAMPLES = 2, 20
QUICK_LOAD_SECONDS, LOAD_SECONDS = 5, 60
TURNS = "--turns"


def main() -> int:
    """Measure each phase of each size; returns the exit code."""
    options = _options()
    if options.only_write:
        return _write()
    if options.phase:
        return _measure_phase(options)
    if options.size:
        jobs = [(options.size, phase) for phase in _phases(options)]
        codes = []
    else:
        smallest, *between, largest = SIZES
        small, large = (_command(options, size, Phase.SECTOR) for size in (smallest, largest))
        codes = side_by_side(small, large, TURNS)
        jobs = [(size, Phase.SECTOR) for size in between]
        jobs += [(size, phase) for size in SIZES for phase in Phase if phase is not Phase.SECTOR]
    codes += [subprocess.run(_command(options, *job), check=False).returncode for job in jobs]
    if options.write:
        _write()
    return 1 if any(codes) else 0


def _command(options: argparse.Namespace, size: int, phase: Phase) -> list[str]:
    """As this process was called; sizes that are compared are measured in full."""
    given = [] if options.size else ["--size", str(size), "--in-full"]
    return [sys.executable, "-m", "tests.bench", *sys.argv[1:], *given, "--phase", phase]


def _phases(options: argparse.Namespace) -> list[Phase]:
    """A quick run leaves out the widest fan-out, which is of the same size for all and judged by seconds alone."""
    is_quick = options.size <= QUICK_UP_TO and not options.in_full
    return [phase for phase in Phase if not (is_quick and phase is Phase.WIDE)]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--size", type=int, help=f"assignments; without it {', '.join(map(str, SIZES))}")
    parser.add_argument(
        "--in-full", action="store_true", help="as many samples for a small size as for a large one"
    )
    parser.add_argument("--samples", type=int, help=f"how often a page is asked for (else {SAMPLES})")
    parser.add_argument("--load-seconds", type=int, help=f"how long the load lasts (else {LOAD_SECONDS})")
    parser.add_argument("--only", metavar="NAME", help="one measurement (and the floors)")
    parser.add_argument("--phase", type=Phase, choices=list(Phase), help="the measurements of one database")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the servers' data with the filled databases"
    )
    parser.add_argument(
        "--profile", metavar="NAME", help="look into gunicorn with py-spy during a measurement"
    )
    parser.add_argument("--write", action="store_true", help=f"write {PAGE}")
    parser.add_argument(
        "--only-write", action="store_true", help=f"write {PAGE} from the figures that are kept"
    )
    parser.add_argument(TURNS, nargs=2, type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure_phase(options: argparse.Namespace) -> int:
    from tests.bench import bed
    from tests.bench.post import post_office

    size: int = options.size or SIZES[0]
    phase: Phase = options.phase
    turns = Turns(*options.turns) if options.turns else None
    if turns:
        turns.wait()
    print(f"\n=== {size:,} assignments, {phase} ===", flush=True)
    with ExitStack() as stack:
        running, folder = stack.enter_context(bed.servers(options.keep))
        name = f"bench_{phase}_{size}"
        bed.environment(running, folder, name)
        os.environ["EMAIL_URL"] = stack.enter_context(post_office())
        import django

        django.setup()
        _enter_all()
        chosen = _chosen(phase, options.only or options.profile)
        if all(one.is_floor for one in chosen) and (options.only or options.profile):
            return 0
        sizes = Sizes(size, size // 10, max(20, size // 250))
        bed.fresh_database(running, name, keep=options.keep is not None, fill=lambda: _fill(phase, sizes))
        return _measure(options, chosen, sizes, folder, stack, turns)


def _enter_all() -> None:
    for name in MODULES:
        import_module(f"tests.bench.{name}")


def _chosen(phase: Phase, only: str | None) -> list[Measurement]:
    if only and only not in {one.name for one in MEASUREMENTS}:
        raise SystemExit(f"There is no {only}; there are {', '.join(one.name for one in MEASUREMENTS)}.")
    of_phase = [one for one in MEASUREMENTS if one.phase == phase]
    return [one for one in of_phase if not only or one.is_floor or one.name == only]


def _fill(phase: Phase, sizes: Sizes) -> None:
    from django.core.management import call_command
    from django.db import connections

    from tests.bench import sector, whole

    call_command("migrate", verbosity=0)
    begun = datetime.now(tz=UTC)
    if phase is Phase.REMINDERS:
        sector.fill(sizes)
    elif phase is Phase.WIDE:
        whole.fill_wide(sizes.assignments)
    else:
        whole.fill_whole(sizes.assignments)
    print(f"filled in {(datetime.now(tz=UTC) - begun).total_seconds():.0f} s", flush=True)
    connections.close_all()


def _measure(
    options: argparse.Namespace,
    chosen: list[Measurement],
    sizes: Sizes,
    folder: Path,
    stack: ExitStack,
    turns: Turns | None,
) -> int:
    from tests.bench.profile import profiled
    from tests.bench.run import Run

    is_quick = sizes.assignments <= QUICK_UP_TO and not options.in_full
    run = Run(
        sizes, folder, stack,
        samples=options.samples or (QUICK_SAMPLES if is_quick else SAMPLES),
        load_seconds=options.load_seconds or (QUICK_LOAD_SECONDS if is_quick else LOAD_SECONDS),
        is_quick=is_quick,
        turns=turns,
    )  # fmt: skip
    circumstances = (
        f"measured on {datetime.now(tz=UTC):%Y-%m-%d}, load average before {os.getloadavg()[0]:.1f}"
    )
    told: list[kept.Told] = []
    for one in chosen:
        begun = time.monotonic()
        with profiled(run, one.name) if options.profile == one.name else ExitStack():
            found = one.measuring(run)
        print(f"-- {one.name}, {sizes.assignments:,}: {time.monotonic() - begun:.0f} s", flush=True)
        for figure in found:
            told.append(kept.Told(one.section, figure))
            print(_line(told[-1]), flush=True)
    verdicts = judged([one.figure for one in told])
    if verdicts:
        print("\n" + page.budget_table(verdicts), flush=True)
    if not options.only and not options.profile and (not is_quick or options.write):
        kept.keep(kept.path_of(options.phase, sizes.assignments), told, circumstances)
    broken = [verdict for verdict in verdicts if verdict.is_counted and not verdict.is_kept]
    for verdict in broken:
        limit = f"{verdict.measured:g} > {verdict.most:g} {verdict.unit}"
        print(f"BROKEN: {verdict.row}: {verdict.figure.what}: {limit} {verdict.figure.note}")
    return 1 if broken else 0


def _line(told: kept.Told) -> str:
    figure = told.figure
    spread = f" (p95 {page.figure_text(figure.p95)})" if figure.p95 is not None else ""
    facets = ", ".join(f"{page.figure_text(value)} {name}" for name, value in figure.facets.items())
    return f"{figure.what}: {page.figure_text(figure.value)}{spread} {figure.unit}  {facets} {figure.note}".rstrip()


def _write() -> int:
    runs: dict[int, list[kept.Told]] = {}
    circumstances = {}
    for size in SIZES:
        for phase in Phase:
            told, how = kept.read(kept.path_of(phase, size))
            if told:
                runs.setdefault(size, []).extend(told)
                circumstances[size] = how
    if not runs:
        raise SystemExit(f"No figures are kept in {kept.FOLDER}.")
    PAGE.write_text(page.rendered(runs, circumstances), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
