"""`manage.py migrate`, as the owner of the database: the run role may not change tables."""

from typing import Any

from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS

from accounts.audit.owner import as_owner
from accounts.audit.session_locks import alone

LOCK = "hashtextextended('migrate', 0)"


class Command(migrate.Command):
    """Django's command under the owner's credentials, for the database `default`; one machine after the other."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Takes the arguments of Django's command."""
        if options["database"] != DEFAULT_DB_ALIAS:
            super().handle(*args, **options)
            return
        with as_owner(), alone(LOCK):
            super().handle(*args, **options)
