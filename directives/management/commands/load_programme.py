"""`manage.py load_programme`: the committee, the units, the documents and the directives of DOMAIN §2."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import translation

from accounts.audit.context import Door, acting
from accounts.models import User
from directives.programme.loading import committee_of_programme, load_case
from directives.reminders.policy import ensure_default_policy
from steering.programme.loading import load_sector

REASON = "Nạp chương trình"


class Command(BaseCommand):
    """Adds what was never there; may be run again at any time."""

    help = "Loads the committee, the units, the calendar, and the directives about Resolution 157."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--without-directives` leaves documents and directives out: an empty installation."""
        parser.add_argument("--without-directives", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Everything in one transaction, recorded as the system's import; prints what was added."""
        # The reasons that services write are for people here, whatever language this shell speaks.
        with (
            transaction.atomic(),
            translation.override("vi"),
            acting(by=User.objects.system(), reason=REASON, door=Door.IMPORT),
        ):
            added = load_sector()
            ensure_default_policy(committee_of_programme())
            if not options["without_directives"]:
                added += load_case()
        if options["verbosity"]:
            told = ", ".join(f"{count} {label}" for label, count in sorted(added.items()))
            self.stdout.write(f"Added: {told}" if told else "Nothing to add.")
