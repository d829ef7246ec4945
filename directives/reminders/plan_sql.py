"""The statements of `plan`: due work joined with its recipients, inserted where the reminder is new.

`day`, `due`, `step`, `falls`, `old` and `again` are six columns: for each day that is planned and each due date the
steps that have fallen, the day on which each did, whether that was missed for too long, and until when a repeated one
may have been told before. `place`, `key`, `skip` and `fallback` are the recipients of `audience`.
Whatever else a row is given, its `message_id` stays empty: composing a mail fills it.

Each statement has two forms: one writes what is new, one tells it and writes nothing (`outlook`). The latter is given
several days at once, and leaves to who asks whatever of those days depends on the days before: on a day off only what
is hỏa tốc, and what was told by then. `work`: only of one assignment; `partly`: only to these recipients, though others
are written to, too; `near`: the units whose work it can be then; `ahead`: what still waits for its mail is known.
"""

# ruff: noqa: S608 - composed of the constants of this file; every value is a parameter

from __future__ import annotations

from typing import NamedTuple

_RUNG = """rung(day, due_on, step_id, falls_on, too_old, again) AS (
    SELECT * FROM unnest(%(day)s::date[],
        %(due)s::date[], %(step)s::bigint[], %(falls)s::date[], %(old)s::boolean[], %(again)s::date[]))"""

_RECIPIENT = """recipient(place, key, skip, fallback) AS (
    SELECT * FROM unnest(%(place)s::bigint[], %(key)s::text[], %(skip)s::text[], %(fallback)s::text[]))"""

# `units` and `answers` name the successions of the day: who answers for a unit that others succeeded, empty where
# several did and nobody is marked. A unit chosen for one assignment stands before that.
_ANSWER = """answer(unit_id, answers_id) AS (
    SELECT * FROM unnest(%(units)s::bigint[], %(answers)s::bigint[]))"""
ANSWERING = """CASE WHEN own.unit_id IS NULL THEN a.unit_id
             WHEN a.answering_unit_id IS NULL THEN own.answers_id
             WHEN chosen.unit_id IS NULL THEN a.answering_unit_id
             ELSE chosen.answers_id END"""
JOIN_ANSWER = """LEFT JOIN answer own ON own.unit_id = a.unit_id
    LEFT JOIN answer chosen ON chosen.unit_id = a.answering_unit_id"""

# Which work a policy is about: that of directives which name it, and, if it is general, of those which name none.
_WORK = """FROM directives_assignment a
    JOIN rung r ON r.due_on = a.due_on
    JOIN directives_directive d ON d.id = a.directive_id
    JOIN directives_policystep s ON s.id = r.step_id
    {joins}
    WHERE d.committee_id = %(committee)s AND d.state = 'issued' AND NOT d.is_standing
      AND (d.reminder_policy_id = %(policy)s OR (%(general)s AND d.reminder_policy_id IS NULL))
      AND a.status = ANY(%(statuses)s) AND a.part = ANY(%(parts)s)
      AND (s.urgencies = '{{}}' OR d.urgency = ANY(s.urgencies))
      AND (s.kinds = '{{}}' OR d.kind = ANY(s.kinds))
      AND (s.parts = '{{}}' OR a.part = ANY(s.parts))
      AND (s.statuses = '{{}}' OR a.status = ANY(s.statuses))
      AND (s.document_id IS NULL OR d.document_id = s.document_id)
      AND (NOT %(express_only)s OR d.urgency = 'express')
      AND (%(work)s::bigint IS NULL OR a.id = %(work)s)"""

# A rehearsal begins as if what was planned since its first day had not been, but by its own steps.
_COUNTS = """(%(begun_on)s::date IS NULL OR x.planned_on < %(begun_on)s OR x.step_id = ANY(%(instead)s::bigint[]))
          AND (NOT %(ahead)s OR x.message_id IS NOT NULL OR x.skip <> '')"""
# What was told once for a due date is not told again, whatever became of the policy meanwhile: neither the same step,
# unless it repeats and its turn has come, nor any step that fell earlier than what the recipient knows.
_FRESH = f"""fresh AS (
    SELECT due.assignment_id, due.step_id, due.falls_on, due.due_on, due.day, {{key}} AS key,
        CASE WHEN due.too_early THEN 'before_given' WHEN due.too_old THEN 'too_old' ELSE {{skip}} END AS skip,
        coalesce(to_.fallback, '') AS fallback,
        %(watching)s OR coalesce(to_.fallback, '') IN ('superior', 'secretariat') AS watching,
        due.again, due.is_express
    FROM due LEFT JOIN recipient to_ ON to_.place = due.place
    WHERE NOT EXISTS (
        SELECT 1 FROM directives_reminder x JOIN directives_policystep xs ON xs.id = x.step_id
        WHERE x.assignment_id = due.assignment_id AND x.due_on = due.due_on AND x.recipient_key = {{key}}
          AND xs.audience = %(audience)s
          AND (x.falls_on >= due.falls_on
               OR (x.step_id = due.step_id AND x.skip = '' AND (due.again IS NULL OR x.falls_on > due.again)))
          AND {_COUNTS}))"""
_WRITTEN = """,
added AS (
    INSERT INTO directives_reminder
        (assignment_id, step_id, falls_on, due_on, planned_on, recipient_key, skip, fallback, watching, at_once)
    SELECT assignment_id, step_id, falls_on, due_on, day, key, skip, fallback, watching, false FROM fresh
    ON CONFLICT DO NOTHING
    RETURNING skip)
SELECT skip, count(*) FROM added GROUP BY skip"""
_TOLD = "\nSELECT * FROM fresh ORDER BY assignment_id, key"


class Statement(NamedTuple):
    """A plan for one audience: as it is written, and as it is told."""

    written: str
    told: str


def _statement(*tables: str, place: str, joins: str = "", also: str = "", key: str, skip: str) -> Statement:
    due = f"""due AS (
    SELECT DISTINCT ON (r.day, a.id) a.id AS assignment_id, a.unit_id AS given_to, a.due_on, s.id AS step_id,
        r.falls_on, r.day, r.falls_on < a.assigned_on AS too_early, r.too_old, r.again, {place} AS place,
        d.urgency = 'express' AS is_express
    {_WORK.format(joins=joins)} {also}
      AND (NOT %(partly)s OR {place} = ANY(%(place)s::bigint[]))
    ORDER BY r.day, a.id, r.falls_on DESC, s.offset_days DESC, s.id DESC)"""
    fresh = "WITH " + ",\n".join((_RUNG, _RECIPIENT, *tables, due, _FRESH.format(key=key, skip=skip)))
    return Statement(fresh + _WRITTEN, fresh + _TOLD)


# What was reported in time waits for the secretariat and is nobody else's to worry about.
_NOT_REPORTED_IN_TIME = "AND (a.submitted_on IS NULL OR a.submitted_on > a.due_on)"

OF_UNIT = _statement(
    _ANSWER,
    place=ANSWERING,
    joins=JOIN_ANSWER,
    also=f"""AND (NOT %(watching)s OR (true {_NOT_REPORTED_IN_TIME}))
      AND (%(near)s::bigint[] IS NULL OR a.unit_id = ANY(%(near)s) OR a.answering_unit_id = ANY(%(near)s))""",
    key="CASE WHEN due.place IS NULL THEN 'unit:' || due.given_to ELSE to_.key END",
    skip="CASE WHEN due.place IS NULL THEN 'undecided' ELSE to_.skip END",
)

OF_SEAT = _statement(
    place="d.supervisor_id",
    also=f"AND d.supervisor_id IS NOT NULL {_NOT_REPORTED_IN_TIME}",
    key="to_.key",
    skip="to_.skip",
)

OF_ALL = _statement(place="0", also=_NOT_REPORTED_IN_TIME, key="to_.key", skip="to_.skip")

# --- The secretariat, once a week -------------------------------------------------------------------------------
# All that is due within the week or waits for it to confirm; the day of each row is the week's Monday. What was given
# since that Monday is not left out of anything: it stands in the next letter.
_OF_THE_WEEK = f"""WITH {_RUNG},
{_RECIPIENT},
fresh AS (
    SELECT a.id AS assignment_id, s.id AS step_id, r.falls_on, a.due_on, r.day, to_.key, to_.skip, '' AS fallback,
        true AS watching, r.again, d.urgency = 'express' AS is_express
    {_WORK.format(joins="CROSS JOIN recipient to_")}
      AND r.falls_on >= a.assigned_on
      AND (a.status = 'submitted' OR a.due_on <= r.falls_on + %(week)s::int)
      AND NOT EXISTS (
        SELECT 1 FROM directives_reminder x JOIN directives_policystep xs ON xs.id = x.step_id
        WHERE x.assignment_id = a.id AND x.due_on = a.due_on AND x.recipient_key = to_.key
          AND xs.audience = %(audience)s AND x.falls_on >= r.falls_on AND {_COUNTS}))"""
# Of the days of a week the first tells it.
WEEKLY = Statement(
    _OF_THE_WEEK + _WRITTEN,
    f"""{_OF_THE_WEEK}
SELECT DISTINCT ON (assignment_id, key, step_id, falls_on) * FROM fresh
ORDER BY assignment_id, key, step_id, falls_on, day""",
)

# --- News -------------------------------------------------------------------------------------------------------
# Without an assignment it is about all of the directive that nobody was told of in the same way. Who did it knows.
_AT_ONCE = "(%(at_once)s AND (due.is_express OR coalesce(p.events, 'at_once') = 'at_once'))"
NEWS = f"""WITH {_RECIPIENT},
{_ANSWER},
due AS (
    SELECT a.id AS assignment_id, a.due_on, a.unit_id AS given_to, d.urgency = 'express' AS is_express,
        CASE WHEN %(everywhere)s THEN 0 ELSE {ANSWERING} END AS place
    FROM directives_assignment a JOIN directives_directive d ON d.id = a.directive_id
    {JOIN_ANSWER}
    WHERE (a.directive_id = %(directive)s OR a.id = %(assignment)s)
      AND (%(assignment)s::bigint IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM directives_reminder x JOIN directives_occasion o ON o.id = x.occasion_id
        JOIN directives_occasion now_ ON now_.id = %(occasion)s
        WHERE x.assignment_id = a.id AND o.kind = now_.kind AND o.id <> now_.id))),
added AS (
    INSERT INTO directives_reminder
        (assignment_id, occasion_id, falls_on, due_on, planned_on, recipient_key, skip, fallback, watching, at_once)
    SELECT due.assignment_id, %(occasion)s, CASE WHEN {_AT_ONCE} THEN %(on)s ELSE %(digest_on)s END, due.due_on, %(on)s,
        CASE WHEN due.place IS NULL THEN 'unit:' || due.given_to ELSE to_.key END,
        CASE WHEN %(too_old)s THEN 'too_old' WHEN due.place IS NULL THEN 'undecided' ELSE to_.skip END,
        coalesce(to_.fallback, ''), %(everywhere)s,
        {_AT_ONCE}
    FROM due LEFT JOIN recipient to_ ON to_.place = due.place
    LEFT JOIN directives_mailpreference p ON to_.key = 'user:' || p.user_id
    WHERE to_.key IS DISTINCT FROM %(by)s AND (due.place IS NULL OR to_.key IS NOT NULL)
    ON CONFLICT DO NOTHING
    RETURNING skip)
SELECT skip, count(*) FROM added GROUP BY skip"""
