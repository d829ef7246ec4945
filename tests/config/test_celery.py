"""Jobs: a broker that is down does not hold up a web request, and the schedule fires when it says (TRAPS 9)."""

import socket
import time
from pathlib import Path

import pytest
from celery.schedules import crontab
from kombu.connection import Connection
from kombu.exceptions import OperationalError

from config.celery import app, broker_url, heartbeat


@pytest.mark.parametrize("kind", ["gone", "refusing", "silent"])
def test_giving_out_a_task_is_soon_refused_when_the_broker_is_down(tmp_path: Path, kind: str) -> None:
    with socket.socket(socket.AF_UNIX) as silent, socket.socket() as port:
        silent.bind(str(tmp_path / "s"))
        silent.listen(64)
        port.bind(("127.0.0.1", 0))
        url = {
            "gone": "redis+socket:///nonexistent/valkey.sock",
            "refusing": f"redis://127.0.0.1:{port.getsockname()[1]}/0",
            "silent": f"redis+socket://{tmp_path / 's'}",
        }[kind]
        options = app.conf.broker_transport_options
        started = time.monotonic()
        with Connection(url, transport_options=options) as connection, pytest.raises(OperationalError):
            heartbeat.apply_async(connection=connection)
        assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    ("redis_url", "celery_url"),
    [
        ("unix:///tmp/a/valkey.sock?db=3", "redis+socket:///tmp/a/valkey.sock?virtual_host=3"),
        ("unix:///tmp/a/valkey.sock", "redis+socket:///tmp/a/valkey.sock?virtual_host=0"),
        ("rediss://:pw@broker.example:6380/2", "rediss://:pw@broker.example:6380/2"),
    ],
)
def test_the_broker_is_addressed_in_celerys_spelling(redis_url: str, celery_url: str) -> None:
    assert broker_url(redis_url) == celery_url


def test_no_entry_of_the_schedule_fires_every_minute_of_an_hour() -> None:
    for name, entry in app.conf.beat_schedule.items():
        if isinstance(entry["schedule"], crontab) and len(entry["schedule"].hour) < 24:
            assert len(entry["schedule"].minute) < 60, name


def test_every_scheduled_task_exists() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_only_json_is_sent_and_accepted() -> None:
    conf = app.conf
    assert {conf.task_serializer, conf.result_serializer, *conf.accept_content} == {"json"}
