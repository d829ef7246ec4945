"""A reminder that waits for its mail, with what its line says and what decides who reads of it."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from directives.reminders.digest import Item
from directives.rights import Rights
from directives.sight import Facts, reads
from steering.models import Committee


class Place(NamedTuple):
    """What decides who reads of an assignment: ids, and whether its directive is restricted."""

    directive: int
    supervisor: int | None
    unit: int
    answering: int | None
    is_restricted: bool


class Row(NamedTuple):
    """A reminder that waits, with what its line says; `reason` says why it no longer holds, if so."""

    key: str
    kind: str
    pk: int
    watching: bool
    fallback: str
    assignment: int
    directive: int
    unit: int
    answering: int | None
    part: str
    status: str
    progress: int
    due_on: date | None
    original_due_on: date | None
    submitted_on: date | None
    unit_order: int
    supervisor: int | None
    is_restricted: bool
    is_express: bool
    occasion: str
    detail: str
    reason: str

    @property
    def place(self) -> Place:
        """What decides who reads of it."""
        return Place(self.directive, self.supervisor, self.unit, self.answering, self.is_restricted)

    def item(self) -> Item:
        """Return what the digest asks of it."""
        return Item(
            assignment=self.assignment,
            directive=self.directive,
            unit=self.unit,
            own=not self.watching,
            part=self.part,
            status=self.status,
            progress=self.progress,
            due_on=self.due_on,
            original_due_on=self.original_due_on,
            submitted_on=self.submitted_on,
            occasion=self.occasion,
            detail=self.detail,
            unit_order=self.unit_order,
            fallback=self.fallback,
        )


def is_read(place: Place, held: Rights, committee: Committee) -> bool:
    """Return whether an account with these rights reads of the work. A mailbox or a seat without an account has no
    rights of its own: it is written to as the place that does or watches the work."""
    values = {
        "committee": frozenset({committee.pk}),
        "supervisor": frozenset(() if place.supervisor is None else (place.supervisor,)),
        "pk": frozenset({place.directive}),
        "units": frozenset((place.unit,) if place.answering is None else (place.unit, place.answering)),
    }
    return reads(held, Facts(values, is_restricted=place.is_restricted, is_draft=False))
