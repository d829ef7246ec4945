"""Two machines are set up at the same time: one makes everything, the other finds it made."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from config.database import create_database, drop_database
from tests.chaos.post import ROOT
from tests.servers import MAINTENANCE_URL, database_name, with_database

pytestmark = pytest.mark.slow


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
