"""Make the two roles and the database of a production installation, or print the SQL that does."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from psycopg import sql

from config import roles

SCRIPT = Path(settings.BASE_DIR) / "deploy" / "roles.sql"


class Command(BaseCommand):
    """Takes names and passwords from DATABASE_URL (the run role) and DATABASE_OWNER_URL (the owner)."""

    help = "Creates or puts right the owner and the run role of PostgreSQL, and the database."
    # What it makes is not there yet.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--as URL` is a superuser's address, of which nothing is kept."""
        parser.add_argument(
            "--as", dest="superuser", metavar="URL", help="a superuser's postgresql:// address"
        )
        parser.add_argument("--sql", action="store_true", help="print the SQL for psql and do nothing")
        parser.add_argument("--write", action="store_true", help="write that SQL to deploy/roles.sql")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError when an address is missing or the server refuses."""
        if options["sql"]:
            self.stdout.write(roles.psql_script(), ending="")
            return
        if options["write"]:
            SCRIPT.write_text(roles.psql_script(), encoding="utf-8")
            return
        run, owner = settings.DATABASES["default"], settings.DATABASE_OWNER
        if not options["superuser"] or not owner or not run.get("USER") or owner["USER"] == run["USER"]:
            raise CommandError(
                "Give a superuser's address with --as, the run role in DATABASE_URL and another role, the owner, in "
                "DATABASE_OWNER_URL; or run the output of --sql with psql."
            )
        names = roles.Names(owner=owner["USER"], run=run["USER"], database=run["NAME"])
        try:
            self._set_up(
                options["superuser"], names, {names.owner: owner["PASSWORD"], names.run: run["PASSWORD"]}
            )
        except psycopg.Error as error:
            raise CommandError(f"PostgreSQL: {error}") from error
        self.stdout.write(
            f"Role {names.owner} owns database {names.database}, role {names.run} serves. Next: manage.py migrate"
        )

    def _set_up(self, superuser: str, names: roles.Names, passwords: dict[str, str]) -> None:
        with psycopg.connect(superuser, autocommit=True) as connection:
            roles.run(connection, roles.ROLES, names)
            for role, password in passwords.items():
                if password:
                    connection.execute(
                        sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                            sql.Identifier(role), sql.Literal(password)
                        )
                    )
            roles.run(connection, (*roles.DATABASE, *roles.CONNECTING), names)
        with psycopg.connect(superuser, dbname=names.database, autocommit=True) as connection:
            roles.run(connection, roles.WITHIN, names)
