"""Without the broker pages are slower, never wrong."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from django.conf import settings
from django.core.cache import cache

from accounts.cache import ForgivingRedisCache


def test_a_value_is_kept_and_forgotten() -> None:
    cache.set("thu", {"a": 1}, timeout=60)
    assert cache.get("thu") == {"a": 1}
    cache.delete("thu")
    assert cache.get("thu", "nothing") == "nothing"


def test_without_a_broker_every_read_is_a_miss_and_every_write_is_dropped(tmp_path: Path) -> None:
    unreachable = ForgivingRedisCache(f"unix://{tmp_path}/nobody.sock", {"OPTIONS": {}})
    unreachable.set("thu", 1)
    assert unreachable.get("thu") is None
    assert unreachable.get("thu", "nothing") == "nothing"
    assert unreachable.delete("thu") is False


def test_it_is_not_waited_for_again_and_again(tmp_path: Path) -> None:
    """It takes the call and never answers: a page that asks ten times waits once."""
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "s"))
        silent.listen(64)
        options = {"OPTIONS": {"socket_timeout": 0.2}}
        cache = ForgivingRedisCache(f"unix://{tmp_path / 's'}", options)
        started = time.monotonic()
        for n in range(10):
            cache.set("a", n)
            assert cache.get("a", "nothing") == "nothing"
        assert time.monotonic() - started < 1


def test_it_is_asked_again_later() -> None:
    again = ForgivingRedisCache(settings.REDIS_URL, {"OPTIONS": {}})
    again._away_until = time.monotonic() + 60
    again.set("later", 1)
    assert again.get("later") is None
    again._away_until = 0
    assert again.get("later") is None
    again.set("later", 2)
    assert again.get("later") == 2
    again.delete("later")
