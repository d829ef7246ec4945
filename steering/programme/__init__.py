"""The units and the committee of the Resolution 157 programme, read from the TOML files beside this module.

The files hold what exists in the world (DOMAIN §2); nothing here writes to the database.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind of unit; ``order`` is its place in lists."""

    code: str
    name: str
    order: int


@dataclass(frozen=True, slots=True)
class NameRow:
    """A name a unit bore; the dates are inclusive, None is open."""

    name: str
    valid_from: date | None
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit as the file gives it; ``names`` always holds at least its latest name."""

    code: str
    order: int
    kind: str
    name: str
    short_name: str
    parent: str | None
    in_sector: bool
    valid_from: date | None
    valid_until: date | None
    names: tuple[NameRow, ...]
    aliases: tuple[str, ...]
    note: str
    organ_id: str = ""

    def exists_on(self, on: date) -> bool:
        """Return whether the unit exists on that day."""
        return (self.valid_from or date.min) <= on <= (self.valid_until or date.max)


@dataclass(frozen=True, slots=True)
class SuccessionRow:
    """Who answers for a unit's work from a day on; codes of units."""

    from_unit: str
    to_unit: str
    takes_effect_on: date
    basis: str
    answering: bool


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A seat and, where a name is published, who holds it; ``unit`` is a code."""

    protocol_order: int
    role: str
    person: str | None = None
    academic_title: str = ""
    post: str = ""
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class CommitteeRow:
    """The committee with all its seats, the empty ones included."""

    code: str
    name: str
    short_name: str
    secretariat_label: str
    seats: tuple[SeatRow, ...]


@cache
def _file(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / name).read_text("utf-8"))


def kinds() -> tuple[KindRow, ...]:
    """Return the kinds of units in their order."""
    return tuple(
        KindRow(row["code"], row["name"], order) for order, row in enumerate(_file("units.toml")["kinds"], 1)
    )


def units() -> tuple[UnitRow, ...]:
    """Return all units, a parent always before its children."""
    return tuple(_units())


def _units() -> Iterator[UnitRow]:
    for group in _file("units.toml")["groups"]:
        for row in group["units"]:
            merged = {**group, **row}
            names = row.get("names") or [{"name": row["name"]}]
            yield UnitRow(
                code=row["code"],
                order=row["order"],
                kind=merged["kind"],
                name=row["name"],
                short_name=row.get("short_name", ""),
                parent=merged.get("parent"),
                in_sector=merged.get("in_sector", True),
                valid_from=row.get("valid_from"),
                valid_until=row.get("valid_until"),
                names=tuple(
                    NameRow(one["name"], one.get("valid_from"), one.get("valid_until")) for one in names
                ),
                aliases=tuple(row.get("aliases", ())),
                note=row.get("note", ""),
                organ_id=row.get("organ_id", ""),
            )


def successions() -> tuple[SuccessionRow, ...]:
    """Return who answers for whom; a unit that went to several has no answering row."""
    return tuple(
        SuccessionRow(
            from_unit=row["from"],
            to_unit=row["to"],
            takes_effect_on=group["takes_effect_on"],
            basis=group["basis"],
            answering=group.get("answering", False),
        )
        for group in _file("units.toml")["successions"]
        for row in group["units"]
    )


def committee() -> CommitteeRow:
    """Return the committee; its 21 members whose names are not published are empty seats."""
    data = _file("committee.toml")
    named = [SeatRow(row["protocol_order"], row["role"], **row["holder"]) for row in data["seats"]]
    empty = data["empty_seats"]
    orders = range(empty["first_protocol_order"], empty["first_protocol_order"] + empty["count"])
    return CommitteeRow(
        code=data["code"],
        name=data["name"],
        short_name=data["short_name"],
        secretariat_label=data["secretariat_label"],
        seats=(*named, *(SeatRow(order, empty["role"]) for order in orders)),
    )
