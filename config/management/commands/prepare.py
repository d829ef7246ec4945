"""Bring the database to where the application can be served: `make run` calls this before it starts anything."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from accounts.audit.management.commands.migrate import LOCK as MIGRATING
from accounts.audit.serving_role import refusal as unfit
from directives.demo.boundary import mixture


class Command(BaseCommand):
    """Migrate; then, into an empty database, load the programme and (DEMO=1) the demo."""

    help = "Migrates the database and, when it is empty, loads the programme and the demo."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--greeting FILE` takes the text that `make run` prints when the web server answers."""
        parser.add_argument("--greeting", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """1. Migrate as the owner. 2. If there is no unit yet, load everything in one transaction: for the demo the
        programme and made-up work on it, otherwise the units and the committee only.

        One transaction, so that a load that was interrupted leaves an empty database and is done again.
        """
        call_command("migrate", interactive=False, verbosity=0)
        if said := unfit():
            raise CommandError(f"{said} See manage.py setup_roles.")
        if refusal := mixture():
            raise CommandError(refusal)
        with transaction.atomic():
            # Machines that are set up at once: the second finds it loaded, and its guards wait for the load.
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_xact_lock({MIGRATING})")
            if not apps.get_model("steering", "Unit")._default_manager.exists():
                self.stdout.write("Loading the programme …")
                if settings.DEMO:
                    call_command("load_programme", verbosity=0)
                    call_command("load_demo", verbosity=0)
                else:
                    call_command("load_programme", "--without-directives", verbosity=0)
        if options["greeting"]:
            options["greeting"].write_text(greeting(), encoding="utf-8")


def greeting() -> str:
    """The address and how to sign in: the demo accounts, or how to make the first account."""
    lines = ["", f"Đôn đốc is running at {settings.SITE_URL}/   (Ctrl-C stops it)"]
    accounts = [
        user for user in get_user_model()._default_manager.order_by("pk") if user.has_usable_password()
    ]
    if settings.DEMO:
        lines.append(f"Demo accounts, all with the password {os.environ.get('DEMO_PASSWORD', '')}")
        lines += [
            f"  {user.get_username():<16}{user.get_full_name()}".rstrip()
            for user in accounts
            if user.is_active
        ]
    elif not accounts:
        lines.append("There is no account yet. Make the first administrator with")
        lines.append("  .venv/bin/python manage.py create_administrator")
    return "\n".join([*lines, ""])
