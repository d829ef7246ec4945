"""Why anybody did, did not, or will get a mail: of one assignment, and of one person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.clock import hanoi_date, start_of_day
from accounts.models import User
from directives.access import inside, visible_to
from directives.models import Assignment, Message, Occasion, PolicyStep, Reminder, ReminderPolicy
from directives.reminders.candidates import Line
from directives.reminders.digest import SECTION_LABELS, Digest, digest
from directives.reminders.lines import Words, lines, words_of
from directives.reminders.outbox import NAME_LENGTH
from directives.reminders.outlook import (
    Foreseen,
    first_day,
    outlook_of_person,
    outlook_of_work,
    policies_of,
)
from directives.reminders.recipients import names
from directives.reminders.render import subject
from directives.reminders.window import Window, window
from directives.reminders.wording import instant_in_words, reader_in_words, step_in_words, waits_for
from directives.rights import rights
from steering.calendar import work_calendar
from steering.models import Committee
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
    found = outlook_of_work(assignment, policies, first=first_day(on), last=until)
    unsaved = _Unsaved((line for mail in found for line in mail.lines), works={assignment.pk: assignment})
    coming = [(mail.on, unsaved.reminder(line, mail)) for mail in found for line in mail.lines]
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

    The number of queries depends neither on the days nor on the mails.
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
    until = first + timedelta(days=days - 1)
    coming = outlook_of_person(person.pk, _policies(reader, own=own, on=on), first=first, last=until)
    words = _Words(at, left_out)
    return OfPerson(
        mails=[(mail, words.state(mail), mail.pk in opened) for mail in listed[:LISTED]],
        more_mails=len(listed) > LISTED,
        skipped=[words.told(row) for row in left_out[:LISTED]],
        more_skipped=len(left_out) > LISTED,
        coming=_days(coming, words, reader=reader, own=own, on=on),
        until=until,
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
    about = {line.assignment for mail in found for line in mail.lines}
    visible = set(
        Assignment.objects.filter(inside(rights(reader, on=on)), pk__in=about).values_list("pk", flat=True)
    )
    seen = [(mail, [line for line in mail.lines if line.assignment in visible]) for mail in found]
    seen = [(mail, rows) for mail, rows in seen if own or mail.group is None or len(rows) == len(mail.lines)]
    unsaved = _Unsaved(line for mail, rows in seen for line in _listed(mail, rows))
    subjects = _subjects(mail for mail, _rows in seen)
    days: dict[date, Day] = {}
    for mail, rows in seen:
        day = days.setdefault(mail.on, Day(mail.on))
        told = [words.foreseen(unsaved.reminder(line, mail), on=mail.on) for line in _listed(mail, rows)]
        if mail.group is None:
            day.skipped.extend(told)
            continue
        figures = _told(rows, on=mail.on).figures
        day.mails.append(
            Coming(
                subject=subjects[id(mail)],
                kind=Message.Kind(mail.group.kind).label,
                sections=[(SECTION_LABELS[section], count) for section, count in figures.items()],
                rows=told,
                more=max(0, len(rows) - LISTED),
            )
        )
    return [day for day in days.values() if day.mails or day.skipped]


def _listed(mail: Foreseen, rows: list[Line]) -> list[Line]:
    return rows if mail.group is None else rows[:LISTED]


def _told(rows: Iterable[Line], *, on: date) -> Digest:
    return digest((line.row.item() for line in rows if line.row is not None), on=on)


def _subjects(mails: Iterable[Foreseen]) -> dict[int, str]:
    """Return the subject that each mail will have, by its identity; it names the work where it is news of one thing."""
    told = [(mail, mail.group, _told(mail.lines, on=mail.on)) for mail in mails if mail.group is not None]
    committees = Committee.objects.in_bulk({group.committee for _mail, group, _digest in told})
    news = [entry for _mail, group, its in told if group.kind == Message.Kind.EVENT for entry in its.entries]
    found = {}
    with translation.override(settings.LANGUAGE_CODE):
        known = words_of(news, on=told[0][0].on) if news else Words({}, {})
        for mail, group, its in told:
            entries = its.entries if group.kind == Message.Kind.EVENT else ()
            said = list(lines(entries, known, on=mail.on, naming_units=False).values())
            found[id(mail)] = subject(
                group.kind, its, said, committee=committees[group.committee], on=mail.on
            )
    return found


class _Unsaved:
    """What is foreseen as the reminders it will be, with all that a line of the page asks of them."""

    def __init__(self, chosen: Iterable[Line], *, works: dict[int, Assignment] | None = None) -> None:
        rows = list(chosen)
        self.steps = PolicyStep.objects.in_bulk({line.step for line in rows if line.step})
        self.occasions = Occasion.objects.in_bulk({line.occasion for line in rows if line.occasion})
        self.works = works or Assignment.objects.select_related("directive", "unit").in_bulk(
            {line.assignment for line in rows}
        )

    def reminder(self, line: Line, mail: Foreseen) -> Reminder:
        """Return a line as a reminder, in a mail that bears only its kind and its recipient's name."""
        message = None
        if mail.group is not None and mail.to is not None:
            message = Message(kind=mail.group.kind, recipient_name=mail.to.name[:NAME_LENGTH])
        return Reminder(
            assignment=self.works[line.assignment],
            step=None if line.step is None else self.steps[line.step],
            occasion=None if line.occasion is None else self.occasions[line.occasion],
            message=message,
            falls_on=line.falls_on,
            due_on=line.due_on,
            recipient_key=line.key,
            fallback=line.fallback,
            watching=line.watching,
            skip=line.skip,
        )


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
