"""pgbouncer in transaction mode before the servers of the test run; it is no requirement, so tests skip without it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
import pytest

from config.embedded_home import hold, temporary_home

PATIENCE_SECONDS = 20.0
_SETTINGS = """\
[databases]
* = host={host} port={port}
[pgbouncer]
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 200
auth_type = plain
auth_file = {folder}/users.txt
listen_port = 6432
unix_socket_dir = {folder}
logfile = {folder}/pgbouncer.log
pidfile =
"""


@contextmanager
def pooler(size: int) -> Iterator[str]:
    """In the block the returned address leads to the database of DATABASE_URL, by at most `size` sessions."""
    program = shutil.which("pgbouncer")
    if program is None:
        pytest.skip("needs pgbouncer on the PATH")
    home, folder = temporary_home()
    in_use = hold(folder)
    address = urlsplit(os.environ["DATABASE_URL"])
    host = parse_qs(address.query).get("host", [address.hostname or ""])[0]
    text = _SETTINGS.format(host=host, port=address.port or 5432, size=size, folder=folder)
    (folder / "pgbouncer.ini").write_text(text)
    (folder / "users.txt").write_text(f'"{address.username}" "{unquote(address.password or "")}"\n')
    account = home.account
    process = subprocess.Popen(
        [program, "--quiet", str(folder / "pgbouncer.ini")],
        cwd=folder,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    there = address._replace(
        netloc=f"{address.username}:{address.password}@:6432", query=f"host={folder}"
    ).geturl()
    try:
        _wait(there)
        yield there
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)
        in_use.close()


def _wait(address: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            psycopg.connect(address).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
