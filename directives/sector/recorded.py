"""Rows made by the thousand, with the history that the guards demand of each: two statements a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection, models

from accounts.audit.context import current_act
from accounts.audit.in_bulk import BATCH, record_new


def create(model: type[models.Model], rows: Iterable[Any]) -> list[Any]:
    """Create rows of a tracked model and their first history, in the name of the present act; returns the rows."""
    made: list[Any] = model._default_manager.bulk_create(rows, batch_size=BATCH)
    record(model, [row.pk for row in made])
    return made


def record(model: type[models.Model], keys: list[int]) -> None:
    """Write the first history row of rows just made, as they stand, in the order of their ids."""
    record_new(model, keys, current_act())


def reserve(model: type[models.Model], count: int) -> int:
    """Return the first of so many consecutive ids of a model, taken from its sequence for good.

    Raises RuntimeError when somebody else takes ids meanwhile.
    """
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(taken), max(taken) FROM (SELECT nextval(pg_get_serial_sequence(%s, %s)) AS taken"
            " FROM generate_series(1, %s)) ids",
            [table, key, count],
        )
        first, last = cursor.fetchone()
    if last - first + 1 != count:
        raise RuntimeError(f"Somebody else writes to {table}.")
    return int(first)
