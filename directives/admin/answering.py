"""Which unit's name stands on a line: the unit it was given to, and who answers for it now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from directives.models import Assignment
from directives.rights import Rights
from steering.tree import answering_and_names


@dataclass(frozen=True)
class Named:
    """A unit's name and, where another answers, what to say of it in brackets."""

    name: str
    note: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.note})" if self.note else self.name


def unit_names(assignments: Iterable[Assignment], *, held: Rights, on: date) -> dict[int, Named]:
    """Return for each assignment how its unit is named to a person on a day (Hà Nội); the unit need not be loaded.

    The successor's people read their own unit first: "Sở Y tế thành phố Đà Nẵng (tiếp nhận từ …)"; everybody else
    reads the unit it was given to. One query.
    """
    rows = list(assignments)
    chosen = {row.answering_unit_id for row in rows if row.answering_unit_id is not None}
    follows, names = answering_and_names(chosen | {row.unit_id for row in rows}, on=on)
    ends = {row.pk: row.answering_unit_id or follows[row.unit_id] for row in rows}
    return {row.pk: _named(row, ends[row.pk], names, held) for row in rows}


def _named(row: Assignment, end: int | None, names: dict[int, str], held: Rights) -> Named:
    unit = names[row.unit_id]
    if end == row.unit_id:
        return Named(unit)
    if end is None:
        return Named(unit, _("chờ chọn đơn vị trả lời"))
    if end in held.sees:
        return Named(names[end], _("tiếp nhận từ %(unit)s") % {"unit": unit})
    return Named(unit, _("nay: %(unit)s") % {"unit": names[end]})
