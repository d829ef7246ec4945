"""What the bench reads in a plan: by which index how many rows, those counted that a filter throws away."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from directives.models import Assignment
from tests.bench.plans import Explained, Reading, explained, readings
from tests.cast import Cast

TABLE = Assignment._meta.db_table


def node(
    kind: str, table: str = "", index: str = "", *, rows: float, thrown_away: int = 0, loops: int = 1
) -> dict[str, Any]:
    names = {"Relation Name": table, "Index Name": index}
    counted = {"Actual Rows": rows, "Rows Removed by Filter": thrown_away, "Actual Loops": loops}
    return {"Node Type": kind, **{key: name for key, name in names.items() if name}, **counted}


def test_rows_are_counted_where_they_are_read_and_as_often() -> None:
    each = node("Index Scan", TABLE, "by_unit", rows=2, thrown_away=3, loops=50)
    indexes = [node("Bitmap Index Scan", index=name, rows=900) for name in ("by_due", "by_status")]
    both = node("BitmapAnd", rows=0) | {"Plans": indexes}
    bitmap = node("Bitmap Heap Scan", TABLE, rows=7) | {"Plans": [both]}
    assert list(readings(node("Nested Loop", rows=7) | {"Plans": [each, bitmap]})) == [
        Reading(TABLE, "by_unit", 250),
        Reading(TABLE, "by_due", 900),
        Reading(TABLE, "by_status", 900),
    ]


@pytest.mark.parametrize(
    ("ways", "scans", "has_no_index"),
    [([], [], False), ([""], [TABLE], True), (["by_due"], [], False), (["", "by_due"], [TABLE], False)],
)
def test_a_statement_that_reads_a_table_without_an_index_is_told(
    ways: list[str], scans: list[str], has_no_index: bool
) -> None:
    one = Explained("SELECT 1", [Reading(TABLE, way, 1) for way in ways], was_run=True)
    assert (one.scans, one.has_no_index) == (scans, has_no_index)


def test_what_writes_is_explained_and_not_run(cast: Cast) -> None:
    row = cast.assignment(cast.hanoi)
    asked = f"SELECT progress FROM {TABLE} WHERE id = {row.pk}"
    read, written = explained([asked, f"UPDATE {TABLE} SET progress = 9"], strictly=False)
    assert (read.was_run, written.was_run) == (True, False)
    # Of one row any index will do.
    assert [(bool(reading.index), reading.rows) for reading in read.readings] == [(True, 1)]
    with connection.cursor() as cursor:
        cursor.execute(asked)
        assert cursor.fetchone() == (row.progress,)
