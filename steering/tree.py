"""How far a unit reaches: its children and predecessors, recursively, as of a day; and who answers for it."""

# ruff: noqa: S608 - statements are composed of the constants of this file; every value is a parameter

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

# One walk down from each unit: children by dated parent rows, predecessors by successions in effect; `own` while
# it followed successions only. UNION stops at cycles.
_REACH = """reach(start, id, own) AS (
    SELECT unit, unit, true FROM unnest(%(units)s::bigint[]) unit
  UNION
    SELECT reach.start, step.id, reach.own AND step.own FROM reach JOIN LATERAL (
        SELECT p.unit_id AS id, false AS own FROM steering_unitparent p
        WHERE p.parent_id = reach.id
          AND (p.valid_from IS NULL OR p.valid_from <= %(on)s)
          AND (p.valid_until IS NULL OR p.valid_until >= %(on)s)
      UNION ALL
        SELECT s.from_unit_id, true FROM steering_succession s
        WHERE s.to_unit_id = reach.id AND s.takes_effect_on <= %(on)s
    ) step ON true)"""
# The same walk along successions only, where the successor is the one that answers: alone, or marked so.
_ANSWERS = """answers(start, id) AS (
    SELECT unit, unit FROM unnest(%(units)s::bigint[]) unit
  UNION
    SELECT answers.start, s.from_unit_id FROM answers JOIN steering_succession s
      ON s.to_unit_id = answers.id AND s.takes_effect_on <= %(on)s
     AND (s.answering OR NOT EXISTS (
        SELECT 1 FROM steering_succession other
        WHERE other.from_unit_id = s.from_unit_id AND other.id <> s.id AND other.takes_effect_on <= %(on)s)))"""
_REACHED = "SELECT start, id, bool_or(own) FROM reach GROUP BY start, id"
REACH_SQL = f"WITH RECURSIVE {_REACH} {_REACHED}"
ANSWERS_SQL = f"WITH RECURSIVE {_ANSWERS} SELECT start, id FROM answers"
BOTH_SQL = f"WITH RECURSIVE {_REACH}, {_ANSWERS} {_REACHED} UNION ALL SELECT start, id, NULL FROM answers"


class Reach(NamedTuple):
    """Ids of units: `own` are a unit and all that it succeeded, `below` what is under any of these."""

    own: frozenset[int] = frozenset()
    below: frozenset[int] = frozenset()


class FarAndAnswers(NamedTuple):
    """How far a unit reaches, and the ids of the units it answers for."""

    reach: Reach
    answers: frozenset[int]


def _rows(sql: str, units: Iterable[int], on: date) -> list[Any]:
    wanted = list(units)
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, {"units": wanted, "on": on})
        rows: list[Any] = cursor.fetchall()
        return rows


def reaches(units: Iterable[int], *, on: date) -> dict[int, Reach]:
    """Return for each unit how far it reaches on a day (Hà Nội). One query."""
    found: dict[int, tuple[set[int], set[int]]] = {}
    for start, unit, is_own in _rows(REACH_SQL, units, on):
        own, below = found.setdefault(start, (set(), set()))
        (own if is_own else below).add(unit)
    return {start: Reach(frozenset(own), frozenset(below)) for start, (own, below) in found.items()}


def far_and_answers(units: Iterable[int], *, on: date) -> dict[int, FarAndAnswers]:
    """Return how far each unit reaches and for whom it answers on a day (Hà Nội). One query."""
    far: dict[int, tuple[set[int], set[int], set[int]]] = {}
    for start, unit, is_own in _rows(BOTH_SQL, units, on):
        own, below, answers = far.setdefault(start, (set(), set(), set()))
        (answers if is_own is None else own if is_own else below).add(unit)
    return {
        start: FarAndAnswers(Reach(frozenset(own), frozenset(below)), frozenset(answers))
        for start, (own, below, answers) in far.items()
    }


def reach(units: Iterable[int], *, on: date) -> frozenset[int]:
    """Return the ids of the units, of all below them and of all they succeeded, as of a day (Hà Nội). One query."""
    return frozenset(unit for far in reaches(units, on=on).values() for unit in far.own | far.below)


def answers_for(units: Iterable[int], *, on: date) -> frozenset[int]:
    """Return the ids of the units and of the predecessors they alone, or by mark, answer for. One query."""
    return frozenset(unit for _start, unit in _rows(ANSWERS_SQL, units, on))


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
