"""`make run`, from the moment that the virtual environment is there."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from config.supervisor import listen
from tests.config.conftest import Place
from tests.config.running import ROOT, Run

ALL_WELL = {"web": "ok", "database": "ok", "broker": "ok", "beat": "ok"}
PARTS = {
    "web": ("gunicorn",),
    "worker": ("celery", "worker"),
    "beat": ("celery", "beat"),
    "PostgreSQL": ("bin/postgres",),
    "Valkey": ("valkey-server",),
}
SHOW_SERVERS = (
    "from django.db import connection as c; print(c.settings_dict['HOST'], c.settings_dict['NAME']);"
    "c.ensure_connection()"
)


def refused(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Start a supervisor that is expected not to start."""
    return subprocess.run(
        [sys.executable, "-m", "config.supervisor"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.slow
def test_from_nothing_through_every_kind_of_death_to_an_end_that_leaves_nothing_behind(place: Place) -> None:
    """One story, because each of its starts takes five processes."""
    run = Run(place.environment)
    try:
        run.start()
        greeted_and_alone(place, run)
        key = (place.var / "secret_key").read_text()
        write_down("còn", place)
        whatever_is_killed_is_started_again(run)

        run.signal(signal.SIGKILL)
        if sys.platform == "linux":
            assert run.left_behind() == []

        run.start()
        assert run.health() == ALL_WELL
        assert (place.var / "secret_key").read_text() == key
        assert written_down(place) == [("còn",)]
        commands_reach_its_servers(place)

        sockets = Path(json.loads((place.var / "servers.json").read_text())["sockets"])
        # Even when one of them is killed at the last moment.
        run.member("gunicorn").kill()
        assert run.signal(signal.SIGTERM) == 0
        assert run.left_behind() == []
        assert not sockets.exists()
        assert not (place.var / "servers.json").exists()
        listen(place.port).close()
    finally:
        run.end()


def greeted_and_alone(place: Place, run: Run) -> None:
    """It says where it is and how to begin, and a second one beside it is refused."""
    said = run.output.decode()
    assert f"{run.url}/" in said
    assert "manage.py create_administrator" in said
    second = refused(place.environment)
    assert (second.returncode, second.stderr.count("\n")) == (1, 1)
    assert f"Already running at {run.url}/" in second.stderr


def owner(place: Place) -> psycopg.Connection:
    """A connection to the real database, by the published address."""
    urls = json.loads((place.var / "servers.json").read_text())["urls"]["real"]
    return psycopg.connect(urls["DATABASE_OWNER_URL"])


def write_down(word: str, place: Place) -> None:
    """Keep a word in the database."""
    with owner(place) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [word])


def written_down(place: Place) -> list[tuple[object, ...]]:
    """What `write_down` kept."""
    with owner(place) as connection:
        return connection.execute("SELECT word FROM kept").fetchall()


def whatever_is_killed_is_started_again(run: Run) -> None:
    """Each part, with -9."""
    # Beat last: only when it starts does it give out a heartbeat at once.
    for names in (("Valkey",), ("PostgreSQL",), ("web", "worker", "beat")):
        victims = {name: run.member(*PARTS[name]) for name in names}
        run.note_family()
        for victim in victims.values():
            victim.kill()
        for name in names:
            run.wait_for(f"{name} was killed")
        run.wait_until_well(apart_from={"beat"} if "beat" not in names else set())
        for name in names:
            assert run.member(*PARTS[name]).pid != victims[name].pid


def commands_reach_its_servers(place: Place) -> None:
    """`manage.py` beside it uses its servers and the database of its mode."""
    sockets = json.loads((place.var / "servers.json").read_text())["sockets"]
    assert place.bare().python(SHOW_SERVERS) == f"{sockets} dondoc\n"


def test_a_taken_port_is_one_line_and_nothing_is_started(place: Place) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", place.port))
        other.listen()
        done = refused(place.environment)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert f"Port {place.port} " in done.stderr
    assert "make run PORT=" in done.stderr
    assert not (place.var / "servers.json").exists()


def test_a_folder_that_cannot_be_written_is_one_line(place: Place) -> None:
    (place.var.parent).mkdir()
    place.var.touch()
    done = refused(place.environment)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "Cannot write to" in done.stderr


def test_a_port_that_is_none_is_one_line(place: Place) -> None:
    done = refused(place.environment | {"PORT": "tám nghìn"})
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


def test_half_of_the_external_servers_is_one_line(place: Place) -> None:
    done = refused(place.environment | {"DATABASE_URL": "postgresql://run@/x?host=/nonexistent"})
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "REDIS_URL" in done.stderr


@pytest.mark.django_db(transaction=True)
def test_servers_that_are_given_are_used(place: Place) -> None:
    given = {name: os.environ[name] for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")}
    run = Run(place.environment | given)
    try:
        run.start()
        assert run.health() == ALL_WELL
        assert {process.name() for process in run.note_family()}.isdisjoint({"postgres", "valkey-server"})
        assert run.interrupt() == 0
        assert run.left_behind() == []
    finally:
        run.end()
