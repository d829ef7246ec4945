"""`manage.py load_demo`: made-up work on the programme, for trying the software."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import translation

from accounts.audit.context import Door, acting
from accounts.clock import now
from accounts.models import User
from directives.demo.accounts import ACCOUNTS
from directives.demo.boundary import holds_demo, mixture
from directives.demo.loading import load_demo

REASON = "Nạp dữ liệu minh họa"


class Command(BaseCommand):
    """Loads once; a second run leaves everything as it is."""

    help = "Loads the demo: accounts, a spread of states, a fictitious notice. Needs DEMO=1 and no real data."

    def handle(self, *args: Any, **options: Any) -> None:
        """Everything in one transaction, the programme included; prints the accounts and their password.

        Raises CommandError when the demo is switched off, the database holds real data or no password is given.
        """
        if refusal := mixture():
            raise CommandError(refusal)
        if not settings.DEMO:
            raise CommandError("The demo is switched off: set DEMO=1 to load it into an empty database.")
        if holds_demo():
            self.stdout.write("The demo is loaded already; nothing was changed.")
            return
        password = os.environ.get("DEMO_PASSWORD", "")
        if not password:
            raise CommandError("Set DEMO_PASSWORD: the one password of all demo accounts.")
        # The reasons that services write are for people here, whatever language this shell speaks.
        with transaction.atomic(), translation.override("vi"):
            call_command("load_programme", verbosity=0)
            with acting(by=User.objects.system(), reason=REASON, door=Door.IMPORT):
                load_demo(password=password, at=now())
        if options["verbosity"]:
            self.stdout.write(f"Demo accounts, all with the password {password}")
            for account in ACCOUNTS:
                self.stdout.write(f"  {account.username:<16}{account.full_name}")
