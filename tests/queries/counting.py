"""Counting the queries of a request by their text, and telling which of them became more."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

# They mark a place to go back to and ask for nothing.
_MARKS = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")
_LISTED = re.compile(r"\((?:%s|-?\d+|NULL)(?:, (?:%s|-?\d+|NULL))*\)")
_SELECTED = re.compile(r"^SELECT (DISTINCT )?(.{60}).*? FROM ", re.DOTALL)
LONGEST = 300

Shapes = Counter[str]


@contextmanager
def counted() -> Iterator[Shapes]:
    """Count what is asked of the database in the block, by shape: the text without its values."""
    found: Shapes = Counter()

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not str(sql).startswith(_MARKS):
            found[str(sql)] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield found


def shape(sql: str) -> str:
    """Return a query as it is told: lists of values and of columns in short, on one line."""
    text = " ".join(_LISTED.sub("(…)", sql).replace('"', "").split())
    text = _SELECTED.sub(r"SELECT \1\2… FROM ", text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def told(shapes: Shapes) -> Shapes:
    """Return the same by what is told of each."""
    found: Shapes = Counter()
    for sql, count in shapes.items():
        found[shape(sql)] += count
    return found


def more(few: Shapes, many: Shapes) -> list[str]:
    """Return the queries that became more, the most repeated first: "7 × instead of 1 ×: SELECT …".

    What is asked once more is another case (a choice that was none before), not a query a row.
    """
    before, after = told(few), told(many)
    risen = [sql for sql, count in after.items() if count - before[sql] > 1]
    ordered = sorted(risen, key=lambda sql: before[sql] - after[sql])
    return [f"{after[sql]} × instead of {before[sql]} ×: {sql}" for sql in ordered]
