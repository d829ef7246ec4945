"""Which committees, seats, units and directives a person has on a day: resolved from dated rows, each a source.

The sources of a person joined are their rights (`rights`); taken one by one they say why (`directives.viewers`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any

from accounts.dated import holds_on
from accounts.models import User
from accounts.roles import Role
from directives.models import DirectiveUserObjectPermission
from steering.models import Assistant, CommitteeStaff, Seat, SeatHolding, UnitUserObjectPermission
from steering.tree import Reach, answered_for, reaches

LEADING = (Seat.Role.CHAIR, Seat.Role.STANDING_VICE_CHAIR, Seat.Role.VICE_CHAIR)
SEES_RESTRICTED = (Seat.Role.CHAIR, Seat.Role.STANDING_VICE_CHAIR)
NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Rights:
    """Ids throughout. `own` are the units of a person's postings with all that these succeeded, `below` what is under
    them; `reports` and `submits` hold units the person acts for, predecessors included."""

    auditor: bool = False
    administrator: bool = False
    secretariat_of: frozenset[int] = NOTHING
    leads: frozenset[int] = NOTHING
    leads_restricted: frozenset[int] = NOTHING
    seats: frozenset[int] = NOTHING
    own: frozenset[int] = NOTHING
    below: frozenset[int] = NOTHING
    reports: frozenset[int] = NOTHING
    submits: frozenset[int] = NOTHING
    directives: frozenset[int] = NOTHING

    @property
    def committees(self) -> frozenset[int]:
        """The committees of which everything unrestricted is read."""
        return self.secretariat_of | self.leads

    @property
    def sees(self) -> frozenset[int]:
        """The units of which everything unrestricted is read."""
        return self.own | self.below


class Kind(StrEnum):
    """What kind of row gives rights; `Source.of` is the role's value, or the id of what is named here."""

    ROLE = "role"
    STAFF = "committee"
    HOLDING = "seat"
    ASSISTANT = "holding"
    POSTING = "unit"
    GRANT = "directive"


@dataclass(frozen=True)
class Source:
    """A role or a dated row (both days inclusive) and what it gives; `posting` is that of a unit's row."""

    kind: Kind
    of: Any
    gives: Rights
    valid_from: date | None = None
    valid_until: date | None = None
    posting: int | None = None


def rights(user: User, *, on: date) -> Rights:
    """Return the person's rights on a day (Hà Nội); at most eight queries, kept on the instance (one request)."""
    kept: dict[date, Rights] = user.__dict__.setdefault("_rights", {})
    if on not in kept:
        kept[on] = joined(source.gives for source in sources([user], on=on).get(user.pk, ()))
    return kept[on]


def joined(parts: Iterable[Rights]) -> Rights:
    """Return what several sources give together."""
    found: dict[str, Any] = {}
    for part in parts:
        for name in _NAMES:
            if value := getattr(part, name):
                found[name] = found[name] | value if name in found else value
    if "below" in found:
        found["below"] -= found.get("own", NOTHING)
    return Rights(**found)


_NAMES = tuple(field.name for field in fields(Rights))


def sources(users: Collection[User], *, on: date) -> dict[int, list[Source]]:
    """Return what gives each active person rights on a day (Hà Nội), by the person's id.

    At most eight queries, however many persons, when their groups are prefetched.
    """
    people = [user for user in users if user.pk and user.is_active]
    found: dict[int, list[Source]] = {user.pk: _of_roles(user) for user in people}
    every = (
        _of_staff([user.pk for user in people if user.has_role(Role.SECRETARIAT)], on),
        _of_seats({user.pk: user for user in people if user.has_role(Role.LEADER, Role.MEMBER)}, on),
        _of_postings([user.pk for user in people if user.has_role(Role.UNIT_HEAD, Role.UNIT_OFFICER)], on),
        _of_grants(list(found), on),
    )
    for rows in every:
        for user, source in rows:
            found[user].append(source)
    return found


_Found = Iterable[tuple[int, Source]]


def _of_roles(user: User) -> list[Source]:
    """The roles that read by themselves, without a row that says where."""
    reading = {Role.AUDITOR: Rights(auditor=True), Role.ADMINISTRATOR: Rights(administrator=True)}
    return [Source(Kind.ROLE, role.value, gives) for role, gives in reading.items() if user.has_role(role)]


def _of_staff(users: list[int], on: date) -> _Found:
    if users:
        rows = CommitteeStaff.objects.filter(holds_on(on), user__in=users)
        for user, committee, start, end in rows.values_list(
            "user_id", "committee_id", "valid_from", "valid_until"
        ):
            gives = Rights(secretariat_of=frozenset({committee}))
            yield user, Source(Kind.STAFF, committee, gives, start, end)


def _of_seats(users: dict[int, User], on: date) -> _Found:
    """Who holds a seat, and who helps the holder: both read the same."""
    if not users:
        return
    held = SeatHolding.objects.filter(holds_on(on), user__in=users)
    for user, seat, role, committee, start, end in held.values_list(
        "user_id", "seat_id", "seat__role", "seat__committee_id", "valid_from", "valid_until"
    ):
        yield user, Source(Kind.HOLDING, seat, _seat_gives(users[user], seat, role, committee), start, end)
    helped = Assistant.objects.filter(holds_on(on), holds_on(on, "holding__"), user__in=users)
    for user, holding, seat, role, committee, start, end in helped.values_list(
        "user_id",
        "holding_id",
        "holding__seat_id",
        "holding__seat__role",
        "holding__seat__committee_id",
        "valid_from",
        "valid_until",
    ):
        gives = _seat_gives(users[user], seat, role, committee)
        yield user, Source(Kind.ASSISTANT, holding, gives, start, end)


def _seat_gives(user: User, seat: int, role: str, committee: int) -> Rights:
    leads = role in LEADING and user.has_role(Role.LEADER)
    return Rights(
        seats=frozenset({seat}),
        leads=frozenset({committee}) if leads else NOTHING,
        leads_restricted=frozenset({committee}) if leads and role in SEES_RESTRICTED else NOTHING,
    )


def _of_postings(users: list[int], on: date) -> _Found:
    """Postings end, too, on the eve of the day on which another unit takes over (DOMAIN §2)."""
    if not users:
        return
    rows = UnitUserObjectPermission.objects.filter(holds_on(on), user__in=users).exclude(
        content_object__successions_from__takes_effect_on__lte=on
    )
    granted: dict[tuple[Any, ...], set[str]] = {}
    for codename, *row in rows.values_list(
        "permission__codename", "user_id", "content_object_id", "valid_from", "valid_until", "posting_id"
    ):
        granted.setdefault(tuple(row), set()).add(codename)
    units = {row[1] for row in granted}
    far, answers = reaches(units, on=on), answered_for(units, on=on)
    for (user, unit, start, end, posting), codenames in granted.items():
        seen = far[unit] if "see_unit" in codenames else Reach()
        gives = Rights(
            own=seen.own,
            below=seen.below,
            reports=answers[unit] if "report_unit" in codenames else NOTHING,
            submits=answers[unit] if "submit_unit" in codenames else NOTHING,
        )
        yield user, Source(Kind.POSTING, unit, gives, start, end, posting)


def _of_grants(users: list[int], on: date) -> _Found:
    rows = DirectiveUserObjectPermission.objects.filter(
        holds_on(on), user__in=users, permission__codename="see_directive"
    )
    for user, directive, start, end in rows.values_list(
        "user_id", "content_object_id", "valid_from", "valid_until"
    ):
        yield user, Source(Kind.GRANT, directive, Rights(directives=frozenset({directive})), start, end)
