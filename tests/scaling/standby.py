"""A real streaming standby of the servers of the test run: copied by pg_basebackup, read-only, held back at will."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
import pytest

from config.embedded_cluster import MAINTENANCE_DATABASE, SUPERUSER, Cluster
from config.embedded_home import hold, passwords, temporary_home
from tests.servers import SUPERUSER_URL, with_database

PATIENCE_SECONDS = 30.0
_SLOT = "standby_{}"


class Standby(Cluster):
    """Its roles and passwords are the primary's."""

    def _set_up_roles(self) -> None:
        """It takes them from the primary."""

    def url_for(self, primary_url: str) -> str:
        """The address of the standby for the role and the database of an address of the primary."""
        parts = urlsplit(primary_url)
        return parts._replace(
            netloc=f"{parts.username}:{parts.password}@", query=f"host={self.sockets}"
        ).geturl()

    def run(self, statement: str) -> Any:
        """Run a statement as the superuser; returns the first value."""
        with psycopg.connect(self.url_for(os.environ[SUPERUSER_URL]), autocommit=True) as connection:
            row = connection.execute(statement).fetchone()
        return row[0] if row else None

    def catch_up(self) -> None:
        """Wait until it has all that the primary has."""
        with psycopg.connect(os.environ[SUPERUSER_URL], autocommit=True) as primary:
            row = primary.execute("SELECT pg_switch_wal()").fetchone()
        assert row is not None
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.run(f"SELECT pg_last_wal_replay_lsn() >= '{row[0]}'"):
            assert time.monotonic() < deadline, self.log.read_text()[-2000:]
            time.sleep(0.01)

    def hold_back(self) -> None:
        """From now on it replays nothing, as one that falls behind."""
        self.run("SELECT pg_wal_replay_pause()")

    def go_on(self) -> None:
        self.run("SELECT pg_wal_replay_resume()")


@contextmanager
def standby_of_the_run() -> Iterator[Standby]:
    """A standby, gone afterwards; skips on servers that were given without a superuser's address."""
    primary = os.environ.get(SUPERUSER_URL)
    if not primary:
        pytest.skip(f"needs a superuser's address in {SUPERUSER_URL}")
    home, folder = temporary_home()
    in_use = hold(folder)
    made = passwords(home)
    address = urlsplit(primary)
    made["superuser"] = unquote(address.password or "")
    slot = _SLOT.format(folder.name.replace("-", "_").lower())
    standby = Standby(home, folder, folder / "postgresql.log", durable=False)
    standby.passwords = made
    try:
        _copy(standby, with_database(primary, MAINTENANCE_DATABASE), slot)
        standby.start()
        yield standby
    finally:
        standby.stop()
        with psycopg.connect(primary, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s",
                [slot],
            )
        shutil.rmtree(folder, ignore_errors=True)
        in_use.close()


def _copy(standby: Standby, primary: str, slot: str) -> None:
    address = urlsplit(primary)
    host = parse_qs(address.query).get("host", [address.hostname or ""])[0]
    account = standby.home.account
    # As the server's account: PostgreSQL does not run as root, nor on another's data.
    subprocess.run(
        [
            Path(standby.home.binaries) / "pg_basebackup", f"--pgdata={standby.home.data}", f"--host={host}",
            f"--port={address.port or 5432}", f"--username={SUPERUSER}", "--checkpoint=fast", "--wal-method=stream",
            "--create-slot", f"--slot={slot}", "--write-recovery-conf", "--no-sync",
        ],
        env={"PATH": os.defpath, "PGPASSWORD": unquote(address.password or ""), "LC_MESSAGES": "C"},
        cwd=standby.sockets,
        check=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )  # fmt: skip
