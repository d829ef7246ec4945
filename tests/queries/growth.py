"""Several times as many rows of everything, by plain SQL: every table of the project, those to come included.

A copy of a row stands beside it under the same parents, or under copies of them: each copy leaves other foreign keys as
they are, so that any page shows more rows, and rows about different things. The guards sleep meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from accounts.audit.owner import as_owner

APPS = ("accounts", "audit", "steering", "directives")
# The copies of a row have its number and so many millions.
SHIFT = 1_000_000
COPIES = 6
# What must differ between a row and its copy `n`, where a constraint says so and no foreign key makes the difference.
DIFFERENT: dict[str, dict[str, str]] = {
    "accounts_user": {
        "username": "username || '-' || {n}",
        "full_name": "full_name || ' ' || {n}",
    },
    "audit_checkrequest": {"at": "at + {n} * interval '1 minute'"},
    "audit_seal": {"number": "number + {n} * 100", "hash": "left({n} || hash, 64)"},
    "directives_addressproblem": {"address": "{n} || address"},
    "directives_directive": {"ordinal": "ordinal + {n} * 100", "code": "code || '-' || {n}"},
    "directives_document": {"number": "{n} || number", "number_key": "{n} || number_key"},
    "directives_extensionrequest": {"state": "CASE WHEN {n} = 1 THEN 'rejected' ELSE state END"},
    "directives_assignment": {"period": "CASE WHEN {n} IN (1, 3) THEN period || {n} ELSE period END"},
    "directives_message": {"message_id": "{n} || message_id", '"on"': '"on" - {n}'},
    "directives_policystep": {
        "offset_days": "CASE WHEN offset_days < 0 THEN offset_days - {n} * 9 ELSE offset_days + {n} * 9 END"
    },
    "directives_reminder": {"falls_on": "falls_on - {n}"},
    "directives_reminderrun": {'"on"': '"on" - {n}'},
    # Each ladder in use is planned by itself; how many there are is no matter of rows.
    "directives_reminderpolicy": {"is_active": "false"},
    "steering_calendarday": {"day": "day + {n}"},
    "steering_committee": {"code": "code || '-' || {n}"},
    "steering_seat": {"protocol_order": "protocol_order + {n} * 100"},
    "steering_unit": {"code": "code || '-' || {n}", "name": "name || ' ' || {n}"},
    "steering_unitalias": {"alias": "alias || ' ' || {n}"},
    "steering_unitkind": {"code": "code || '-' || {n}"},
}


def tables() -> list[type[models.Model]]:
    """Return the models whose tables grow, what is pointed at before what points at it."""
    chosen = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in APPS and not model._meta.proxy
    ]
    ordered: list[type[models.Model]] = []
    under_way: set[type[models.Model]] = set()

    def add(model: type[models.Model]) -> None:
        if model in ordered or model in under_way:
            return
        under_way.add(model)
        for _column, target in _keys(model):
            if target in chosen:
                add(target)
        ordered.append(model)

    for model in chosen:
        add(model)
    return ordered


def grow() -> dict[str, tuple[int, int]]:
    """Copy every row `COPIES` times; returns how many rows each table had and has.

    What a constraint refuses is left out: a second copy under the same parents is often not possible.
    """
    grown = tables()
    names = [model._meta.db_table for model in grown]
    before = counts(names)
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        for name in names:
            cursor.execute(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')
        for model in grown:
            for statement in _copies(model, cursor):
                cursor.execute(statement)
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        for name in names:
            cursor.execute(f'ALTER TABLE "{name}" ENABLE TRIGGER USER')
        cursor.execute("ANALYZE")
    after = counts(names)
    return {name: (before[name], after[name]) for name in names}


def counts(names: list[str]) -> dict[str, int]:
    """Return how many rows each table has."""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in names))
        return dict(cursor.fetchall())


def _keys(model: type[models.Model]) -> Iterator[tuple[str, type[models.Model]]]:
    """Yield the columns that point at another table's rows, with its model; a history row's `id` is one."""
    for field in model._meta.local_concrete_fields:
        if field.remote_field is not None:
            yield str(field.column), field.remote_field.model
    tracked = getattr(model, "instance_type", None)
    if tracked is not None:
        yield str(tracked._meta.pk.attname), tracked


def _copies(model: type[models.Model], cursor: Any) -> Iterator[str]:
    table, key = model._meta.db_table, model._meta.pk
    different = DIFFERENT.get(table, {})
    pointing = [(column, target) for column, target in _keys(model) if target._meta.app_label in APPS]
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema()"
        " AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    columns = [name for (name,) in cursor.fetchall()]
    for n in range(1, COPIES + 1):
        values = {f'"{column}"': f't."{column}"' for column in columns}
        for position, (column, target) in enumerate(pointing):
            if not _stays(n, position):
                values[f'"{column}"'] = _copied(column, target, n)
        for column, value in different.items():
            values[column if column.startswith('"') else f'"{column}"'] = value.format(n=n)
        if hasattr(model, "instance_type") and "version" in columns:
            # Other versions of the same.
            values['"version"'] = f't."version" + {n * 100}'
        values[f'"{key.column}"'] = f't."{key.column}" + {n * SHIFT}'
        yield (
            f'INSERT INTO "{table}" ({", ".join(values)}) SELECT {", ".join(values.values())} FROM "{table}" t'
            f' WHERE t."{key.column}" < {SHIFT} ON CONFLICT DO NOTHING'
        )


def _stays(n: int, position: int) -> bool:
    """Whether in copy `n` the foreign key at this position is as in the row itself.

    1: all · 2: none · the others: half of them, such that any two stay apart in one of the copies.
    """
    halves = {3: position & 1, 4: not position & 1, 5: position & 2, 6: not position & 2}
    return n == 1 or (n != 2 and bool(halves[n]))


def _copied(column: str, target: type[models.Model], n: int) -> str:
    table, key = target._meta.db_table, target._meta.pk.column
    found = f'SELECT o."{key}" FROM "{table}" o WHERE o."{key}" = t."{column}" + {n * SHIFT}'
    return f'COALESCE(({found}), t."{column}")'
