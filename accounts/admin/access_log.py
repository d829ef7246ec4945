"""The log of access, to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter

from accounts.admin.base import ReadOnlyAdmin
from accounts.admin.search import FoldedSearch
from accounts.audit.models import AccessLog


@admin.register(AccessLog)
class AccessLogAdmin(FoldedSearch, ReadOnlyAdmin):
    list_display = ("at", "kind", "actor", "username", "address", "what")
    list_filter = (("kind", ChoicesDropdownFilter), ("at", RangeDateTimeFilter))
    search_fields = ("username", "what")
    list_filter_submit = True
    fields = ("at", "kind", "actor", "username", "address", "what", "recorded_at")

    def scope(self, request: HttpRequest) -> QuerySet[Any]:
        return AccessLog.objects.select_related("actor")
