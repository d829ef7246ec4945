"""`manage.py verify_history`: recompute every seal and name each row that was changed, removed or slipped in."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.audit.seals.checks import keep
from accounts.audit.seals.findings import Report
from accounts.audit.seals.verify import Given, Progress, verify
from accounts.clock import now
from accounts.models import User

BAR = 40
REDRAWN_EVERY_SECONDS = 0.2


class Command(BaseCommand):
    """Reads everything, writes one row: the result, for the page *Kiểm tra toàn vẹn*."""

    help = (
        "Recomputes the chain of seals and every sealed row, looks for rows slipped in, and compares each row that"
        " has a history with its newest version. Exits with 1 when anything was found."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--seal` takes a seal from a mail: it pins every seal and row up to its own."""
        parser.add_argument("--seal", type=_given, metavar="NUMBER:HASH", help="a seal as it was mailed")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument("--dry-run", action="store_true", help="keep no result, write nothing at all")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the report. Raises CommandError when anything was found."""
        started_at = now()
        with _bar() as progress:
            report = verify(given=options["seal"], progress=progress)
        if not options["dry_run"]:
            keep(report, by=User.objects.system(), started_at=started_at)
        self.stdout.write(_as_json(report) if options["json"] else _as_text(report))
        if report.found:
            raise CommandError(f"{report.found} findings.", returncode=1)


def _given(text: str) -> Given:
    try:
        return Given.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


@contextmanager
def _bar() -> Iterator[Progress]:
    """A bar on the terminal that stands behind standard error; nothing where there is none."""
    drawn_at = 0.0

    def show(done: int, rows: int) -> None:
        nonlocal drawn_at
        if done < rows and time.monotonic() - drawn_at < REDRAWN_EVERY_SECONDS:
            return
        drawn_at = time.monotonic()
        filled = BAR * done // max(rows, 1)
        sys.stderr.write(f"\r[{'#' * filled}{'.' * (BAR - filled)}] {done:,} of {rows:,} sealed rows")
        sys.stderr.flush()

    if not sys.stderr.isatty():
        yield lambda done, rows: None
        return
    yield show
    sys.stderr.write("\n")


def _as_json(report: Report) -> str:
    return json.dumps(report.as_data(), ensure_ascii=False, indent=2)


def _as_text(report: Report) -> str:
    lines = [
        f"{report.seals} seals, {report.rows} sealed rows checked; {report.unsealed} rows wait for the next seal.",
        f"Last seal: {report.last_seal or 'none'}",
    ]
    if report.given_seal:
        lines.append(f"Compared with: {report.given_seal}")
    lines += [f"Note: {notice}" for notice in report.notices]
    lines += [f"  {finding}" for finding in report.findings]
    if report.found > len(report.findings):
        lines.append(f"  … and {report.found - len(report.findings)} more")
    return "\n".join([*lines, f"{report.found} findings." if report.found else "Nothing was changed."])
