"""Doors in SQL, and in migrations that somebody runs as the run role."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader

from tests.assurance.attempts import (
    Try,
    demand_nothing_new,
    execute,
    first_version,
    next_version,
    raw,
    written_fields,
)
from tests.assurance.guarded import Target
from tests.cast import Cast


def update(target: Target, cast: Cast) -> None:
    execute(
        f'UPDATE "{target.table}" SET "{target.column}" = %s WHERE "{target.key}" = %s',
        raw(target),
        target.pk,
    )


def update_with_version(target: Target, cast: Cast) -> None:
    execute(
        f'UPDATE "{target.table}" SET "{target.column}" = %s{next_version(target)} WHERE "{target.key}" = %s',
        raw(target),
        target.pk,
    )


def update_in_a_query(target: Target, cast: Cast) -> None:
    execute(
        f'WITH changed AS (UPDATE "{target.table}" SET "{target.column}" = %s{next_version(target)}'
        f' WHERE "{target.key}" = %s RETURNING 1) SELECT count(*) FROM changed',
        raw(target),
        target.pk,
    )


def update_at_a_cursor(target: Target, cast: Cast) -> None:
    execute(
        f'DECLARE here CURSOR FOR SELECT * FROM "{target.table}" WHERE "{target.key}" = {int(target.pk)} FOR UPDATE'
    )
    execute("FETCH here")
    execute(
        f'UPDATE "{target.table}" SET "{target.column}" = %s{next_version(target)} WHERE CURRENT OF here',
        raw(target),
    )


def merge(target: Target, cast: Cast) -> None:
    execute(
        f'MERGE INTO "{target.table}" t USING (SELECT %s::bigint AS id) s ON t."{target.key}" = s.id'
        f' WHEN MATCHED THEN UPDATE SET "{target.column}" = %s'
        + next_version(target).replace("= version", "= t.version"),
        target.pk,
        raw(target),
    )


def insert_over(target: Target, cast: Cast) -> None:
    """INSERT … ON CONFLICT DO UPDATE."""
    names = ", ".join(f'"{field.column}"' for field in written_fields(target))
    execute(
        f'INSERT INTO "{target.table}" ({names}) SELECT {names} FROM "{target.table}" WHERE "{target.key}" = %s'
        f' ON CONFLICT ("{target.key}") DO UPDATE SET "{target.column}" = %s'
        + (f', version = "{target.table}".version + 1' if next_version(target) else ""),
        target.pk,
        raw(target),
    )


def insert_copy(target: Target, cast: Cast) -> None:
    """A new row with the other value, of which no history tells."""
    columns = [field.column for field in written_fields(target) if field.column != target.key]
    given = {target.column: "%s"} | ({"version": "1"} if first_version(target) else {})
    chosen = ", ".join(given.get(column, f'"{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{target.table}" ({names}) SELECT {chosen} FROM "{target.table}" WHERE "{target.key}" = %s'
            f' RETURNING "{target.key}"',
            [raw(target), target.pk],
        )
        made = cursor.fetchone()
    demand_nothing_new(target, made[0])


def copy_in(target: Target, cast: Cast) -> None:
    """COPY … FROM STDIN, as pg_restore writes."""
    columns = [field.column for field in written_fields(target)]
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {names} FROM "{target.table}" WHERE "{target.key}" = %s', [target.pk])
        kept = dict(zip(columns, cursor.fetchone(), strict=True))
        cursor.execute(f'SELECT max("{target.key}") + 1000 FROM "{target.table}"')
        kept |= {target.column: raw(target), target.key: cursor.fetchone()[0]} | first_version(target)
        with cursor.cursor.copy(f'COPY "{target.table}" ({names}) FROM STDIN') as copied:
            copied.write_row([kept[column] for column in columns])
    demand_nothing_new(target, kept[target.key])


def delete_in_sql(target: Target, cast: Cast) -> None:
    execute(f'DELETE FROM "{target.table}" WHERE "{target.key}" = %s', target.pk)


def truncate(target: Target, cast: Cast) -> None:
    execute(f'TRUNCATE "{target.table}" CASCADE')


@cache
def _past_models() -> Any:
    return MigrationLoader(connection).project_state()


def migration_update(target: Target, cast: Cast) -> None:
    """A data migration that somebody runs as the run role: its models know no history."""

    def change(apps: Any, schema_editor: Any) -> None:
        rows = apps.get_model(target.model._meta.label).objects.filter(pk=target.pk)
        rows.update(**{target.field.attname: target.value})

    _migrate(target, migrations.RunPython(change))


def migration_save(target: Target, cast: Cast) -> None:
    def change(apps: Any, schema_editor: Any) -> None:
        row = apps.get_model(target.model._meta.label).objects.get(pk=target.pk)
        setattr(row, target.field.attname, target.value)
        if next_version(target):
            row.version += 1
        row.save()

    _migrate(target, migrations.RunPython(change))


def migration_sql(target: Target, cast: Cast) -> None:
    statement = (
        f'UPDATE "{target.table}" SET "{target.column}" = %s{next_version(target)} WHERE "{target.key}" = %s'
    )
    _migrate(target, migrations.RunSQL([(statement, [raw(target), target.pk])]))


def migration_alter(target: Target, cast: Cast) -> None:
    """A change of type that rewrites the column."""
    execute(f'ALTER TABLE "{target.table}" ALTER COLUMN "{target.column}" TYPE text USING \'x\'')


def _migrate(target: Target, operation: Any) -> None:
    state = _past_models()
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards(target.model._meta.app_label, editor, state, state)


IN_SQL: tuple[Try, ...] = (
    update, update_with_version, update_in_a_query, update_at_a_cursor, merge, insert_over, insert_copy, copy_in,
    delete_in_sql, truncate, migration_update, migration_save, migration_sql, migration_alter,
)  # fmt: skip
