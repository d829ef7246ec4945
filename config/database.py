"""Make a database for the two roles: the owner migrates, the run role reads and writes rows."""

import psycopg
from psycopg import sql

from config import roles


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
        # By files a full template is copied in a third of the time, caches of its catalogue included.
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8' STRATEGY {}").format(
                sql.Identifier(name),
                sql.Identifier(template or "template0"),
                sql.Identifier("file_copy" if template else "wal_log"),
            )
        )
        names = roles.Names(owner=connection.info.user, run=run_role, database=name)
        roles.run(connection, roles.CONNECTING, names)
    if template is None:
        with psycopg.connect(owner_url, dbname=name, autocommit=True) as connection:
            roles.run(connection, roles.WITHIN, names)
    return True


def drop_database(owner_url: str, name: str, *, maintenance: str) -> None:
    """Drop database `name` if it exists; the server waits some seconds for sessions that are just ending.

    Not WITH (FORCE): the owner may not end the run role's sessions, nor an autovacuum worker's.
    """
    with psycopg.connect(owner_url, dbname=maintenance, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
