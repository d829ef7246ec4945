"""Where a phase is measured: servers of the bench's own, and a filled database of the phase and size.

With a kept folder the filled database is made once and copied for each run, which may write what it likes.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from config.database import create_database, drop_database
from config.embedded import Servers
from config.embedded_cluster import MAINTENANCE_DATABASE, OWNER, RUN, SUPERUSER
from config.installation import Installation


@contextmanager
def servers(keep: Path | None) -> Iterator[tuple[Servers, Path]]:
    """Start PostgreSQL and Valkey on the kept folder, or on one that is gone afterwards; gives them and the folder."""
    folder = keep or Path(tempfile.mkdtemp(prefix="dondoc-bench-"))
    installation = Installation(folder.absolute())
    installation.prepare()
    lock = installation.try_lock()
    if lock is None:
        raise SystemExit(f"Another run uses {folder}.")
    with lock:
        made = installation.servers()
        made.start()
        try:
            yield made, folder.absolute()
        finally:
            made.stop()
            if keep is None:
                shutil.rmtree(made.cluster.home.data.parent, ignore_errors=True)
                shutil.rmtree(folder, ignore_errors=True)


def environment(running: Servers, folder: Path, database: str) -> None:
    """Let this process and those it starts find the database, and serve as in production."""
    os.environ.update(running.environment(database))
    os.environ.update(
        BENCH_SUPERUSER_URL=running.cluster.url(SUPERUSER, database),
        VAR_DIR=str(folder), FILES_DIR=f"{folder}/files", MAIL_DIR=f"{folder}/mail", STATIC_ROOT=f"{folder}/static",
        SECRET_KEY=secrets.token_urlsafe(32), LOG_LEVEL="ERROR", LOG_JSON="0", MAIL_WINDOW="", DEBUG="0", DEMO="0",
        DJANGO_SETTINGS_MODULE="config.settings", SITE_URL="http://127.0.0.1:8000",
    )  # fmt: skip


def fresh_database(running: Servers, name: str, *, keep: bool, fill: Callable[[], None]) -> None:
    """Make the database new: filled by `fill`, or a copy of the one that was kept when it was filled before."""
    owner = running.cluster.url(OWNER, MAINTENANCE_DATABASE)
    kept = f"{name}_kept"
    drop_database(owner, name, maintenance=MAINTENANCE_DATABASE)
    with psycopg.connect(owner) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [kept]).fetchone()
    if not found:
        running.ensure_database(name)
        fill()
        _settle(running, name)
        if not keep:
            return
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (name, kept)))
            )
    create_database(owner, name, run_role=RUN, maintenance=MAINTENANCE_DATABASE, template=kept)


def _settle(running: Servers, name: str) -> None:
    """What the daemon of a database in use would have done by the next morning."""
    with psycopg.connect(running.cluster.url(SUPERUSER, name), autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
