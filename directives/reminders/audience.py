"""Whom a step of the ladder writes to, as rows that the planner joins to the work: of a unit, of a seat, or of all.

A vacant post is never passed over in silence: its reminders go to whom the fallback names, or get a reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from accounts.dated import holds_on
from accounts.models import User
from directives.models import PolicyStep, Reminder
from directives.reminders.succession import answers
from steering.models import (
    Assistant,
    Committee,
    CommitteeStaff,
    Posting,
    Seat,
    SeatHolding,
    Unit,
    UnitParent,
)

Audience = PolicyStep.Audience
Skip, Fallback = Reminder.Skip, Reminder.Fallback
Duty = Posting.Duty

# Who reads of the work of others; everybody else does it.
WATCHING = frozenset(
    {
        Audience.SUPERIOR_HEAD,
        Audience.SUPERVISOR,
        Audience.CHAIR,
        Audience.SECRETARIAT_DAY,
        Audience.SECRETARIAT,
        Audience.PERSON,
    }
)
BY_UNIT = frozenset({Audience.OFFICERS, Audience.MAILBOX, Audience.HEAD, Audience.SUPERIOR_HEAD})
# The place of rows that are for all work alike.
EVERYWHERE = 0
MINISTRY = "bo"


class To(NamedTuple):
    """One recipient of a place (a unit's or seat's id, or EVERYWHERE), or why there is none (`skip`)."""

    place: int
    key: str
    skip: str = ""
    fallback: str = ""

    @property
    def is_reached(self) -> bool:
        """Whether the person is in office: a missing address is theirs to mend, a locked account is nobody."""
        return self.skip in ("", Skip.NO_ADDRESS)


def seat_rows(committee: Committee, *, on: date, roles: Iterable[str] = ()) -> list[To]:
    """Return the holders of the committee's seats (of these roles only, when given) and their assistants.

    Whoever has an account is written to as that account, so that a person in two parts still gets one digest.
    """
    seats = Seat.objects.filter(committee=committee)
    if wanted := list(roles):
        seats = seats.filter(role__in=wanted)
    holdings = SeatHolding.objects.filter(holds_on(on), seat__in=seats)
    helpers = Assistant.objects.filter(holds_on(on), holds_on(on, "holding__"), holding__seat__in=seats)
    people = [
        (seat, f"holding:{pk}", user, email, account, active)
        for pk, seat, user, email, account, active in holdings.values_list(
            "pk", "seat", "user", "email", "user__email", "user__is_active"
        )
    ] + [
        (seat, f"assistant:{pk}", user, email, account, active)
        for pk, seat, user, email, account, active in helpers.values_list(
            "pk", "holding__seat", "user", "email", "user__email", "user__is_active"
        )
    ]
    found: dict[tuple[int, str], To] = {}
    for seat, own_key, user, email, account, active in people:
        key = own_key if user is None else f"user:{user}"
        skip = _skip(account or email, is_active=user is None or bool(active))
        row = To(seat, key, skip)
        if (seat, key) not in found or not skip:
            found[seat, key] = row
    held = {row.place for row in found.values()}
    vacant = [
        To(pk, f"seat:{pk}", Skip.VACANT) for pk in seats.values_list("pk", flat=True) if pk not in held
    ]
    return [*found.values(), *vacant]


def secretariat_rows(committee: Committee, *, on: date, fallback: str = "") -> list[To]:
    """Return the secretariat's mailbox, else each person of it on the day."""
    mailbox = f"committee:{committee.pk}"
    if committee.mailbox:
        return [To(EVERYWHERE, mailbox, "", fallback)]
    staff = CommitteeStaff.objects.filter(holds_on(on), committee=committee, user__is_active=True)
    people = sorted(set(staff.exclude(user__email="").values_list("user", flat=True)))
    return [To(EVERYWHERE, f"user:{person}", "", fallback) for person in people] or [
        To(EVERYWHERE, mailbox, Skip.NO_ADDRESS, fallback)
    ]


def person_rows(person: User) -> list[To]:
    """Return the row of a person who is named by a step."""
    return [To(EVERYWHERE, f"user:{person.pk}", _skip(person.email, is_active=person.is_active))]


def _skip(email: str, *, is_active: bool) -> str:
    if not is_active:
        return Skip.INACTIVE.value
    return "" if email else Skip.NO_ADDRESS.value


@dataclass(frozen=True)
class _Written:
    """A unit, as far as mails are concerned."""

    mailbox: str
    wanted: bool
    is_ministry: bool


class Units:
    """Officers, mailboxes, heads and superiors of all units on a day (Hà Nội): a query each, when first asked for."""

    def __init__(self, committee: Committee, *, on: date) -> None:
        self.committee = committee
        self.on = on

    def rows(self, audience: PolicyStep.Audience) -> list[To]:
        """Return the rows of one of the audiences BY_UNIT for each unit: at least one a unit, if only a reason."""
        by_unit: Mapping[int, list[To]] = {
            Audience.OFFICERS: self._officers,
            Audience.MAILBOX: self._mailboxes,
            Audience.HEAD: self._heads,
            Audience.SUPERIOR_HEAD: self._superiors,
        }[audience]()
        return [
            row
            for unit, facts in self._units.items()
            for row in (
                by_unit[unit]
                if facts.wanted
                # A superior within the sector may be told of a unit outside it; the unit itself is not.
                else [To(unit, f"unit:{unit}", Skip.OUTSIDE_SECTOR)]
            )
        ]

    @cached_property
    def _units(self) -> dict[int, _Written]:
        rows = Unit.objects.order_by().values_list(
            "pk", "mailbox", "in_sector", "automatic_mail", "kind__code"
        )
        return {
            pk: _Written(mailbox, in_sector or automatic, kind == MINISTRY and not self._parents.get(pk))
            for pk, mailbox, in_sector, automatic, kind in rows
        }

    @cached_property
    def _parents(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        rows = UnitParent.objects.filter(holds_on(self.on)).order_by("unit", "pk")
        for unit, parent in rows.values_list("unit", "parent"):
            found[unit].append(parent)
        return found

    @cached_property
    def _posted(self) -> dict[str, dict[int, list[To]]]:
        """By duty, then by unit, the people of the day."""
        found: dict[str, dict[int, list[To]]] = {duty: {} for duty in Duty.values}
        rows = Posting.objects.filter(holds_on(self.on)).order_by("unit", "user").distinct()
        for unit, duty, user, email, active in rows.values_list(
            "unit", "duty", "user", "user__email", "user__is_active"
        ):
            found[duty].setdefault(unit, []).append(To(unit, f"user:{user}", _skip(email, is_active=active)))
        return found

    def _officers(self) -> dict[int, list[To]]:
        posted = self._posted[Duty.OFFICER]
        return {
            unit: posted.get(unit) or [To(unit, f"{Audience.OFFICERS}:{unit}", Skip.VACANT)]
            for unit in self._units
        }

    def _mailboxes(self) -> dict[int, list[To]]:
        return {
            unit: [To(unit, f"unit:{unit}", "" if facts.mailbox else Skip.NO_ADDRESS)]
            for unit, facts in self._units.items()
        }

    def _heads(self) -> dict[int, list[To]]:
        """The head; without one in office the deputies; then who stands above; last the secretariat."""
        return {
            unit: self._in_charge(unit) or [*self._locked(unit), *self._above(unit, or_secretariat=True)]
            for unit in self._units
        }

    def _in_charge(self, unit: int) -> list[To]:
        heads = [row for row in self._posted[Duty.HEAD].get(unit, []) if row.is_reached]
        if heads:
            return heads
        deputies = [row for row in self._posted[Duty.DEPUTY].get(unit, []) if row.is_reached]
        return [row._replace(fallback=Fallback.DEPUTY.value) for row in deputies]

    def _locked(self, unit: int) -> list[To]:
        """The head whose account is locked: told as the reason why somebody else is written to."""
        return [row for row in self._posted[Duty.HEAD].get(unit, []) if not row.is_reached]

    def _superiors(self) -> dict[int, list[To]]:
        none = Skip.NO_SUPERIOR
        return {
            unit: self._above(unit, or_secretariat=False)
            or [To(unit, f"{Audience.SUPERIOR_HEAD}:{unit}", none)]
            for unit in self._units
        }

    def _above(self, unit: int, *, or_secretariat: bool) -> list[To]:
        """Climb until somebody is in charge, never to the ministry itself: its minister is no department's head."""
        fallback = Fallback.SUPERIOR if or_secretariat else ""
        level, seen = self._parents.get(unit, []), {unit}
        while level:
            for superior in level:
                facts = self._units[superior]
                if facts.is_ministry or not facts.wanted:
                    continue
                if people := self._in_charge(superior):
                    return [To(unit, row.key, row.skip, fallback) for row in people]
            seen.update(level)
            level = [up for here in level for up in self._parents.get(here, []) if up not in seen]
        return self._secretariat(unit) if or_secretariat else []

    def _secretariat(self, unit: int) -> list[To]:
        return [row._replace(place=unit) for row in self._secretariat_rows]

    @cached_property
    def _secretariat_rows(self) -> list[To]:
        return secretariat_rows(self.committee, on=self.on, fallback=Fallback.SECRETARIAT)


class Readers:
    """Whom the steps of a committee's policies write to on a day (Hà Nội)."""

    def __init__(self, committee: Committee, *, on: date) -> None:
        self.committee = committee
        self.on = on
        self._units = Units(committee, on=on)

    @cached_property
    def answers(self) -> dict[str, list[Any]]:
        """Who answers for the units that were succeeded by then, as columns."""
        return answers(on=self.on)

    def rows(self, audience: PolicyStep.Audience, person: User | None) -> list[To]:
        """Return the recipients of an audience by place, all units' or seats' alike; `person` is whom a step names."""
        if audience in BY_UNIT:
            return self._units.rows(audience)
        if audience == Audience.SUPERVISOR:
            return seat_rows(self.committee, on=self.on)
        if audience in (Audience.SECRETARIAT, Audience.SECRETARIAT_DAY):
            return secretariat_rows(self.committee, on=self.on)
        if audience == Audience.CHAIR:
            chairs = seat_rows(self.committee, on=self.on, roles=[Seat.Role.CHAIR])
            # A committee may have no such seat yet; that, too, is said.
            nobody = To(EVERYWHERE, f"{audience}:{self.committee.pk}", Skip.VACANT)
            return [row._replace(place=EVERYWHERE) for row in chairs] or [nobody]
        return person_rows(person) if person else []
