"""A note in the broker that beat gave out a task and a worker ran it, not long ago."""

import time
from datetime import timedelta

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

HEARTBEAT_KEY = "dondoc:heartbeat"
HEARTBEAT_EVERY = timedelta(minutes=1)
# Some may be late: a worker may be busy for a while.
HEARTBEAT_KEPT = timedelta(minutes=3)
# A monitor waits a second for `/healthz`, not a minute.
_BROKER_SECONDS = 0.4


def record(redis_url: str) -> None:
    """Note the present instant. Raises RedisError when the broker cannot be reached."""
    with _client(redis_url) as client:
        client.set(HEARTBEAT_KEY, str(time.time()), ex=HEARTBEAT_KEPT)


def forget(redis_url: str) -> None:
    """Wait for a new one from now on. Raises RedisError when the broker cannot be reached."""
    with _client(redis_url) as client:
        client.delete(HEARTBEAT_KEY)


def is_fresh(redis_url: str) -> bool:
    """Whether there was a heartbeat lately. Raises RedisError when the broker cannot be reached."""
    with _client(redis_url) as client:
        return bool(client.exists(HEARTBEAT_KEY))


def _client(redis_url: str) -> Redis:
    return Redis.from_url(
        redis_url,
        socket_connect_timeout=_BROKER_SECONDS,
        socket_timeout=_BROKER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
