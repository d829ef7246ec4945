"""The cache holds figures that can be counted again: a broker that is down makes pages slower, never wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from time import sleep
from typing import Any, TypeVar

import structlog
from django.core.cache import cache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


T = TypeVar("T")
# So long others wait for somebody who is at work on what they ask for, and how often they look; who died at it holds
# them up no longer than that.
AT_WORK_SECONDS, LOOK_AGAIN_SECONDS = 5, 0.02
# So long nobody asks again after it could not be reached: a page asks several times, and each would wait.
AWAY_SECONDS = 3.0


class _KeptClients(RedisCacheClient):
    """Django makes a client anew for each question, with the table of all commands; one serves all threads."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._kept: dict[bool, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        if write not in self._kept:
            self._kept[write] = super().get_client(key, write=write)
        return self._kept[write]


class ForgivingRedisCache(RedisCache):
    """Redis as the cache; when it cannot be reached, every read is a miss and every write is dropped."""

    _away_until = 0.0

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _KeptClients

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._asked(super().get, default, key, default, version)

    def set(self, key: Any, value: Any, timeout: Any = None, version: int | None = None) -> None:
        self._asked(super().set, None, key, value, timeout, version)

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._asked(super().delete, False, key, version)

    def add(self, key: Any, value: Any, timeout: Any = None, version: int | None = None) -> bool:
        """Return True when it cannot be known: what may happen only once is kept in the database, too."""
        return bool(self._asked(super().add, True, key, value, timeout, version))

    def _asked(self, ask: Callable[..., T], without: T, *arguments: Any) -> T:
        if time.monotonic() < self._away_until:
            return without
        try:
            return ask(*arguments)
        except RedisError as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            log.warning("cache_unavailable", error=str(error))
            return without


def once(key: str, make: Callable[[], T], *, seconds: Callable[[T], float]) -> T:
    """Return what the cache has under a key; else make it, and keep it for so many `seconds`.

    Of several who find nothing one makes it, and the others wait for it: when what costs a second is no longer kept, a
    dozen people would make it at once, each slower for the others. Without a cache each makes it.
    """
    at_work = f"{key}:at-work"
    is_mine, until = False, time.monotonic() + AT_WORK_SECONDS
    try:
        # Asked for again once it is one's own to make: somebody may just have finished.
        while (kept := cache.get(key)) is None:
            if is_mine or time.monotonic() > until:
                kept = make()
                cache.set(key, kept, seconds(kept))
                break
            is_mine = cache.add(at_work, True, AT_WORK_SECONDS)
            if not is_mine:
                sleep(LOOK_AGAIN_SECONDS)
        found: T = kept
        return found
    finally:
        if is_mine:
            cache.delete(at_work)
