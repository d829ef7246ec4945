"""The SQL of the cases: which assignment has which story and when, and the rows that follow from it.

Chance is a hash of the seed and of the numbers of directive and unit, so it falls alike in every statement and on
every machine. Each statement begins with `CASES`; nothing here depends on ids.
"""

from __future__ import annotations


def _workday(day: str) -> str:
    """A day, or the Friday before it when it lies in a weekend."""
    return f"({day} - greatest(0, extract(isodow FROM {day})::int - 5))"


def _day(of: str, value: str) -> str:
    return _workday(
        f"""(CASE {of} WHEN 'share' THEN c.first_on + floor({value} * (c.last_on - c.first_on)
            * CASE WHEN {value} < 1 THEN c.pace ELSE 1 END)::int
        WHEN 'due' THEN c.due_on + {value}::int WHEN 'first' THEN c.given_on + {value}::int
        ELSE c.last_on + {value}::int * c.lag END)"""
    )


def day_of(row: str, prefix: str = "") -> str:
    """Return the day (Hà Nội) of a step of `row`, NULL where there is none."""
    return _day(f"{row}.{prefix}of", f"{row}.{prefix}value")


def instant_of(row: str, prefix: str = "") -> str:
    """Return the instant of a step of `row`, NULL where there is none."""
    return f"""(({day_of(row, prefix)} + make_interval(hours => {row}.{prefix}hour,
            mins => CASE WHEN {row}.{prefix}sharp THEN 0 ELSE c.minute END)) AT TIME ZONE 'Asia/Ho_Chi_Minh')"""


def _one_of(texts: str) -> str:
    return f"(%({texts})s::text[])[1 + ((c.own >> 33) %% cardinality(%({texts})s::text[]))::int]"


CASES = f"""
WITH directive AS (
    SELECT d.id AS directive_id, t.number, t.phase, t.lead, t.size, d.given_on, d.due_on, d.document_id, d.given_by,
        d.deadline_words
    FROM unnest(%(directives)s::bigint[], %(numbers)s::int[], %(phases)s::text[], %(leads)s::int[], %(sizes)s::int[])
        AS t(id, number, phase, lead, size)
    JOIN directives_directive d ON d.id = t.id
), unit AS (
    SELECT * FROM unnest(%(units)s::bigint[], %(officers)s::bigint[], %(heads)s::bigint[])
        WITH ORDINALITY AS t(id, officer, head, number)
), dealt AS (
    SELECT d.*, u.id AS unit_id, u.officer, u.head, u.number AS unit_number,
        CASE WHEN d.lead = 0 THEN 'each' WHEN d.lead = u.number THEN 'lead' ELSE 'coordinating' END AS part,
        d.lead = 0 AND d.phase IN ('past', 'current') AND u.number < %(count)s
            AND (u.number + 7 * d.number) %% %(transferred_each)s = 0 AS gives,
        d.lead = 0 AND d.phase IN ('past', 'current') AND u.number > 1
            AND (u.number - 1 + 7 * d.number) %% %(transferred_each)s = 0 AS takes,
        -- In a joint directive that is over everything follows the lead.
        CASE WHEN d.lead > 0 AND d.phase = 'past' THEN d.lead ELSE u.number END AS of_number
    FROM directive d JOIN unit u ON (u.number - greatest(d.lead, 1) + %(count)s) %% %(count)s < d.size
), hashed AS (
    SELECT dealt.*, hashint8extended(number * 1000003::bigint + of_number, %(seed)s) & 9223372036854775807 AS chance,
        hashint8extended(number * 1000003::bigint + unit_number, %(seed)s + 1) & 9223372036854775807 AS own,
        hashint8extended(of_number, %(seed)s + 2) & 1023 AS bent
    FROM dealt
), timed AS (
    SELECT *, coalesce(due_on, given_on + 60) AS until,
        CASE WHEN takes THEN {_workday("(given_on + %(transferred_after)s)")} ELSE given_on END AS first_on,
        -- Spread evenly, so that small sectors have every story; bent, so that some units are slower than others.
        floor(10000 * power(
            mod((number::numeric * %(count)s + of_number) * 0.6180339887 + %(seed)s * 0.123, 1)::float8,
            exp((bent - 512) / 1400.0)::float8))::int AS roll
    FROM hashed
), told AS (
    SELECT t.*, CASE WHEN t.gives THEN 'transferred' ELSE o.story END AS story, o.ends
    FROM timed t JOIN jsonb_to_recordset(%(chances)s::jsonb)
            AS o(phase text, part text, story text, ends text, low int, high int)
        ON o.phase = t.phase AND o.part = t.part AND o.low <= t.roll AND t.roll < o.high
), ending AS (
    SELECT %(first)s + (number - %(first_number)s) * %(count)s::bigint + unit_number - 1 AS id, told.*,
        ((chance >> 12) %% 50)::int + 5 AS minute, 1 + ((chance >> 20) & 3)::int AS lag,
        0.6 + 0.4 * ((own >> 4) & 255) / 256.0 AS pace,
        CASE ends
            WHEN 'in_time' THEN greatest(first_on + 6, least(until - ((chance >> 28) %% 12)::int, %(on)s::date - 6))
            WHEN 'late' THEN least(due_on + 3 + ((chance >> 28) %% 35)::int, %(on)s::date - 6)
            WHEN 'later' THEN {_workday("(due_on + 30)")} - ((chance >> 28) %% 12)::int
            WHEN 'early' THEN first_on + 5 + ((chance >> 28) %% 20)::int
            WHEN 'stale' THEN until - ((chance >> 28) %% 20)::int
            ELSE greatest(first_on, %(on)s::date - 1 - ((own >> 28) %% 10)::int)
        END AS last_on,
        {_workday("(due_on + 30)")} AS later_due_on,
        (first_on + make_interval(hours => CASE WHEN takes THEN %(transferred_hour)s ELSE 9 END))
            AT TIME ZONE 'Asia/Ho_Chi_Minh' AS given_at
    FROM told
), cases AS (SELECT * FROM ending)"""

_STEPS = """jsonb_to_recordset(%(steps)s::jsonb) AS s(story text, version int, status text, status_before text,
    progress int, who text, reason text, door text, "of" text, value float8, hour int, sharp boolean,
    submitted_of text, submitted_value float8, submitted_hour int, submitted_sharp boolean,
    first_of text, first_value float8, first_hour int, first_sharp boolean, result int, confirms boolean,
    extended boolean, with_head boolean, report int, kind text, percent int, based_on int)"""
_ASKS = """jsonb_to_recordset(%(asks)s::jsonb) AS q(story text, state text, "of" text, value float8, hour int,
    sharp boolean, decided_of text, decided_value float8, decided_hour int, decided_sharp boolean)"""
_WHO = """CASE s.who WHEN 'secretary' THEN %(secretary)s::bigint WHEN 'officer' THEN c.officer WHEN 'head' THEN c.head
    ELSE %(system)s::bigint END"""
_AT = f"CASE s.version WHEN 1 THEN c.given_at ELSE {instant_of('s')} END"
_REPORT = "%(first_report)s + (c.id - %(first)s) * %(reports)s"
_ONES = "BETWEEN %(low)s AND %(high)s"

# All versions of every case, in the order of time; the rows themselves are made from them.
HISTORY = f"""
INSERT INTO directives_historicalassignment (id, version, directive_id, unit_id, period, part, status, status_before,
    progress, assigned_on, due_on, original_due_on, submitted_on, submitted_at, first_submitted_on, completed_on,
    confirmed_at, result_id, with_head_since, transferred_from_id, created_at,
    history_date, history_type, history_change_reason, history_user_id, door)
{CASES}
SELECT c.id, s.version, c.directive_id, c.unit_id, '', c.part, s.status, s.status_before, s.progress, c.first_on,
    CASE WHEN s.extended THEN c.later_due_on ELSE c.due_on END, c.due_on,
    {day_of("s", "submitted_")}, {instant_of("s", "submitted_")}, {day_of("s", "first_")},
    CASE WHEN s.status = 'completed' THEN {day_of("s", "submitted_")} END,
    CASE WHEN s.confirms THEN {instant_of("s")} END,
    {_REPORT} + s.result, CASE WHEN s.with_head THEN {instant_of("s")} END, CASE WHEN c.takes THEN c.id - 1 END,
    c.given_at, {_AT} AS happened_at, CASE s.version WHEN 1 THEN '+' ELSE '~' END,
    CASE WHEN c.takes AND s.version = 1 THEN %(transfer_reason)s ELSE s.reason END, {_WHO}, s.door
FROM cases c JOIN {_STEPS} ON s.story = c.story
ORDER BY happened_at, c.id, s.version
"""

_COLUMNS = """directive_id, unit_id, period, part, status, status_before, progress, assigned_on, due_on,
    original_due_on, submitted_on, submitted_at, first_submitted_on, completed_on, confirmed_at, result_id,
    with_head_since, transferred_from_id, created_at"""
ROWS = f"""
INSERT INTO directives_assignment (id, version, {_COLUMNS})
SELECT id, version, {_COLUMNS} FROM directives_historicalassignment
WHERE id {_ONES} AND version = 1 AND history_type <> '-' ORDER BY id
"""
# The next version of each row that has one.
ROW_STEP = f"""
UPDATE directives_assignment a SET version = h.version, status = h.status, status_before = h.status_before,
    progress = h.progress, due_on = h.due_on, submitted_on = h.submitted_on, submitted_at = h.submitted_at,
    first_submitted_on = h.first_submitted_on, completed_on = h.completed_on, confirmed_at = h.confirmed_at,
    result_id = h.result_id, with_head_since = h.with_head_since
FROM directives_historicalassignment h
WHERE h.id = a.id AND h.id {_ONES} AND a.id {_ONES} AND h.version = %(version)s AND h.history_type <> '-'
"""

REPORTS = f"""
INSERT INTO directives_progressreport (id, assignment_id, kind, percent, text, obstacles, proposals, result_number,
    result_on, result_signer, unit_id, author_id, recorded_by_id, based_on_id, at)
{CASES}
SELECT {_REPORT} + s.report, c.id, s.kind, s.percent,
    CASE s.kind WHEN 'progress' THEN {_one_of("under_way")} ELSE {_one_of("finished")} END,
    CASE WHEN s.kind = 'progress' AND (c.own >> 40) %% 4 = 0
        THEN {_one_of("obstacles")} ELSE '' END, '',
    CASE s.kind WHEN 'result' THEN (c.own %% 900 + 1) || '/BC' ELSE '' END,
    CASE s.kind WHEN 'result' THEN {day_of("s")} END, CASE s.kind WHEN 'result' THEN 'Thủ trưởng đơn vị' ELSE '' END,
    c.unit_id, {_WHO}, {_WHO}, {_REPORT} + s.based_on, {instant_of("s")} AS happened_at
FROM cases c JOIN {_STEPS} ON s.story = c.story
WHERE s.report IS NOT NULL ORDER BY happened_at, c.id, s.version
"""

LEDGER = f"""
INSERT INTO directives_deadlineentry (assignment_id, kind, due_on, words, reason, basis_id, basis_text, decided_by,
    recorded_by_id, at)
{CASES}
SELECT c.id, 'original', c.due_on, c.deadline_words, CASE WHEN c.takes THEN %(transfer_reason)s ELSE '' END,
    CASE WHEN NOT c.takes THEN c.document_id END, CASE WHEN c.takes THEN %(basis)s ELSE '' END,
    CASE WHEN c.takes THEN '' ELSE c.given_by END, %(secretary)s, c.given_at AS happened_at
FROM cases c
UNION ALL
SELECT c.id, 'extension', c.later_due_on, '', 'Đồng ý gia hạn', NULL, %(basis)s, %(decided_by)s, %(secretary)s,
    {instant_of("q", "decided_")}
FROM cases c JOIN {_ASKS} ON q.story = c.story WHERE q.state IN ('granted', 'other_date')
ORDER BY happened_at, 1
"""

_REQUEST = """version, assignment_id, state, due_on_before, requested_due_on, reason, asked_by_id, recorded_by_id,
    asked_at, decided_at, decided_due_on, decided_by, decision_basis, decision_reason, decision_recorded_by_id"""
ASKED = f"""
INSERT INTO directives_extensionrequest (version, assignment_id, state, due_on_before, requested_due_on, reason,
    asked_by_id, recorded_by_id, asked_at, decided_by, decision_basis, decision_reason)
{CASES}
SELECT 1, c.id, 'open', c.due_on, CASE q.state WHEN 'other_date' THEN c.later_due_on + 14 WHEN 'refused'
    THEN c.later_due_on + 28 ELSE c.later_due_on END,
    {_one_of("ask_reasons")}, c.officer, c.officer,
    {instant_of("q")} AS happened_at, '', '', ''
FROM cases c JOIN {_ASKS} ON q.story = c.story ORDER BY happened_at, c.id
"""
DECIDED = f"""
{CASES}
UPDATE directives_extensionrequest r SET version = 2, state = q.state, decided_at = {instant_of("q", "decided_")},
    decided_due_on = CASE WHEN q.state IN ('granted', 'other_date') THEN c.later_due_on END,
    decided_by = CASE q.state WHEN 'lapsed' THEN '' ELSE %(decided_by)s END,
    decision_basis = CASE WHEN q.state IN ('granted', 'other_date') THEN %(basis)s ELSE '' END,
    decision_reason = CASE q.state WHEN 'refused' THEN %(refusal)s ELSE '' END,
    decision_recorded_by_id = CASE WHEN q.state <> 'lapsed' THEN %(secretary)s::bigint END
FROM cases c JOIN {_ASKS} ON q.story = c.story
WHERE r.assignment_id = c.id AND q.decided_of IS NOT NULL
"""
# After ASKED for the first version, after DECIDED for the second.
REQUEST_HISTORY = f"""
INSERT INTO directives_historicalextensionrequest (id, {_REQUEST}, history_date, history_type, history_change_reason,
    history_user_id, door)
SELECT id, {_REQUEST}, CASE version WHEN 1 THEN asked_at ELSE decided_at END AS happened_at,
    CASE version WHEN 1 THEN '+' ELSE '~' END,
    CASE WHEN version = 1 THEN reason WHEN state = 'refused' THEN decision_reason
        WHEN state = 'lapsed' THEN %(confirmed)s ELSE 'Đồng ý gia hạn' END,
    CASE version WHEN 1 THEN asked_by_id ELSE %(secretary)s END, 'web'
FROM directives_extensionrequest WHERE assignment_id {_ONES} AND version = %(version)s ORDER BY happened_at, id
"""

# One case in 25: somebody rang the unit half-way.
NOTES = f"""
INSERT INTO directives_note (assignment_id, kind, held_on, text, author_id, at)
{CASES}
SELECT c.id, 'phone', n.day, %(rang)s, %(secretary)s, (n.day + make_interval(hours => 16, mins => c.minute))
    AT TIME ZONE 'Asia/Ho_Chi_Minh' AS happened_at
FROM cases c CROSS JOIN LATERAL (SELECT {_workday("(c.first_on + (c.last_on - c.first_on) / 2)")} AS day) n
WHERE (c.own >> 45) %% 25 = 0 AND c.story NOT IN ('untouched', 'transferred') ORDER BY happened_at, c.id
"""
