"""Which weekly letters must be in the log by a day, said a second time from the rules and not from `weekly`.

From the first working day of a week on each member's letter of that week is there, and the chair's: where a seat is
held by somebody who can be written to and sees open work of theirs, and in a copy for each who helps them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.dated import holds_on
from accounts.models import User
from directives.access import visible_to
from directives.lifecycle import OPEN
from directives.models import Assignment, Directive, Message, Reminder, ReminderPolicy
from directives.models.directive import Part
from directives.reminders.addresses import suppressed
from directives.reminders.since import Changed
from steering.calendar import work_calendar
from steering.models import Assistant, Seat, SeatHolding

Kind, Skip = Message.Kind, Reminder.Skip


class Letter(NamedTuple):
    """A letter of the week of `monday` that must be there; `skip` says why it cannot be, `later` that what it rests on
    was changed after the day's run."""

    committee: int
    kind: str
    monday: date
    key: str
    skip: str = ""
    later: bool = False


class _Reader(NamedTuple):
    """Who holds a seat, or helps who does."""

    key: str
    kind: str
    address: str
    user: User | None
    seats: frozenset[int]


def letters(*, on: date, changed: Changed | None) -> Iterator[Letter]:
    """Yield the letters that are expected by a working day (Hà Nội); `changed` is what its run could not know."""
    calendar = work_calendar()
    monday = on - timedelta(days=on.weekday())
    if not settings.WEEKLY_LETTERS or not calendar.is_working_day(on):
        return
    in_use: dict[int, set[int]] = {}
    for pk, committee in ReminderPolicy.objects.filter(is_active=True).values_list("pk", "committee"):
        in_use.setdefault(committee, set()).add(pk)
    for committee, policies in sorted(in_use.items()):
        desk = _Desk(committee, on=on, changed=changed)
        is_new = changed is not None and policies <= changed.policies
        for reader in desk.readers():
            if desk.has_open_work(reader):
                later = is_new or desk.was_changed(reader)
                yield Letter(committee, reader.kind, monday, reader.key, desk.reason(reader), later)


class _Desk:
    def __init__(self, committee: int, *, on: date, changed: Changed | None) -> None:
        self.committee, self.on, self.changed = committee, on, changed

    @cached_property
    def _holdings(self) -> list[SeatHolding]:
        rows = SeatHolding.objects.filter(holds_on(self.on), seat__committee=self.committee)
        return list(rows.select_related("seat", "user").order_by("pk"))

    @cached_property
    def _helpers(self) -> list[Assistant]:
        rows = Assistant.objects.filter(holds_on(self.on), holding__in=self._holdings)
        return list(rows.select_related("holding", "user").order_by("pk"))

    def readers(self) -> Iterator[_Reader]:
        """Yield whoever may be written to: of several seats of a person one letter, each helper's copy by itself."""
        held: dict[str, list[SeatHolding]] = {}
        for row in self._holdings:
            held.setdefault(_key(row), []).append(row)
        kinds = {}
        for key, rows in held.items():
            leads = any(row.seat.role == Seat.Role.CHAIR for row in rows)
            kinds[key] = Kind.CHAIR.value if leads else Kind.MEMBER.value
            address = next(filter(None, [rows[0].user.email if rows[0].user else "", rows[0].email]), "")
            yield _Reader(key, kinds[key], address, rows[0].user, frozenset(row.seat_id for row in rows))
        for helper in self._helpers:
            kind = kinds[_key(helper.holding)]
            address = helper.email or (helper.user.email if helper.user else "")
            seats = frozenset({helper.holding.seat_id})
            yield _Reader(f"assistant:{helper.pk}", kind, address, helper.user, seats)

    def has_open_work(self, reader: _Reader) -> bool:
        """Whether the letter has open work to tell, given before the day and not touched since its run."""
        rows = (
            Assignment.objects.all()
            if reader.user is None
            else visible_to(reader.user, Assignment, on=self.on)
        )
        rows = rows.filter(
            directive__committee=self.committee,
            directive__state=Directive.State.ISSUED,
            directive__is_standing=False,
            part__in=(Part.LEAD, Part.EACH),
            status__in=OPEN,
            assigned_on__lt=self.on,
        )
        if reader.kind == Kind.MEMBER:
            rows = rows.filter(directive__supervisor__in=reader.seats)
        if self.changed is not None:
            touched, theirs = self.changed.assignments, self.changed.directives
            rows = rows.exclude(pk__in=touched).exclude(directive__in=theirs)
        return rows.exists()

    def reason(self, reader: _Reader) -> str:
        """Return why a letter cannot be written to somebody, "" when it can."""
        if reader.user is not None and not reader.user.is_active:
            return Skip.INACTIVE.value
        try:
            validate_email(reader.address)
        except ValidationError:
            return Skip.NO_ADDRESS.value
        return Skip.BOUNCED.value if suppressed([reader.address]) else ""

    def was_changed(self, reader: _Reader) -> bool:
        """Whether somebody came into the seat, or may be written to, only since the day's run."""
        changed = self.changed
        if changed is None:
            return False
        accounts = {reader.key} if reader.user is None else {reader.key, f"user:{reader.user.pk}"}
        return (
            self.committee in changed.committees
            or not accounts.isdisjoint(changed.keys)
            or not reader.seats.isdisjoint(changed.seats)
        )


def _key(row: SeatHolding) -> str:
    return f"user:{row.user_id}" if row.user_id else f"holding:{row.pk}"
