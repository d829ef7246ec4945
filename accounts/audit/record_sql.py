"""A change and its history row written by one statement: the row that was changed is the row that is told of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connections, models
from django.db.models import sql

from accounts.audit.context import Act
from accounts.clock import now


def history_model(model: type[models.Model]) -> type[models.Model]:
    """Return the history model of a tracked model."""
    manager: Any = model.history  # type: ignore[attr-defined]
    found: type[models.Model] = manager.model
    return found


def tracked_columns(history: type[models.Model]) -> list[str]:
    """The columns of a model that its history keeps, the key aside."""
    fields: list[Any] = list(history.tracked_fields)  # type: ignore[attr-defined]
    return [f.column for f in fields if not f.primary_key and f.column != "id"]


def insert_recorded(
    model: type[models.Model], fields: Sequence[Any], objects: list[Any], act: Act, *, using: str
) -> list[int]:
    """Insert rows with their first history rows; returns their ids, in the order of the objects."""
    query = sql.InsertQuery(model)
    query.insert_values(fields, objects, raw=False)
    compiled: Any = query.get_compiler(using=using)
    [(statement, params)] = compiled.as_sql()
    return _run(model, statement, params, "+", act, using=using)


def update_recorded(rows: models.QuerySet[Any], values: Sequence[Any], act: Act) -> int:
    """Update rows, as `Model.save` does, with their history rows; returns how many there were."""
    query: Any = rows.query.chain(sql.UpdateQuery)
    query.add_update_fields(values)
    statement, params = query.get_compiler(rows.db).as_sql()
    return len(_run(rows.model, statement, params, "~", act, using=rows.db))


def _run(
    model: type[models.Model], statement: str, params: Sequence[Any], kind: str, act: Act, *, using: str
) -> list[int]:
    columns = ", ".join(f'"{column}"' for column in tracked_columns(history_model(model)))
    past = history_model(model)._meta.db_table
    told: list[Any] = [act.at or now(), kind, act.reason, act.by.pk if act.by else None, act.door]
    with connections[using].cursor() as cursor:
        cursor.execute(
            f'WITH made AS ({statement} RETURNING *) INSERT INTO "{past}" (id, {columns}, history_date, history_type,'
            f" history_change_reason, history_user_id, door) SELECT id, {columns}, %s, %s, %s, %s, %s"
            " FROM made ORDER BY id RETURNING id",
            [*params, *told],
        )
        return [int(key) for (key,) in cursor.fetchall()]
