"""The one source of totals and tab figures: at most a minute old, and it says of when (TRAPS 18).

1. All figures of a person are counted together, by one query over the rows that are visible to the person, so
   that the cells, the tabs and the table by unit are of one moment and add up.
2. They are kept in the cache for a minute under what decides them: the rights (whoever has the same shares them)
   and the day.
3. Whoever changes something reads from then on, for as long as anything older may be kept, figures of their
   own, which hold the change (`touch`). The mark, not a deletion, keeps a count that began before the change
   from coming back after it. Of a change that concerns one unit only that unit is counted anew, and the others stay
   as old as they were: all figures are sums over units.
4. When a count is over many people ask at the same moment: one of them counts, the others wait for it.
5. Without a cache everything is counted at once.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Q, QuerySet

from accounts.cache import once
from accounts.models import User
from accounts.replica import from_replica
from directives import lists
from directives.access import visible_to
from directives.models import AddressProblem, Assignment, Message
from directives.own_changes import Since, note, since
from directives.rights import Rights, rights
from directives.statistics import Cells, groups
from directives.tables import BY_UNIT

KEPT_SECONDS = 60
# To be raised with the shape of `Figures`: an older release's entries are then not read.
SHAPE = 5
# Of more changes, or units, everything is counted: it is as fast.
CHANGES_LOOKED_AT, UNITS_ANEW = 8, 200

# A unit, its answering unit or None (ids both), and the numbers of these rows: of all, of the cells, of the tabs.
OfUnit = tuple[int, int | None, tuple[int, ...]]
_CELLS = slice(1, 1 + len(Cells().counts))
_TABS = slice(_CELLS.stop, None)


@dataclass(frozen=True)
class Figures:
    """What a person's screens show of everything visible; counted at `computed_at` (an aware instant), but what the
    person changed since.

    `mails_undelivered` is None for those who see no mails, `addresses_waiting` for those who need not see to
    addresses that take none. The numbers of the units are packed: every page of a list reads the figures from the
    cache, and few read those.
    """

    cells: Cells
    tabs: dict[str, int]
    computed_at: datetime
    packed: bytes
    mails_undelivered: int | None = None
    addresses_waiting: int | None = None

    @property
    def of_units(self) -> tuple[OfUnit, ...]:
        """The numbers of each unit, by (unit, answering unit or None)."""
        rows: tuple[OfUnit, ...] = pickle.loads(self.packed)  # noqa: S301 - packed here, as the cache packs all
        return rows

    @property
    def by_unit(self) -> dict[tuple[int, int | None], Cells]:
        """The cells by (unit, answering unit or None), ids both."""
        return {(unit, answering): Cells(*numbers[_CELLS]) for unit, answering, numbers in self.of_units}


@dataclass(frozen=True)
class Counted:
    """Cells by the values of what they are grouped by; counted at `computed_at` (an aware instant)."""

    groups: dict[tuple[Any, ...], Cells]
    computed_at: datetime


def figures(user: User, *, on: date, at: datetime) -> Figures:
    """Return the figures of a person for a day (Hà Nội), counted at `at` or at most a minute before."""
    marks = since(user.pk)
    key = _key("all", user, on, next(marks).mark)

    def count_now() -> Figures:
        earlier = list(marks)
        # After the key: what was changed before its mark was read, the standby has, too.
        return from_replica(lambda: _corrected(user, earlier, on=on, at=at) or count(user, on=on, at=at))

    return once(key, count_now, seconds=lambda found: _seconds_left(found, at))


def counted(user: User, *, by: Sequence[str], on: date, at: datetime) -> Counted:
    """Return the cells of everything visible to a person, grouped by the fields `by`; kept as `figures` are."""
    key = _key(",".join(by), user, on, next(since(user.pk)).mark)
    return once(
        key,
        lambda: from_replica(lambda: _count_groups(user, by, on=on, at=at)),
        seconds=lambda _found: KEPT_SECONDS,
    )


def _count_groups(user: User, by: Sequence[str], *, on: date, at: datetime) -> Counted:
    rows = visible_to(user, Assignment, on=on).filter(lists.scope(rights(user, on=on)))
    return Counted({group.key: group.cells for group in groups(rows, on=on, by=by)}, at)


def count(user: User, *, on: date, at: datetime) -> Figures:
    """Count a person's figures now, past the cache."""
    held = rights(user, on=on)
    beyond = visible_to(user, Assignment, on=on) if lists.sees_beyond_scope(held) else None
    return _summed(user, _of_units(user, on=on), on=on, at=at, beyond=beyond)


def _corrected(user: User, earlier: Sequence[Since], *, on: date, at: datetime) -> Figures | None:
    """Figures from before a person's own changes, with what these concern counted anew; None where there are none, or
    where everything is counted as fast."""
    if lists.sees_beyond_scope(rights(user, on=on)):
        return None
    latest, rest = earlier[:CHANGES_LOOKED_AT], earlier[CHANGES_LOOKED_AT:]
    for before in (*latest, *rest[-1:]):
        if before.units is None or len(before.units) > UNITS_ANEW:
            return None
        kept: Figures | None = cache.get(_key("all", user, on, before.mark))
        if kept is not None and _seconds_left(kept, at) > 0:
            others = (row for row in kept.of_units if row[0] not in before.units)
            anew = _of_units(user, on=on, among=Q(unit__among=before.units))
            return _summed(user, (*others, *anew), on=on, at=kept.computed_at)
    return None


def _tab_names(held: Rights) -> list[str]:
    return [name for name in lists.tabs_for(held) if name != "all"]


def _of_units(user: User, *, on: date, among: Q | None = None) -> tuple[OfUnit, ...]:
    held = rights(user, on=on)
    scoped = visible_to(user, Assignment, on=on).filter(lists.scope(held), among or Q())
    names = _tab_names(held)
    also = {name: lists.LISTS[name].condition(held, on) for name in names}
    return tuple(
        (*group.key, (group.rows, *group.cells.counts, *(group.also[name] for name in names)))
        for group in groups(scoped, on=on, by=BY_UNIT, also=also)
    )


def _summed(
    user: User,
    of_units: tuple[OfUnit, ...],
    *,
    on: date,
    at: datetime,
    beyond: QuerySet[Assignment] | None = None,
) -> Figures:
    """`beyond` are all rows where more are visible than figures are about."""
    held = rights(user, on=on)
    names = _tab_names(held)
    nothing = (0,) * (_TABS.start + len(names))
    sums = tuple(map(sum, zip(nothing, *(numbers for _unit, _answering, numbers in of_units), strict=True)))
    tabs = dict(zip(names, sums[_TABS], strict=True))
    tabs["all"] = sums[0] if beyond is None else beyond.count()
    return Figures(
        cells=Cells(*sums[_CELLS]),
        tabs=tabs,
        computed_at=at,
        packed=pickle.dumps(of_units, pickle.HIGHEST_PROTOCOL),
        mails_undelivered=_undelivered(user, held, on),
        addresses_waiting=addresses_waiting(user, on=on),
    )


def _seconds_left(kept: Figures, at: datetime) -> float:
    """How much longer figures may be shown, seen from an instant."""
    return KEPT_SECONDS - max(0, (at - kept.computed_at).total_seconds())


def touch(user: User | int | None, unit: int | None = None) -> None:
    """Let a person's next figures hold what the person changed: call after the commit of it.

    `unit` is the id of the only one whose assignments were changed; None: anything may have been.
    """
    key = user.pk if isinstance(user, User) else user
    if key is not None:
        note(key, unit)


def _undelivered(user: User, held: Rights, on: date) -> int | None:
    if not (held.secretariat_of or held.auditor or held.administrator):
        return None
    return visible_to(user, Message, on=on).filter(lists.UNDELIVERED).count()


def addresses_waiting(user: User, *, on: date) -> int | None:
    """Count the addresses that take no mail and are this person's to see to on a day (Hà Nội), past the cache; None for
    whom it is no work."""
    held = rights(user, on=on)
    if not (held.secretariat_of or held.administrator):
        return None
    return visible_to(user, AddressProblem, on=on).filter(resolved_at__isnull=True).count()


def _key(name: str, user: User, on: date, mark: str) -> str:
    return f"figures:{SHAPE}:{name}:{on}:{_signature(rights(user, on=on))}:{user.pk if mark else ''}:{mark}"


def _signature(held: Rights) -> str:
    """Return a digest of the rights: equal for all who see the same rows and do the same."""
    values: list[Any] = [sorted(value) if isinstance(value, frozenset) else value for value in astuple(held)]
    return hashlib.sha256(repr(values).encode()).hexdigest()[:32]
