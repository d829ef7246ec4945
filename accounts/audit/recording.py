"""The frame of whatever writes: one act, one transaction, checked before it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from accounts.audit.context import acting


def settle() -> None:
    """Make the database check now what it would check at commit, so that an error appears where it was made."""
    with connection.cursor() as cursor:
        # One way to the database for both; nothing is prepared, so one text may hold two statements.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def recorded(**act: Any) -> Iterator[None]:
    """Within the block, one transaction whose history rows carry these fields of `Act`; settled before it ends."""
    with transaction.atomic(), acting(**act):
        yield
        settle()
