"""A ladder tried out over some days, before it is switched on: how many mails a day, and to whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from django.db import connection, transaction

from accounts.audit.context import Door, acting
from accounts.models import User
from directives.models import Message, PolicyStep, ReminderPolicy
from directives.reminders import compose_sql
from directives.reminders.office import Office
from directives.reminders.plan import plan_as_if
from directives.reminders.waiting import Place
from steering.calendar import work_calendar
from steering.models import Committee

# Longer than any reporting period, short enough to be waited for.
MOST_DAYS = 366


@dataclass
class RehearsedDay:
    """What would go out on a day: `digests` and `weekly` count mails, `reminders` and `skipped` reasons to write."""

    on: date
    working_day: bool
    digests: int = 0
    weekly: int = 0
    reminders: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    @property
    def mails(self) -> int:
        """All mails of the day."""
        return self.digests + self.weekly


@dataclass
class RehearsedPerson:
    """A recipient over all days; `most_reminders` is how much their fullest mail tells."""

    key: str
    name: str
    address: str
    mails: int = 0
    reminders: int = 0
    most_reminders: int = 0


@dataclass
class Rehearsal:
    """The days in order, and the recipients, those of most mails first."""

    days: list[RehearsedDay]
    persons: list[RehearsedPerson]

    @property
    def mails(self) -> int:
        """All mails of all days."""
        return sum(day.mails for day in self.days)

    @property
    def skipped(self) -> Counter[str]:
        """What would not be written, by reason (`Reminder.Skip`)."""
        return sum((day.skipped for day in self.days), Counter())


class _Row(NamedTuple):
    key: str
    kind: str
    reason: str
    directive: int
    supervisor: int | None
    is_restricted: bool
    unit: int
    answering: int | None


def rehearse_days(policies: Sequence[ReminderPolicy], *, first: date, last: date) -> Rehearsal:
    """Return what these policies, active or not, would send from a day to another (Hà Nội, both included).

    Each day is planned as of that day, the days before it as told; statuses and due dates are those of now. On a day
    off only what is hỏa tốc goes. What was really planned before the first day counts as told, what was since does
    not. Nothing is rendered and nothing stays: all is rolled back, and nobody waits for it. Raises ValueError when the
    days are in the wrong order or more than MOST_DAYS.
    """
    count = (last - first).days + 1
    if not 0 < count <= MOST_DAYS:
        raise ValueError(f"{first} to {last}: 1 to {MOST_DAYS} days")
    calendar = work_calendar()
    persons: dict[tuple[int, str], RehearsedPerson] = {}
    days = []
    with transaction.atomic(), acting(by=User.objects.system(), door=Door.JOB):
        tried = [(policy, _copied(policy)) for policy in policies]
        for on in (first + timedelta(days=n) for n in range(count)):
            day = RehearsedDay(on, calendar.is_working_day(on))
            for policy, steps in tried:
                day.skipped += plan_as_if(
                    policy, on=on, steps=steps, begun_on=first, express_only=not day.working_day
                ).skipped
            _count(day, tried, persons)
            days.append(day)
        transaction.set_rollback(True)
    found = sorted(persons.values(), key=lambda person: (-person.mails, -person.reminders, person.name))
    return Rehearsal(days, found)


def _copied(policy: ReminderPolicy) -> list[PolicyStep]:
    """Copies of the steps: what is planned by them meets no key of what was, or is meanwhile, planned really."""
    copy = ReminderPolicy.objects.create(committee=policy.committee, name=policy.name, is_active=False)
    fields = [field for field in PolicyStep._meta.concrete_fields if field.name not in ("id", "policy")]
    copies = []
    for step in policy.steps.filter(is_active=True).select_related("person", "document"):
        copies.append(PolicyStep(policy=copy, **{field.name: getattr(step, field.name) for field in fields}))
        copies[-1].save()
    return copies


def _count(
    day: RehearsedDay,
    tried: Iterable[tuple[ReminderPolicy, list[PolicyStep]]],
    persons: dict[tuple[int, str], RehearsedPerson],
) -> None:
    """Count the day's mails: of all policies of a committee together, one digest a recipient."""
    by_committee: dict[Committee, list[int]] = {}
    for policy, steps in tried:
        by_committee.setdefault(policy.committee, []).extend(step.pk for step in steps)
    for committee, steps_of in by_committee.items():
        mails = Counter[tuple[str, str]]()
        rows = list(_planned(day.on, committee, steps_of))
        office = Office(committee, {row.key for row in rows}, on=day.on)
        known = office.people
        for row in rows:
            place = Place(row.directive, row.supervisor, row.unit, row.answering, row.is_restricted)
            if reason := row.reason or office.reason(known[row.key], place):
                day.skipped[reason] += 1
            else:
                mails[row.key, row.kind] += 1
        for (key, kind), told in mails.items():
            weekly = kind == Message.Kind.WEEKLY
            day.weekly += weekly
            day.digests += not weekly
            day.reminders += told
            to = known[key]
            person = persons.setdefault((committee.pk, key), RehearsedPerson(key, to.name, to.address))
            person.mails += 1
            person.reminders += told
            person.most_reminders = max(person.most_reminders, told)


def _planned(on: date, committee: Committee, steps: list[int]) -> Iterator[_Row]:
    with connection.cursor() as cursor:
        cursor.execute(compose_sql.REHEARSED, {"on": on, "steps": steps, "committee": committee.pk})
        yield from map(_Row._make, cursor.fetchall())
