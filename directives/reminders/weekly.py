"""The weekly letters: to each member about what they supervise, to the chair about the whole, copies to who helps them.

They go out on the first working day of a week; what was missed then is made up for on the next run of that week. A
letter is known by committee, kind, Monday and recipient, so that nobody gets a second one. Who had nothing to be told,
or could not be written to, gets it on the first later day of that week on which that has changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import translation

from accounts.clock import HANOI
from accounts.dated import holds_on
from accounts.models import User
from directives.access import visible_to
from directives.models import Assignment, Message, Reminder
from directives.reminders.faults import Fault, Work, isolated
from directives.reminders.ladder import monday_of
from directives.reminders.outbox import mail, queue
from directives.reminders.recipients import Recipient, recipient
from directives.reminders.threads import message_id
from directives.reminders.week_figures import Week, week
from directives.reminders.weekly_letter import letter
from steering.calendar import work_calendar
from steering.models import Assistant, Committee, Seat, SeatHolding

log = structlog.get_logger(__name__)
Kind, Skip = Message.Kind, Reminder.Skip
VACANT = "seat"


@dataclass(frozen=True)
class Addressed:
    """A letter that may be due: `seats` are those of whom it is written to (or of whom the recipient helps); `key`
    names a seat when nobody holds it."""

    kind: str
    key: str
    seats: frozenset[int]


@dataclass(frozen=True)
class Unwritten:
    """A letter that had something to tell and could not be written, and why (a value of `Reminder.Skip`)."""

    committee: int
    kind: str
    key: str
    reason: str


@dataclass
class Weekly:
    """What one run made of the letters; `faults` are those that an unexpected error kept from being written."""

    messages: list[Message] = field(default_factory=list)
    unwritten: list[Unwritten] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def reasons(self) -> Counter[str]:
        """How many letters were not written, by reason."""
        return Counter(letter.reason for letter in self.unwritten)


def write_weekly(*, on: date, at: datetime, by: User, committees: Iterable[int] | None = None) -> Weekly:
    """Queue the week's letters that are still due on a day (Hà Nội); `at` is the instant of the figures.

    `committees` limits it to theirs; one without an active policy of reminders writes none, nor does any when
    settings.WEEKLY_LETTERS is off. Safe to repeat, and by
    several processes at once.
    """
    result = Weekly()
    if not settings.WEEKLY_LETTERS or on < work_calendar().next_working_day(monday_of(on)):
        return result
    writing = Committee.objects.filter(reminder_policies__is_active=True).distinct().order_by("pk")
    if committees is not None:
        writing = writing.filter(pk__in=list(committees))
    for committee in writing:
        desk = _Desk(committee, on=on, at=at, by=by)
        for addressed in addressees(committee, on=on):
            written = isolated(
                partial(desk.write, addressed), work=Work.COMPOSE, committee=committee.pk, key=addressed.key
            )
            if isinstance(written, Message):
                result.messages.append(written)
            elif isinstance(written, Unwritten):
                result.unwritten.append(written)
            elif isinstance(written, Fault):
                result.faults.append(written)
    return result


def addressees(committee: Committee, *, on: date) -> list[Addressed]:
    """Return who may get a letter on a day: the chair, the members, the seats that nobody holds, and who helps.

    Who gets the chair's letter gets no member's beside it: what they supervise themselves stands in it.
    """
    holdings = SeatHolding.objects.filter(holds_on(on), seat__committee=committee).order_by("pk")
    held: dict[str, set[int]] = {}
    for holding in holdings:
        held.setdefault(_key(holding), set()).add(holding.seat_id)
    seats = list(Seat.objects.filter(committee=committee).order_by("protocol_order"))
    leading = {seat.pk for seat in seats if seat.role == Seat.Role.CHAIR}
    chairs = {key for key, own in held.items() if own & leading}
    order = {seat.pk: seat.protocol_order for seat in seats}

    def kind(key: str) -> str:
        return Kind.CHAIR.value if key in chairs else Kind.MEMBER.value

    found = [
        Addressed(kind(key), key, frozenset(own))
        for key, own in sorted(
            held.items(), key=lambda entry: (min(map(order.__getitem__, entry[1])), entry[0])
        )
    ]
    filled = set().union(*held.values())
    found += [
        Addressed(
            Kind.CHAIR if seat.pk in leading else Kind.MEMBER, f"{VACANT}:{seat.pk}", frozenset({seat.pk})
        )
        for seat in seats
        if seat.pk not in filled
    ]
    # Each row a letter of its own: somebody may help several, and be a member, too.
    helping = (
        Assistant.objects.filter(holds_on(on), holding__in=holdings).select_related("holding").order_by("pk")
    )
    for row in helping:
        key = _key(row.holding)
        own = held[key] if key in chairs else {row.holding.seat_id}
        found.append(Addressed(kind(key), f"assistant:{row.pk}", frozenset(own)))
    return found


def _key(holding: SeatHolding) -> str:
    return f"user:{holding.user_id}" if holding.user_id else f"holding:{holding.pk}"


class _Desk:
    """One committee's letters of one run: figures are counted once for all who read the same."""

    def __init__(self, committee: Committee, *, on: date, at: datetime, by: User) -> None:
        self.committee, self.on, self.at, self.by = committee, on, at, by
        self.monday = monday_of(on)
        at_clock = at.astimezone(HANOI).timetz()
        # The same hour of last week's Monday, whenever this letter goes out: nothing falls between two letters.
        self.since = min(datetime.combine(self.monday - timedelta(days=7), at_clock), at)
        self._whole: dict[tuple[str, frozenset[int]], tuple[Week, int]] = {}

    @transaction.atomic
    def write(self, addressed: Addressed) -> Message | Unwritten | None:
        """Return the letter, why there is none, or None when it was written before or has nothing to tell."""
        if self._letters(addressed).exists():
            return None
        with translation.override(settings.LANGUAGE_CODE):
            to = self._recipient(addressed)
            told, reason = self._told(addressed, to)
            if not told.is_worth_telling:
                return None
            if reason or to is None:
                return self._not_written(addressed, reason)
            return self._queue(addressed, told, to)

    def _letters(self, addressed: Addressed) -> QuerySet[Message]:
        return Message.objects.filter(
            committee=self.committee,
            kind=addressed.kind,
            on=self.monday,
            recipient_key=addressed.key,
            resend_of__isnull=True,
        )

    def _recipient(self, addressed: Addressed) -> Recipient | None:
        if addressed.key.startswith(f"{VACANT}:"):
            return None
        return recipient(addressed.key, committee=self.committee, on=self.on)

    def _told(self, addressed: Addressed, to: Recipient | None) -> tuple[Week, str]:
        """Return the facts that the recipient may be told, and what stands against telling them."""
        about = Q(directive__committee=self.committee)
        if addressed.kind == Kind.MEMBER:
            about &= Q(directive__supervisor__in=addressed.seats)
        of_all, count = self._of_all(addressed, Assignment.objects.filter(about))
        if to is None:
            return of_all, Skip.VACANT.value
        if to.user is None or to.skip:
            return of_all, to.skip
        seen = visible_to(to.user, Assignment, on=self.on).filter(about)
        seen_count = seen.count()
        if seen_count == count:
            return of_all, ""
        if not seen_count:
            return of_all, Skip.NOT_VISIBLE.value
        return week(seen, on=self.on, since=self.since), ""

    def _of_all(self, addressed: Addressed, rows: QuerySet[Assignment]) -> tuple[Week, int]:
        about = (addressed.kind, addressed.seats if addressed.kind == Kind.MEMBER else frozenset[int]())
        if about not in self._whole:
            self._whole[about] = week(rows, on=self.on, since=self.since), rows.count()
        return self._whole[about]

    def _not_written(self, addressed: Addressed, reason: str) -> Unwritten:
        log.warning(
            "weekly_letter_not_written",
            committee=self.committee.pk,
            kind=addressed.kind,
            recipient=addressed.key,
            reason=reason,
        )
        return Unwritten(self.committee.pk, addressed.kind, addressed.key, reason)

    def _queue(self, addressed: Addressed, told: Week, to: Recipient) -> Message | None:
        # Two at once would both find nothing; the lock is the row of whom it comes from.
        Committee.objects.select_for_update(no_key=True).get(pk=self.committee.pk)
        if self._letters(addressed).exists():
            return None
        name = message_id(self.committee.pk, addressed.kind, self.monday, addressed.key)
        content = letter(
            addressed.kind,
            told,
            committee=self.committee,
            to=to,
            seats=addressed.seats,
            monday=self.monday,
            on=self.on,
            at=self.at,
            message_id=name,
        )
        row = mail(
            addressed.kind,
            committee=self.committee,
            on=self.monday,
            key=addressed.key,
            to=to,
            at=self.at,
            subject=content.subject,
            text=content.text,
            html=content.html,
            image=content.image,
            image_alt=content.image_alt,
            tells_restricted=told.tells_restricted,
            message_id=name,
        )
        return queue([row], by=self.by)[0]
