"""Logs are lines of JSON in production, each with the request and who made it."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog
from django.contrib.auth import get_user_model
from django.test import Client

from config.logging import configure


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What is logged during a test, as production would write it."""
    before = structlog.get_config()
    formatter = configure(json=True, level="INFO")["formatters"]["line"]
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter.pop("()")(**formatter))
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)
    # Loggers that were used before keep the list of their first use, and others look into that one.
    structlog.configure(**before)


def parsed(lines: StringIO) -> list[dict[str, object]]:
    """Each line on its own must be JSON."""
    return [json.loads(line) for line in lines.getvalue().splitlines()]


@pytest.mark.django_db
def test_a_request_is_logged_with_its_id_and_the_actors(client: Client, lines: StringIO) -> None:
    user = get_user_model().objects.create_user("thuky", full_name="Thư ký")
    client.force_login(user)
    client.get("/healthz")
    finished = [line for line in parsed(lines) if line["event"] == "request_finished"]
    assert len(finished) == 1
    assert finished[0]["user_id"] == user.pk
    assert finished[0]["request_id"]
    assert finished[0]["level"] in ("info", "error")


def test_foreign_loggers_and_errors_are_one_line_each(lines: StringIO) -> None:
    try:
        raise ValueError("hai\ndòng")
    except ValueError:
        logging.getLogger("third.party").exception("không được")
    structlog.get_logger("ours").info("đã gửi", count=3)
    theirs, ours = parsed(lines)
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("không được", "third.party", "error")
    assert "ValueError: hai\ndòng" in str(theirs["exception"])
    assert (ours["event"], ours["count"], ours["logger"]) == ("đã gửi", 3, "ours")
