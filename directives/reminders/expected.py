"""Who should have been told of what by a day, said a second time: assignment by assignment, from the rules.

Nothing here is the planner's (`plan`, `plan_sql`, `ladder`, `audience`). The rules, in short:

- Of a policy's steps for one reader those count that are about the work (urgency, kind, part, status, document). A step
  falls so many calendar or working days from the due date, and, if it repeats, each so many days from there on. Of the
  counting ones the one that fell last stands.
- A unit is asked while the work is in its hands. Who watches is told of all that is open, of parts that are counted,
  and not of what was reported in time; the secretariat's weekly letter also of that.
- A reminder that fell before the work was given, or was missed for too long before its date, is not sent; the log says
  so.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Q

from directives.lifecycle import OPEN, Status
from directives.models import Assignment, Directive, PolicyStep
from directives.models.directive import Part
from directives.models.document import Urgency
from directives.reminders.roster import NOBODY, Keys, Roster
from steering.calendar import work_calendar
from steering.workdays import WorkCalendar

Audience = PolicyStep.Audience
ASKED = (Audience.OFFICERS, Audience.MAILBOX, Audience.HEAD)
PORTION = 2000
A_WEEK = timedelta(days=7)


class Work(NamedTuple):
    """An open assignment with its date, as far as reminders look at it."""

    pk: int
    unit: int
    answering: int | None
    part: str
    status: str
    given: date
    due: date
    submitted: date | None
    committee: int
    policy: int | None
    urgency: str
    kind: str
    document: int
    supervisor: int | None
    directive: int

    @property
    def reported_in_time(self) -> bool:
        """Whether the unit reported on or before the due date; then it waits for the secretariat only."""
        return self.submitted is not None and self.submitted <= self.due


class Expectation(NamedTuple):
    """By today the log must hold this occurrence of a step for each of `keys`; without any, with a reason."""

    work: Work
    step: PolicyStep
    falls_on: date
    keys: Keys


class Expected:
    """All that is expected of a day (Hà Nội); of a day off, only what is hỏa tốc."""

    def __init__(self, *, on: date) -> None:
        self.on = on
        self.calendar = work_calendar()
        self.roster = Roster(on=on)
        self._days: dict[tuple[int, date], date | None] = {}
        self._of_all: dict[tuple[str, int, int], Keys] = {}

    def portions(self) -> Iterator[list[Expectation]]:
        """Yield what is expected, some assignments at a time; the memory it takes does not depend on their number."""
        rows = self._works().iterator(chunk_size=PORTION)
        while works := list(islice(rows, PORTION)):
            yield [expected for row in works for expected in self.of(Work._make(row))]

    def of(self, work: Work) -> Iterator[Expectation]:
        """Yield what is expected about one assignment."""
        for readers in self._readers(work):
            fallen = [
                (day, step.offset_days, step.id, step)
                for step in readers
                if _is_about(step, work) and (day := self._fell_on(step, work)) is not None
            ]
            if fallen:
                day, _offset, _pk, step = max(fallen)
                yield Expectation(work, step, day, self._keys(step, work))

    def _works(self) -> Any:
        rows = Assignment.objects.filter(
            status__in=OPEN,
            due_on__isnull=False,
            directive__state=Directive.State.ISSUED,
            directive__is_standing=False,
        )
        if not self.is_working_day:
            rows = rows.filter(directive__urgency=Urgency.EXPRESS)
        return (
            rows.filter(Q(due_on__lte=self._horizon) | Q(status=Status.SUBMITTED))
            .order_by()
            .values_list(
                "pk",
                "unit_id",
                "answering_unit_id",
                "part",
                "status",
                "assigned_on",
                "due_on",
                "submitted_on",
                "directive__committee_id",
                "directive__reminder_policy_id",
                "directive__urgency",
                "directive__kind",
                "directive__document_id",
                "directive__supervisor_id",
                "directive_id",
            )
        )

    @cached_property
    def is_working_day(self) -> bool:
        """Whether it is no day off."""
        return self.calendar.is_working_day(self.on)

    @cached_property
    def _horizon(self) -> date:
        """A day beyond which no step looks, generously: three calendar days and a month for each day of its offset."""
        ahead = max((-step.offset_days for step in self._steps), default=0)
        return self.on + timedelta(days=max(ahead, 0) * 3 + 31)

    @cached_property
    def _steps(self) -> list[PolicyStep]:
        rows = PolicyStep.objects.filter(is_active=True, policy__is_active=True)
        return list(rows.select_related("policy", "person").order_by("pk"))

    @cached_property
    def _by_policy(self) -> dict[int, list[list[PolicyStep]]]:
        """By policy its steps, those of one reader together; each named person is a reader of their own."""
        found: dict[int, dict[tuple[str, int | None], list[PolicyStep]]] = {}
        for step in self._steps:
            readers = found.setdefault(step.policy_id, {})
            readers.setdefault((step.audience, step.person_id), []).append(step)
        return {policy: list(readers.values()) for policy, readers in found.items()}

    @cached_property
    def _general(self) -> dict[int, list[int]]:
        """By committee, the policies for all work that names none of its own."""
        found: dict[int, list[int]] = {}
        for policy in {step.policy for step in self._steps}:
            if policy.is_general:
                found.setdefault(policy.committee_id, []).append(policy.pk)
        return found

    @cached_property
    def _committee_of(self) -> dict[int, int]:
        return {step.policy_id: step.policy.committee_id for step in self._steps}

    def _readers(self, work: Work) -> Iterator[list[PolicyStep]]:
        policies = self._general.get(work.committee, []) if work.policy is None else [work.policy]
        for policy in policies:
            if self._committee_of.get(policy) == work.committee:
                for steps in self._by_policy[policy]:
                    if self._is_told(steps[0].audience, work):
                        yield steps

    def _is_told(self, audience: str, work: Work) -> bool:
        if audience in ASKED:
            return work.status in (Status.ASSIGNED, Status.IN_PROGRESS)
        if work.part == Part.COORDINATING:
            return False
        if audience == Audience.SECRETARIAT:
            if not self.is_working_day:
                return False  # The letter goes out whole, on a working day.
            monday = self.on - timedelta(days=self.on.weekday())
            is_near = work.due <= monday + A_WEEK or work.status == Status.SUBMITTED
            return is_near and work.given <= monday
        if audience == Audience.SUPERVISOR and work.supervisor is None:
            return False
        return not work.reported_in_time

    def _fell_on(self, step: PolicyStep, work: Work) -> date | None:
        if step.audience == Audience.SECRETARIAT:
            return self.on - timedelta(days=self.on.weekday())
        asked = (step.id, work.due)
        if asked not in self._days:
            self._days[asked] = last_fall(step, work.due, on=self.on, calendar=self.calendar)
        return self._days[asked]

    def _keys(self, step: PolicyStep, work: Work) -> Keys:
        audience = step.audience
        if audience in (*ASKED, Audience.SUPERIOR_HEAD):
            unit = self.roster.answers_for(work.unit, work.answering)
            return NOBODY if unit is None else self.roster.of_unit(audience, unit, work.committee)
        if audience == Audience.SUPERVISOR:
            return self.roster.of_seat(work.supervisor or 0)
        asked = (audience, work.committee, step.person_id or 0)
        if asked not in self._of_all:
            self._of_all[asked] = self._of_everything(step, work.committee)
        return self._of_all[asked]

    def _of_everything(self, step: PolicyStep, committee: int) -> Keys:
        if step.audience == Audience.CHAIR:
            return self.roster.chairs(committee)
        if step.person is not None:
            return (f"user:{step.person_id}",) if step.person.is_active else NOBODY
        return self.roster.secretariat(committee)


def last_fall(step: PolicyStep, due: date, *, on: date, calendar: WorkCalendar) -> date | None:
    """Return the last day up to `on` on which a step falls for a due date, walking from one to the next; None before
    its first."""

    def later(day: date, count: int) -> date:
        if step.day_kind == PolicyStep.DayKind.WORKING:
            return calendar.add_working_days(day, count)
        return day + timedelta(days=count)

    last, day = None, later(due, step.offset_days)
    while day <= on:
        last = day
        if not step.repeat_every_days:
            break
        day = later(day, step.repeat_every_days)
    return last


def _is_about(step: PolicyStep, work: Work) -> bool:
    return (
        (not step.urgencies or work.urgency in step.urgencies)
        and (not step.kinds or work.kind in step.kinds)
        and (not step.parts or work.part in step.parts)
        and (not step.statuses or work.status in step.statuses)
        and step.document_id in (None, work.document)
    )
