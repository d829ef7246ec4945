"""Choosing units: typed or pasted a line each, found by any name they bore, or all of a kind at once.

All units of a kind travel as the kind, and any number of single ones as one text: a form never has more fields than
Django accepts (TRAPS 12).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from accounts.dated import holds_on
from accounts.fields import FoldText
from accounts.text import fold, nfc, words
from steering.models import Unit, UnitAlias, UnitKind, UnitName
from steering.search import unit_ids

SUGGESTED = 20
# More lines than any committee has units.
LONGEST_LIST = 5000
_CODE_AT_END = re.compile(r"\(([^()\s]+)\)\s*$")


def unit_line(unit: Unit) -> str:
    """Return how a unit stands in the text: its name, and its code, by which it is read back."""
    return f"{unit.name} ({unit.code})"


def suggest_units(typed: str, *, on: date) -> list[Unit]:
    """Return up to 20 units that exist on a day (Hà Nội) and bear the words typed, in official order."""
    ids = unit_ids(words(typed))
    return list(Unit.objects.filter(holds_on(on), pk__in=ids).order_by("order", "pk")[:SUGGESTED])


def units_of_kinds(kinds: Iterable[UnitKind], *, on: date) -> list[Unit]:
    """Return all units of the kinds that exist on a day (Hà Nội), in official order."""
    return list(Unit.objects.filter(holds_on(on), kind__in=kinds).order_by("order", "pk"))


@dataclass(frozen=True)
class KindOnDay:
    """A kind and how many of its units exist on a day."""

    pk: int
    name: str
    count: int


def kinds_on(on: date) -> list[KindOnDay]:
    """Return the kinds of which units exist on a day (Hà Nội)."""
    counted = UnitKind.objects.annotate(count=Count("unit", filter=holds_on(on, "unit__"))).filter(
        count__gt=0
    )
    rows = counted.order_by("order", "name").values_list("pk", "name", "count")
    return [KindOnDay(*row) for row in rows]


class KindsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Kinds of which all units are meant; `offer` says how many exist on the day."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminCheckboxSelectMultipleWidget()
        super().__init__(UnitKind.objects.none(), required=False, widget=widget, **kwargs)

    def offer(self, kinds: Collection[KindOnDay]) -> None:
        """Offer these kinds, each with its number of units."""
        self.queryset = UnitKind.objects.filter(pk__in=[kind.pk for kind in kinds])
        self.widget.choices = [(kind.pk, f"{kind.name} ({kind.count})") for kind in kinds]


@dataclass(frozen=True)
class Selection:
    """Units as the form shows them: whole kinds, single ones, and those left out of a kind."""

    kinds: list[UnitKind]
    single: list[Unit]
    left_out: list[Unit]


def as_selection(chosen: Collection[Unit], *, on: date) -> Selection:
    """Return the shortest way to write a choice of units: a kind of which nine in ten are chosen is taken whole."""
    by_kind: dict[int, list[Unit]] = defaultdict(list)
    for unit in chosen:
        by_kind[unit.kind_id].append(unit)
    kinds = UnitKind.objects.in_bulk(by_kind.keys())
    valid: dict[int, list[Unit]] = defaultdict(list)
    for unit in units_of_kinds(kinds.values(), on=on):
        valid[unit.kind_id].append(unit)
    whole: list[UnitKind] = []
    single: list[Unit] = []
    left_out: list[Unit] = []
    for kind_id, units in by_kind.items():
        ids = {unit.pk for unit in units}
        missing = [unit for unit in valid[kind_id] if unit.pk not in ids]
        extra = ids - {unit.pk for unit in valid[kind_id]}
        if len(valid[kind_id]) > 1 and not extra and 10 * len(missing) <= len(valid[kind_id]):
            whole.append(kinds[kind_id])
            left_out += missing
        else:
            single += units
    return Selection(whole, sorted(single, key=_official), sorted(left_out, key=_official))


def _official(unit: Unit) -> tuple[int, int]:
    return unit.order, unit.pk


def find_units(lines: Iterable[str], *, on: date) -> tuple[dict[str, Unit], list[str]]:
    """Return the unit that each line names, and what is wrong with the lines that name none.

    A line is "name (code)", a code, or any name, short name, alias or former name, written in any way; of several
    with a name those that exist on the day (Hà Nội) are meant. At most six queries, however many lines.
    """
    codes = {line: (found[1] if (found := _CODE_AT_END.search(line)) else line).lower() for line in lines}
    coded = Unit.objects.annotate(lower=Lower("code")).filter(lower__in=set(codes.values()))
    by_code = {unit.code.lower(): unit for unit in coded}
    named = _by_name([line for line in codes if codes[line] not in by_code])
    units: dict[str, Unit] = {}
    problems: list[str] = []
    for line, code in codes.items():
        candidates = [by_code[code]] if code in by_code else named.get(line, [])
        valid = [unit for unit in candidates if unit.holds(on)]
        if len(valid) == 1:
            units[line] = valid[0]
        else:
            problems.append(_problem(line, candidates, valid, on))
    return units, problems


def read_units(text: str, *, on: date) -> tuple[list[Unit], list[str]]:
    """Return the units that the lines of a text name, each once, and what is wrong with the others (`find_units`)."""
    lines = (line for raw in text.splitlines() if (line := nfc(raw, one_line=True)))
    units, problems = find_units(lines, on=on)
    return list({unit.pk: unit for unit in units.values()}.values()), problems


def _by_name(lines: Collection[str]) -> dict[str, list[Unit]]:
    if not lines:
        return {}
    folded = {fold(line) for line in lines}
    ids: dict[str, set[int]] = defaultdict(set)
    for model in (UnitName, UnitAlias):
        for name, unit_id in model.objects.filter(search__in=folded).values_list("search", "unit_id"):
            ids[name].add(unit_id)
    present = Unit.objects.annotate(folded=FoldText("name"), folded_short=FoldText("short_name"))
    rows = present.filter(Q(folded__in=folded) | Q(folded_short__in=folded))
    for unit_id, name, short_name in rows.values_list("pk", "folded", "folded_short"):
        ids[name].add(unit_id)
        ids[short_name].add(unit_id)
    units = Unit.objects.in_bulk({unit_id for found in ids.values() for unit_id in found})
    return {line: [units[unit_id] for unit_id in sorted(ids.get(fold(line), ()))] for line in lines}


def _problem(line: str, candidates: list[Unit], valid: list[Unit], on: date) -> str:
    if len(valid) > 1:
        names = "; ".join(unit_line(unit) for unit in valid)
        return _("“%(line)s” có nhiều đơn vị: %(names)s. Hãy chọn một.") % {"line": line, "names": names}
    if candidates:
        return _("“%(line)s” không hoạt động vào ngày %(day)s.") % {"line": line, "day": f"{on:%d/%m/%Y}"}
    return _("Không tìm thấy đơn vị “%(line)s”.") % {"line": line}


class UnitPicker(UnfoldAdminTextareaWidget):
    """A text of one unit a line; with a script, a search box with suggestions."""

    template_name = "admin/directives/widgets/unit_picker.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"rows": 4, "data-unit-picker": "", **(attrs or {})})


class UnitsField(forms.CharField):
    """Units, one a line; set `on` (the day they have to exist on) and the address of suggestions before use."""

    def __init__(self, *, single: bool = False, **kwargs: Any) -> None:
        self.single = single
        self.on: date | None = None
        attrs = {"data-single": "", "rows": 1} if single else {}
        super().__init__(widget=UnitPicker(attrs), **kwargs)

    def offer(self, address: str, *, on: date) -> None:
        """Say on which day the units have to exist and where suggestions come from."""
        self.on = on
        self.widget.attrs |= {"data-address": f"{address}?ngay={on:%Y-%m-%d}"}

    def clean(self, value: Any) -> list[Unit]:
        """Return the units named, in the order typed; raises with each line that names none."""
        text = super().clean(value)
        if self.on is None:
            raise AssertionError("offer() says on which day units have to exist")
        if text.count("\n") > LONGEST_LIST:
            raise forms.ValidationError(_("Danh sách quá dài; hãy chọn theo loại đơn vị."))
        units, problems = read_units(text, on=self.on)
        if self.single and len(units) > 1:
            problems.append(_("Chỉ chọn một đơn vị."))
        if problems:
            raise forms.ValidationError(problems[:20])
        return units
