"""Act as the owner of the database for the length of a block.

The run role owns nothing and cannot change a table or a guard (ARCHITECTURE, rule 7). Migrations, and only they and
the set-up of a database, need more.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.transaction import TransactionManagementError


@contextmanager
def as_owner() -> Iterator[None]:
    """Switch this thread's `default` connection to the user of `settings.DATABASE_OWNER` and back.

    `DATABASE_OWNER` is a dictionary like those of DATABASES, of which USER and PASSWORD are taken; the name and the
    server stay those of the connection, so that it works on test databases too. Unset or empty: nothing is switched,
    the run role then is the owner. Raises TransactionManagementError inside a transaction, which the switch would end.
    """
    owner = settings.DATABASE_OWNER
    if not owner:
        yield
        return
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.in_atomic_block:
        raise TransactionManagementError("as_owner() cannot be entered inside a transaction.")
    run_settings = connection.settings_dict
    connection.close()
    # A new dictionary: the old one belongs to all threads. No pool: it would hand out the run role's connections.
    connection.settings_dict = {
        **run_settings,
        "USER": owner["USER"],
        "PASSWORD": owner["PASSWORD"],
        "OPTIONS": {key: value for key, value in run_settings["OPTIONS"].items() if key != "pool"},
    }
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = run_settings
