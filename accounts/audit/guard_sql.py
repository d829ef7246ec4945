"""The SQL of the guards: rendered from models and from the table of transitions (see `guards`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import models

from accounts.audit.history import Versioned
from accounts.audit.record_sql import history_model, tracked_columns

SEARCH_PATH = "SET search_path = public, pg_temp"
REFUSE = "USING ERRCODE = 'check_violation'"


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


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _same(columns: list[str], *, of: str, row: str = "NEW") -> str:
    return " AND ".join(f'{of}."{c}" IS NOT DISTINCT FROM {row}."{c}"' for c in columns)


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


def locked(*tables: str) -> str:
    """Return the statement that takes the strongest lock first: one that is raised later meets who waits meanwhile."""
    names = ", ".join(f'"{table}"' for table in tables)
    return f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE;"


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
    same = _same([c for c in tracked_columns(history) if c != "version"], of="h")
    moves = ", ".join(f"({_quote(a)}, {_quote(b)})" for a, b in sorted(entry.pairs) if a)
    starts = ", ".join(_quote(b) for a, b in sorted(entry.pairs) if not a)
    deletable = ", ".join(_quote(s) for s in sorted(entry.deletable))
    status = f'"{entry.status}"'
    conditions = "\n".join(
        f"    IF NOT ({sql}) THEN RAISE EXCEPTION '{table} %: %', NEW.id, {_quote(words)} {REFUSE}; END IF;"
        for sql, words in entry.conditions
    )
    may_delete = f"OLD.{status} IN ({deletable})" if deletable else "false"
    named = "h.history_user_id IS NOT NULL AND coalesce(h.history_change_reason, '') <> '' AND h.door <> ''"
    return f"""
{locked(table, past)}
CREATE OR REPLACE FUNCTION "{table}_step"() RETURNS trigger LANGUAGE plpgsql {SEARCH_PATH} AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        RAISE EXCEPTION '{table}: truncate refused' {REFUSE};
    ELSIF TG_OP = 'DELETE' THEN
        IF NOT ({may_delete}) THEN RAISE EXCEPTION '{table} %: delete refused', OLD.id {REFUSE}; END IF;
        RETURN OLD;
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.version IS DISTINCT FROM 1 THEN
            RAISE EXCEPTION '{table} %: starts at version 1', NEW.id {REFUSE};
        END IF;
        IF NEW.{status} NOT IN ({starts}) THEN
            RAISE EXCEPTION '{table} %: cannot start as %', NEW.id, NEW.{status} {REFUSE};
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.id <> OLD.id THEN RAISE EXCEPTION '{table} %: its id cannot change', OLD.id {REFUSE}; END IF;
    IF NEW.version IS DISTINCT FROM OLD.version + 1 THEN
        RAISE EXCEPTION '{table} %: changed meanwhile or without a new version', NEW.id {REFUSE};
    END IF;
    IF NEW.{status} <> OLD.{status} AND (OLD.{status}, NEW.{status}) NOT IN ({moves or "(NULL, NULL)"}) THEN
        RAISE EXCEPTION '{table} %: % to % is no transition', NEW.id, OLD.{status}, NEW.{status} {REFUSE};
    END IF;
{conditions}
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION "{table}_recorded"() RETURNS trigger LANGUAGE plpgsql {SEARCH_PATH} AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT 1 FROM public."{past}" h WHERE h.id = OLD.id AND h.version = OLD.version
            AND h.history_type = '-' AND {named})
        THEN RAISE EXCEPTION '{table} %: deleted without a history row', OLD.id {REFUSE}; END IF;
        RETURN NULL;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM public."{past}" h WHERE h.id = NEW.id AND h.version = NEW.version
        AND h.history_type = CASE TG_OP WHEN 'INSERT' THEN '+' ELSE '~' END
        -- Said once more for the planner: the index of this condition serves a plan that is made once and kept.
        AND h.history_type <> '-' AND {named}
        AND {same})
    THEN RAISE EXCEPTION '{table} %: version % has no history row of the same values, with actor and reason',
        NEW.id, NEW.version {REFUSE}; END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION "{past}_true"() RETURNS trigger LANGUAGE plpgsql {SEARCH_PATH} AS $$
BEGIN
    IF NEW.history_type = '-' THEN
        IF EXISTS (SELECT 1 FROM public."{table}" t WHERE t.id = NEW.id)
        THEN RAISE EXCEPTION '{past} %: tells of a deletion that did not happen', NEW.id {REFUSE}; END IF;
    ELSIF NOT EXISTS (SELECT 1 FROM public."{table}" t WHERE t.id = NEW.id AND t.version >= NEW.version)
        AND NOT EXISTS (SELECT 1 FROM public."{past}" h WHERE h.id = NEW.id AND h.history_type = '-')
    THEN RAISE EXCEPTION '{past} %: tells of a change that did not happen', NEW.id {REFUSE}; END IF;
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


def tracked_sql(model: type[models.Model]) -> str:
    """Return the trigger of a model with history but no version: at commit each change of a tracked column, each new
    row and each deletion has a history row of the same values, written by the same transaction."""
    table, history = model._meta.db_table, history_model(model)
    past, columns = history._meta.db_table, tracked_columns(history)
    here = "h.recorded_xid = pg_current_xact_id()::text::bigint AND h.door <> ''"
    return f"""
{locked(table)}
CREATE OR REPLACE FUNCTION "{table}_recorded"() RETURNS trigger LANGUAGE plpgsql {SEARCH_PATH} AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT 1 FROM public."{past}" h WHERE h.id = OLD.id AND h.history_type = '-' AND {here})
        THEN RAISE EXCEPTION '{table} %: deleted without a history row', OLD.id {REFUSE}; END IF;
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.id = NEW.id AND {_same(columns, of="OLD")} THEN RETURN NULL; END IF;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM public."{past}" h WHERE h.id = NEW.id AND h.history_type <> '-' AND {here}
        AND {_same(columns, of="h")})
    THEN RAISE EXCEPTION '{table} %: changed without a history row of the same values', NEW.id {REFUSE}; END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS guard_recorded ON "{table}";
CREATE CONSTRAINT TRIGGER guard_recorded AFTER INSERT OR UPDATE OR DELETE ON "{table}"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "{table}_recorded"();
"""


def tracked_relation_sql(model: type[models.Model], field_name: str) -> str:
    """Return the trigger of a many-to-many relation that a model's history keeps (a person's roles): at commit the
    newest history row tells the very rows that are there."""
    relation: Any = model._meta.get_field(field_name)
    through, owner, other = relation.m2m_db_table(), relation.m2m_column_name(), relation.m2m_reverse_name()
    history: Any = history_model(model)
    past, kept = history._meta.db_table, getattr(history, field_name).model._meta.db_table
    live = f'SELECT "{other}" FROM public."{through}" WHERE "{owner}" = changed'
    told = f'SELECT "{other}" FROM public."{kept}" WHERE history_id = newest'
    return f"""
{locked(through)}
CREATE OR REPLACE FUNCTION "{through}_recorded"() RETURNS trigger LANGUAGE plpgsql {SEARCH_PATH} AS $$
DECLARE changed bigint; newest bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := OLD."{owner}"; ELSE changed := NEW."{owner}"; END IF;
    SELECT max(h.history_id) INTO newest FROM public."{past}" h WHERE h.id = changed AND h.history_type <> '-';
    IF EXISTS (({live} EXCEPT {told}) UNION ALL ({told} EXCEPT {live}))
    THEN RAISE EXCEPTION '{through}: changed for % without a history row', changed {REFUSE}; END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS guard_recorded ON "{through}";
CREATE CONSTRAINT TRIGGER guard_recorded AFTER INSERT OR UPDATE OR DELETE ON "{through}"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "{through}_recorded"();
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
