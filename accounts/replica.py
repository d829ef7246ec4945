"""Reading from a standby what costs much to count, where one is given (REPLICA_URL): figures and exports.

Nobody sees anything older there than on the primary: a standby is asked only once it has replayed all that was
committed before, so a right taken away, a directive just restricted and one's own change hold there at once. One that
falls behind, fails or is no standby of this database is passed over for a while, with a line in the log.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

import structlog
from django.db import InterfaceError, OperationalError, connection, connections

T = TypeVar("T")

log = structlog.get_logger(__name__)

ALIAS = "replica"
# How long somebody waits for the standby to have replayed what is committed; usually milliseconds.
WAIT_SECONDS = 0.5
LOOK_AGAIN_SECONDS = 0.005
PASSED_OVER_SECONDS = 10.0

# What others see is committed, hence flushed, unless commits do not wait for that.
_PRIMARY = """SELECT system_identifier::text, (CASE current_setting('synchronous_commit')
    WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END)::text FROM pg_control_system()"""
_STANDBY = """SELECT system_identifier::text, pg_is_in_recovery(),
    coalesce(pg_last_wal_replay_lsn() >= %s::pg_lsn, false) FROM pg_control_system()"""

_reading: ContextVar[bool] = ContextVar("reading_from_replica", default=False)


class _PassedOver:
    """Until when this process leaves the standby alone, by the monotonic clock."""

    until = 0.0


def is_reading() -> bool:
    """Return whether what is asked now may be answered by the standby."""
    return _reading.get()


def from_replica(read: Callable[[], T]) -> T:
    """Return what `read` returns, its queries of the case answered by the standby if there is one to be had.

    1. The standby has all that was committed when this was called.
    2. `read` must do the same when called twice: where the standby fails in the middle, the primary is asked anew.
    3. Within a transaction the primary answers: it alone knows what was written there.
    """
    if not _is_to_be_had():
        return read()
    try:
        if fault := _fault():
            _pass_over(fault)
            return read()
        token = _reading.set(True)
        try:
            return read()
        finally:
            _reading.reset(token)
    except (OperationalError, InterfaceError) as error:
        _pass_over(str(error).strip())
        connections[ALIAS].close()
    return read()


def ask_again() -> None:
    """Forget that the standby was passed over."""
    _PassedOver.until = 0.0


def _is_to_be_had() -> bool:
    return (
        ALIAS in connections.settings
        and not _reading.get()
        and not connection.in_atomic_block
        and time.monotonic() >= _PassedOver.until
    )


def _fault() -> str:
    """Wait until the standby has all that is committed; return why it cannot be read, "" when it can."""
    with connection.cursor() as cursor:
        cursor.execute(_PRIMARY)
        primary, committed = cursor.fetchone()
    deadline = time.monotonic() + WAIT_SECONDS
    with connections[ALIAS].cursor() as cursor:
        while True:
            cursor.execute(_STANDBY, [committed])
            system, is_standby, has_it = cursor.fetchone()
            if system != primary or not is_standby:
                return "REPLICA_URL is no standby of the database of DATABASE_URL"
            if has_it:
                return ""
            if time.monotonic() > deadline:
                return f"behind by more than {WAIT_SECONDS} s"
            time.sleep(LOOK_AGAIN_SECONDS)


def _pass_over(reason: str) -> None:
    _PassedOver.until = time.monotonic() + PASSED_OVER_SECONDS
    log.warning("replica_passed_over", reason=reason, seconds=PASSED_OVER_SECONDS)
