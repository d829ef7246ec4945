"""`manage.py read_bounces`: read the mailbox that mails return to, without any broker."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from directives.reminders.bounces import Readings, Verdict, read_bounces
from directives.reminders.inbox import InboxError


class Command(BaseCommand):
    """Does exactly what the scheduled job does; run twice, nothing happens twice."""

    help = "Reads the mailbox of BOUNCE_URL and notes which mails came back. Exits with 1 when it cannot be read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--json` prints the counts as JSON."""
        parser.add_argument("--json", action="store_true", help="print the counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was found. Raises CommandError without BOUNCE_URL, and when the mailbox cannot be read."""
        if not settings.BOUNCE_URL:
            raise CommandError("BOUNCE_URL is not set: there is no mailbox to read.", returncode=2)
        try:
            found = read_bounces(settings.BOUNCE_URL)
        except InboxError as error:
            raise CommandError(f"The mailbox of BOUNCE_URL cannot be read: {error}", returncode=1) from error
        self.stdout.write(_as_json(found) if options["json"] else _as_text(found))


def _counts(found: Readings) -> dict[str, int]:
    return {verdict.value: found.counts[verdict.value] for verdict in Verdict}


def _as_json(found: Readings) -> str:
    return json.dumps({"read": found.counts.total(), "messages": found.bounced, **_counts(found)}, indent=2)


def _as_text(found: Readings) -> str:
    lines = [f"Read {found.counts.total()} mails"]
    return "\n".join(lines + [f"  {name:<10} {count}" for name, count in _counts(found).items() if count])
