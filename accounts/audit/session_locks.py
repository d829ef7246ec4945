"""Locks that last longer than a transaction: they belong to the database's session, and end with it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

LOOK_AGAIN_SECONDS = 0.2


def demand_own_session() -> None:
    """Raise ImproperlyConfigured where a pooler gives each transaction another session of the database: a lock taken
    in one would never be let go of."""
    if settings.DATABASE_TRANSACTION_POOL:
        raise ImproperlyConfigured(
            "DATABASE_TRANSACTION_POOL is for web processes: workers, beat and manage.py need a DATABASE_URL that leads"
            " to PostgreSQL itself, or to a pooler in session mode."
        )


@contextmanager
def alone(lock: str) -> Iterator[None]:
    """In the block no other process is in a block of the same lock (an SQL expression of type bigint).

    Whoever comes second asks again and again instead of waiting within one statement: that would hold a snapshot, for
    which others may have to wait. Call outside any transaction.
    """
    demand_own_session()
    with connection.cursor() as cursor:
        while True:
            cursor.execute(f"SELECT pg_try_advisory_lock({lock})")
            if cursor.fetchone()[0]:
                break
            time.sleep(LOOK_AGAIN_SECONDS)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock({lock})")
