"""Make a database for the two roles: the owner migrates, the run role reads and writes rows."""

import psycopg
from psycopg import sql


def create_database(
    owner_url: str, name: str, *, run_role: str, maintenance: str, template: str | None = None
) -> bool:
    """Create database `name` as the owner, unless it exists, and let `run_role` use what the owner puts into it.

    `owner_url` is the owner's address of any database of the server, its role needs CREATEDB; `maintenance` names
    one that exists. A copy of `template` (a database that nobody is connected to) brings its rights along, only
    CONNECT is granted anew. Returns whether it was created.
    """
    with psycopg.connect(owner_url, dbname=maintenance, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return False
        target, role = sql.Identifier(name), sql.Identifier(run_role)
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'").format(
                target, sql.Identifier(template or "template0")
            )
        )
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(target))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(target, role))
    if template is None:
        _grant_defaults(owner_url, name, run_role)
    return True


def drop_database(owner_url: str, name: str, *, maintenance: str) -> None:
    """Drop database `name` if it exists; the server waits some seconds for sessions that are just ending.

    Not WITH (FORCE): the owner may not end the run role's sessions, nor an autovacuum worker's.
    """
    with psycopg.connect(owner_url, dbname=maintenance, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _grant_defaults(owner_url: str, name: str, run_role: str) -> None:
    """What the owner creates from now on, the run role may use; the audit guards take away what is too much."""
    role = sql.Identifier(run_role)
    with psycopg.connect(owner_url, dbname=name, autocommit=True) as connection:
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
        for rights in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE, SELECT ON SEQUENCES"):
            connection.execute(
                sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {} TO {}").format(
                    sql.SQL(rights), role
                )
            )
