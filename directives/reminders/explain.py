"""Why anybody did, did not, or will get a mail: of one assignment, and of one person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.clock import hanoi_date, start_of_day
from accounts.models import User
from directives.access import inside, visible_to
from directives.models import Assignment, Message, Reminder, ReminderPolicy
from directives.reminders.digest import SECTION_LABELS, Item, Section
from directives.reminders.foresee import Foreseen, first_day, foresee, policies_of
from directives.reminders.outlook import outlook
from directives.reminders.recipients import names
from directives.reminders.window import Window, window
from directives.reminders.wording import instant_in_words, reader_in_words, step_in_words, waits_for
from directives.rights import rights
from steering.calendar import work_calendar
from steering.workdays import WorkCalendar

State = Message.State
# Of a person's mail or of what was left out of it, so many are listed.
LISTED = 100
DAYS_BACK = 30


@dataclass(frozen=True)
class Told:
    """A reminder in words. `skip` says why nobody was written to; `message` is the mail that carries it."""

    on: date
    step: str
    reader: str
    recipient: str
    state: str
    skip: str = ""
    message: Message | None = None
    assignment: Assignment | None = None

    @property
    def tone(self) -> str:
        """How its state looks: "sent", "queued", "failed", "skipped", or "" for what is to come."""
        if self.skip:
            return "skipped"
        return self.message.state if self.message is not None and self.message.pk else ""


@dataclass(frozen=True)
class OfAssignment:
    """Newest first what was, in order what will be; `until` is the last day looked at."""

    past: list[Told]
    more: bool
    coming: list[Told]
    until: date


@dataclass(frozen=True)
class Coming:
    """A mail a person will get on a day: how many assignments by group, and the first of them."""

    subject: str
    kind: str | Promise
    sections: list[tuple[str | Promise, int]]
    rows: list[Told]
    more: int


@dataclass(frozen=True)
class Day:
    """A coming day of a person: mails, and what will be left out of them with the reason."""

    on: date
    mails: list[Coming] = field(default_factory=list)
    skipped: list[Told] = field(default_factory=list)


@dataclass(frozen=True)
class OfPerson:
    """What a person got in the last days, what was not sent to them, and what they will get in the coming ones."""

    mails: list[tuple[Message, str, bool]]
    more_mails: bool
    skipped: list[Told]
    more_skipped: bool
    coming: list[Day]
    until: date


def of_assignment(
    assignment: Assignment, *, at: datetime, days: int = 30, page: int = 1, size: int = LISTED
) -> OfAssignment:
    """Return the reminders and news of an assignment (its directive loaded): a page (from 1) of those that are
    written, and those that the runs of so many days from `at` on will write as the case stands now.

    The number of queries depends neither on the days nor on the mails.
    """
    on = hanoi_date(at)
    rows = assignment.reminders.select_related("step", "occasion", "message").defer(
        "message__text", "message__html"
    )
    past = list(rows.order_by("-planned_on", "-pk")[(page - 1) * size : page * size + 1])
    policies = policies_of(assignment)
    until = on + timedelta(days=days)
    coming = outlook(assignment, policies, first=first_day(on), last=until)
    words = _Words(at, [*past, *(row for _day, row in coming)])
    return OfAssignment(
        past=[words.told(row) for row in past[:size]],
        more=len(past) > size,
        coming=[words.foreseen(row, on=day) for day, row in coming],
        until=until,
    )


def of_person(person: User, *, reader: User, at: datetime, days: int = 7) -> OfPerson:
    """Return a person's mails as far as `reader` may know of them: their own all, with a mark on those that may be
    opened; of others' only what the reader sees (`visible_to`).

    What is foreseen is found by doing the work for this recipient and rolling it back.
    """
    on = hanoi_date(at)
    since = on - timedelta(days=DAYS_BACK)
    own = reader.pk == person.pk
    seen = visible_to(reader, Message, on=on)
    mails = Message.objects.filter(user=person) if own else seen.filter(user=person)
    mails = mails.filter(composed_at__gte=start_of_day(since)).defer("text", "html")
    listed = list(mails.order_by("-composed_at", "-pk")[: LISTED + 1])
    opened = set(seen.filter(pk__in=[mail.pk for mail in listed]).values_list("pk", flat=True))
    skipped = _skipped(person, reader=reader, on=on).filter(planned_on__gte=since)
    left_out = list(skipped.order_by("-planned_on", "-pk")[: LISTED + 1])
    first = first_day(on)
    coming = foresee(
        _policies(reader, own=own, on=on),
        days=[first + timedelta(days=n) for n in range(days)],
        only_to=[f"user:{person.pk}"],
    )
    words = _Words(at, left_out)
    return OfPerson(
        mails=[(mail, words.state(mail), mail.pk in opened) for mail in listed[:LISTED]],
        more_mails=len(listed) > LISTED,
        skipped=[words.told(row) for row in left_out[:LISTED]],
        more_skipped=len(left_out) > LISTED,
        coming=_days(coming, words, reader=reader, own=own, on=on),
        until=first + timedelta(days=days - 1),
    )


def concerns(person: User, *, reader: User, on: date) -> bool:
    """Return whether a reader sees any mail to a person or any reminder for them that was not sent."""
    mails = visible_to(reader, Message, on=on).filter(user=person)
    not_sent = ~Q(skip="") | Q(skip="", message=None)
    return mails.exists() or _reminders(person, reader=reader, on=on).filter(not_sent).exists()


def _reminders(person: User, *, reader: User, on: date) -> QuerySet[Reminder]:
    return visible_to(reader, Reminder, on=on).filter(recipient_key=f"user:{person.pk}")


def _skipped(person: User, *, reader: User, on: date) -> QuerySet[Reminder]:
    rows = _reminders(person, reader=reader, on=on).exclude(skip="")
    return rows.select_related("step", "occasion", "message", "assignment__directive", "assignment__unit")


def _policies(reader: User, *, own: bool, on: date) -> list[ReminderPolicy]:
    rows = ReminderPolicy.objects.filter(is_active=True).select_related("committee")
    held = rights(reader, on=on)
    if not (own or held.auditor or held.administrator):
        rows = rows.filter(committee__in=held.secretariat_of)
    return list(rows.order_by("pk"))


def _days(coming: Iterable[Foreseen], words: _Words, *, reader: User, own: bool, on: date) -> list[Day]:
    """Tell the days apart. A mail about anything the reader must not see is not told of, as when it is sent."""
    found = list(coming)
    about = {row.assignment_id for mail in found for row in mail.rows}
    visible = set(
        Assignment.objects.filter(inside(rights(reader, on=on)), pk__in=about).values_list("pk", flat=True)
    )
    days: dict[date, Day] = {}
    for mail in found:
        day = days.setdefault(mail.on, Day(mail.on))
        rows = [row for row in mail.rows if row.assignment_id in visible]
        if not mail.subject:
            day.skipped.extend(words.foreseen(row, on=mail.on) for row in rows)
        elif own or len(rows) == len(mail.rows):
            day.mails.append(_mail(mail, rows, words))
    return [day for day in days.values() if day.mails or day.skipped]


def _mail(mail: Foreseen, rows: list[Reminder], words: _Words) -> Coming:
    sections: Counter[Section] = Counter()
    for told in {(row.assignment_id, row.occasion_id): row for row in rows}.values():
        sections[_section(told, on=mail.on)] += 1
    return Coming(
        subject=mail.subject,
        kind=Message.Kind(mail.kind).label,
        sections=[(SECTION_LABELS[section], sections[section]) for section in Section if sections[section]],
        rows=[words.foreseen(row, on=mail.on) for row in rows[:LISTED]],
        more=max(0, len(rows) - LISTED),
    )


def _section(row: Reminder, *, on: date) -> Section:
    work = row.assignment
    item = Item(
        assignment=work.pk,
        directive=work.directive_id,
        unit=work.unit_id,
        own=not row.watching,
        part=work.part,
        status=work.status,
        progress=work.progress,
        due_on=work.due_on,
        submitted_on=work.submitted_on,
        original_due_on=work.original_due_on,
        occasion=row.occasion.kind if row.occasion else "",
    )
    return item.section(on)


class _Words:
    """What many rows share: names of recipients, the calendar, the hours of sending."""

    def __init__(self, at: datetime, rows: Iterable[Reminder]) -> None:
        self.at = at
        # A mail knows its recipient, also one that is only foreseen.
        self.names = names({row.recipient_key for row in rows if row.message is None})
        self.window: Window | None = window()
        self.calendar: WorkCalendar = self.window.workdays if self.window else work_calendar()

    def told(self, row: Reminder) -> Told:
        """A reminder that is written."""
        message = row.message
        if row.skip:
            state = ""
        elif message is None:
            state = _("chờ soạn vào thư")
        else:
            state = self.state(message)
        return self._told(row, row.planned_on, state, message)

    def foreseen(self, row: Reminder, *, on: date) -> Told:
        """A reminder that a day's run will write."""
        return self._told(row, on, "", None)

    def state(self, message: Message) -> str:
        """What became of a mail."""
        label = str(message.get_state_display())
        if message.sent_at is not None:
            return _("%(state)s lúc %(at)s") % {"state": label, "at": instant_in_words(message.sent_at)}
        why = waits_for(message, at=self.at, window=self.window)
        return f"{label}: {why}" if why else label

    def _told(self, row: Reminder, on: date, state: str, message: Message | None) -> Told:
        name = row.message.recipient_name if row.message else self.names.get(row.recipient_key, "")
        return Told(
            on=on,
            step=step_in_words(row, workdays=self.calendar),
            reader=reader_in_words(row),
            recipient=name,
            state=state,
            skip=str(row.get_skip_display()) if row.skip else "",
            message=message,
            assignment=row.assignment,
        )
