"""Put the units, the committee and the calendar of DOMAIN §2 into the database.

Only what was never there is added: the history tells. A row that people have changed, ended or deleted since
then stays as they left it, so the command may be run again at any time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from django.db import models, transaction

from accounts.audit.context import current_act
from accounts.audit.in_bulk import bulk_create_recorded
from steering import programme
from steering.models import (
    CalendarDay,
    Committee,
    Seat,
    SeatHolding,
    Succession,
    Unit,
    UnitAlias,
    UnitKind,
    UnitName,
    UnitParent,
)
from steering.workdays import SEED_YEARS, seed_days

Added = Counter[str]


@transaction.atomic
def load_sector() -> Added:
    """Load kinds, units, successions, committee, seats and calendar; returns how many rows of each.

    Call within `acting(by=…, reason=…, door=…)`.
    """
    added: Added = Counter()
    kinds = [UnitKind(**asdict(kind)) for kind in programme.kinds()]
    _add(added, UnitKind, _missing(UnitKind, ["code"], kinds))
    _load_units(added)
    _load_successions(added)
    _load_committee(added)
    _load_calendar(added)
    return added


def ever(model: type[models.Model], key: Sequence[str]) -> dict[tuple[Any, ...], int]:
    """Return the ids of all rows there are or ever were, by each value that the fields of `key` have had."""
    manager: Any = model.history  # type: ignore[attr-defined]
    return {tuple(values): pk for pk, *values in manager.values_list("id", *key)}


def _missing(model: type[models.Model], key: Sequence[str], rows: Iterable[models.Model]) -> list[Any]:
    known = ever(model, key)
    return [row for row in rows if tuple(getattr(row, name) for name in key) not in known]


def _add(added: Added, model: type[models.Model], rows: list[Any]) -> list[Any]:
    """Create rows with their history (actor, reason and door of the present act) and count them."""
    if rows:
        bulk_create_recorded(model, rows, current_act())
        added[model._meta.model_name or ""] += len(rows)
    return rows


def _load_units(added: Added) -> None:
    """A unit comes with its names, aliases and parent, or not at all: what people made of them is theirs."""
    kinds = ever(UnitKind, ["code"])
    rows = {row.code: row for row in programme.units()}
    same = ("code", "order", "name", "short_name", "in_sector", "valid_from", "valid_until")
    units = [
        Unit(kind_id=kinds[row.kind,], **{name: getattr(row, name) for name in same}) for row in rows.values()
    ]
    new = _add(added, Unit, _missing(Unit, ["code"], units))
    ids = ever(Unit, ["code"])
    names, aliases, parents = [], [], []
    for unit in new:
        row = rows[unit.code]
        names += [UnitName(unit=unit, **asdict(name)) for name in row.names]
        # The identifier in the exchange of e-documents is another way to write the unit, found by search.
        written = (*row.aliases, row.organ_id) if row.organ_id else row.aliases
        aliases += [UnitAlias(unit=unit, alias=alias) for alias in written]
        if row.parent:
            parent = UnitParent(unit=unit, parent_id=ids[row.parent,])
            parent.valid_from, parent.valid_until = unit.valid_from, unit.valid_until
            parents.append(parent)
    _add(added, UnitName, names)
    _add(added, UnitAlias, aliases)
    _add(added, UnitParent, parents)


def _load_successions(added: Added) -> None:
    ids = ever(Unit, ["code"])
    rows = [
        Succession(
            from_unit_id=ids[row.from_unit,],
            to_unit_id=ids[row.to_unit,],
            takes_effect_on=row.takes_effect_on,
            basis=row.basis,
            answering=row.answering,
        )
        for row in programme.successions()
    ]
    _add(added, Succession, _missing(Succession, ["from_unit_id", "to_unit_id"], rows))


def _load_committee(added: Added) -> None:
    """A holder comes with the seat: once the seat is there, who holds it is for people to say."""
    data = programme.committee()
    same = ("code", "name", "short_name", "secretariat_label")
    committees = [Committee(**{name: getattr(data, name) for name in same})]
    _add(added, Committee, _missing(Committee, ["code"], committees))
    committee = ever(Committee, ["code"])[data.code,]
    rows = {row.protocol_order: row for row in data.seats}
    seats = [
        Seat(committee_id=committee, role=row.role, protocol_order=row.protocol_order) for row in data.seats
    ]
    new = _add(added, Seat, _missing(Seat, ["committee_id", "protocol_order"], seats))
    units = ever(Unit, ["code"])
    held = [(seat, row, row.person) for seat in new if (row := rows[seat.protocol_order]).person]
    holdings = [
        SeatHolding(
            seat=seat,
            person=person,
            academic_title=row.academic_title,
            post=row.post,
            unit_id=units[row.unit,] if row.unit else None,
        )
        for seat, row, person in held
    ]
    _add(added, SeatHolding, holdings)


def _load_calendar(added: Added) -> None:
    kinds = {False: CalendarDay.Kind.DAY_OFF, True: CalendarDay.Kind.MAKE_UP}
    days = [
        CalendarDay(day=seed.day, kind=kinds[seed.working], name=seed.name, source=seed.source)
        for year in SEED_YEARS
        for seed in seed_days(year)
    ]
    _add(added, CalendarDay, _missing(CalendarDay, ["day"], days))
