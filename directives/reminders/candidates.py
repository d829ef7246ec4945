"""What the coming days' runs may write: the statements of plan and compose, asked for many days and not carried out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Protocol

from django.db import connection
from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from directives.models import Assignment, PolicyStep, Reminder, ReminderPolicy
from directives.reminders import compose_sql
from directives.reminders.audience import BY_UNIT, Readers, To
from directives.reminders.office import changes_of_person, changes_of_work
from directives.reminders.plan import due_dates, fallen, question, readers, rung_of, statement
from directives.reminders.waiting import Row
from steering.models import Committee
from steering.workdays import WorkCalendar

Audience = PolicyStep.Audience
Steps = Mapping[int, Sequence[PolicyStep]]


@dataclass(slots=True, eq=False)
class Line:
    """A reminder that waits, or one that is to come; `skip` says why it is in no mail. `row` is what a mail's line says
    of it, `is_muted` whether its recipient wants none before the date: known of what is not skipped."""

    assignment: int
    step: int | None
    occasion: int | None
    falls_on: date
    due_on: date | None
    key: str
    watching: bool
    at_once: bool
    fallback: str
    skip: str
    audience: str = ""
    row: Row | None = None
    committee: int = 0
    is_muted: bool = False

    @property
    def told(self) -> Row:
        """What a mail's line says of it. Raises ValueError when nothing is known of it."""
        if self.row is None:
            raise ValueError("nothing is known of a reminder that is not to be mailed")
        return self.row


class Fresh(NamedTuple):
    """What a plan tells of a day (`plan_sql`)."""

    plan: int
    assignment: int
    step: int
    falls_on: date
    due_on: date
    day: date
    key: str
    skip: str
    fallback: str
    watching: bool
    again: date | None
    is_express: bool


class Scope(Protocol):
    """Whose reminders are looked at."""

    @property
    def waiting(self) -> Q:
        """Return which they are."""

    def changes(
        self, policies: Sequence[ReminderPolicy], steps: Steps, *, first: date, last: date
    ) -> list[date]:
        """Return the days after `first`, up to `last` (Hà Nội), from which on others may be told."""

    def limits(
        self, audience: PolicyStep.Audience, who: Readers, person: User | None
    ) -> tuple[list[To], dict[str, Any]]:
        """Return which of an audience's recipients concern us, and how the plan's statement is limited to them."""

    def dates(
        self,
        policies: Sequence[ReminderPolicy],
        steps: Steps,
        limits: Sequence[dict[str, Any]],
        *,
        last: date,
        workdays: WorkCalendar,
    ) -> list[date]:
        """Return the due dates that may matter up to a day (Hà Nội)."""


def lines_waiting(scope: Scope) -> list[Line]:
    """Return the reminders that are written and wait for their mail."""
    rows = Reminder.objects.filter(scope.waiting, message=None, skip="").order_by("pk")
    columns = ("assignment", "step", "occasion", "falls_on", "due_on", "recipient_key", "watching", "at_once",
               "fallback", "skip")  # fmt: skip
    return [Line(*values) for values in rows.values_list(*columns, Coalesce("step__audience", Value("")))]


def candidates(
    scope: Scope,
    policies: Sequence[ReminderPolicy],
    steps: Steps,
    *,
    days: Sequence[date],
    workdays: WorkCalendar,
) -> Iterator[tuple[Fresh, Line]]:
    """Yield what the plans of these days (Hà Nội) may add, in the order of the plans of a day, which `Fresh.plan`
    numbers. The same people are in office on all of them.

    Not looked at is what depends on the days before: what was told by then, and what waits for its mail now.
    """
    asked = []
    reading: dict[int, Readers] = {}
    for policy in policies:
        who = reading.setdefault(policy.committee_id, Readers(policy.committee, on=days[0]))
        for audience, chosen in readers(steps[policy.pk], express_only=False):
            to, limits = scope.limits(audience, who, chosen[0].person)
            if to:
                asked.append((policy, audience, chosen, who, to, limits))
    dates = scope.dates(
        policies, steps, [limits for *_rest, limits in asked], last=days[-1], workdays=workdays
    )
    driver: Any = connection.ops
    statements = []
    for n, (policy, audience, chosen, who, to, limits) in enumerate(asked):
        # The letter of the week goes out on a working day.
        those = [day for day in days if audience != Audience.SECRETARIAT or workdays.is_working_day(day)]
        found = [
            one
            for day in those
            for one in fallen(audience, chosen, dates, on=day, workdays=workdays, late_days=policy.late_days)
        ]
        if found:
            values = question(policy, audience, found, to, who) | limits | {"ahead": True}
            told = driver.compose_sql(statement(audience).told, values)
            statements.append(f"(SELECT {n}, told.* FROM ({told}) told)")  # noqa: S608 - composed by the database driver
    if not statements:
        return
    audiences = {step.pk: step.audience for chosen in steps.values() for step in chosen}
    with connection.cursor() as cursor:
        cursor.execute("\nUNION ALL\n".join(statements))
        for row in map(Fresh._make, cursor.fetchall()):
            yield (
                row,
                Line(row.assignment, row.step, None, row.falls_on, row.due_on, row.key, row.watching,
                     at_once=False, fallback=row.fallback, skip=row.skip, audience=audiences[row.step]),
            )  # fmt: skip


def learn(lines: Sequence[Line]) -> None:
    """Ask what the mails would say of these, and what stands against it as the case is now."""
    names = ("assignment", "step", "occasion", "key", "falls_on", "due_on", "watching", "at_once", "fallback")
    columns: dict[str, list[Any]] = {name: [getattr(line, name) for line in lines] for name in names}
    width = len(Row._fields)
    with connection.cursor() as cursor:
        cursor.execute(compose_sql.FORESEEN, columns | {"id": list(range(len(lines)))})
        for values in cursor.fetchall():
            row = Row._make(values[:width])
            line = lines[row.pk]
            line.row = row
            line.committee, line.is_muted = values[width:]


def _succeeded(who: Readers) -> dict[int, int | None]:
    return dict(zip(who.answers["units"], who.answers["answers"], strict=True))


@dataclass(frozen=True)
class OfWork:
    """The reminders of one assignment (its directive loaded)."""

    work: Assignment

    @property
    def waiting(self) -> Q:
        """Return which they are."""
        return Q(assignment=self.work)

    def changes(
        self, policies: Sequence[ReminderPolicy], steps: Steps, *, first: date, last: date
    ) -> list[date]:
        """Return the days from which on others may be told of it."""
        named = [step.person_id for chosen in steps.values() for step in chosen if step.person_id]
        return changes_of_work(self.work, policies[0].committee_id, named, first=first, last=last)

    def limits(
        self, audience: PolicyStep.Audience, who: Readers, person: User | None
    ) -> tuple[list[To], dict[str, Any]]:
        """Return who may be told of it: of an audience by unit whoever belongs to a unit that may answer."""
        to = who.rows(audience, person)
        if audience in BY_UNIT:
            given = {self.work.unit_id, self.work.answering_unit_id}
            succeeded = _succeeded(who)
            places = given | {succeeded[unit] for unit in given if unit in succeeded}
            to = [row for row in to if row.place in places]
        return to, {"work": self.work.pk}

    def dates(
        self,
        policies: Sequence[ReminderPolicy],
        steps: Steps,
        limits: Sequence[dict[str, Any]],
        *,
        last: date,
        workdays: WorkCalendar,
    ) -> list[date]:
        """Return its due date, if it has one."""
        return [self.work.due_on] if self.work.due_on else []


@dataclass(frozen=True)
class OfPerson:
    """The reminders to one account (its id)."""

    person: int

    @property
    def key(self) -> str:
        """Return the key of the recipient."""
        return f"user:{self.person}"

    @property
    def waiting(self) -> Q:
        """Return which they are."""
        return Q(recipient_key=self.key)

    def changes(
        self, policies: Sequence[ReminderPolicy], steps: Steps, *, first: date, last: date
    ) -> list[date]:
        """Return the days from which on they may be told of other work."""
        return changes_of_person(self.person, first=first, last=last)

    def limits(
        self, audience: PolicyStep.Audience, who: Readers, person: User | None
    ) -> tuple[list[To], dict[str, Any]]:
        """Return their places in an audience; of one by unit with the units whose work it can be."""
        mine = [row for row in who.rows(audience, person) if row.key == self.key]
        limits: dict[str, Any] = {"partly": True}
        if mine and audience in BY_UNIT:
            places = {row.place for row in mine}
            limits["near"] = sorted(places | {unit for unit, to in _succeeded(who).items() if to in places})
        return mine, limits

    def dates(
        self,
        policies: Sequence[ReminderPolicy],
        steps: Steps,
        limits: Sequence[dict[str, Any]],
        *,
        last: date,
        workdays: WorkCalendar,
    ) -> list[date]:
        """Return those of the work that they may be told of."""
        if not limits:
            return []
        among = Q()
        if all("near" in one for one in limits):
            near = sorted({unit for one in limits for unit in one["near"]})
            among = Q(unit__in=near) | Q(answering_unit__in=near)
        rungs = [rung_of(step, workdays) for chosen in steps.values() for step in chosen]
        committees = {policy.committee_id for policy in policies}
        return due_dates(committees, rungs, on=last, among=among)


def known_committees(policies: Sequence[ReminderPolicy], lines: Sequence[Line]) -> dict[int, Committee]:
    """Return the committees of policies and of reminders, by id."""
    found = {policy.committee_id: policy.committee for policy in policies}
    missing = {line.committee for line in lines if line.row is not None} - found.keys()
    return found | Committee.objects.in_bulk(missing) if missing else found
