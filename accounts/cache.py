"""The cache holds figures that can be counted again: a broker that is down makes pages slower, never wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


T = TypeVar("T")
# So long nobody asks again after it could not be reached: a page asks several times, and each would wait.
AWAY_SECONDS = 3.0


class ForgivingRedisCache(RedisCache):
    """Redis as the cache; when it cannot be reached, every read is a miss and every write is dropped."""

    _away_until = 0.0

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
