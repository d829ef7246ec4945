"""What a sector grows by: bytes a row, rows a second with every guard on, VACUUM, seals, dump; for docs/scaling.md.

`python -m tests.bench.growth --size 100000` fills an empty database, lets each assignment go through `--waves` further
versions, and prints what it came to. The waves are one UPDATE and one INSERT into the history a portion: the database's
own limit, without Python.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from config.database import create_database
from tests.bench.bed import environment, servers
from tests.config.superuser import psql_program

PORTION = 10_000
_SIZES = """SELECT c.relname, s.n_live_tup, pg_table_size(c.oid), pg_indexes_size(c.oid)
    FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid WHERE pg_total_relation_size(c.oid) > 4000000
    ORDER BY pg_total_relation_size(c.oid) DESC"""
_INDEXES = """SELECT i.relname, pg_relation_size(i.oid) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
    WHERE x.indrelid = to_regclass(%s) ORDER BY 2 DESC"""


def main() -> None:
    """Fill, let grow, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--waves", type=int, default=3)
    options = parser.parse_args()
    with ExitStack() as stack:
        running, folder = stack.enter_context(servers(None))
        running.ensure_database("growth")
        environment(running, folder, "growth")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from tests.bench.registry import Sizes
        from tests.bench.sector import fill

        size = options.size
        fill(Sizes(size, size // 10, max(20, size // 250)))
        print(f"| {size:,} assignments, {options.waves} waves of changes | | |")
        grow(options.waves)
        measure(size)
        partitioned()


@contextmanager
def told(what: str, rows: int = 0) -> Iterator[None]:
    """Print how long the block takes, and what it costs this process and its database session in CPU time."""
    begun, cpu = time.perf_counter(), _cpu()
    yield
    seconds, used = time.perf_counter() - begun, _cpu() - cpu
    each = f" {rows / max(used, 0.01):,.0f} rows a CPU second |" if rows else " |"
    print(f"| {what} | {seconds:,.2f} s, of it CPU {used:,.2f} s |{each}", flush=True)


def _cpu() -> float:
    session = psutil.Process(execute("SELECT pg_backend_pid()")[0][0])
    return sum(sum(process.cpu_times()[:2]) for process in (session, psutil.Process()))


def execute(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


def grow(waves: int, *, first_rows: bool = True) -> None:
    """Give each assignment its first history row, then `waves` further versions."""
    from accounts.audit.owner import as_owner
    from accounts.audit.record_sql import history_model, tracked_columns
    from accounts.models import User
    from directives.models import Assignment

    past = history_model(Assignment)._meta.db_table
    columns = ", ".join(f'"{name}"' for name in tracked_columns(history_model(Assignment)))
    by = User.objects.system().pk
    ids = [pk for (pk,) in execute("SELECT id FROM directives_assignment ORDER BY id")]
    record = (
        f"INSERT INTO {past} (id, {columns}, history_type, history_date, history_user_id, history_change_reason, door)"
        f" SELECT id, {columns}, %s, clock_timestamp(), {by}, 'Đo tăng trưởng', 'job' FROM directives_assignment"
        " WHERE id BETWEEN %s AND %s"
    )
    step = (
        "UPDATE directives_assignment SET version = version + 1, progress = (progress + 7) %% 100"
        " WHERE id BETWEEN %s AND %s"
    )
    portions = [(ids[n], ids[min(n + PORTION, len(ids)) - 1]) for n in range(0, len(ids), PORTION)]
    with as_owner():
        execute("ALTER TABLE directives_assignment SET (autovacuum_enabled = false)")
    if first_rows:
        with told("first history rows, guards on", len(ids)):
            for first, last in portions:
                execute(record, "+", first, last)
    for wave in range(waves):
        with as_owner():
            if wave == waves - 1:
                execute("VACUUM directives_assignment")
        before = execute("SELECT pg_current_wal_lsn()")[0][0]
        with told(f"wave {wave + 1}: a change of each with its history, guards on", len(ids)):
            for first, last in portions:
                changed(step, record, first, last)
        wal = execute("SELECT pg_current_wal_lsn() - %s::pg_lsn", before)[0][0]
        print(f"| its WAL | {int(wal) / len(ids):,.0f} bytes a change | |", flush=True)


def changed(step: str, record: str, first: int, last: int) -> None:
    from django.db import transaction

    with transaction.atomic():
        execute(step, first, last)
        execute(record, "~", first, last)


def measure(size: int) -> None:
    """Print sizes and the times of what goes over everything."""
    from accounts.audit.owner import as_owner
    from accounts.audit.seals.sealing import seal
    from accounts.audit.seals.verify import verify
    from accounts.models import User

    with as_owner():
        with told("VACUUM of the assignments after one wave", size):
            execute("VACUUM directives_assignment")
        with told("VACUUM of their history (insert-only: freezing, visibility map)"):
            execute("VACUUM directives_historicalassignment")
        execute("ANALYZE")
    with told("seal of all of it"):
        made = seal(by=User.objects.system())
    print(f"| rows sealed | {made.rows if made else 0:,} | |")
    with told("verify_history", made.rows if made else 0):
        verify()
    _reads()
    for name, rows, table, indexes in execute(_SIZES):
        each = f"{table / rows:,.0f} + {indexes / rows:,.0f} bytes a row" if rows else ""
        print(f"| {name} | {rows:,} rows, {table / 1e6:,.0f} + {indexes / 1e6:,.0f} MB | {each} |")
    for table in ("directives_assignment", "directives_historicalassignment"):
        for name, used in execute(_INDEXES, table):
            print(f"| {name} | {used / 1e6:,.1f} MB | {used / size:,.0f} bytes an assignment |")
    print(f"| database | {execute('SELECT pg_database_size(current_database())')[0][0] / 1e6:,.0f} MB | |")
    _dump()


def partitioned() -> None:
    """Partition the history as docs/scaling.md says, and let another wave go over it."""
    from django.core.management import call_command

    owner = os.environ["DATABASE_OWNER_URL"]
    top = execute("SELECT max(id) + 1 FROM directives_assignment")[0][0]
    argv = [psql_program(), "-X", "-q", "-v", f"bound={top}", "-v", f"next={2 * top}"]
    with told("history made into partitions (the site stands still)"):
        subprocess.run([*argv, "-f", "deploy/partition_history.sql", owner], check=True)
    call_command("migrate", verbosity=0)
    grow(1, first_rows=False)


def _reads() -> None:
    from django.contrib.auth.models import Group

    from accounts.audit.recording import recorded
    from accounts.clock import now
    from accounts.models import User
    from directives import counters
    from directives.as_of import groups_as_of
    from directives.tables import BY_UNIT
    from tests.bench.sector import ON

    someone = User.objects.get(username="cv1")
    with recorded(by=User.objects.system(), reason="Đo"):
        reader = User.objects.create(username="kt", full_name="Kiểm tra", password="!")
        reader.groups.set(Group.objects.filter(name="auditor"))

    def again(user: User) -> User:
        return User.objects.get(pk=user.pk)

    for what, read in (
        ("cold recount of everything", lambda: counters.count(again(reader), on=ON, at=now())),
        ("cold recount of one unit", lambda: counters.count(again(someone), on=ON, at=now())),
        ("figures of a past instant", lambda: groups_as_of(now(), by=BY_UNIT)),
    ):
        print(f"| {what} | {best(read) * 1000:,.1f} ms | best of 3 |", flush=True)


def best(read: Callable[[], object]) -> float:
    found = []
    for _n in range(3):
        begun = time.perf_counter()
        read()
        found.append(time.perf_counter() - begun)
    return min(found)


def _dump() -> None:
    """pg_dump of everything as the owner, and the restore of the history's table alone."""
    from config.embedded_home import temporary_home

    home, folder = temporary_home()
    address = urlsplit(os.environ["DATABASE_OWNER_URL"])
    target = Path(os.environ["VAR_DIR"]) / "dump"
    with told("pg_dump, custom format"):
        subprocess.run(
            [
                home.binaries / "pg_dump",
                "--format=custom",
                "--compress=gzip:1",
                f"--file={target}",
                address.geturl(),
            ],
            check=True,
            env={"PATH": os.defpath},
        )
    name = "restored"
    maintenance = address.path.removeprefix("/")
    create_database(
        address.geturl(),
        name,
        run_role=str(urlsplit(os.environ["DATABASE_URL"]).username),
        maintenance=maintenance,
    )
    with told("pg_restore into an empty database, two jobs"):
        subprocess.run(
            [
                home.binaries / "pg_restore", "--no-owner", "--no-comments", "--jobs=2",
                f"--dbname={address._replace(path=f'/{name}').geturl()}", target,
            ],
            check=False,
            env={"PATH": os.defpath},
        )  # fmt: skip
    print(f"| the dump | {target.stat().st_size / 1e6:,.0f} MB | |", flush=True)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
