"""The statements of `plan`: rows of due work joined with their recipients, inserted where the key is new.

`due`, `step` and `falls` are three columns: for each due date the step that stands for it and the day on which it fell.
Whatever else a row is given, its `message_id` stays empty: composing a mail fills it.
"""

# ruff: noqa: S608 - composed of the constants of this file; every value is a parameter

from __future__ import annotations

from directives.models import PolicyStep

_HOLDS = """({row}.valid_from IS NULL OR {row}.valid_from <= %(on)s)
        AND ({row}.valid_until IS NULL OR {row}.valid_until >= %(on)s)"""


def _holds(row: str) -> str:
    """Return the condition that a dated row holds on the day: `accounts.dated.holds_on` in SQL."""
    return _HOLDS.format(row=row)


# Why an account cannot be written to; `email` is where it would be.
def _account_skip(account: str, email: str) -> str:
    return (
        f"CASE WHEN {account}.id IS NOT NULL AND NOT {account}.is_active THEN 'inactive'"
        f" WHEN {email} = '' THEN 'no_address' ELSE '' END"
    )


_RUNG = """rung(due_on, step_id, falls_on) AS (
    SELECT * FROM unnest(%(due)s::date[], %(step)s::bigint[], %(falls)s::date[]))"""

_FROM = """FROM directives_assignment a
    JOIN rung r ON r.due_on = a.due_on
    JOIN directives_directive d ON d.id = a.directive_id"""
_WHERE = """WHERE d.committee_id = %(committee)s AND d.state = 'issued' AND NOT d.is_standing
      AND a.status = ANY(%(statuses)s) AND a.part = ANY(%(parts)s)"""

_INSERT = """added AS (
    INSERT INTO directives_reminder
        (assignment_id, step_id, falls_on, due_on, planned_on, recipient_key, skip)
    {select}
    ON CONFLICT DO NOTHING
    RETURNING skip)
SELECT skip, count(*) FROM added GROUP BY skip"""

_COLUMNS = "due.assignment_id, due.step_id, due.falls_on, due.due_on, %(on)s"

# Nobody was ever to be written to on a day before the work was given; that is said before any other reason.
_TOO_EARLY = "r.falls_on < a.assigned_on AS too_early"
_BEFORE_GIVEN = "CASE WHEN due.too_early THEN 'before_given'"


def _statement(*parts: str, select: str) -> str:
    return "WITH " + ",\n".join((*parts, _INSERT.format(select=select)))


# --- The unit ---------------------------------------------------------------------------------------------------
# `units` and `answers` name the successions of the day: who answers for a unit that others succeeded, empty where
# several did and nobody is marked. A unit chosen for one assignment stands before that.
_ANSWERED = f"""answer(unit_id, answers_id) AS (
    SELECT * FROM unnest(%(units)s::bigint[], %(answers)s::bigint[])),
due AS (
    SELECT a.id AS assignment_id, a.unit_id AS given_to, a.due_on, r.step_id, r.falls_on, {_TOO_EARLY},
        CASE WHEN own.unit_id IS NULL THEN a.unit_id
             WHEN a.answering_unit_id IS NULL THEN own.answers_id
             WHEN chosen.unit_id IS NULL THEN a.answering_unit_id
             ELSE chosen.answers_id END AS unit_id
    {_FROM}
    LEFT JOIN answer own ON own.unit_id = a.unit_id
    LEFT JOIN answer chosen ON chosen.unit_id = a.answering_unit_id
    {_WHERE})"""

_POSTED = f"""FROM steering_posting p JOIN accounts_user u ON u.id = p.user_id
    WHERE {_holds("p")}"""

_OFFICERS = f"""recipient(unit_id, key, skip) AS (
    SELECT DISTINCT p.unit_id, 'user:' || u.id, {_account_skip("u", "u.email")}
    {_POSTED} AND p.duty = 'officer')"""

_MAILBOX = """recipient(unit_id, key, skip) AS (
    SELECT id, 'unit:' || id, CASE WHEN mailbox = '' THEN 'no_address' ELSE '' END FROM steering_unit)"""

# The head; without one in office the deputies; only then the locked account, with that reason.
_HEAD = f"""recipient(unit_id, key, skip) AS (
    SELECT DISTINCT unit_id, key, skip FROM (
        SELECT p.unit_id, 'user:' || u.id AS key, {_account_skip("u", "u.email")} AS skip,
            rank() OVER (PARTITION BY p.unit_id ORDER BY NOT u.is_active, p.duty <> 'head') AS turn
        {_POSTED} AND p.duty IN ('head', 'deputy')) ranked
    WHERE turn = 1)"""

_TO_UNIT = f"""SELECT {_COLUMNS},
        CASE WHEN due.unit_id IS NULL THEN 'unit:' || due.given_to
             WHEN NOT (u.in_sector OR u.automatic_mail) THEN 'unit:' || due.unit_id
             ELSE coalesce(recipient.key, %(audience)s || ':' || due.unit_id) END,
        {_BEFORE_GIVEN} WHEN due.unit_id IS NULL THEN 'undecided'
             WHEN NOT (u.in_sector OR u.automatic_mail) THEN 'outside_sector'
             ELSE coalesce(recipient.skip, 'vacant') END
    FROM due LEFT JOIN steering_unit u ON u.id = due.unit_id
    LEFT JOIN recipient ON recipient.unit_id = due.unit_id AND (u.in_sector OR u.automatic_mail)"""

UNIT: dict[str, str] = {
    PolicyStep.Audience.OFFICERS: _statement(_RUNG, _ANSWERED, _OFFICERS, select=_TO_UNIT),
    PolicyStep.Audience.MAILBOX: _statement(_RUNG, _ANSWERED, _MAILBOX, select=_TO_UNIT),
    PolicyStep.Audience.HEAD: _statement(_RUNG, _ANSWERED, _HEAD, select=_TO_UNIT),
}

# --- The seat that supervises -----------------------------------------------------------------------------------
# Whoever has an account is written to as that account, so that a person in two parts still gets one digest.
_SEAT = f"""due AS (
    SELECT a.id AS assignment_id, a.due_on, r.step_id, r.falls_on, {_TOO_EARLY}, d.supervisor_id AS seat_id
    {_FROM} {_WHERE} AND d.supervisor_id IS NOT NULL
      AND (a.submitted_on IS NULL OR a.submitted_on > a.due_on)),
holder AS (
    SELECT h.id, h.seat_id, h.user_id, h.email FROM steering_seatholding h WHERE {_holds("h")}),
person(seat_id, key, user_id, email) AS (
    SELECT seat_id, coalesce('user:' || user_id, 'holding:' || id), user_id, email FROM holder
  UNION
    SELECT h.seat_id, coalesce('user:' || s.user_id, 'assistant:' || s.id), s.user_id, s.email
    FROM steering_assistant s JOIN holder h ON h.id = s.holding_id WHERE {_holds("s")}),
recipient(seat_id, key, skip) AS (
    SELECT seat_id, key, min({_account_skip("u", "coalesce(nullif(u.email, ''), person.email)")})
    FROM person LEFT JOIN accounts_user u ON u.id = person.user_id GROUP BY seat_id, key)"""

SUPERVISOR = _statement(
    _RUNG,
    _SEAT,
    select=f"""SELECT {_COLUMNS}, coalesce(recipient.key, 'seat:' || due.seat_id),
        {_BEFORE_GIVEN} ELSE coalesce(recipient.skip, 'vacant') END
    FROM due LEFT JOIN recipient ON recipient.seat_id = due.seat_id""",
)

# --- The secretariat, once a week -------------------------------------------------------------------------------
# All that is due within the week or waits for it to confirm; the day of each row is the week's Monday. What was given
# since that Monday is not left out of anything: it stands in the next letter.
SECRETARIAT = _statement(
    _RUNG,
    f"""due AS (
    SELECT a.id AS assignment_id, a.due_on, r.step_id, r.falls_on
    {_FROM} {_WHERE} AND r.falls_on >= a.assigned_on
      AND (a.status = 'submitted' OR a.due_on <= r.falls_on + %(week)s::int))""",
    "recipient(key, skip) AS (SELECT * FROM unnest(%(keys)s::text[], %(skips)s::text[]))",
    select=f"SELECT {_COLUMNS}, recipient.key, recipient.skip FROM due CROSS JOIN recipient",
)
