"""The guards in the database, each with what removes it and the attack that must then succeed.

All happens in one superuser's transaction that is taken back: the mutation, and as the run role the attack.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from django.apps import apps
from psycopg import sql

from accounts.audit import guards, serving_role
from accounts.audit.record_sql import history_model
from tests.assurance.guarded import Target

Connection = psycopg.Connection[Any]
# Whether the guard is seen to stand.
Probe = Callable[[Connection], bool]


@dataclass(frozen=True)
class Case:
    """A guard, the SQL that removes it, and the probe that must notice."""

    kind: str
    guard: str
    mutation: str
    probe: Probe


def refused(statement: str, because: str, *, role: str | None, at_commit: bool = True) -> Probe:
    """A probe: the statement is refused with these words; `role` None is the superuser, whom only triggers stop."""

    def probe(connection: Connection) -> bool:
        try:
            with connection.transaction():
                if role:
                    connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
                connection.execute(statement.encode())
                if at_commit:
                    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
                raise psycopg.Rollback
        except psycopg.Error as error:
            return re.search(because, str(error)) is not None
        return False

    return probe


def notices(connection: Connection, case: Case) -> tuple[bool, bool]:
    """Return whether the guard is seen to stand as it is, and still once it is removed."""
    stands = case.probe(connection)
    with connection.transaction():
        connection.execute(case.mutation.encode())
        still = case.probe(connection)
        raise psycopg.Rollback
    return stands, still


# Triggers


def triggers(connection: Connection, role: str, targets: Mapping[str, Target]) -> Iterator[Case]:
    """Yield each trigger with each way to put it to sleep."""
    found = connection.execute(
        "SELECT c.relname::text, t.tgname::text, p.proname::text FROM pg_trigger t"
        " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace ORDER BY 1, 2"
    ).fetchall()
    for table, trigger, function in found:
        probe = _attack(table, trigger, role, targets)
        for words, mutation in {
            "disabled": f'ALTER TABLE "{table}" DISABLE TRIGGER "{trigger}"',
            "dropped": f'DROP TRIGGER "{trigger}" ON "{table}"',
            "emptied": f'CREATE OR REPLACE FUNCTION "{function}"() RETURNS trigger LANGUAGE plpgsql AS'
            " 'BEGIN IF TG_OP = ''DELETE'' THEN RETURN OLD; END IF; RETURN NEW; END'",
            "asleep (session_replication_role)": "SET LOCAL session_replication_role = replica",
        }.items():
            if probe is not None:
                yield Case("trigger", f"{table}.{trigger} {words}", mutation, probe)
            elif words in ("disabled", "dropped"):
                yield Case("trigger", f"{table}.{trigger} {words}", mutation, _awake(table, trigger))


def _attack(table: str, trigger: str, role: str, targets: Mapping[str, Target]) -> Probe | None:
    """Return what a trigger must refuse, for those that refuse."""
    if trigger == "audit_append_only":
        return refused(
            f'UPDATE "{table}" SET recorded_at = recorded_at', f"{table}: UPDATE refused", role=None
        )
    if trigger in ("audit_no_truncate", "guard_truncate"):
        return refused(f'TRUNCATE "{table}" CASCADE', f"^{table}: ", role=None)
    if trigger == "guard_true":
        return _forged(table, role)
    if trigger == "guard_lead":
        return _without_lead(table)
    if trigger == "guard_part":
        return _given_as_draft(table)
    if trigger == "guard_content":
        return refused(f"UPDATE \"{table}\" SET subject = 'x'", "cannot change", role=role)
    if trigger == "guard_step":
        return refused(
            f'UPDATE "{table}" SET version = version + 7', "without a new version", role=role, at_commit=False
        )
    if trigger == "guard_recorded":
        return _unrecorded(table, role, targets)
    return None


def _unrecorded(table: str, role: str, targets: Mapping[str, Target]) -> Probe:
    words = "no history row|without a history row"
    versioned = {entry.model._meta.db_table for entry in guards.guards()}
    if table in versioned:
        return refused(f'UPDATE "{table}" SET version = version + 1', words, role=role)
    if table not in targets:
        return refused(f'DELETE FROM "{table}"', words, role=role)
    target = targets[table]
    change = f'UPDATE "{table}" SET "{target.column}" = {_literal(target.value)} WHERE "{target.key}" = {target.pk}'
    return refused(change, words, role=role)


def _literal(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool | int) else "'" + str(value).replace("'", "''") + "'"


def _forged(past: str, role: str) -> Probe:
    """A history row that tells of a deletion that did not happen."""
    model = next(m for m in apps.get_models(include_auto_created=True) if m._meta.db_table == past)
    columns = [f.column for f in model._meta.concrete_fields if f.column not in ("history_id", "recorded_at")]
    listed = ", ".join(f'"{column}"' for column in columns)
    chosen = ", ".join("'-'" if column == "history_type" else f'"{column}"' for column in columns)
    return refused(
        f'INSERT INTO "{past}" ({listed}) SELECT {chosen} FROM "{past}" WHERE history_type = \'+\' LIMIT 1',
        "did not happen",
        role=role,
    )


def _without_lead(table: str) -> Probe:
    """What `guard_lead` alone must stop: the other guards are put to sleep first."""
    asleep = "".join(
        f'ALTER TABLE "{table}" DISABLE TRIGGER {trigger}; ' for trigger in ("guard_step", "guard_recorded")
    )
    change = {
        "directives_assignment": "UPDATE directives_assignment SET status = 'revoked', completed_on = NULL"
        " WHERE part = 'lead'",
        "directives_directive": "UPDATE directives_directive SET state = 'issued', mode = 'joint'"
        " WHERE state = 'draft'",
    }[table]
    return refused(asleep + change, "needs one live lead", role=None)


def _given_as_draft(table: str) -> Probe:
    """What `guard_part` alone must stop: a draft has an assignment; the other guards are put to sleep first."""
    asleep = "".join(
        f'ALTER TABLE "{table}" DISABLE TRIGGER {trigger}; ' for trigger in ("guard_step", "guard_recorded")
    )
    fields = apps.get_model("directives", "Assignment")._meta.concrete_fields
    columns = [f.column for f in fields if f.column not in ("id", "transferred_from_id")]
    listed = ", ".join(f'"{column}"' for column in columns)
    draft = "(SELECT id FROM directives_directive WHERE state = 'draft' LIMIT 1)"
    chosen = ", ".join(draft if column == "directive_id" else f'"{column}"' for column in columns)
    change = f'INSERT INTO "{table}" ({listed}) SELECT {chosen} FROM "{table}" LIMIT 1'
    return refused(asleep + change, "its directive is a draft", role=None)


def _awake(table: str, trigger: str) -> Probe:
    """For a trigger that refuses nothing: it is there and enabled."""

    def probe(connection: Connection) -> bool:
        row = connection.execute(
            "SELECT t.tgenabled = 'O' FROM pg_trigger t WHERE t.tgrelid = to_regclass(%s) AND t.tgname = %s",
            [table, trigger],
        ).fetchone()
        return row is not None and bool(row[0])

    return probe


# Rights


def privileges(role: str) -> Iterator[Case]:
    """Yield each right that the run role must not have."""
    once = [model._meta.db_table for model in guards.append_only_models()]
    kept = [entry.model._meta.db_table for entry in guards.guards() if not entry.deletable] + [
        "accounts_user"
    ]
    denied = [(table, right) for table in once for right in ("UPDATE", "DELETE", "TRUNCATE")]
    denied += [(table, right) for table in kept for right in ("DELETE", "TRUNCATE")]
    denied += [("django_migrations", right) for right in ("INSERT", "UPDATE", "DELETE")]
    for table, right in denied:
        column = "name" if table == "django_migrations" else "recorded_at"
        statement = {
            "UPDATE": f'UPDATE "{table}" SET {column} = {column}',
            "DELETE": f'DELETE FROM "{table}"',
            "TRUNCATE": f'TRUNCATE "{table}" CASCADE',
            "INSERT": f"INSERT INTO \"{table}\" (app, name, applied) VALUES ('x', 'x', now())",
        }[right]
        probe = refused(statement, rf"permission denied for table {table}\b", role=role, at_commit=False)
        yield Case("privilege", f"{right} on {table}", f'GRANT {right} ON "{table}" TO "{role}"', probe)


def roles(role: str, spoiled: Mapping[str, str]) -> Iterator[Case]:
    """Yield each way in which the run role itself could be made too strong."""

    def fit(connection: Connection) -> bool:
        asked = {
            "role": role,
            "too_much": list(serving_role._TOO_MUCH),
            "append_only": [model._meta.db_table for model in guards.append_only_models()],
        }
        row = connection.execute(serving_role._QUESTION, asked).fetchone()
        assert row is not None
        return not any(row)

    for name, statement in spoiled.items():
        yield Case("role", f"the run role: {name}", statement.format(role=f'"{role}"'), fit)


# Constraints


def constraints(connection: Connection) -> Iterator[Case]:
    """Yield each constraint and unique index of the project's tables."""
    tables = [model._meta.db_table for model in _models()]
    found = connection.execute(
        "SELECT c.relname::text, k.conname::text FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
        " WHERE c.relname = ANY(%s) AND k.contype IN ('c', 'u', 'f') ORDER BY 1, 2",
        [tables],
    ).fetchall()
    for table, name in found:
        yield Case(
            "constraint", f"{table}.{name}", f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"', _as_declared
        )
    indexes = connection.execute(
        "SELECT i.relname::text FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c"
        " ON c.oid = x.indrelid WHERE x.indisunique AND NOT x.indisprimary AND c.relname = ANY(%s)"
        " AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('u', 'p')) ORDER BY 1",
        [tables],
    ).fetchall()
    for (name,) in indexes:
        yield Case("constraint", name, f'DROP INDEX "{name}"', _as_declared)


def _models() -> list[Any]:
    ours = ("accounts", "audit", "steering", "directives")
    return [
        model for label in ours for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]


def _as_declared(connection: Connection) -> bool:
    return not missing_constraints(connection)


def missing_constraints(connection: Connection) -> set[str]:
    """Return what models declare and the database does not hold: by name, or table and column for relations."""
    held = {
        name
        for (name,) in connection.execute(
            "SELECT conname::text FROM pg_constraint WHERE convalidated UNION SELECT i.relname::text FROM pg_index x"
            " JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indisunique AND x.indisvalid"
        )
    }
    columns = {
        (table, column, kind)
        for table, column, kind in connection.execute(
            "SELECT c.relname::text, a.attname::text, k.contype::text FROM pg_constraint k"
            " JOIN pg_class c ON c.oid = k.conrelid"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(k.conkey)"
        )
    }
    missing: set[str] = set()
    for model in _models():
        table = model._meta.db_table
        missing |= {rule.name for rule in model._meta.constraints} - held
        for field in model._meta.concrete_fields:
            wanted = [("f", field.is_relation and field.db_constraint)]
            wanted.append(("u", field.unique and not field.primary_key))
            if field.db_check(_django()):
                # As PostgreSQL names it; the longest names are cut, and looked for by their column.
                own = f"{table}_{field.column}_check"
                there = own in held if len(own) < 64 else (table, field.column, "c") in columns
                missing |= set() if there else {own}
            missing |= {
                f"{table}.{field.column} ({kind})"
                for kind, holds in wanted
                if holds and (table, field.column, kind) not in columns
            }
        for names in model._meta.unique_together:
            for name in names:
                if (table, model._meta.get_field(name).column, "u") not in columns:
                    missing.add(f"{table}.{name} (together)")
    missing |= {name for name in _rendered_indexes() if name not in held}
    return missing


def _django() -> Any:
    from django.db import connection

    return connection


def _rendered_indexes() -> set[str]:
    """The unique indexes that the guards make: one history row a version."""
    return {f"{history_model(entry.model)._meta.db_table}_once" for entry in guards.guards()}


def switches(role: str) -> Iterator[Case]:
    """Yield what must open nothing: here the guard has to be seen standing after the switch, too."""
    change = 'UPDATE "directives_assignment" SET version = version + 1'
    probe = refused(change, "no history row", role=role)
    past = "directives_historicalassignment"
    shadow = f"CREATE TEMP TABLE {past} AS SELECT * FROM public.{past};"
    for name, statement in {
        "pgtrigger.ignore": "SET LOCAL pgtrigger.ignore = '{directives.Assignment:guard_step,guard_recorded}'",
        "a table of the same name in front": f"{shadow} SET LOCAL search_path = pg_temp, public",
        "constraints deferred": "SET CONSTRAINTS ALL DEFERRED",
    }.items():
        yield Case("switch", name, statement, probe)
