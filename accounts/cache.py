"""The cache holds figures that can be counted again: a broker that is down makes pages slower, never wrong."""

from __future__ import annotations

from typing import Any

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


class ForgivingRedisCache(RedisCache):
    """Redis as the cache; when it cannot be reached, every read is a miss and every write is dropped."""

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except RedisError as error:
            log.warning("cache_unavailable", error=str(error))
            return default

    def set(self, key: Any, value: Any, timeout: Any = None, version: int | None = None) -> None:
        try:
            super().set(key, value, timeout, version)
        except RedisError as error:
            log.warning("cache_unavailable", error=str(error))

    def delete(self, key: Any, version: int | None = None) -> bool:
        try:
            return super().delete(key, version)
        except RedisError as error:
            log.warning("cache_unavailable", error=str(error))
            return False

    def add(self, key: Any, value: Any, timeout: Any = None, version: int | None = None) -> bool:
        """Return True when it cannot be known: what may happen only once is kept in the database, too."""
        try:
            return bool(super().add(key, value, timeout, version))
        except RedisError as error:
            log.warning("cache_unavailable", error=str(error))
            return True
