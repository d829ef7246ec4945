"""Tables of figures: by unit in official order, by supervising member in protocol order, by document."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, overload

from django.db.models import OuterRef, Prefetch, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from directives.models import Document
from directives.statistics import Cells
from steering.models import Seat, SeatHolding, Unit, UnitName
from steering.tree import answering

Counted = Mapping[tuple[Any, ...], Cells]
# What each table is grouped by; `counters.counted` counts it.
BY_UNIT = ("unit_id", "answering_unit_id")
BY_SUPERVISOR = ("directive__supervisor_id",)
BY_DOCUMENT = ("directive__document_id",)


class UnitMap(StrEnum):
    """Succession moves nothing (DOMAIN §2): figures are read by the units as given, or by who answers today."""

    OLD = "old"
    NEW = "new"


@dataclass(frozen=True)
class Line:
    """One line of a table: of whom or what (`pk` None: of nobody), with a second line of explanation."""

    pk: int | None
    label: str | Promise
    cells: Cells
    detail: str | Promise = ""


class UnitLines(Sequence[Line]):
    """A line a unit, in official order: there may be thousands, so that a page reads the names of its own only. Each
    slice takes two queries."""

    def __init__(self, sums: Mapping[int, Cells], merged: Mapping[int, set[int]], *, on: date) -> None:
        self._sums, self._merged, self._on = sums, merged, on

    def __len__(self) -> int:
        return len(self._sums)

    def __iter__(self) -> Iterator[Line]:
        return iter(self[:])

    @overload
    def __getitem__(self, wanted: int) -> Line: ...
    @overload
    def __getitem__(self, wanted: slice) -> list[Line]: ...
    def __getitem__(self, wanted: int | slice) -> Line | list[Line]:
        if isinstance(wanted, int):
            return self[:][wanted]
        rows = Unit.objects.filter(pk__among=self._sums).order_by("order", "pk")
        shown = list(rows.values_list("pk", flat=True)[wanted])
        names = _names_in_order({unit for pk in shown for unit in (pk, *self._merged[pk])}, on=self._on)
        return [Line(pk, names[pk], self._sums[pk], _takes_over(pk, self._merged, names)) for pk in shown]


def by_unit(counted: Counted, *, on: date, unit_map: UnitMap = UnitMap.OLD) -> UnitLines:
    """Return a line a unit, in official order, from cells by (unit, answering unit or None).

    By the new map, what was given to a former unit stands in the line of the one that answers for it on that day
    (Hà Nội); where several took over and none is chosen, it stays in its own.
    """
    home: dict[tuple[Any, ...], int] = {key: key[0] for key in counted}
    if unit_map is UnitMap.NEW:
        ends = answering({chosen or unit for unit, chosen in counted}, on=on)
        home = {(unit, chosen): ends[chosen or unit] or unit for unit, chosen in counted}
    sums: dict[int, Cells] = {}
    merged: dict[int, set[int]] = {}
    for key, cells in counted.items():
        unit = home[key]
        sums[unit] = sums[unit] + cells if unit in sums else cells
        merged.setdefault(unit, set()).add(key[0])
    return UnitLines(sums, merged, on=on)


def _names_in_order(units: Collection[int], *, on: date) -> dict[int, str]:
    """Return the names that units bear on a day, in official order."""
    borne = UnitName.objects.on(on).filter(unit=OuterRef("pk")).order_by("valid_from").values("name")[:1]
    rows = Unit.objects.filter(pk__among=units).order_by("order", "pk")
    return dict(rows.values_list("pk", Coalesce(Subquery(borne), "name")))


def _takes_over(pk: int, merged: Mapping[int, set[int]], names: Mapping[int, str]) -> str:
    former = merged[pk] - {pk}
    if not former:
        return ""
    former_names = [name for other, name in names.items() if other in former]
    return _("gồm nhiệm vụ tiếp nhận từ %(units)s") % {"units": ", ".join(former_names)}


def by_supervisor(counted: Counted, *, on: date) -> list[Line]:
    """Return a line a supervising seat, in protocol order, named by its holder of that day; nobody's comes last."""
    holdings = SeatHolding.objects.on(on).order_by("-valid_from")
    seats = (
        Seat.objects.filter(pk__in=[key[0] for key in counted if key[0] is not None])
        .select_related("committee")
        .prefetch_related(Prefetch("holdings", holdings, to_attr="present"))
        .order_by("committee", "protocol_order")
    )
    lines = [Line(seat.pk, _holder(seat), counted[seat.pk,], seat.get_role_display()) for seat in seats]
    if (None,) in counted:
        lines.append(Line(None, _("Chưa có thành viên phụ trách"), counted[None,]))
    return lines


def _holder(seat: Any) -> str:
    return seat.present[0].person if seat.present else _("%(seat)s: chưa có người giữ") % {"seat": seat}


def by_document(counted: Counted, *, kept_back: Collection[int] = ()) -> list[Line]:
    """Return a line a document, the newest first; `kept_back` are the ids of those whose subject is not told."""
    documents = Document.objects.filter(pk__in=[key[0] for key in counted]).defer("search")
    return [
        Line(
            document.pk,
            document.label,
            counted[document.pk,],
            "" if document.pk in kept_back else document.subject,
        )
        for document in documents
    ]
