"""Which committees, seats, units and directives a person has on a day: resolved from dated rows, each a source.

The sources of a person joined are their rights (`rights`); taken one by one they say why (`directives.viewers`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from django.db import connection

from accounts.models import User
from accounts.roles import Role
from directives.rights_sql import FAR, sources_sql
from steering.models import Seat
from steering.tree import FarAndAnswers, Reach

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
    """Return the person's rights on a day (Hà Nội); one query, kept on the instance (one request)."""
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

    One query, however many persons, when their groups are prefetched.
    """
    people = {user.pk: user for user in users if user.pk and user.is_active}
    found: dict[int, list[Source]] = {user.pk: _of_roles(user) for user in people.values()}
    rows, far = _rows(people, on)
    for row in rows:
        if row.kind != Kind.POSTING:
            gives = _gives(row, people[row.user])
            found[row.user].append(Source(Kind(row.kind), row.of, gives, row.start, row.end))
    for user, source in _of_postings(rows, far):
        found[user].append(source)
    return found


class _Row(NamedTuple):
    """A row that gives rights, of any kind; what the kind does not have is None."""

    kind: str
    user: int
    of: int
    seat: int | None
    role: str | None
    committee: int | None
    codename: str | None
    posting: int | None
    start: date | None
    end: date | None


def _rows(people: Mapping[int, User], on: date) -> tuple[list[_Row], dict[int, FarAndAnswers]]:
    """Read the dated rows of those whose roles let them count, and how far each unit among them reaches. Postings end,
    too, on the eve of the day on which another unit takes over (DOMAIN §2)."""
    if not people:
        return [], {}
    holding = {
        "staff": (Role.SECRETARIAT,),
        "seated": (Role.LEADER, Role.MEMBER),
        "posted": (Role.UNIT_HEAD, Role.UNIT_OFFICER),
    }
    values: dict[str, Any] = {
        name: [pk for pk, user in people.items() if user.has_role(*roles)] for name, roles in holding.items()
    }
    sql = sources_sql(tuple(name for name, ids in values.items() if ids))
    with connection.cursor() as cursor:
        cursor.execute(sql, {"on": on, "all": list(people), **values})
        found = cursor.fetchall()
    far = {
        unit: FarAndAnswers(Reach(frozenset(own), frozenset(below or ())), frozenset(answers))
        for kind, _user, unit, *_rest, own, below, answers in found
        if kind == FAR
    }
    return [_Row(*row[: len(_Row._fields)]) for row in found if row[0] != FAR], far


def _of_roles(user: User) -> list[Source]:
    """The roles that read by themselves, without a row that says where."""
    reading = {Role.AUDITOR: Rights(auditor=True), Role.ADMINISTRATOR: Rights(administrator=True)}
    return [Source(Kind.ROLE, role.value, gives) for role, gives in reading.items() if user.has_role(role)]


def _gives(row: _Row, user: User) -> Rights:
    if row.kind == Kind.STAFF:
        return Rights(secretariat_of=frozenset({row.of}))
    if row.kind == Kind.GRANT:
        return Rights(directives=frozenset({row.of}))
    # Who holds a seat, and who helps the holder: both read the same.
    return _seat_gives(user, row)


def _seat_gives(user: User, row: _Row) -> Rights:
    committee = NOTHING if row.committee is None else frozenset({row.committee})
    leads = row.role in LEADING and user.has_role(Role.LEADER)
    return Rights(
        seats=NOTHING if row.seat is None else frozenset({row.seat}),
        leads=committee if leads else NOTHING,
        leads_restricted=committee if leads and row.role in SEES_RESTRICTED else NOTHING,
    )


def _of_postings(rows: Iterable[_Row], far: Mapping[int, FarAndAnswers]) -> Iterator[tuple[int, Source]]:
    """A posting has a row for each of its permissions."""
    granted: dict[_Row, set[str | None]] = {}
    for row in rows:
        if row.kind == Kind.POSTING:
            granted.setdefault(row._replace(codename=None), set()).add(row.codename)
    for row, codenames in granted.items():
        unit = far[row.of]
        seen = unit.reach if "see_unit" in codenames else Reach()
        gives = Rights(
            own=seen.own,
            below=seen.below,
            reports=unit.answers if "report_unit" in codenames else NOTHING,
            submits=unit.answers if "submit_unit" in codenames else NOTHING,
        )
        yield row.user, Source(Kind.POSTING, row.of, gives, row.start, row.end, row.posting)
