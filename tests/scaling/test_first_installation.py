"""Two machines are set up at the same time: one makes everything, the other finds it made."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from config.database import create_database, drop_database
from directives import services
from tests.cast import Cast, at
from tests.chaos.post import ROOT
from tests.servers import MAINTENANCE_URL, database_name, with_database

pytestmark = pytest.mark.slow


@pytest.mark.django_db(transaction=True)
def test_a_release_is_installed_while_people_work(cast: Cast) -> None:
    """`migrate` with nothing to change still installs the guards, for which it needs a lock of each table."""
    ended = Event()
    cast.assignment()

    def work(number: int) -> int:
        done = 0
        try:
            while not ended.is_set():
                row = cast.assignment(ordinal=1000 * number + done)
                services.accept(assignment=row, by=cast.officer, at=at(2))
                services.suspend(assignment=row, by=cast.secretary, at=at(3), reason="Chờ")
                done += 1
        finally:
            connection.close()
        return done

    with ThreadPoolExecutor(3) as pool:
        people = [pool.submit(work, number) for number in range(1, 4)]
        try:
            for _n in range(5):
                call_command("migrate", verbosity=0)
        finally:
            ended.set()
        assert all(person.result() > 0 for person in people)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of an installation whose database is empty."""
    name = database_name("first")
    maintenance = os.environ[MAINTENANCE_URL]
    at = urlsplit(maintenance).path.removeprefix("/")
    run = str(urlsplit(os.environ["DATABASE_URL"]).username)
    create_database(maintenance, name, run_role=run, maintenance=at)
    urls = {key: with_database(os.environ[key], name) for key in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    yield os.environ | urls | {"DEMO": "0"}
    drop_database(maintenance, name, maintenance=at)


def test_both_end_well_and_everything_is_there_once(empty: dict[str, str], tmp_path: Path) -> None:
    started = []
    for number in range(2):
        (tmp_path / f"{number}").mkdir()
        started.append(
            subprocess.Popen(
                [sys.executable, "manage.py", "prepare"],
                cwd=ROOT,
                env=empty | {"VAR_DIR": str(tmp_path / f"{number}")},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
    said = [process.communicate(timeout=300)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    assert sum("Loading the programme" in words for words in said) == 1
    with psycopg.connect(empty["DATABASE_URL"]) as connection:
        twice = connection.execute(
            "SELECT app, name FROM django_migrations GROUP BY app, name HAVING count(*) > 1"
        ).fetchall()
        (units,) = connection.execute(
            "SELECT count(*) - count(DISTINCT code) FROM steering_unit"
        ).fetchone() or (1,)
    assert (twice, units) == ([], 0)
