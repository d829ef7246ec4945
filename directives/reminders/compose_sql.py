"""The statements of `compose`: what waits for some mails, checked against the case as it stands."""

# ruff: noqa: S608 - composed of the constants of this file; every value is a parameter

from __future__ import annotations

from directives.lifecycle import OPEN

# Which mail a reminder goes into. News at once, the secretariat's weekly letter, and the digest of the day.
KIND = """CASE WHEN r.at_once THEN 'event' WHEN s.audience = 'secretariat' THEN 'weekly' ELSE 'digest' END"""

_JOINS = """JOIN directives_assignment a ON a.id = r.assignment_id
    JOIN directives_directive d ON d.id = a.directive_id
    LEFT JOIN directives_policystep s ON s.id = r.step_id
    LEFT JOIN directives_occasion o ON o.id = r.occasion_id"""
# On a day off only what is hỏa tốc goes, and never a part of the week's letter: the rest of it would not follow.
_WAITS = """r.message_id IS NULL AND r.skip = '' AND r.falls_on <= %(on)s
      AND (NOT %(express_only)s OR (d.urgency = 'express' AND s.audience IS DISTINCT FROM 'secretariat'))"""

GROUPS = f"""SELECT DISTINCT d.committee_id, r.recipient_key, {KIND}
    FROM directives_reminder r {_JOINS}
    WHERE {_WAITS} AND (%(committees)s::bigint[] IS NULL OR d.committee_id = ANY(%(committees)s))
    ORDER BY 1, 2, 3"""

_OPEN = ", ".join(f"'{status.value}'" for status in OPEN)
_ASKING = (
    "EXISTS (SELECT 1 FROM directives_extensionrequest e WHERE e.assignment_id = a.id AND e.state = 'open')"
)
# The first reason that applies; empty when the reminder still holds.
_CASES = f"""WHEN a.status = 'suspended' THEN 'suspended'
        WHEN a.status NOT IN ({_OPEN}) OR d.state <> 'issued' OR (s.id IS NOT NULL AND d.is_standing) THEN 'closed'
        WHEN (o.kind = 'presented' AND a.with_head_since IS NULL)
          OR (o.kind = 'submitted' AND a.status <> 'submitted')
          OR (o.kind = 'declined' AND a.status <> 'declined')
          OR (o.kind = 'sent_back' AND a.status = 'submitted')
          OR (o.kind = 'asked' AND NOT {_ASKING}) THEN 'settled'
        WHEN s.id IS NULL THEN ''
        WHEN a.due_on IS DISTINCT FROM r.due_on THEN 'due_changed'
        WHEN NOT r.watching AND a.status = 'declined' THEN 'declined'
        WHEN a.status = 'submitted' AND (NOT r.watching
            OR (a.submitted_on <= a.due_on AND s.audience <> 'secretariat')) THEN 'submitted'"""
_REASON = f"""CASE
        {_CASES}
        WHEN r.falls_on < max(r.falls_on) OVER (PARTITION BY r.recipient_key, r.assignment_id, s.audience)
            THEN 'superseded'
        WHEN s.may_mute AND a.due_on >= %(on)s AND p.mutes THEN 'muted'
        ELSE '' END"""

# `waiting.Row`, but for the reason.
_FACTS = f"""r.recipient_key, {KIND} AS kind, r.id, r.watching, r.fallback, a.id, a.directive_id, a.unit_id,
        a.answering_unit_id, a.part, a.status, a.progress, a.due_on, a.original_due_on, a.submitted_on, u.order,
        d.supervisor_id, d.is_restricted, d.urgency = 'express', coalesce(o.kind, ''), coalesce(o.text, '')"""

# What waits for these recipients, of these kinds, each row with the reason against it, if there is one. What is one's
# own comes before what one watches: `digest` tells it once, as one's own.
ROWS = f"""SELECT {_FACTS}, {_REASON}
    FROM directives_reminder r
    {_JOINS}
    JOIN steering_unit u ON u.id = a.unit_id
    LEFT JOIN directives_mailpreference p ON r.recipient_key = 'user:' || p.user_id
    WHERE {_WAITS} AND d.committee_id = %(committee)s AND r.recipient_key = ANY(%(keys)s::text[])
      AND {KIND} = ANY(%(kinds)s::text[])
    ORDER BY r.recipient_key, kind, r.watching, r.id"""

# The same of what is only foreseen, with what of the reason does not depend on the day of the mail nor on what else is
# in it; then the committee, and whether the recipient has muted such reminders.
FORESEEN = f"""SELECT {_FACTS}, CASE {_CASES} ELSE '' END,
        d.committee_id, coalesce(s.may_mute AND p.mutes, false)
    FROM unnest(%(id)s::bigint[], %(assignment)s::bigint[], %(step)s::bigint[], %(occasion)s::bigint[], %(key)s::text[],
        %(falls_on)s::date[], %(due_on)s::date[], %(watching)s::boolean[], %(at_once)s::boolean[],
        %(fallback)s::text[])
      AS r(id, assignment_id, step_id, occasion_id, recipient_key, falls_on, due_on, watching, at_once, fallback)
    {_JOINS}
    JOIN steering_unit u ON u.id = a.unit_id
    LEFT JOIN directives_mailpreference p ON r.recipient_key = 'user:' || p.user_id
    ORDER BY r.watching, r.id"""

# What a rehearsal planned for a day, with the reason that composing would find.
REHEARSED = f"""SELECT r.recipient_key, {KIND}, {_REASON}, d.id, d.supervisor_id, d.is_restricted,
        a.unit_id, a.answering_unit_id
    FROM directives_reminder r
    {_JOINS}
    LEFT JOIN directives_mailpreference p ON r.recipient_key = 'user:' || p.user_id
    WHERE r.step_id = ANY(%(steps)s) AND r.planned_on = %(on)s AND r.skip = '' AND d.committee_id = %(committee)s"""
