"""`make run`, from the moment that the virtual environment is there."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config.supervisor import listen
from tests.config.conftest import Place
from tests.config.running import ROOT, Run

ALL_WELL = {"web": "ok", "database": "ok", "broker": "ok", "beat": "ok"}


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


def test_whatever_is_killed_is_started_again_and_sigterm_leaves_nothing_behind(
    used_place: Place, run: Run
) -> None:
    run.start()
    parts = {
        "web": ("gunicorn",),
        "worker": ("celery", "worker"),
        "beat": ("celery", "beat"),
        "PostgreSQL": ("bin/postgres",),
        "Valkey": ("valkey-server",),
    }
    # Beat last: only when it starts does it give out a heartbeat at once.
    for names in (("Valkey",), ("PostgreSQL",), ("web", "worker", "beat")):
        victims = {name: run.member(*parts[name]) for name in names}
        run.note_family()
        for victim in victims.values():
            victim.kill()
        for name in names:
            run.wait_for(f"{name} was killed")
        run.wait_until_well(apart_from={"beat"} if "beat" not in names else set())
        for name in names:
            assert run.member(*parts[name]).pid != victims[name].pid
    sockets = Path(json.loads((used_place.var / "servers.json").read_text())["sockets"])

    run.member("gunicorn").kill()
    assert run.signal(signal.SIGTERM) == 0
    assert run.left_behind() == []
    assert not sockets.exists()
    assert not (used_place.var / "servers.json").exists()
    listen(used_place.port).close()


def test_a_killed_supervisor_takes_all_along_and_the_next_start_keeps_the_data(
    used_place: Place, run: Run
) -> None:
    run.start()
    key = (used_place.var / "secret_key").read_text()
    used_place.python("from django.contrib.auth.models import Group; Group.objects.create(name='còn')")
    run.signal(signal.SIGKILL)
    if sys.platform == "linux":
        assert run.left_behind() == []

    run.start()
    assert (used_place.var / "secret_key").read_text() == key
    kept = used_place.python(
        "from django.db import connection as c; print(c.settings_dict);"
        "from django.contrib.auth.models import Group; g = Group.objects.get(name='còn'); print(g.name); g.delete()"
    )
    database, name = kept.splitlines()[:2]
    assert name == "còn"
    assert json.loads((used_place.var / "servers.json").read_text())["sockets"] in database
    assert "'NAME': 'dondoc'" in database

    assert run.health() == ALL_WELL
    said = run.output.decode()
    assert f"{run.url}/" in said
    assert "manage.py create_administrator" in said
    second = refused(used_place.environment)
    assert (second.returncode, second.stderr.count("\n")) == (1, 1)
    assert f"Already running at {run.url}/" in second.stderr

    assert run.signal(signal.SIGINT) == 0
    assert run.left_behind() == []


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
        assert run.signal(signal.SIGTERM) == 0
        assert run.left_behind() == []
    finally:
        run.end()
