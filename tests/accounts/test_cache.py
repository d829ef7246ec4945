"""Without the broker pages are slower, never wrong."""

from __future__ import annotations

from pathlib import Path

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
