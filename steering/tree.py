"""How far a unit reaches: its children and predecessors, recursively, as of a day; and who answers for it."""

# ruff: noqa: S608 - statements are composed of the constants of this file; every value is a parameter

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from accounts.dated import holds_sql


# One walk down from each unit: children by dated parent rows, predecessors by successions in effect; `own` while
# it followed successions only. UNION stops at cycles.
def _reach(start: str) -> str:
    return f"""reach(start, id, own) AS (
    SELECT unit, unit, true FROM {start}
  UNION
    SELECT reach.start, step.id, reach.own AND step.own FROM reach JOIN LATERAL (
        SELECT p.unit_id AS id, false AS own FROM steering_unitparent p
        WHERE p.parent_id = reach.id AND {holds_sql("p")}
      UNION ALL
        SELECT s.from_unit_id, true FROM steering_succession s
        WHERE s.to_unit_id = reach.id AND s.takes_effect_on <= %(on)s
    ) step ON true)"""


# The same walk along successions only, where the successor is the one that answers: alone, or marked so.
def _answers(start: str) -> str:
    return f"""answers(start, id) AS (
    SELECT unit, unit FROM {start}
  UNION
    SELECT answers.start, s.from_unit_id FROM answers JOIN steering_succession s
      ON s.to_unit_id = answers.id AND s.takes_effect_on <= %(on)s
     AND (s.answering OR NOT EXISTS (
        SELECT 1 FROM steering_succession other
        WHERE other.from_unit_id = s.from_unit_id AND other.id <> s.id AND other.takes_effect_on <= %(on)s)))"""


_GIVEN = "unnest(%(units)s::bigint[]) unit"
REACH_SQL = f"WITH RECURSIVE {_reach(_GIVEN)} SELECT start, id, bool_or(own) FROM reach GROUP BY start, id"
ANSWERS_SQL = f"WITH RECURSIVE {_answers(_GIVEN)} SELECT start, id FROM answers"
# One walk up from each unit, a step to the successor that answers; the step to nobody, and one that closes a circle, is
# the last.
ENDS_SQL = """
WITH RECURSIVE chain(start, unit, step) AS (
    SELECT id, id, 0 FROM unnest(%(units)s::bigint[]) id
  UNION ALL
    SELECT chain.start, onward.id, chain.step + 1 FROM chain JOIN LATERAL (
        SELECT CASE
            WHEN count(*) FILTER (WHERE s.answering) = 1 THEN max(s.to_unit_id) FILTER (WHERE s.answering)
            WHEN count(*) = 1 THEN max(s.to_unit_id)
        END AS id
        FROM steering_succession s
        WHERE s.from_unit_id = chain.unit AND s.takes_effect_on <= %(on)s
        HAVING count(*) > 0
    ) onward ON true
) CYCLE start, unit SET is_closed USING path,
ends AS (SELECT DISTINCT ON (start) start, unit FROM chain ORDER BY start, step DESC)
SELECT ends.start, ends.unit, (SELECT name FROM steering_unit WHERE id = ends.start),
    CASE WHEN ends.unit <> ends.start THEN (SELECT name FROM steering_unit WHERE id = ends.unit) END FROM ends"""


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


def far_and_answers_sql(start: str) -> tuple[str, str]:
    """Return for a larger statement the recursive tables of how far units reach and for whom they answer, and a SELECT
    of them; `start` is a FROM clause that gives the column `unit`, and the day is the parameter `on`.

    A row a unit: its id and the ids as three arrays, `own`, `below` (as in `Reach`, where both: own) and `answers`.
    """
    rows = """SELECT far.start, far.own, far.below, by.answers FROM (
        SELECT start, array_agg(id) FILTER (WHERE is_own) AS own, array_agg(id) FILTER (WHERE NOT is_own) AS below
        FROM (SELECT start, id, bool_or(own) AS is_own FROM reach GROUP BY start, id) each_once GROUP BY start
    ) far JOIN (SELECT start, array_agg(id) AS answers FROM answers GROUP BY start) by USING (start)"""
    return f"{_reach(start)}, {_answers(start)}", rows


def reach(units: Iterable[int], *, on: date) -> frozenset[int]:
    """Return the ids of the units, of all below them and of all they succeeded, as of a day (Hà Nội). One query."""
    return frozenset(unit for far in reaches(units, on=on).values() for unit in far.own | far.below)


def answers_for(units: Iterable[int], *, on: date) -> frozenset[int]:
    """Return the ids of the units and of the predecessors they alone, or by mark, answer for. One query."""
    return frozenset(unit for _start, unit in _rows(ANSWERS_SQL, units, on))


def answering(units: Iterable[int], *, on: date) -> dict[int, int | None]:
    """Return for each unit the id of the one that answers for it on that day: itself, the end of its chain of
    successors, or None where several took over and none is marked. One query."""
    return {start: end for start, end, _name, _end_name in _rows(ENDS_SQL, units, on)}


def answering_and_names(units: Iterable[int], *, on: date) -> tuple[dict[int, int | None], dict[int, str]]:
    """Return what `answering` returns, and the names of all the units it tells of. One query."""
    rows = _rows(ENDS_SQL, units, on)
    names = {start: name for start, _end, name, _end_name in rows}
    names |= {end: end_name for start, end, _name, end_name in rows if end not in (start, None)}
    return {start: end for start, end, _name, _end_name in rows}, names
