"""What the coming days' runs will write about one assignment, or to one person: the statements of plan and compose,
asked and not carried out.

It writes nothing, waits for nobody and asks a number of queries that depends neither on the days nor on the mails: what
the runs of all days may tell is asked at once, and followed here day after day. What is known of a day (who is in
office, who answers, who reads) is asked again only from the days on which that changes.
`tests/directives/reminders/test_outlook.py` holds it against what the runs then do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from directives.models import Assignment, Message, PolicyStep, Reminder, ReminderPolicy, ReminderRun
from directives.reminders.candidates import (
    Fresh,
    Line,
    OfPerson,
    OfWork,
    Scope,
    candidates,
    known_committees,
    learn,
    lines_waiting,
)
from directives.reminders.compose import Group, has_mail
from directives.reminders.ladder import monday_of
from directives.reminders.office import Office
from directives.reminders.recipients import Recipient
from steering.calendar import work_calendar
from steering.models import Committee

Audience, Kind, Skip = PolicyStep.Audience, Message.Kind, Reminder.Skip


@dataclass(frozen=True)
class Foreseen:
    """A mail of a day, or without a `group` what is left out of the mails of that day."""

    on: date
    lines: list[Line]
    group: Group | None = None
    to: Recipient | None = None


@dataclass
class _Period:
    """Days on which the same people are in office: what their plans may add, and who is written to by committee."""

    days: list[date]
    told: dict[date, dict[int, list[tuple[Fresh, Line]]]] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    offices: dict[int, Office] = field(default_factory=dict)


def first_day(on: date) -> date:
    """Return the first day whose run is still to come: `on` itself while nothing was planned for it."""
    planned = ReminderRun.objects.filter(on=on, planned_at__isnull=False).exists()
    return on + timedelta(days=1) if planned else on


def policies_of(assignment: Assignment) -> list[ReminderPolicy]:
    """Return the policies in use that concern an assignment: its directive's own, else the committee's general ones."""
    directive = assignment.directive
    rows = ReminderPolicy.objects.filter(is_active=True, committee=directive.committee_id)
    own = directive.reminder_policy_id
    rows = rows.filter(is_general=True) if own is None else rows.filter(pk=own)
    return list(rows.select_related("committee").order_by("pk"))


def outlook_of_work(
    work: Assignment, policies: Sequence[ReminderPolicy], *, first: date, last: date
) -> list[Foreseen]:
    """Return what the runs from `first` to `last` (Hà Nội) will do about an assignment (its directive loaded), in
    order. `policies` are those that concern it, with their committee."""
    return list(_Outlook(OfWork(work), policies, first=first, last=last).days()) if policies else []


def outlook_of_person(
    person: int, policies: Sequence[ReminderPolicy], *, first: date, last: date
) -> list[Foreseen]:
    """Return what the runs from `first` to `last` (Hà Nội) will do about an account (its id) as these policies, with
    their committees, want it, and with what waits for its mail by whatever policy."""
    return list(_Outlook(OfPerson(person), policies, first=first, last=last).days())


class _Outlook:
    """The rules of plan and compose that depend on the days before; the others are asked of their statements."""

    def __init__(self, scope: Scope, policies: Sequence[ReminderPolicy], *, first: date, last: date) -> None:
        self.scope, self.policies, self.first, self.last = scope, policies, first, last
        self.calendar = work_calendar()
        self.steps: dict[int, list[PolicyStep]] = {policy.pk: [] for policy in policies}
        for step in PolicyStep.objects.filter(policy__in=policies, is_active=True).select_related("person"):
            self.steps[step.policy_id].append(step)
        self.committees: dict[int, Committee] = {}
        # By work, due date, recipient and audience what was told and may yet change.
        self.known: dict[tuple[int, date | None, str, str], list[Line]] = defaultdict(list)
        # Whom which mail was written to on which day.
        self.had: dict[Group, set[date]] = defaultdict(set)

    def days(self) -> Iterator[Foreseen]:
        """Follow the runs day after day."""
        waiting = lines_waiting(self.scope)
        for line in waiting:
            self._know(line)
        periods = self._periods()
        coming = [line for period in periods for plans in period.told.values() for rows in plans.values()
                  for _fresh, line in rows if not line.skip]  # fmt: skip
        learn([*waiting, *coming])
        self.committees = known_committees(self.policies, waiting)
        self._learn_mails({line.key for line in (*waiting, *coming)})
        for period in periods:
            period.keys |= {line.key for line in waiting}
            for day in period.days:
                waiting = yield from self._run(period, day, waiting)

    def _periods(self) -> list[_Period]:
        changes = self.scope.changes(self.policies, self.steps, first=self.first, last=self.last)
        periods = []
        for start, end in pairwise([self.first, *changes, self.last + timedelta(days=1)]):
            period = _Period([start + timedelta(days=n) for n in range((end - start).days)])
            for fresh, line in candidates(
                self.scope, self.policies, self.steps, days=period.days, workdays=self.calendar
            ):
                period.told.setdefault(fresh.day, {}).setdefault(fresh.plan, []).append((fresh, line))
                if not line.skip:
                    period.keys.add(line.key)
            periods.append(period)
        return periods

    def _know(self, line: Line) -> None:
        self.known[line.assignment, line.due_on, line.key, line.audience].append(line)

    def _learn_mails(self, keys: Collection[str]) -> None:
        rows = Message.objects.filter(
            recipient_key__in=keys,
            kind__in=(Kind.DIGEST, Kind.WEEKLY),
            on__range=(monday_of(self.first), self.last),
            resend_of__isnull=True,
        )
        for committee, key, kind, on in rows.values_list("committee", "recipient_key", "kind", "on"):
            self.had[Group(committee, key, kind)].add(on)

    def _run(self, period: _Period, day: date, waiting: list[Line]) -> Generator[Foreseen, None, list[Line]]:
        """Yield what one day's run does: its mails, then what is left out of them; returns what waits on."""
        off = not self.calendar.is_working_day(day)
        plans = period.told.get(day, {})
        added = [line for number in sorted(plans) for line in self._added(plans[number], off=off)]
        left_out = [line for line in added if line.skip]
        waiting = [*waiting, *(line for line in added if not line.skip)]
        mails: dict[Group, list[Line]] = defaultdict(list)
        for line in waiting:
            goes = not off or (line.told.is_express and line.audience != Audience.SECRETARIAT)
            if line.falls_on <= day and goes:
                mails[Group(line.committee, line.key, line.told.kind)].append(line)
        settled: set[int] = set()
        for group in sorted(mails):
            if has_mail(group.kind, self.had[group], on=day):
                continue
            settled.update(map(id, mails[group]))
            office = self._office(period, group.committee)
            to = office.people[group.key]
            carried = list(_carried(mails[group], to, office, day))
            left_out += [line for line in mails[group] if line.skip]
            if carried:
                self.had[group].add(day)
                yield Foreseen(day, carried, group, to)
        if left_out:
            yield Foreseen(day, left_out)
        return [line for line in waiting if id(line) not in settled]

    def _added(self, rows: Iterable[tuple[Fresh, Line]], *, off: bool) -> list[Line]:
        """Return what one plan of a day adds to what is known by then; on a day off only what is hỏa tốc."""
        added: dict[tuple[int, int, date, str], Line] = {}
        for fresh, line in rows:
            if (fresh.is_express or not off) and not self._is_told(fresh, line.audience):
                added.setdefault((fresh.assignment, fresh.step, fresh.falls_on, fresh.key), line)
        for line in added.values():
            self._know(line)
        return list(added.values())

    def _is_told(self, fresh: Fresh, audience: str) -> bool:
        """Whether what was foreseen tells of it already: what `plan_sql` asks of what is written."""
        repeats = audience != Audience.SECRETARIAT
        return any(
            line.falls_on >= fresh.falls_on
            or (
                repeats
                and line.step == fresh.step
                and not line.skip
                and (fresh.again is None or line.falls_on > fresh.again)
            )
            for line in self.known.get((fresh.assignment, fresh.due_on, fresh.key, audience), ())
        )

    def _office(self, period: _Period, committee: int) -> Office:
        if committee not in period.offices:
            period.offices[committee] = Office(self.committees[committee], period.keys, on=period.days[0])
        return period.offices[committee]


def _carried(lines: list[Line], to: Recipient, office: Office, day: date) -> Iterator[Line]:
    """Give each that is not in the mail its reason (`compose_sql`); yield the others, one's own first."""
    last: dict[tuple[int, str], date] = {}
    for line in lines:
        about = (line.assignment, line.audience)
        last[about] = max(last.get(about, line.falls_on), line.falls_on)
    for line in sorted(lines, key=lambda line: line.watching):
        due = line.told.due_on
        reason = line.told.reason
        if not reason and line.step is not None:
            if line.falls_on < last[line.assignment, line.audience]:
                reason = Skip.SUPERSEDED.value
            elif line.is_muted and due is not None and due >= day:
                reason = Skip.MUTED.value
        line.skip = reason or office.reason(to, line.told.place)
        if not line.skip:
            yield line
