"""What the coming days' runs will write about one assignment: the rules of plan and compose, followed in memory.

It writes nothing, waits for nobody and asks a number of queries that depends neither on the days nor on the mails: what
is known of a day (who is in office, who answers, who reads) is asked again only from the days on which that changes.
`tests/directives/reminders/test_explain.py` holds it against what the runs then do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

from directives.lifecycle import OPEN, Status
from directives.models import (
    Assignment,
    Directive,
    ExtensionRequest,
    Message,
    Occasion,
    PolicyStep,
    Reminder,
    ReminderPolicy,
)
from directives.models.document import Urgency
from directives.reminders.audience import WATCHING, To
from directives.reminders.ladder import WEEK, monday_of
from directives.reminders.office import Office, days_of_change
from directives.reminders.outbox import NAME_LENGTH
from directives.reminders.plan import IN_THE_UNITS_HANDS, OPEN_AND_COUNTED, Fallen, fallen, readers
from steering.calendar import work_calendar

Audience, Kind, Skip = PolicyStep.Audience, Message.Kind, Reminder.Skip
Occurred = Occasion.Kind
IN_A_UNITS_PLACE = (Reminder.Fallback.SUPERIOR, Reminder.Fallback.SECRETARIAT)


def outlook(
    work: Assignment, policies: Sequence[ReminderPolicy], *, first: date, last: date
) -> list[tuple[date, Reminder]]:
    """Return what the runs from `first` to `last` (Hà Nội) will settle about an assignment (its directive loaded), in
    order: the day and the reminder, unsaved where it is to come, with a `message` that bears only its recipient's name
    and its kind, or with the reason (`skip`) why there is none. `policies` are those that concern it, with their
    committee.
    """
    return list(_Outlook(work, policies, first=first, last=last).days()) if policies else []


class _Outlook:
    def __init__(
        self, work: Assignment, policies: Sequence[ReminderPolicy], *, first: date, last: date
    ) -> None:
        self.work, self.directive, self.policies = work, work.directive, policies
        self.committee = policies[0].committee
        self.first, self.last = first, last
        self.calendar = work_calendar()
        steps = PolicyStep.objects.filter(policy__in=policies, is_active=True).select_related("person")
        self.steps = {
            policy.pk: [step for step in steps if step.policy_id == policy.pk] for policy in policies
        }
        self.express = self.directive.urgency == Urgency.EXPRESS
        self.rows: list[Reminder] = list(work.reminders.select_related("step", "occasion").order_by("pk"))
        self.waiting = [row for row in self.rows if row.message_id is None and not row.skip]
        # Who had which mail on which day.
        self.had: set[tuple[str, str, date]] = set()

    def days(self) -> Iterator[tuple[date, Reminder]]:
        """Follow the runs day after day."""
        steps = [step for steps in self.steps.values() for step in steps]
        changes = days_of_change(self.work, self.committee, steps, first=self.first, last=self.last)
        for start, end in pairwise([self.first, *changes, self.last + timedelta(days=1)]):
            asked = [step for step in steps if self._is_reminded_of(step.audience, off=False)]
            known = {row.recipient_key for row in self.waiting}
            office = Office(self.work, self.committee, asked, known=known, on=start)
            if start == self.first:
                self.had = self._had(office.keys)
            for n in range((end - start).days):
                day = start + timedelta(days=n)
                yield from ((day, row) for row in self._run(office, day))

    def _had(self, keys: Collection[str]) -> set[tuple[str, str, date]]:
        rows = Message.objects.filter(
            committee=self.committee,
            recipient_key__in=keys,
            kind__in=(Kind.DIGEST, Kind.WEEKLY),
            on__range=(monday_of(self.first), self.last),
            resend_of__isnull=True,
        )
        return set(rows.values_list("recipient_key", "kind", "on"))

    def _run(self, office: Office, day: date) -> list[Reminder]:
        """Return what one day's run settles: the reminders of its mails, then what is left out of them."""
        off = not self.calendar.is_working_day(day)
        planned: list[Reminder] = []
        for policy in self.policies:
            for audience, steps in readers(self.steps[policy.pk], express_only=off):
                added = list(self._planned(policy, office, audience, steps, day, off=off))
                self.rows += added
                planned += added
        concerned = [*self.waiting, *planned]
        self.waiting = [row for row in concerned if not row.skip]
        carried = self._composed(office, day, off=off)
        self.waiting = [row for row in self.waiting if row not in carried and not row.skip]
        return [*carried, *(row for row in concerned if row.skip)]

    # Plan (`plan_sql`)

    def _planned(
        self,
        policy: ReminderPolicy,
        office: Office,
        audience: PolicyStep.Audience,
        steps: list[PolicyStep],
        day: date,
        *,
        off: bool,
    ) -> Iterator[Reminder]:
        by_id = {step.pk: step for step in steps}
        due = self.work.due_on
        if due is None or not self._is_reminded_of(audience, off=off):
            return
        found = fallen(audience, steps, [due], on=day, workdays=self.calendar, late_days=policy.late_days)
        fell = [one for one in found if self._is_about(by_id[one.step])]
        if audience == Audience.SECRETARIAT:
            fell = [one for one in fell if self._is_of_the_week(one)]
        elif fell:
            fell = [max(fell, key=lambda one: (one.falls, by_id[one.step].offset_days, one.step))]
        before = list(self.rows)
        added: set[tuple[int, date, str]] = set()
        for one in fell:
            step = by_id[one.step]
            for to in office.to(audience, step):
                key = (step.pk, one.falls, to.key)
                if key in added or any(_is_told(x, one, step, to.key) for x in before):
                    continue
                added.add(key)
                yield self._reminder(one, step, to, day)

    def _is_reminded_of(self, audience: str, *, off: bool) -> bool:
        work, directive = self.work, self.directive
        values = OPEN_AND_COUNTED if audience in WATCHING else IN_THE_UNITS_HANDS
        return (
            directive.state == Directive.State.ISSUED
            and not directive.is_standing
            and work.status in values["statuses"]
            and work.part in values["parts"]
            and (self.express or not off)
            and (audience != Audience.SUPERVISOR or directive.supervisor_id is not None)
            and not (audience in WATCHING and audience != Audience.SECRETARIAT and self._is_in_time)
        )

    def _is_about(self, step: PolicyStep) -> bool:
        work, directive = self.work, self.directive
        return (
            (not step.urgencies or directive.urgency in step.urgencies)
            and (not step.kinds or directive.kind in step.kinds)
            and (not step.parts or work.part in step.parts)
            and (not step.statuses or work.status in step.statuses)
            and step.document_id in (None, directive.document_id)
        )

    def _is_of_the_week(self, one: Fallen) -> bool:
        near = self.work.status == Status.SUBMITTED or one.due <= one.falls + timedelta(days=WEEK)
        return near and one.falls >= self.work.assigned_on

    def _reminder(self, one: Fallen, step: PolicyStep, to: To, day: date) -> Reminder:
        skip = to.skip
        if step.audience != Audience.SECRETARIAT:
            if one.falls < self.work.assigned_on:
                skip = Skip.BEFORE_GIVEN.value
            elif one.old:
                skip = Skip.TOO_OLD.value
        return Reminder(
            assignment=self.work,
            step=step,
            falls_on=one.falls,
            due_on=one.due,
            planned_on=day,
            recipient_key=to.key,
            skip=skip,
            fallback=to.fallback,
            watching=step.audience in WATCHING or to.fallback in IN_A_UNITS_PLACE,
        )

    # Compose (`compose_sql`)

    def _composed(self, office: Office, day: date, *, off: bool) -> list[Reminder]:
        """Settle what goes into the mails of a day; returns what they carry, mail by mail."""
        mails: dict[tuple[str, str], list[Reminder]] = defaultdict(list)
        for row in self.waiting:
            kind = _kind(row)
            if row.falls_on <= day and (not off or (self.express and kind != Kind.WEEKLY)):
                mails[row.recipient_key, kind].append(row)
        carried = []
        for (key, kind), rows in mails.items():
            if not self._had_mail(key, kind, day):
                taken = self._taken(office, rows, key, kind, day)
                carried += taken
                if taken:
                    self.had.add((key, kind, day))
        return carried

    def _had_mail(self, key: str, kind: str, day: date) -> bool:
        if kind == Kind.WEEKLY:
            monday = monday_of(day)
            return any((key, kind, monday + timedelta(days=n)) in self.had for n in range(7))
        return kind == Kind.DIGEST and (key, kind, day) in self.had

    def _taken(self, office: Office, rows: list[Reminder], key: str, kind: str, day: date) -> list[Reminder]:
        last: dict[str, date] = {}
        for row in rows:
            about = row.step.audience if row.step else ""
            last[about] = max(last.get(about, row.falls_on), row.falls_on)
        to = office.people[key]
        taken = []
        for row in rows:
            reason = self._outdated(office, row, last, day) or to.skip or office.hidden(to)
            row.skip = reason
            if not reason:
                row.message = Message(kind=kind, recipient_name=to.name[:NAME_LENGTH])
                taken.append(row)
        return taken

    def _outdated(self, office: Office, row: Reminder, last: dict[str, date], day: date) -> str:
        """Return the first reason for which a reminder no longer holds, "" when it does."""
        work, directive, step = self.work, self.directive, row.step
        if work.status == Status.SUSPENDED:
            return Skip.SUSPENDED.value
        standing = step is not None and directive.is_standing
        if work.status not in OPEN or directive.state != Directive.State.ISSUED or standing:
            return Skip.CLOSED.value
        if row.occasion is not None and self._is_settled(row.occasion.kind):
            return Skip.SETTLED.value
        if step is None:
            return ""
        if work.due_on != row.due_on:
            return Skip.DUE_CHANGED.value
        if not row.watching and work.status == Status.DECLINED:
            return Skip.DECLINED.value
        if work.status == Status.SUBMITTED and (
            not row.watching or (self._is_in_time and step.audience != Audience.SECRETARIAT)
        ):
            return Skip.SUBMITTED.value
        if row.falls_on < last[step.audience]:
            return Skip.SUPERSEDED.value
        muted = step.may_mute and work.due_on is not None and work.due_on >= day
        return Skip.MUTED.value if muted and row.recipient_key in office.mute else ""

    @property
    def _is_in_time(self) -> bool:
        work = self.work
        return work.submitted_on is not None and work.due_on is not None and work.submitted_on <= work.due_on

    def _is_settled(self, kind: str) -> bool:
        status = self.work.status
        return (
            (kind == Occurred.PRESENTED and self.work.with_head_since is None)
            or (kind == Occurred.SUBMITTED and status != Status.SUBMITTED)
            or (kind == Occurred.DECLINED and status != Status.DECLINED)
            or (kind == Occurred.SENT_BACK and status == Status.SUBMITTED)
            or (kind == Occurred.ASKED and not self._is_asking)
        )

    @cached_property
    def _is_asking(self) -> bool:
        return ExtensionRequest.objects.filter(
            assignment=self.work, state=ExtensionRequest.State.OPEN
        ).exists()


def _kind(row: Reminder) -> str:
    """Which mail a reminder goes into (`compose_sql.KIND`)."""
    if row.at_once:
        return Kind.EVENT.value
    weekly = row.step is not None and row.step.audience == Audience.SECRETARIAT
    return Kind.WEEKLY.value if weekly else Kind.DIGEST.value


def _is_told(row: Reminder, one: Fallen, step: PolicyStep, key: str) -> bool:
    """Whether a recipient was told of a due date by a step's audience, so that it is not told again."""
    if row.step is None or row.recipient_key != key or row.due_on != one.due:
        return False
    if row.step.audience != step.audience:
        return False
    if row.falls_on >= one.falls:
        return True
    again = one.again is None or row.falls_on > one.again
    return step.audience != Audience.SECRETARIAT and row.step_id == step.pk and not row.skip and again
