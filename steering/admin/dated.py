"""Formsets of dated rows that must follow each other."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from unfold.forms import PaginationInlineFormSet


class FollowingFormSet(PaginationInlineFormSet):
    """Rows of which at most one holds on any day."""

    def clean(self) -> None:
        """Raise ValidationError when two rows overlap."""
        super().clean()
        spans = sorted(
            (row.get("valid_from") or date.min, row.get("valid_until") or date.max)
            for row in (form.cleaned_data for form in self.forms if form.is_valid())
            if row and not row.get("DELETE")
        )
        for (_start, end), (start, _end) in pairwise(spans):
            if start <= end:
                raise ValidationError(_("Các khoảng thời gian không được chồng lên nhau."))
