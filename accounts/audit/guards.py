"""What the database itself refuses: unrecorded changes, illegal transitions, edits of what was recorded.

The SQL is rendered from the models and from registered guards, and installed as the owner after each `migrate`,
so that it cannot fall behind the code. It asks no session setting (TRAPS 14: django-pgtrigger's ignore switch), and its
functions fix their search path, so that nothing a session creates can stand in for a table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, models
from django.db.backends.utils import CursorWrapper

from accounts.audit.history import Recorded, Versioned

SEARCH_PATH = "SET search_path = public, pg_temp"


@dataclass(frozen=True)
class Guard:
    """A versioned model whose status moves only along `pairs` of (from, to), "" standing for a new row.

    `deletable` names the statuses in which a row may still be deleted (drafts); `conditions` are further SQL
    conditions, each with what is said when it does not hold, tested on each update with OLD and NEW.
    """

    model: type[Versioned]
    status: str
    pairs: frozenset[tuple[str, str]]
    deletable: frozenset[str] = frozenset()
    conditions: tuple[tuple[str, str], ...] = field(default=())


_guards: dict[str, Guard] = {}
_extra: dict[str, Callable[[], str]] = {}


def guard(entry: Guard) -> None:
    """Register the guard of a versioned model."""
    _guards[entry.model._meta.db_table] = entry


def extra_sql(name: str, render: Callable[[], str]) -> None:
    """Register further SQL (idempotent) that is installed after the guards."""
    _extra[name] = render


def guards() -> list[Guard]:
    """Return the registered guards, by table name."""
    return [_guards[name] for name in sorted(_guards)]


def append_only_models() -> list[type[models.Model]]:
    """Return every model, history tables included, whose rows are written once."""
    return sorted(
        (model for model in apps.get_models(include_auto_created=True) if issubclass(model, Recorded)),
        key=lambda model: model._meta.db_table,
    )


def history_model(model: type[models.Model]) -> type[models.Model]:
    """Return the history model of a tracked model."""
    manager: Any = model.history  # type: ignore[attr-defined]
    found: type[models.Model] = manager.model
    return found


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


COMMON_SQL = f"""
CREATE OR REPLACE FUNCTION audit_stamp() RETURNS trigger LANGUAGE plpgsql {SEARCH_PATH} AS $$
BEGIN
    NEW.recorded_at := clock_timestamp();
    NEW.recorded_xid := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql {SEARCH_PATH} AS $$
BEGIN
    RAISE EXCEPTION '%: % refused, its rows are written once', TG_TABLE_NAME, TG_OP USING ERRCODE = 'check_violation';
END $$;
"""


def append_only_sql(table: str) -> str:
    """Return the triggers that stamp new rows of a table and refuse any later change of them."""
    return f"""
CREATE OR REPLACE TRIGGER audit_stamp BEFORE INSERT ON "{table}" FOR EACH ROW EXECUTE FUNCTION audit_stamp();
CREATE OR REPLACE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON "{table}"
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE OR REPLACE TRIGGER audit_no_truncate BEFORE TRUNCATE ON "{table}"
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
"""


def versioned_sql(entry: Guard) -> str:
    """Return the triggers of one guarded model: transitions and versions at once, history at commit."""
    table = entry.model._meta.db_table
    history = history_model(entry.model)
    past = history._meta.db_table
    tracked: list[Any] = list(history.tracked_fields)  # type: ignore[attr-defined]
    columns = [f.column for f in tracked if f.column not in ("id", "version")]
    same = " AND ".join(f'h."{c}" IS NOT DISTINCT FROM NEW."{c}"' for c in columns)
    moves = ", ".join(f"({_quote(a)}, {_quote(b)})" for a, b in sorted(entry.pairs) if a)
    starts = ", ".join(_quote(b) for a, b in sorted(entry.pairs) if not a)
    deletable = ", ".join(_quote(s) for s in sorted(entry.deletable))
    status = f'"{entry.status}"'
    refuse = "USING ERRCODE = 'check_violation'"
    conditions = "\n".join(
        f"    IF NOT ({sql}) THEN RAISE EXCEPTION '{table} %: %', NEW.id, {_quote(words)} {refuse}; END IF;"
        for sql, words in entry.conditions
    )
    may_delete = f"OLD.{status} IN ({deletable})" if deletable else "false"
    named = "h.history_user_id IS NOT NULL AND coalesce(h.history_change_reason, '') <> '' AND h.door <> ''"
    return f"""
CREATE OR REPLACE FUNCTION "{table}_step"() RETURNS trigger LANGUAGE plpgsql {SEARCH_PATH} AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        RAISE EXCEPTION '{table}: truncate refused' {refuse};
    ELSIF TG_OP = 'DELETE' THEN
        IF NOT ({may_delete}) THEN RAISE EXCEPTION '{table} %: delete refused', OLD.id {refuse}; END IF;
        RETURN OLD;
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.version IS DISTINCT FROM 1 THEN
            RAISE EXCEPTION '{table} %: starts at version 1', NEW.id {refuse};
        END IF;
        IF NEW.{status} NOT IN ({starts}) THEN
            RAISE EXCEPTION '{table} %: cannot start as %', NEW.id, NEW.{status} {refuse};
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.id <> OLD.id THEN RAISE EXCEPTION '{table} %: its id cannot change', OLD.id {refuse}; END IF;
    IF NEW.version IS DISTINCT FROM OLD.version + 1 THEN
        RAISE EXCEPTION '{table} %: changed meanwhile or without a new version', NEW.id {refuse};
    END IF;
    IF NEW.{status} <> OLD.{status} AND (OLD.{status}, NEW.{status}) NOT IN ({moves or "(NULL, NULL)"}) THEN
        RAISE EXCEPTION '{table} %: % to % is no transition', NEW.id, OLD.{status}, NEW.{status} {refuse};
    END IF;
{conditions}
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION "{table}_recorded"() RETURNS trigger LANGUAGE plpgsql {SEARCH_PATH} AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT 1 FROM public."{past}" h WHERE h.id = OLD.id AND h.version = OLD.version
            AND h.history_type = '-' AND {named})
        THEN RAISE EXCEPTION '{table} %: deleted without a history row', OLD.id {refuse}; END IF;
        RETURN NULL;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM public."{past}" h WHERE h.id = NEW.id AND h.version = NEW.version
        AND h.history_type = CASE TG_OP WHEN 'INSERT' THEN '+' ELSE '~' END AND {named}
        AND {same})
    THEN RAISE EXCEPTION '{table} %: version % has no history row of the same values, with actor and reason',
        NEW.id, NEW.version {refuse}; END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION "{past}_true"() RETURNS trigger LANGUAGE plpgsql {SEARCH_PATH} AS $$
BEGIN
    IF NEW.history_type = '-' THEN
        IF EXISTS (SELECT 1 FROM public."{table}" t WHERE t.id = NEW.id)
        THEN RAISE EXCEPTION '{past} %: tells of a deletion that did not happen', NEW.id {refuse}; END IF;
    ELSIF NOT EXISTS (SELECT 1 FROM public."{table}" t WHERE t.id = NEW.id AND t.version >= NEW.version)
        AND NOT EXISTS (SELECT 1 FROM public."{past}" h WHERE h.id = NEW.id AND h.history_type = '-')
    THEN RAISE EXCEPTION '{past} %: tells of a change that did not happen', NEW.id {refuse}; END IF;
    RETURN NULL;
END $$;
CREATE UNIQUE INDEX IF NOT EXISTS "{past}_once" ON "{past}" (id, version) WHERE history_type <> '-';
CREATE OR REPLACE TRIGGER guard_step BEFORE INSERT OR UPDATE OR DELETE ON "{table}"
    FOR EACH ROW EXECUTE FUNCTION "{table}_step"();
CREATE OR REPLACE TRIGGER guard_truncate BEFORE TRUNCATE ON "{table}"
    FOR EACH STATEMENT EXECUTE FUNCTION "{table}_step"();
DROP TRIGGER IF EXISTS guard_recorded ON "{table}";
CREATE CONSTRAINT TRIGGER guard_recorded AFTER INSERT OR UPDATE OR DELETE ON "{table}"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "{table}_recorded"();
DROP TRIGGER IF EXISTS guard_true ON "{past}";
CREATE CONSTRAINT TRIGGER guard_true AFTER INSERT ON "{past}"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "{past}_true"();
"""


def grants_sql(role: str, append_only: list[str], undeletable: list[str]) -> str:
    """Return what the run role may do: work with rows; change or remove none that was recorded; own nothing."""
    lines = [
        f'GRANT USAGE ON SCHEMA public TO "{role}";',
        f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{role}";',
        f'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "{role}";',
        f'REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM "{role}";',
    ]
    lines += [f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM "{role}";' for table in append_only]
    lines += [f'REVOKE DELETE, TRUNCATE ON "{table}" FROM "{role}";' for table in undeletable]
    return "\n".join(lines)


def render(existing: frozenset[str]) -> str:
    """Return all guards, as one script, for the tables that exist."""
    append_only = [m._meta.db_table for m in append_only_models() if m._meta.db_table in existing]
    parts = [COMMON_SQL, *(append_only_sql(table) for table in append_only)]
    complete = all(entry.model._meta.db_table in existing for entry in guards())
    if complete:
        parts += [versioned_sql(entry) for entry in guards()]
        parts += [_extra[name]() for name in sorted(_extra)]
    role = settings.RUN_ROLE
    if role:
        undeletable = [e.model._meta.db_table for e in guards() if not e.deletable]
        undeletable.append(apps.get_model(settings.AUTH_USER_MODEL)._meta.db_table)
        parts.append(grants_sql(role, append_only, [t for t in undeletable if t in existing]))
    return "\n".join(parts)


def install(cursor: CursorWrapper) -> None:
    """Install every guard and the run role's rights; the connection must be the owner's. Idempotent."""
    with_tables = frozenset(cursor.db.introspection.table_names(cursor))
    cursor.execute(render(with_tables))


def install_after_migrate(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """At the end of `migrate`, once: all tables of the plan exist by then."""
    if sender.label != "audit":
        return
    with connections[using].cursor() as cursor:
        install(cursor)
