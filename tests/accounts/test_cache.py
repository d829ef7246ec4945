"""Without the broker pages are slower, never wrong."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, get_ident

import pytest
from django.conf import settings
from django.core.cache import cache

from accounts import cache as cache_module
from accounts.cache import ForgivingRedisCache, once


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


def test_of_many_who_find_nothing_one_makes_it_and_the_others_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    others, met, is_done = 7, set(), Event()

    def here() -> None:
        met.add(get_ident())
        if len(met) > others:
            is_done.set()

    def waits(seconds: float) -> None:
        here()
        is_done.wait(seconds)

    def make() -> int:
        made.append(1)
        here()
        # At work until each of the others waits, or is at work, too.
        assert is_done.wait(cache_module.AT_WORK_SECONDS / 2)
        return 1

    monkeypatch.setattr(cache_module, "sleep", waits)
    with ThreadPoolExecutor(others + 1) as pool:
        found = list(pool.map(lambda _n: once("costly", make, seconds=lambda _made: 60), range(others + 1)))
    assert found == [1] * (others + 1)
    assert made == [1]


def test_who_fails_at_it_leaves_it_to_the_next() -> None:
    def fail() -> int:
        raise ValueError("no luck")

    with pytest.raises(ValueError, match="no luck"):
        once("difficult", fail, seconds=lambda _made: 60)
    assert once("difficult", lambda: 1, seconds=lambda _made: 60) == 1
    assert once("difficult", lambda: 2, seconds=lambda _made: 60) == 1


def test_who_died_at_it_holds_nobody_up_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "AT_WORK_SECONDS", 0.05)
    cache.set("left:at-work", True, 60)
    assert once("left", lambda: 1, seconds=lambda _made: 60) == 1
