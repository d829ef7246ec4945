"""Sealing, checking, and tampering as somebody with every right would: triggers off, taken back after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

import psycopg
from django.db import connection, transaction

from accounts.audit.owner import as_owner
from accounts.audit.seals.findings import Finding
from accounts.audit.seals.models import Seal
from accounts.audit.seals.sealing import seal
from accounts.audit.seals.verify import Given, verify
from accounts.models import User
from tests.config.superuser import as_superuser

# Kind, table and key of a finding.
Said = tuple[str, str, int | None]


def sealed() -> Seal:
    """Seal what there is to be sealed; something is."""
    made = seal(by=User.objects.system())
    assert made is not None
    return made


def given(seal: Seal) -> Given:
    """The seal as its mail has it."""
    return Given(seal.number, seal.hash)


def said(*, given: Given | None = None) -> set[Said]:
    """What a check finds now."""
    return {brief(finding) for finding in verify(given=given).findings}


def brief(finding: Finding) -> Said:
    return (finding.kind, finding.table, finding.key)


class Tamperer(StrEnum):
    """Who could, and how they switch the guards off."""

    OWNER = "the owner, who disables triggers"
    SUPERUSER = "a superuser, who is a replica: neither guards nor foreign keys are awake"


@contextmanager
def tampered(*statements: str, who: Tamperer = Tamperer.OWNER) -> Iterator[None]:
    """In the block the statements were carried out with no trigger awake, whoever guards what.

    Skips the test where the superuser's address is not known.
    """
    acting_as = as_owner if who is Tamperer.OWNER else as_superuser
    with acting_as(), transaction.atomic(), connection.cursor() as cursor:
        for statement in (*_switched_off(who), *statements):
            cursor.execute(statement)
        yield
        transaction.set_rollback(True)


def _switched_off(who: Tamperer) -> list[str]:
    if who is Tamperer.SUPERUSER:
        return ["SET LOCAL session_replication_role = replica"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
        return [f"ALTER TABLE {table} DISABLE TRIGGER USER" for (table,) in cursor.fetchall()]


def number(sql: str, *params: Any) -> int:
    """The one number that a query returns."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        (found,) = cursor.fetchone()
    return int(found)


@contextmanager
def another_session() -> Iterator[psycopg.Connection]:
    """A second connection of the role that serves."""
    settings = connection.get_connection_params()
    kept = {
        name: settings[name] for name in ("dbname", "user", "password", "host", "port") if settings.get(name)
    }
    with psycopg.connect(**kept) as session:
        yield session
