"""The plan: a row for each reminder that is due, once.

Due means "falls on or before the day and is not done yet", never "falls today": a missed run is caught up by the next
one, a second run adds nothing. The rules of dates are Python (`ladder`), so is who is written to (`audience`); the
rows are written by the database, one INSERT … SELECT for each audience, however many they are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Q

from directives.lifecycle import OPEN, Status
from directives.models import Assignment, Directive, PolicyStep, ReminderPolicy
from directives.models.directive import Part
from directives.reminders import plan_sql
from directives.reminders.audience import BY_UNIT, WATCHING, Readers, To
from directives.reminders.ladder import WEEK, Rung, days_ahead, latest, monday_of, told_before
from steering.calendar import work_calendar
from steering.workdays import WorkCalendar

Audience = PolicyStep.Audience
# The unit is asked while the work is in its hands; whoever watches is told of all that is open.
IN_THE_UNITS_HANDS = {"statuses": [Status.ASSIGNED.value, Status.IN_PROGRESS.value], "parts": Part.values}
OPEN_AND_COUNTED = {
    "statuses": [status.value for status in OPEN],
    "parts": [Part.LEAD.value, Part.EACH.value],
}


class Fallen(NamedTuple):
    """A step that fell for a due date by a day; who was told by it after the day `again` is not told yet again."""

    day: date
    due: date
    step: int
    falls: date
    old: bool
    again: date | None


@dataclass
class Planned:
    """What a plan added: reminders to be sent, and those that cannot be, by reason (`Reminder.Skip`)."""

    planned: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def __iadd__(self, other: Planned) -> Planned:
        self.planned += other.planned
        self.skipped += other.skipped
        return self


@transaction.atomic
def plan(policy: ReminderPolicy, *, on: date, express_only: bool = False) -> Planned:
    """Add the reminders of one policy that are due on a day (Hà Nội), addressed as of that day; return what is new.

    1. Of each audience's steps that concern an assignment the one that fell last stands for it; one that fell before
       the assignment was given, or was missed for too long before the date, is skipped with that reason.
    2. The recipients are those of the unit that answers on the day, or the seat's holder and assistants.
    3. Who cannot be written to gets a row with the reason, so that nothing is left out silently.
    4. What the recipient was told of that due date is not told again, also when the policy changed; a new due date
       starts the ladder again.

    `express_only` limits it to directives that are hỏa tốc.
    """
    with connection.cursor() as cursor:
        # Two planners at once would wait for each other's keys in different orders.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('reminder policy', %s))", [policy.pk])
    return _Plan(policy, on=on, express_only=express_only).write()


@transaction.atomic
def plan_as_if(
    policy: ReminderPolicy, *, on: date, steps: Sequence[PolicyStep], begun_on: date, express_only: bool
) -> Planned:
    """Add what `plan` would with these steps in the place of the policy's own, as if nothing had been planned since
    `begun_on` but by them. Nobody waits for it: call it in a transaction that is rolled back."""
    return _Plan(policy, on=on, express_only=express_only, steps=steps, begun_on=begun_on).write()


class _Plan:
    def __init__(
        self,
        policy: ReminderPolicy,
        *,
        on: date,
        express_only: bool,
        steps: Sequence[PolicyStep] | None = None,
        begun_on: date | None = None,
    ) -> None:
        self.policy, self.on, self.express_only = policy, on, express_only
        self.steps = (
            list(policy.steps.filter(is_active=True).select_related("person"))
            if steps is None
            else list(steps)
        )
        self.workdays = work_calendar()
        self.readers = Readers(policy.committee, on=on)
        self.begun: dict[str, Any] = {"begun_on": begun_on, "instead": [step.pk for step in self.steps]}

    def write(self) -> Planned:
        by_reader = list(readers(self.steps, express_only=self.express_only))
        rungs = [rung_of(step, self.workdays) for _audience, steps in by_reader for step in steps]
        dates = due_dates([self.policy.committee_id], rungs, on=self.on)
        total = Planned()
        for audience, steps in by_reader:
            total += self._of_reader(audience, steps, dates)
        return total

    def _of_reader(
        self, audience: PolicyStep.Audience, steps: list[PolicyStep], dates: list[date]
    ) -> Planned:
        found = fallen(
            audience, steps, dates, on=self.on, workdays=self.workdays, late_days=self.policy.late_days
        )
        values = question(
            self.policy, audience, found, self.readers.rows(audience, steps[0].person), self.readers
        )
        if not values["due"]:
            return Planned()
        values |= self.begun | {"express_only": self.express_only}
        with connection.cursor() as cursor:
            cursor.execute(statement(audience).written, values)
            counts = Counter(dict(cursor.fetchall()))
        return Planned(planned=counts.pop("", 0), skipped=counts)


def statement(audience: PolicyStep.Audience) -> plan_sql.Statement:
    """Return the statement that plans for an audience."""
    if audience in BY_UNIT:
        return plan_sql.OF_UNIT
    if audience == Audience.SUPERVISOR:
        return plan_sql.OF_SEAT
    return plan_sql.WEEKLY if audience == Audience.SECRETARIAT else plan_sql.OF_ALL


def question(
    policy: ReminderPolicy,
    audience: PolicyStep.Audience,
    found: Iterable[Fallen],
    to: list[To],
    who: Readers,
) -> dict[str, Any]:
    """Return what a `statement` is asked: who of these recipients is to be told of which work by the steps that
    fell."""
    watching = audience in WATCHING
    values: dict[str, Any] = {
        "committee": policy.committee_id,
        "policy": policy.pk,
        "general": policy.is_general,
        "express_only": False,
        "begun_on": None,
        "instead": [],
        "ahead": False,
        "partly": False,
        "near": None,
        "work": None,
        "audience": audience.value,
        "watching": watching,
        "week": WEEK,
    }
    values |= OPEN_AND_COUNTED if watching else IN_THE_UNITS_HANDS
    values |= _columns(found, Fallen) | _columns(to, To)
    return values | who.answers if audience in BY_UNIT else values


def readers(
    steps: Iterable[PolicyStep], *, express_only: bool
) -> Iterator[tuple[PolicyStep.Audience, list[PolicyStep]]]:
    """Yield the steps of each reader of a policy, in the order of the audiences; each named person is one.

    The letter of the week goes out on a working day, whole: what is hỏa tốc would go before it, alone.
    """
    by_reader: dict[tuple[str, int | None], list[PolicyStep]] = defaultdict(list)
    for step in steps:
        if not (express_only and step.audience == Audience.SECRETARIAT):
            by_reader[step.audience, step.person_id].append(step)
    for audience in Audience:
        yield from ((audience, chosen) for (its, _person), chosen in by_reader.items() if its == audience)


def fallen(
    audience: PolicyStep.Audience,
    steps: list[PolicyStep],
    dates: Iterable[date],
    *,
    on: date,
    workdays: WorkCalendar,
    late_days: int,
) -> Iterator[Fallen]:
    """Yield for each due date the steps of one reader that may stand for it on a day: of those about the same work the
    last. One ahead of the date that was missed for more than `late_days` working days is `old`."""
    if audience == Audience.SECRETARIAT:
        for due in dates:
            yield from (Fallen(on, due, step.pk, monday_of(on), False, None) for step in steps)
        return
    alike: dict[tuple[object, ...], list[Rung]] = defaultdict(list)
    by_step = {step.pk: rung_of(step, workdays) for step in steps}
    for step in steps:
        alike[_about(step)].append(by_step[step.pk])
    for due in dates:
        for rungs in alike.values():
            if found := latest(rungs, due_on=due, on=on):
                step_id, falls_on = found
                # It says what is no longer so; what is late always goes.
                old = due >= on and workdays.working_days_between(falls_on, on) > late_days
                yield Fallen(on, due, step_id, falls_on, old, told_before(by_step[step_id], falls_on))


def rung_of(step: PolicyStep, workdays: WorkCalendar) -> Rung:
    """Return a step as the ladder knows it."""
    counted = workdays if step.day_kind == PolicyStep.DayKind.WORKING else None
    return Rung(step.pk, step.offset_days, step.repeat_every_days, counted)


def _about(step: PolicyStep) -> tuple[object, ...]:
    """Return what decides which work a step is about."""
    return (
        tuple(sorted(step.urgencies)),
        tuple(sorted(step.kinds)),
        tuple(sorted(step.parts)),
        tuple(sorted(step.statuses)),
        step.document_id,
    )


def due_dates(
    committees: Collection[int], rungs: list[Rung], *, on: date, among: Q | None = None
) -> list[date]:
    """Return the due dates of the committees' open work (`among` these assignments) that some step may concern by a day
    (Hà Nội): few, however many assignments."""
    ahead = max((days_ahead(rung, on=on) for rung in rungs), default=0)
    near = Q(due_on__lte=on + timedelta(days=max(ahead, WEEK)))
    rows = Assignment.objects.filter(
        near | Q(status=Status.SUBMITTED, due_on__isnull=False),
        among or Q(),
        status__in=OPEN,
        directive__committee__in=committees,
        directive__state=Directive.State.ISSUED,
        directive__is_standing=False,
    )
    return [due for due in rows.order_by().values_list("due_on", flat=True).distinct() if due]


def _columns(rows: Iterable[Any], kind: Any) -> dict[str, list[Any]]:
    found = list(rows)
    return {name: [getattr(row, name) for row in found] for name in kind._fields}
