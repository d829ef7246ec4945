"""/healthz tells how the parts are, soon."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from config import heartbeat


@pytest.fixture
def silent_broker(tmp_path: Path) -> Iterator[str]:
    """The address of one that takes connections and never answers."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen(64)
        yield f"unix://{tmp_path / 's'}"


@pytest.mark.django_db
def test_all_parts_are_told(client: Client, settings: Settings) -> None:
    heartbeat.record(settings.REDIS_URL)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"web": "ok", "database": "ok", "broker": "ok", "beat": "ok"},
    )
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
def test_without_a_heartbeat_beat_is_unavailable(client: Client, settings: Settings) -> None:
    heartbeat.forget(settings.REDIS_URL)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["broker"], answer.json()["beat"]) == (503, "ok", "unavailable")


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["gone", "silent"])
def test_a_broker_that_is_down_is_told_within_a_second(
    client: Client, settings: Settings, silent_broker: str, kind: str
) -> None:
    settings.REDIS_URL = {"gone": "unix:///nonexistent/valkey.sock", "silent": silent_broker}[kind]
    started = time.monotonic()
    answer = client.get("/healthz")
    assert time.monotonic() - started < 1
    assert (answer.status_code, answer.json()) == (
        503,
        {"web": "ok", "database": "ok", "broker": "unavailable", "beat": "unavailable"},
    )


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_down_is_told(client: Client, settings: Settings) -> None:
    heartbeat.record(settings.REDIS_URL)
    connection.close()
    kept = connection.settings_dict
    connection.settings_dict = {**kept, "HOST": "/nonexistent"}
    try:
        answer = client.get("/healthz")
    finally:
        connection.close()
        connection.settings_dict = kept
    assert (answer.status_code, answer.json()["database"], answer.json()["broker"]) == (
        503,
        "unavailable",
        "ok",
    )


def test_only_reading_is_possible(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
