"""The two roles of a database and what each may do: one list, run by `manage.py setup_roles` and printed for psql.

The owner owns the database and migrates; the run role serves, owns nothing and may become nobody else. What the run
role may do with single tables, the guards say after each `migrate` (accounts/audit/guards.py). Every step may be
repeated. Kept free of Django: the embedded cluster and tests use it, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

# Neither role may create roles, pass row security, replicate or rule.
ATTRIBUTES = "LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOREPLICATION"


@dataclass(frozen=True)
class Names:
    """What the roles and the database are called."""

    owner: str
    run: str
    database: str


@dataclass(frozen=True)
class Step:
    """A statement; with `each`, a query whose rows are the statements. {owner} and its like are identifiers,
    {owner_text} literals."""

    why: str
    text: str
    each: bool = False


def _make_role(role: str) -> Step:
    name = "{" + role + "_text}"
    statement = "SELECT format('CREATE ROLE %I', {name}) WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {name})"
    return Step(f"The {role} role, unless it is there.", statement.replace("{name}", name), each=True)


ROLES: tuple[Step, ...] = (
    _make_role("owner"),
    _make_role("run"),
    Step("What each may do with the server.", f"ALTER ROLE {{owner}} {ATTRIBUTES} NOCREATEDB"),
    Step("", f"ALTER ROLE {{run}} {ATTRIBUTES} NOCREATEDB"),
    Step(
        "The run role may become nobody else.",
        "SELECT format('REVOKE %I FROM %I', held.rolname, {run_text}) FROM pg_auth_members m"
        " JOIN pg_roles held ON held.oid = m.roleid JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = {run_text}",
        each=True,
    ),
)
DATABASE: tuple[Step, ...] = (
    Step(
        "The database, unless it is there; from PostgreSQL 17 with its own UTF-8 character type.",
        "SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8''%s', {database_text},"
        " {owner_text}, CASE WHEN current_setting('server_version_num')::int >= 170000"
        " THEN ' LOCALE_PROVIDER builtin BUILTIN_LOCALE ''C.UTF-8''' ELSE '' END)"
        " WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = {database_text})",
        each=True,
    ),
    Step("", "ALTER DATABASE {database} OWNER TO {owner}"),
)
CONNECTING: tuple[Step, ...] = (
    Step("Nobody else connects.", "REVOKE ALL ON DATABASE {database} FROM PUBLIC"),
    Step("", "GRANT CONNECT ON DATABASE {database} TO {run}"),
)
WITHIN: tuple[Step, ...] = (
    Step("The run role creates nothing.", "REVOKE ALL ON SCHEMA public FROM PUBLIC"),
    Step("", "REVOKE ALL ON SCHEMA public FROM {run}"),
    Step("", "GRANT USAGE ON SCHEMA public TO {run}"),
    Step(
        "It works with the rows of what the owner creates; the guards take away what is too much.",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
        " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {run}",
    ),
    Step(
        "",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {run}",
    ),
)


def run(connection: psycopg.Connection, steps: tuple[Step, ...], names: Names) -> None:
    """Run steps on an autocommit connection of a role that may."""
    for step in steps:
        statement = sql.SQL(step.text).format(**_quoted(names))
        if not step.each:
            connection.execute(statement)
            continue
        for (made,) in connection.execute(statement).fetchall():
            connection.execute(sql.SQL(made))


def _quoted(names: Names) -> dict[str, sql.Composable]:
    return {
        "owner": sql.Identifier(names.owner),
        "run": sql.Identifier(names.run),
        "database": sql.Identifier(names.database),
        "owner_text": sql.Literal(names.owner),
        "run_text": sql.Literal(names.run),
        "database_text": sql.Literal(names.database),
    }


_HEAD = """\
-- The two roles and the database of Đôn đốc, for psql as a superuser. Rendered by `manage.py setup_roles --sql`.
--   psql -v owner=dondoc_owner -v run=dondoc_run -v database=dondoc -d postgres -f deploy/roles.sql
-- Then \\password dondoc_owner and \\password dondoc_run, and `manage.py migrate` as the owner (DATABASE_OWNER_URL).
-- Repeating it puts right what was changed.
\\set ON_ERROR_STOP on
"""


def psql_script() -> str:
    """Return all steps as a script for psql, with its variables owner, run and database."""
    words = {name: f':"{name}"' for name in ("owner", "run", "database")}
    words |= {f"{name}_text": f":'{name}'" for name in ("owner", "run", "database")}
    lines = [_HEAD]
    for steps in (ROLES, DATABASE, CONNECTING):
        lines += _psql(steps, words)
    lines += ["\n-- From here on in the database itself.", '\\connect :"database"']
    return "\n".join([*lines, *_psql(WITHIN, words), ""])


def _psql(steps: tuple[Step, ...], words: dict[str, str]) -> list[str]:
    lines = []
    for step in steps:
        if step.why:
            lines.append(f"\n-- {step.why}")
        lines.append(step.text.format(**words) + (" \\gexec" if step.each else ";"))
    return lines
