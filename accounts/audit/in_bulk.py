"""Many rows made at once with the history that the guards demand of each, by statements over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, models, transaction
from django.db.models.expressions import DatabaseDefault, Value

from accounts.audit.context import Act
from accounts.audit.history import Versioned
from accounts.audit.record_sql import history_model, insert_recorded, tracked_columns
from accounts.clock import now

BATCH = 2000
# From so many new rows on, the plans of their checks are made anew.
MANY = 500


def bulk_create_recorded(model: type[models.Model], objects: list[Any], act: Act) -> list[Any]:
    """Create many rows of one model with their history rows, in one statement for each `BATCH`; returns them with
    their ids.

    A row that bears `_history_date` (an aware instant) is dated so in its history, else like the act.
    """
    if issubclass(model, Versioned):
        for item in objects:
            item.version = 1
    dates = [getattr(item, "_history_date", None) for item in objects]
    if any(dates) or any(item.pk is not None for item in objects):
        created: list[Any] = model._default_manager.bulk_create(objects, batch_size=BATCH)
        record_new(model, [item.pk for item in created], act, dates=dates)
        return created
    for item in objects:
        # As Django's own: what was saved since it was assigned is referred to by its key.
        item._prepare_related_fields_for_save(operation_name="bulk_create")  # noqa: SLF001
    fields = [f for f in model._meta.local_concrete_fields if not f.primary_key and not f.generated]
    with transaction.atomic(savepoint=False):
        for start in range(0, len(objects), BATCH):
            batch = objects[start : start + BATCH]
            keys = insert_recorded(model, fields, batch, act, using=DEFAULT_DB_ALIAS)
            for item, key in zip(batch, keys, strict=True):
                item.pk = key
                item._state.adding, item._state.db = False, DEFAULT_DB_ALIAS  # noqa: SLF001
    if len(objects) >= MANY:
        _plan_anew()
    return objects


def create_recorded_from(
    rows: models.QuerySet[Any], template: models.Model, act: Act, **taken: Any
) -> list[int]:
    """Create a row like the template with its history row for each of some rows, in two statements; returns the ids.

    What differs from row to row is `taken`: expressions over `rows`, whose order is that of the ids.
    """
    if isinstance(template, Versioned):
        template.version = 1
    keys = insert_from(rows, template, **taken)
    record_new(type(template), keys, act)
    return keys


def insert_from(rows: models.QuerySet[Any], template: models.Model, **taken: Any) -> list[int]:
    """Create a row like the template for each of some rows, in one statement, without history; returns the ids."""
    model: Any = type(template)
    columns, values = [], []
    for field in model._meta.local_concrete_fields:
        if field.primary_key or field.generated:
            continue
        if field.name in taken:
            value = taken[field.name]
        else:
            plain = field.pre_save(template, True)
            if isinstance(plain, DatabaseDefault):
                continue
            value = Value(plain, output_field=field)
        columns.append(connection.ops.quote_name(field.column))
        values.append(value)
    select, params = rows.values_list(*values).query.sql_with_params()
    table, key = (connection.ops.quote_name(name) for name in (model._meta.db_table, model._meta.pk.column))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) {select} RETURNING {key}", params)
        return [int(made) for (made,) in cursor.fetchall()]


def record_new(
    model: type[models.Model], keys: Sequence[int], act: Act, *, dates: Sequence[datetime | None] = ()
) -> None:
    """Write the first history row of rows just made, as they stand, in the order of their ids.

    `dates` are aware instants, one for each key, for rows that are dated otherwise than the act.
    """
    columns = ", ".join(f'"{column}"' for column in tracked_columns(history_model(model)))
    past, table = history_model(model)._meta.db_table, model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{past}" (id, {columns}, history_date, history_type, history_change_reason,'
            f" history_user_id, door) SELECT id, {columns}, coalesce(made_at, %(at)s), '+', %(reason)s, %(by)s,"
            " %(door)s"
            f' FROM "{table}" JOIN unnest(%(keys)s::bigint[], %(dates)s::timestamptz[]) made (made_id, made_at)'
            " ON made_id = id ORDER BY id",
            {
                "at": act.at or now(),
                "reason": act.reason,
                "by": act.by.pk if act.by else None,
                "door": act.door,
                "keys": list(keys),
                "dates": list(dates),
            },
        )
    if len(keys) >= MANY:
        _plan_anew()


def _plan_anew() -> None:
    """Let the checks that are still to come for each row be planned for the tables as they are now.

    Guards and foreign keys keep the plan of the session's first checks: made when a table was small it reads the whole
    table, and then does so once for each of thousands of rows.
    """
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")
