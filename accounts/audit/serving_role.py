"""Whether the role that serves could switch the guards off: then nothing may be served by it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connections

from accounts.audit.guards import append_only_models

# Predefined roles through which files, programs or all rows of the server can be reached.
_TOO_MUCH = (
    "pg_write_all_data", "pg_execute_server_program", "pg_write_server_files", "pg_read_server_files", "pg_maintain",
    "pg_database_owner", "pg_checkpoint", "pg_create_subscription",
)  # fmt: skip
_OWNS = """(EXISTS (SELECT FROM pg_class c WHERE c.relowner = {0}.oid AND c.relnamespace = 'public'::regnamespace)
    OR EXISTS (SELECT FROM pg_proc p WHERE p.proowner = {0}.oid AND p.pronamespace = 'public'::regnamespace)
    OR EXISTS (SELECT FROM pg_database d WHERE d.datname = current_database() AND d.datdba = {0}.oid))"""
_QUESTION = f"""
SELECT r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolreplication, {_OWNS.format("r")},
    ARRAY(SELECT o.rolname::text FROM pg_roles o WHERE o.oid <> r.oid AND pg_has_role(r.oid, o.oid, 'MEMBER')
        AND (o.rolsuper OR o.rolbypassrls OR o.rolcreaterole OR o.rolname = ANY(%(too_much)s) OR {_OWNS.format("o")})
        ORDER BY 1),
    has_schema_privilege(r.oid, 'public', 'CREATE'),
    has_parameter_privilege(r.oid, 'session_replication_role', 'SET'),
    ARRAY(SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
        AND (has_table_privilege(r.oid, c.oid, 'TRUNCATE') OR has_table_privilege(r.oid, c.oid, 'TRIGGER')) ORDER BY 1),
    ARRAY(SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
        AND c.relname = ANY(%(append_only)s) AND (has_table_privilege(r.oid, c.oid, 'DELETE')
            OR has_any_column_privilege(r.oid, c.oid, 'UPDATE')) ORDER BY 1)
FROM pg_roles r WHERE r.rolname = coalesce(nullif(%(role)s, ''), current_user)
"""  # noqa: S608 - of nothing but the constants above


def role_that_serves(using: str = "default") -> str:
    """Return the role's name in DATABASE_URL; "" is whoever the operating system says."""
    return str(settings.DATABASES[using].get("USER", ""))


def faults(using: str = "default") -> list[str]:
    """Return what makes the role of DATABASE_URL unfit to serve, a phrase each; an empty list when it is fit.

    Asked of whoever is connected, for `migrate` asks it as the owner. Raises DatabaseError when nobody answers.
    """
    asked: dict[str, Any] = {
        "role": role_that_serves(using),
        "too_much": list(_TOO_MUCH),
        "append_only": [model._meta.db_table for model in append_only_models()],
    }
    with connections[using].cursor() as cursor:
        cursor.execute(_QUESTION, asked)
        row = cursor.fetchone()
    if row is None:
        return [f"there is no role {asked['role']}"]
    superuser, bypasses, creates_roles, replicates, owns, becomes, creates, switches, truncates, rewrites = (
        row
    )
    if superuser:
        # Everything else follows from it.
        return ["it is a superuser"]
    found = {
        "it passes row security (BYPASSRLS)": bypasses,
        "it may create roles (CREATEROLE)": creates_roles,
        "it may replicate (REPLICATION)": replicates,
        "it owns the database, or tables or functions in it": owns,
        f"it may become {', '.join(becomes)}": becomes,
        "it may create in the schema public": creates,
        "it may set session_replication_role": switches,
        f"it may truncate, or put triggers on, {_some(truncates)}": truncates,
        f"it may change or delete rows of {_some(rewrites)}": rewrites,
    }
    return [phrase for phrase, holds in found.items() if holds]


def refusal() -> str:
    """Return the sentence with which a process refuses to serve as the role of DATABASE_URL; "" when it is fit.

    Raises DatabaseError when nobody answers.
    """
    found = faults()
    return f"The database role of DATABASE_URL is unfit to serve: {'; '.join(found)}." if found else ""


def _some(tables: list[str]) -> str:
    return ", ".join(tables[:3]) + (f" and {len(tables) - 3} more" if len(tables) > 3 else "")
