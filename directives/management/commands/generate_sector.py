"""`manage.py generate_sector`: a made-up sector of any size in an empty database, to measure on."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.clock import today
from directives.errors import Refused
from directives.sector import generate
from directives.sector.cases import Progress

BAR = 40


class Command(BaseCommand):
    """Every portion is committed by itself; the guards of the database are on, and the run role does it all."""

    help = (
        "Fills an empty database with a made-up sector: units, people, documents, directives, and assignments in all"
        " states with their history. The documents are marked as fictitious. A run that was interrupted begins again"
        " in an empty database."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Sizes, the seed and the day are all that decides what is made."""
        parser.add_argument("--units", type=int, default=1500)
        parser.add_argument(
            "--directives", type=int, default=500, help="each is given to (nearly) every unit"
        )
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--on", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the day up to which work went on"
        )
        parser.add_argument(
            "--password",
            help="let all accounts sign in with it; only for measuring, never where others can reach it",
        )
        parser.add_argument("--no-progress", action="store_true", help="draw no bar")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was made. Raises CommandError when the database is not empty."""
        begun = time.monotonic()
        wanted = bool(options["verbosity"]) and not options["no_progress"]
        try:
            with _bar(wanted) as progress:
                made = generate(
                    units=options["units"],
                    directives=options["directives"],
                    seed=options["seed"],
                    on=options["on"] or today(),
                    progress=progress,
                    password=options["password"],
                )
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if not options["verbosity"]:
            return
        self.stdout.write(
            f"{made.units:,} units, {made.directives:,} directives, {made.assignments:,} assignments with"
            f" {made.assignment_history:,} versions, {made.reports:,} reports in {time.monotonic() - begun:,.0f} s."
        )
        if not made.analysed:
            self.stdout.write("Now let the owner of the database run VACUUM (ANALYZE): the run role may not.")


@contextmanager
def _bar(wanted: bool) -> Iterator[Progress]:
    """A bar on the terminal that stands behind standard error; nothing where there is none."""

    def show(done: int, total: int) -> None:
        filled = BAR * done // max(total, 1)
        sys.stderr.write(f"\r[{'#' * filled}{'.' * (BAR - filled)}] {done:,} of {total:,} assignments")
        sys.stderr.flush()

    if not wanted or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    yield show
    sys.stderr.write("\n")
