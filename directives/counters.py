"""The one source of totals and tab figures: at most a minute old, and it says of when (TRAPS 18).

1. All figures of a person are counted together, by one query over the rows that are visible to the person, so
   that the cells, the tabs and the table by unit are of one moment and add up.
2. They are kept in the cache for a minute under what decides them: the rights (whoever has the same shares them)
   and the day.
3. Whoever changes something reads from then on, for as long as anything older may be kept, figures of their
   own, counted after the change (`touch`). The mark, not a deletion, keeps a count that began before the change
   from coming back after it.
4. Without a cache everything is counted at once.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.core.cache import cache

from accounts.models import User
from accounts.replica import from_replica
from directives import lists
from directives.access import visible_to
from directives.models import AddressProblem, Assignment, Message
from directives.rights import Rights, rights
from directives.statistics import Cells, groups, total
from directives.tables import BY_UNIT

K = TypeVar("K")
KEPT_SECONDS = 60
# Longer than anything counted before the change can be kept, counting included.
OWN_SECONDS = 3 * KEPT_SECONDS
# To be raised with the shape of `Figures`: an older release's entries are then not read.
SHAPE = 3


@dataclass(frozen=True)
class Figures:
    """What a person's screens show of everything visible; counted at `computed_at` (an aware instant).

    `mails_undelivered` is None for those who see no mails, `addresses_waiting` for those who need not see to
    addresses that take none. `of_units` are the rows of `by_unit` as plain numbers: every page of a list reads the
    figures from the cache, few read the table.
    """

    cells: Cells
    tabs: dict[str, int]
    computed_at: datetime
    of_units: tuple[tuple[Any, ...], ...] = ()
    mails_undelivered: int | None = None
    addresses_waiting: int | None = None

    @property
    def by_unit(self) -> dict[tuple[int, int | None], Cells]:
        """The cells by (unit, answering unit or None), ids both."""
        return {(unit, answering): Cells(*counts) for unit, answering, *counts in self.of_units}


@dataclass(frozen=True)
class Counted:
    """Cells by the values of what they are grouped by; counted at `computed_at` (an aware instant)."""

    groups: dict[tuple[Any, ...], Cells]
    computed_at: datetime


def figures(user: User, *, on: date, at: datetime) -> Figures:
    """Return the figures of a person for a day (Hà Nội), counted at `at` or at most a minute before."""
    return _kept("all", user, on, lambda: count(user, on=on, at=at))


def counted(user: User, *, by: Sequence[str], on: date, at: datetime) -> Counted:
    """Return the cells of everything visible to a person, grouped by the fields `by`; kept as `figures` are."""

    def count_groups() -> Counted:
        rows = visible_to(user, Assignment, on=on).filter(lists.scope(rights(user, on=on)))
        found = groups(rows, on=on, by=by)
        return Counted({group.key: group.cells for group in found}, at)

    return _kept(",".join(by), user, on, count_groups)


def _kept(name: str, user: User, on: date, count_now: Callable[[], K]) -> K:
    key = _key(name, user, on)
    kept: K | None = cache.get(key)
    if kept is None:
        # After the key: what was changed before its mark was read, the standby has, too.
        kept = from_replica(count_now)
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def count(user: User, *, on: date, at: datetime) -> Figures:
    """Count a person's figures now, past the cache."""
    held = rights(user, on=on)
    names = [name for name in lists.tabs_for(held) if name != "all"]
    rows = visible_to(user, Assignment, on=on)
    also = {name: lists.LISTS[name].condition(held, on) for name in names}
    scoped = rows.filter(lists.scope(held))
    found = groups(scoped, on=on, by=BY_UNIT, also=also)
    tabs = {name: sum(group.also[name] for group in found) for name in names}
    tabs["all"] = rows.count() if lists.sees_beyond_scope(held) else sum(group.rows for group in found)
    return Figures(
        cells=total(group.cells for group in found),
        tabs=tabs,
        computed_at=at,
        of_units=tuple((*group.key, *group.cells.counts) for group in found),
        mails_undelivered=_undelivered(user, held, on),
        addresses_waiting=addresses_waiting(user, on=on),
    )


def touch(user: User | int | None) -> None:
    """Let a person's next figures be counted anew: call after the commit of what the person changed."""
    key = user.pk if isinstance(user, User) else user
    if key is not None:
        cache.set(_own_key(key), secrets.token_hex(8), OWN_SECONDS)


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


def _own_key(user: int) -> str:
    return f"figures:own:{user}"


def _key(name: str, user: User, on: date) -> str:
    own = cache.get(_own_key(user.pk), "")
    return f"figures:{SHAPE}:{name}:{on}:{_signature(rights(user, on=on))}:{own}"


def _signature(held: Rights) -> str:
    """Return a digest of the rights: equal for all who see the same rows and do the same."""
    values: list[Any] = [sorted(value) if isinstance(value, frozenset) else value for value in astuple(held)]
    return hashlib.sha256(repr(values).encode()).hexdigest()[:32]
