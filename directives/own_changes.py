"""What a person has changed in the last minutes, by units: their next figures hold it, and only it is counted anew.

A log in the cache, a slot a change, numbered in order. A slot is written where none is yet, so that no two changes
take the same; the number that is kept beside them only says where to begin to look. Without a cache nothing is kept
that could be outdated.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.cache import cache

# Longer than any figures counted before the change can be kept, counting included.
KEPT_SECONDS = 180
NUMBER_SECONDS = 2 * KEPT_SECONDS


@dataclass(frozen=True)
class Since:
    """What is missing in figures that were counted at `mark` ("" is before all changes): `units`, by id; None:
    anything may be."""

    mark: str
    units: frozenset[int] | None


def note(user: int, unit: int | None) -> None:
    """Write down that a person changed something: assignments of this unit alone, None: anything. After the commit."""
    last: int | None = cache.get(_number(user))
    if last is None:
        first = secrets.randbelow(1 << 40)
        last = first if cache.add(_number(user), first, NUMBER_SECONDS) else cache.get(_number(user))
    if last is None:
        return
    while not cache.add(_slot(user, last + 1), (unit,), KEPT_SECONDS):
        last += 1
    cache.set(_number(user), last + 1, NUMBER_SECONDS)


def since(user: int) -> Iterator[Since]:
    """Give the marks of a person's changes, the latest first, each with what was changed after it; the first is that of
    the figures to be shown, in which nothing is missing."""
    number: int | None = cache.get(_number(user))
    if number is not None:
        while cache.get(_slot(user, number + 1)) is not None:
            number += 1
    units: frozenset[int] | None = frozenset()
    while number is not None and (slot := cache.get(_slot(user, number))) is not None:
        yield Since(str(number), units)
        (unit,) = slot
        units = units | {unit} if units is not None and unit is not None else None
        number -= 1
    yield Since("", units)


def _number(user: int) -> str:
    return f"figures:own:{user}"


def _slot(user: int, number: int) -> str:
    return f"figures:own:{user}:{number}"
