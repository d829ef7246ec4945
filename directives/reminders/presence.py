"""Whether some process is at the day's work: told by a lock of its database session, which a kill -9 lets go of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from accounts.audit.session_locks import demand_own_session

LOCK = "hashtextextended('reminder run', 0)"


@contextmanager
def at_it() -> Iterator[None]:
    """Hold the lock for the length of the block; several may at once."""
    demand_own_session()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_lock_shared({LOCK})")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock_shared({LOCK})")


def is_somebody_at_it() -> bool:
    """Return whether another session holds the lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT CASE WHEN pg_try_advisory_lock({LOCK}) THEN pg_advisory_unlock({LOCK}) ELSE false END"
        )
        return not cursor.fetchone()[0]
