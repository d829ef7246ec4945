"""Thời hạn riêng: a line for each unit whose date differs from the directive's, as typed or pasted from Excel."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.text import nfc
from directives.admin.form_fields import DAY_FORMATS
from directives.admin.unit_choice import LONGEST_LIST, find_units, unit_line
from steering.models import Unit

_DATE_AT_END = re.compile(r"^(?P<unit>.*?)[\s:;,–-]*(?P<day>[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4})$")


def own_date_line(unit: Unit, due_on: date) -> str:
    """Return how a unit and its own date stand in the text, by which they are read back."""
    return f"{unit_line(unit)}: {due_on:%d/%m/%Y}"


def read_own_dates(text: str, *, on: date) -> tuple[dict[int, date], list[str]]:
    """Return the date of each unit named (ids as keys), and what is wrong with the lines that cannot be read.

    Units are found as `find_units` does, those that exist on the day `on` (Hà Nội).
    """
    days: dict[str, date] = {}
    problems: list[str] = []
    # Two columns of Excel arrive with a tab between them.
    for line in (nfc(raw, one_line=True) for raw in text.splitlines()):
        if not line:
            continue
        found = _DATE_AT_END.match(line)
        try:
            day = _DAY.clean(found["day"]) if found else None
        except forms.ValidationError:
            day = None
        if found is None or day is None or not found["unit"]:
            problems.append(
                _("“%(line)s”: hãy ghi đơn vị rồi ngày dạng dd/mm/yyyy, ví dụ 15/07/2023.") % {"line": line}
            )
        elif days.setdefault(found["unit"], day) != day:
            problems.append(_("“%(unit)s” có hai thời hạn riêng khác nhau.") % {"unit": found["unit"]})
    units, unknown = find_units(days, on=on)
    dates: dict[int, date] = {}
    for line, unit in units.items():
        if dates.setdefault(unit.pk, days[line]) != days[line]:
            problems.append(_("“%(unit)s” có hai thời hạn riêng khác nhau.") % {"unit": unit})
    return dates, problems + unknown


_DAY = forms.DateField(input_formats=DAY_FORMATS)


class OwnDatesField(forms.CharField):
    """Units with a date of their own, one a line; set `on` (the day they have to exist on) before use."""

    def __init__(self, **kwargs: Any) -> None:
        self.on: date | None = None
        super().__init__(required=False, widget=UnfoldAdminTextareaWidget({"rows": 2}), **kwargs)

    def clean(self, value: Any) -> dict[int, date]:
        """Return the own date of each unit named, ids as keys; raises with each line that cannot be read."""
        text = super().clean(value)
        if self.on is None:
            raise AssertionError("set `on`: the day on which units have to exist")
        if text.count("\n") > LONGEST_LIST:
            raise forms.ValidationError(_("Danh sách quá dài."))
        dates, problems = read_own_dates(text, on=self.on)
        if problems:
            raise forms.ValidationError(problems[:20])
        return dates
