"""The dated rows that give rights on a day, and how far the units among them reach: each request begins with it.

What a kind of rows does not have is NULL; the first column is `rights.Kind`, or `FAR` in the row of a unit that
somebody is posted to.
"""

# ruff: noqa: S608 - composed of the constants of this file; every value is a parameter

from __future__ import annotations

from functools import cache

from accounts.dated import holds_sql
from steering.tree import far_and_answers_sql

FAR = "far"


_COLUMNS = "kind, user_id, what, seat, role, committee, codename, posting, valid_from, valid_until, place"
_NOT = "NULL::bigint"
# By whose rows they are, in the order of `place`.
_GIVEN = {
    "staff": f"""
SELECT 'committee', c.user_id, c.committee_id, {_NOT}, NULL, c.committee_id, NULL, {_NOT}, c.valid_from,
    c.valid_until, 1
    FROM steering_committeestaff c WHERE c.user_id = ANY(%(staff)s::bigint[]) AND {holds_sql("c")}""",
    "seated": f"""
SELECT 'seat', h.user_id, h.seat_id, h.seat_id, s.role, s.committee_id, NULL, {_NOT}, h.valid_from, h.valid_until, 2
    FROM steering_seatholding h JOIN steering_seat s ON s.id = h.seat_id
    WHERE h.user_id = ANY(%(seated)s::bigint[]) AND {holds_sql("h")}
UNION ALL
SELECT 'holding', a.user_id, a.holding_id, h.seat_id, s.role, s.committee_id, NULL, {_NOT}, a.valid_from,
    a.valid_until, 3
    FROM steering_assistant a
    JOIN steering_seatholding h ON h.id = a.holding_id JOIN steering_seat s ON s.id = h.seat_id
    WHERE a.user_id = ANY(%(seated)s::bigint[]) AND {holds_sql("a")} AND {holds_sql("h")}""",
    "posted": f"""
SELECT 'unit', u.user_id, u.content_object_id, {_NOT}, NULL, {_NOT}, p.codename, u.posting_id, u.valid_from,
    u.valid_until, 4
    FROM steering_unituserobjectpermission u JOIN auth_permission p ON p.id = u.permission_id
    WHERE u.user_id = ANY(%(posted)s::bigint[]) AND {holds_sql("u")} AND NOT EXISTS (SELECT 1 FROM steering_succession s
        WHERE s.from_unit_id = u.content_object_id AND s.takes_effect_on <= %(on)s)""",
    "all": f"""
SELECT 'directive', g.user_id, g.content_object_id, {_NOT}, NULL, {_NOT}, NULL, {_NOT}, g.valid_from, g.valid_until, 5
    FROM directives_directiveuserobjectpermission g JOIN auth_permission p ON p.id = g.permission_id
    WHERE g.user_id = ANY(%(all)s::bigint[]) AND {holds_sql("g")} AND p.codename = 'see_directive'""",
}
_TABLES, _FAR = far_and_answers_sql("(SELECT DISTINCT what AS unit FROM given WHERE kind = 'unit') posted")
_NONE = "NULL::bigint[] AS own, NULL::bigint[] AS below, NULL::bigint[] AS answers"


@cache
def sources_sql(whose: tuple[str, ...]) -> str:
    """Return the statement for persons of whom some are `staff`, `seated`, `posted`: whose rows of a kind count.

    Its parameters are their ids under these names and under `all`, and the day as `on`. What nobody can have is not
    asked for: most of such a statement's time is its plan.
    """
    given = "\nUNION ALL".join(sql for name, sql in _GIVEN.items() if name == "all" or name in whose)
    if "posted" not in whose:
        return f"SELECT given.*, {_NONE} FROM ({given}) given({_COLUMNS}) ORDER BY place"
    return f"""
WITH RECURSIVE given({_COLUMNS}) AS MATERIALIZED ({given}), {_TABLES}
SELECT given.*, {_NONE} FROM given
UNION ALL
SELECT '{FAR}', NULL, far.start, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 6, far.own, far.below, far.answers
    FROM ({_FAR}) far
ORDER BY place"""
