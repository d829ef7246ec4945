"""Several people at one row, each on a database connection of their own, in a known order and without sleeping.

1. The test locks the row.
2. One person after the other begins, in a thread, and is seen (in PostgreSQL's own books) to wait for it.
3. The test lets go; PostgreSQL serves who waits in the order in which they came.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Queue
from time import monotonic
from typing import Any

from django.db import connection, connections, transaction
from django.db.models import Model

from directives.errors import Refused

Act = Callable[[], Any]
WITHIN_SECONDS = 20.0


def at_once(row: Model, *acts: Act) -> list[Any]:
    """Let each act reach the row while the one before has not got it yet; return what each returned, or its Refused.

    Anything else that an act raises is raised here.
    """
    started: Queue[int] = Queue()
    with ThreadPoolExecutor(len(acts)) as pool:
        waiting: list[Future[Any]] = []
        with transaction.atomic():
            type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
            for act in acts:
                future = pool.submit(_on_a_connection_of_its_own, act, started)
                waiting.append(future)
                _until_it_waits(started.get(timeout=WITHIN_SECONDS), future)
        return [future.result(timeout=WITHIN_SECONDS) for future in waiting]


def _on_a_connection_of_its_own(act: Act, started: Queue[int]) -> Any:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            started.put(cursor.fetchone()[0])
        return act()
    except Refused as refused:
        return refused
    finally:
        connections.close_all()


def _until_it_waits(pid: int, future: Future[Any]) -> None:
    """Return when the session waits for a lock; fails for an act that ends without having come to the row."""
    deadline = monotonic() + WITHIN_SECONDS
    with connection.cursor() as cursor:
        while monotonic() < deadline:
            assert not future.done(), f"it did not wait for the row: {future.result()!r}"
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [pid])
            if cursor.fetchone()[0]:
                return
    raise AssertionError("neither waits nor ends")


def one_won(outcomes: Sequence[Any]) -> tuple[Any, Refused]:
    """Return what the first got and how the second was refused; fails when it was not exactly so."""
    first, second = outcomes
    assert not isinstance(first, Refused), f"the first was refused: {first}"
    assert isinstance(second, Refused), f"both won: {second!r}"
    return first, second
