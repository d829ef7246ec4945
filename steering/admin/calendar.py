"""Days off and make-up days."""

from __future__ import annotations

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from accounts.admin.base import ScopedAdmin
from accounts.admin.search import FoldedSearch
from steering.models import CalendarDay


@admin.register(CalendarDay)
class CalendarDayAdmin(FoldedSearch, ScopedAdmin):
    """Editing it never moves a recorded due date (DOMAIN §3)."""

    list_display = ("day", "kind", "name", "source")
    list_filter = (("kind", ChoicesDropdownFilter), ("day", RangeDateFilter))
    list_filter_submit = True
    search_fields = ("name", "source")
    ordering = ("-day",)
    deletable = True
