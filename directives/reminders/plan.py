"""The plan: a row for each reminder that is due, once.

Due means "falls on or before the day and is not done yet", never "falls today": a missed run is caught up by the next
one, a second run adds nothing. The rules of dates are Python (`ladder`), the rows are written by the database, one
INSERT … SELECT for each audience, however many they are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from accounts.dated import holds_on
from directives.lifecycle import OPEN, Status
from directives.models import Assignment, Directive, PolicyStep, Reminder, ReminderPolicy
from directives.models.directive import Part
from directives.reminders import plan_sql
from directives.reminders.ladder import WEEK, Rung, latest, monday_of
from steering.models import CommitteeStaff, Succession
from steering.tree import answering

Audience = PolicyStep.Audience
# The unit is asked while the work is in its hands; whoever watches is told of all that is open.
IN_THE_UNITS_HANDS = {"statuses": [Status.ASSIGNED.value, Status.IN_PROGRESS.value], "parts": Part.values}
OPEN_AND_COUNTED = {
    "statuses": [status.value for status in OPEN],
    "parts": [Part.LEAD.value, Part.EACH.value],
}


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
def plan(policy: ReminderPolicy, *, on: date) -> Planned:
    """Add the reminders of one policy that are due on a day (Hà Nội), addressed as of that day; return what is new.

    1. Of each audience's steps the one that fell last stands for an assignment; one that fell before the assignment was
       given is skipped, with that reason.
    2. The recipients are those of the unit that answers on the day, or the seat's holder and assistants.
    3. Who cannot be written to gets a row with the reason, so that nothing is left out silently.
    4. The key (assignment, step, day, recipient, due date) keeps a second run from adding anything, and lets a new due
       date start the ladder again.
    """
    with connection.cursor() as cursor:
        # Two planners at once would wait for each other's keys in different orders.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('reminder policy', %s))", [policy.pk])
    steps = list(policy.steps.filter(is_active=True))
    dates = _due_dates(policy, steps, on=on)
    total = Planned()
    for audience in Audience:
        rungs = [
            Rung(step.pk, step.offset_days, step.repeat_every_days)
            for step in steps
            if step.audience == audience
        ]
        if rungs:
            total += _plan_audience(policy, audience, rungs, dates, on=on)
    return total


def _due_dates(policy: ReminderPolicy, steps: list[PolicyStep], *, on: date) -> list[date]:
    """Return the due dates of open work that some step may concern on the day: few, however many assignments."""
    ahead = max((-step.offset_days for step in steps), default=0)
    near = Q(due_on__lte=on + timedelta(days=max(ahead, WEEK)))
    rows = Assignment.objects.filter(
        near | Q(status=Status.SUBMITTED, due_on__isnull=False),
        status__in=OPEN,
        directive__committee=policy.committee_id,
        directive__state=Directive.State.ISSUED,
        directive__is_standing=False,
    )
    return [due for due in rows.order_by().values_list("due_on", flat=True).distinct() if due]


def _plan_audience(
    policy: ReminderPolicy, audience: PolicyStep.Audience, rungs: list[Rung], dates: list[date], *, on: date
) -> Planned:
    values: dict[str, Any] = {
        "on": on,
        "committee": policy.committee_id,
        "audience": audience.value,
        **_fallen(audience, rungs, dates, on=on),
    }
    if not values["due"]:
        return Planned()
    if audience == Audience.SECRETARIAT:
        keys, skips = _secretariat(policy, on=on)
        return _insert(
            plan_sql.SECRETARIAT, values | OPEN_AND_COUNTED | {"keys": keys, "skips": skips, "week": WEEK}
        )
    if audience == Audience.SUPERVISOR:
        return _insert(plan_sql.SUPERVISOR, values | OPEN_AND_COUNTED)
    successions = Succession.objects.filter(takes_effect_on__lte=on).values_list("from_unit", flat=True)
    succeeded = answering(set(successions), on=on)
    values |= {
        **IN_THE_UNITS_HANDS,
        "units": list(succeeded),
        "answers": list(succeeded.values()),
    }
    return _insert(plan_sql.UNIT[audience], values)


def _fallen(
    audience: PolicyStep.Audience, rungs: list[Rung], dates: list[date], *, on: date
) -> dict[str, list[Any]]:
    """Return for each due date the step that stands for it on the day and the day it fell on, as three columns."""
    if audience == Audience.SECRETARIAT:
        found = [(due, (rungs[0].step, monday_of(on))) for due in dates]
    else:
        found = [(due, rung) for due in dates if (rung := latest(rungs, due_on=due, on=on))]
    return {
        "due": [due for due, _rung in found],
        "step": [rung[0] for _due, rung in found],
        "falls": [rung[1] for _due, rung in found],
    }


def _secretariat(policy: ReminderPolicy, *, on: date) -> tuple[list[str], list[str]]:
    """Return keys and reasons of the secretariat: its mailbox, else each person of it on the day."""
    committee = policy.committee
    if committee.mailbox:
        return [f"committee:{committee.pk}"], [""]
    staff = CommitteeStaff.objects.filter(holds_on(on), committee=committee, user__is_active=True)
    people = sorted(set(staff.exclude(user__email="").values_list("user", flat=True)))
    if people:
        return [f"user:{person}" for person in people], [""] * len(people)
    return [f"committee:{committee.pk}"], [Reminder.Skip.NO_ADDRESS.value]


def _insert(sql: str, values: dict[str, Any]) -> Planned:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        counts = Counter(dict(cursor.fetchall()))
    return Planned(planned=counts.pop("", 0), skipped=counts)
