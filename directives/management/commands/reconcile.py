"""`manage.py reconcile`: who should have been told on a day, against the log."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.clock import now, today
from directives.models import Reconciliation, Reminder
from directives.reminders.reconcile import reconcile


class Command(BaseCommand):
    """Does what the scheduled reconciliation does, at any hour, and keeps the result."""

    help = (
        "Compares who should have been told on a day with the log and keeps the result: calendar, postings and"
        " successions as of the day, statuses as they are now. Exits with 1 when something is missing or no run of the"
        " day has finished."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--on` defaults to today in Hà Nội."""
        parser.add_argument(
            "--on", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the day (default: today)"
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was found. Raises CommandError for a future day, and when the day is not as it should be."""
        on = options["on"] or today()
        if on > today():
            raise CommandError(f"{on} lies ahead: nobody has been told yet.", returncode=2)
        made = reconcile(on=on, at=now())
        self.stdout.write(_as_json(made) if options["json"] else _as_text(made))
        if made.run_id is None:
            raise CommandError(f"No run of {on} has finished.", returncode=1)
        if made.missing:
            raise CommandError(f"{made.missing} reminders are missing.", returncode=1)


def _as_json(made: Reconciliation) -> str:
    told = {
        "on": made.on,
        "at": made.at,
        "run": made.run_id,
        "missing": made.missing,
        "failed": made.failed,
        "no_address": made.no_address,
        "waiting": made.waiting,
        "sent": made.sent,
        "skipped": made.skipped,
        "details": made.details,
    }
    return json.dumps(told, ensure_ascii=False, indent=2, default=str)


def _as_text(made: Reconciliation) -> str:
    lines = [
        f"Reconciliation of {made.on}",
        f"  missing     {made.missing} reminders",
        *(f"    {row['why']}: {_about(row)}, {row['to'] or 'nobody'}" for row in made.details["missing"]),
        f"  failed      {made.failed} mails",
        f"  no address  {made.no_address} recipients",
        f"  waiting     {made.waiting} reminders",
        f"  sent        {made.sent} mails",
        f"  skipped     {sum(made.skipped.values())} reminders",
        *(
            f"    {count} {reason}: {Reminder.Skip(reason).label}"
            for reason, count in sorted(made.skipped.items())
        ),
    ]
    return "\n".join(lines)


def _about(row: dict[str, Any]) -> str:
    if "letter" in row:
        return f"weekly letter ({row['letter']}) of committee {row['committee']}"
    if "occasion" in row:
        return f"assignment {row['assignment']}, news {row['occasion']}"
    return f"assignment {row['assignment']}, step {row['step']}"
