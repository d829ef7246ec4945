"""The morning's reconciliation: who should have been told by now (`expected`), against what the log says.

Each expectation is met by a row of the log for that assignment, reader, recipient and due date, of that occurrence of
the step or one that says more (a later one, or the same step once before: what was told is not told again). Then:

- **sent**, **failed**: the row's mail of the day went out, or did not, and no copy of it did either;
- **skipped**: the row says why nothing was sent; **no address** is counted by recipient, too;
- **waiting**: its mail is still queued; or the recipient had today's mail (or this week's letter) before the reminder
  was planned, so that it goes with the next; or what it rests on was changed after the plan of the day (work given at
  eight, a new head), so that the next run plans it;
- **missing**: anything else, that is, nothing in the log, or a reminder that neither became a mail nor got a reason.

What was settled on an earlier day is not counted again. In the same way it is looked whether the week's letters are
there (`expected_letters`), and a row for everybody who was to be told of what happened in the last days
(`expected_news`).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q

from accounts.clock import start_of_day
from directives.models import Message, PolicyStep, Reconciliation, Reminder, ReminderRun
from directives.reminders.expected import Expectation, Expected
from directives.reminders.expected_news import LATELY, TOLD_WITHIN, news
from directives.reminders.found import NAMED, UNCOMPOSED, UNPLANNED, Found
from directives.reminders.reconcile_news import NewsComparison, look_for_letters
from directives.reminders.since import Changed

State, Skip = Message.State, Reminder.Skip
# What happened since the morning of three days ago was looked for by no earlier morning, of a weekend neither.
RUNS_AFTER = timedelta(hours=9)

# The log of some occurrences: one look into an index each.
_LOG = """SELECT r.id, r.assignment_id, r.step_id, s.audience, s.person_id, r.falls_on, r.recipient_key, r.skip,
        r.planned_on, m.id, m.state, m.on, d.committee_id
    FROM unnest(%(works)s::bigint[], %(steps)s::bigint[], %(falls)s::date[], %(dues)s::date[])
        AS wanted(work, step, falls, due)
    JOIN directives_reminder r ON r.assignment_id = wanted.work {which} AND r.due_on = wanted.due
    JOIN directives_policystep s ON s.id = r.step_id
    JOIN directives_assignment a ON a.id = r.assignment_id
    JOIN directives_directive d ON d.id = a.directive_id
    LEFT JOIN directives_message m ON m.id = r.message_id"""
_EXACTLY = _LOG.format(which="AND r.step_id = wanted.step AND r.falls_on = wanted.falls")
# All that was ever told of these assignments: asked only where the exact row is not there.
_ALL = _LOG.format(which="")


class Told(NamedTuple):
    """A row of the log with its mail."""

    pk: int
    assignment: int
    step: int
    audience: str
    person: int | None
    falls_on: date
    key: str
    skip: str
    planned_on: date
    message: int | None
    state: str | None
    mailed_on: date | None
    committee: int


def finished_run(on: date) -> ReminderRun | None:
    """Return the day's last run that came to its end."""
    return ReminderRun.objects.filter(on=on, finished_at__isnull=False).order_by("-started_at").first()


def reconcile(*, on: date, at: datetime) -> Reconciliation:
    """Compare a day (Hà Nội) with the log and keep what was found; `at` is the present instant."""
    run = finished_run(on)
    found = compare(on=on, at=at)
    return Reconciliation.objects.create(
        on=on,
        at=at,
        run=run,
        missing=found.missing,
        failed=len(found.failed),
        no_address=len(found.no_address),
        waiting=found.waiting,
        sent=len(found.sent),
        skipped=dict(found.skipped),
        details={
            "missing": found.named,
            "failed": sorted(found.failed)[:NAMED],
            "no_address": sorted(found.no_address)[:NAMED],
            "came_later": found.came_later,
        },
    )


def compare(*, on: date, at: datetime | None = None) -> Found:
    """Return how a day (Hà Nội) stands at an instant, or at its end: its calendar, postings and successions, the
    statuses and dates of now."""
    comparison = _Comparison(on)
    for portion in comparison.expected.portions():
        comparison.look_at(portion)
    look_for_letters(comparison.found, on=on, changed=comparison.changed)
    end = start_of_day(on + timedelta(days=1))
    until = end if at is None else min(end, at - TOLD_WITHIN)
    told = NewsComparison(
        comparison.found,
        on=on,
        is_working_day=comparison.expected.is_working_day,
        had_mail=comparison.had_mail,
    )
    for some in news(on=on, since=start_of_day(on) + RUNS_AFTER - LATELY, until=until):
        told.look_at(some)
    comparison.follow_copies()
    return comparison.found


class _Comparison:
    def __init__(self, on: date) -> None:
        self.on = on
        self.expected = Expected(on=on)
        self.found = Found()
        self.changed = self._changed()
        self.had_mail = self._had_mail()

    def look_at(self, portion: list[Expectation]) -> None:
        exact: dict[tuple[int, int], list[Told]] = {}
        for row in _log(_EXACTLY, portion):
            exact.setdefault((row.assignment, row.step), []).append(row)
            self._count(row)
        open_ones = []
        for expected in portion:
            rows = {row.key: row for row in exact.get((expected.work.pk, expected.step.id), ())}
            if not expected.keys and rows:
                continue
            for key in expected.keys or ("",):
                if key not in rows:
                    open_ones.append((expected, key))
                elif self._is_left_behind(rows[key]):
                    self._miss(expected, key, UNCOMPOSED)
        if open_ones:
            self._look_further(open_ones, {row.pk for rows in exact.values() for row in rows})

    def _look_further(self, open_ones: list[tuple[Expectation, str]], counted: set[int]) -> None:
        rows: dict[int, dict[int, Told]] = {}
        for row in _log(_ALL, [expected for expected, _key in open_ones]):
            rows.setdefault(row.assignment, {})[row.pk] = row
        for expected, key in open_ones:
            told = [
                row
                for row in rows.get(expected.work.pk, {}).values()
                if self._says_as_much(row, expected, key)
            ]
            if not told:
                self._miss(expected, key, UNPLANNED)
                continue
            best = max(told, key=lambda row: (row.falls_on, row.pk))
            if best.pk not in counted:
                counted.add(best.pk)
                self._count(best)
            if self._is_left_behind(best):
                self._miss(expected, key, UNCOMPOSED)

    def _says_as_much(self, row: Told, expected: Expectation, key: str) -> bool:
        """Whether a row tells the reader at least what is expected: a later occurrence, or, not skipped, this step,
        whose turn has not come again. Without a recipient any reason given to that reader does."""
        step = expected.step
        if (row.audience, row.person) != (step.audience, step.person_id) or (key and row.key != key):
            return False
        if row.falls_on >= expected.falls_on:
            return True
        every = step.repeat_every_days
        passed = (expected.falls_on - row.falls_on).days
        if step.day_kind == PolicyStep.DayKind.WORKING:
            passed = self.expected.calendar.working_days_between(row.falls_on, expected.falls_on)
        return row.step == step.pk and not row.skip and (not every or passed < every)

    def _miss(self, expected: Expectation, key: str, why: str) -> None:
        if self.changed is not None and self.changed.explains(expected, key, self.expected.roster):
            self.found.came_later += 1
            self.found.waiting += 1
        else:
            self.found.miss(key, expected.falls_on, why, assignment=expected.work.pk, step=expected.step.pk)

    def _count(self, row: Told) -> None:
        """Count a row of the log; what is left behind is counted where it is missed."""
        found = self.found
        if row.skip:
            if row.planned_on == self.on:
                found.skip(row.skip, row.key)
        elif row.message is None:
            found.waiting += not self._is_left_behind(row)
        else:
            found.count_mail(row.message, row.state, is_of_today=row.mailed_on == self.on)

    def _is_left_behind(self, row: Told) -> bool:
        """Neither in a mail nor skipped, and not because the recipient had the day's mail already."""
        weekly = row.audience == PolicyStep.Audience.SECRETARIAT
        kind = Message.Kind.WEEKLY if weekly else Message.Kind.DIGEST
        return row.message is None and not row.skip and (row.committee, row.key, kind) not in self.had_mail

    def _had_mail(self) -> set[tuple[int, str, str]]:
        monday = self.on - timedelta(days=self.on.weekday())
        rows = Message.objects.filter(
            Q(kind=Message.Kind.DIGEST, on=self.on)
            | Q(kind=Message.Kind.WEEKLY, on__range=(monday, monday + timedelta(days=6))),
            resend_of__isnull=True,
        )
        return set(rows.values_list("committee", "recipient_key", "kind"))

    def _changed(self) -> Changed | None:
        """What the day's last plan could not know; None without a plan."""
        planned = ReminderRun.objects.filter(on=self.on, planned_at__isnull=False).order_by("-planned_at")
        run = planned.first()
        return None if run is None or run.planned_at is None else Changed.since(run.planned_at)

    def follow_copies(self) -> None:
        """A mail that failed and was sent again stands as its last copy does."""
        found, left = self.found, {pk: pk for pk in self.found.failed}
        while left:
            copies = Message.objects.filter(resend_of__in=left).values_list("pk", "resend_of", "state")
            onward: dict[int, int] = {}
            for pk, of, state in copies:
                first = left[of or 0]
                found.failed.discard(first)
                if state == State.SENT:
                    found.sent.add(first)
                elif state == State.QUEUED:
                    found.waiting += 1
                else:
                    found.failed.add(first)
                    onward[pk] = first
            left = onward


def _log(sql: str, wanted: list[Expectation]) -> list[Told]:
    columns: dict[str, list[Any]] = {
        "works": [expected.work.pk for expected in wanted],
        "steps": [expected.step.id for expected in wanted],
        "falls": [expected.falls_on for expected in wanted],
        "dues": [expected.work.due for expected in wanted],
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, columns)
        return [Told._make(row) for row in cursor.fetchall()]
