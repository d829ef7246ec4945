"""How far a unit reaches: its children and predecessors, recursively, as of a day; and who answers for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import connection

# One walk down: children by dated parent rows, predecessors by successions in effect. UNION stops at cycles.
REACH_SQL = """
WITH RECURSIVE reach(id) AS (
    SELECT unnest(%(units)s::bigint[])
  UNION
    SELECT step.id FROM reach JOIN LATERAL (
        SELECT p.unit_id AS id FROM steering_unitparent p
        WHERE p.parent_id = reach.id
          AND (p.valid_from IS NULL OR p.valid_from <= %(on)s)
          AND (p.valid_until IS NULL OR p.valid_until >= %(on)s)
      UNION ALL
        SELECT s.from_unit_id FROM steering_succession s
        WHERE s.to_unit_id = reach.id AND s.takes_effect_on <= %(on)s
    ) step ON true
)
SELECT id FROM reach
"""

# The same walk along successions only, where the successor is the one that answers: alone, or marked so.
ANSWERS_SQL = """
WITH RECURSIVE answers(id) AS (
    SELECT unnest(%(units)s::bigint[])
  UNION
    SELECT s.from_unit_id FROM answers JOIN steering_succession s
      ON s.to_unit_id = answers.id AND s.takes_effect_on <= %(on)s
     AND (s.answering OR NOT EXISTS (
        SELECT 1 FROM steering_succession other
        WHERE other.from_unit_id = s.from_unit_id AND other.id <> s.id AND other.takes_effect_on <= %(on)s))
)
SELECT id FROM answers
"""


def _ids(sql: str, units: Iterable[int], on: date) -> frozenset[int]:
    wanted = list(units)
    if not wanted:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(sql, {"units": wanted, "on": on})
        return frozenset(row[0] for row in cursor.fetchall())


def reach(units: Iterable[int], *, on: date) -> frozenset[int]:
    """Return the ids of the units, of all below them and of all they succeeded, as of a day (Hà Nội). One query."""
    return _ids(REACH_SQL, units, on)


def answers_for(units: Iterable[int], *, on: date) -> frozenset[int]:
    """Return the ids of the units and of the predecessors they alone, or by mark, answer for. One query."""
    return _ids(ANSWERS_SQL, units, on)


def answering(units: Iterable[int], *, on: date) -> dict[int, int | None]:
    """Return for each unit the id of the one that answers for it on that day: itself, the end of its chain of
    successors, or None where several took over and none is marked. One query a link of the longest chain."""
    from steering.models import Succession

    result: dict[int, int | None] = {unit: unit for unit in units}
    frontier = {unit: unit for unit in result}
    seen: set[tuple[int, int]] = set()
    while frontier:
        ends = set(frontier.values())
        steps: dict[int, list[tuple[int, bool]]] = {}
        rows = Succession.objects.filter(from_unit__in=ends, takes_effect_on__lte=on)
        for from_id, to_id, marked in rows.values_list("from_unit_id", "to_unit_id", "answering"):
            steps.setdefault(from_id, []).append((to_id, marked))
        onward: dict[int, int] = {}
        for unit, current in frontier.items():
            choices = steps.get(current)
            if not choices or (unit, current) in seen:
                continue
            seen.add((unit, current))
            chosen = [to for to, marked in choices if marked] or [to for to, _m in choices]
            if len(chosen) == 1:
                result[unit] = onward[unit] = chosen[0]
            else:
                result[unit] = None
        frontier = onward
    return result
