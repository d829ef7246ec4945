"""Filters beside a list."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from unfold.contrib.filters.admin import RelatedDropdownFilter

from accounts.admin.scope import scoped_choices


class ScopedRelatedFilter(RelatedDropdownFilter):
    """A relation as a filter; it names only the rows that the person sees on the related screen (TRAPS 8)."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        rows = scoped_choices(field.remote_field.model, request)
        if rows is None:
            return super().field_choices(field, request, model_admin)
        return [(row.pk, str(row)) for row in rows]
