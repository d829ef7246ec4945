"""The committee, its seats, who holds them and who helps the holders."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import ScopedAdmin, ScopedStackedInline, ScopedTabularInline
from accounts.admin.search import FoldedSearch
from accounts.clock import today
from steering.admin.dated import FollowingFormSet
from steering.admin.scope import committees
from steering.models import Assistant, Committee, CommitteeStaff, Seat, SeatHolding


class StaffOfCommitteeInline(ScopedTabularInline):
    model = CommitteeStaff
    fields = ("user", "valid_from", "valid_until")
    autocomplete_fields = ("user",)


class SeatInline(ScopedTabularInline):
    model = Seat
    fields = ("protocol_order", "role")
    # The link to the seat's own page stands in the title.
    show_change_link, hide_title = True, False


@admin.register(Committee)
class CommitteeAdmin(ScopedAdmin):
    list_display = ("name", "short_name", "standing_unit", "mailbox")
    list_select_related = ("standing_unit",)
    fields = ("name", "short_name", "code", "standing_unit", "mailbox", "secretariat_label")
    autocomplete_fields = ("standing_unit",)
    inlines = (StaffOfCommitteeInline, SeatInline)

    def scope(self, request: HttpRequest) -> QuerySet[Any]:
        return committees(request)


class HoldingInline(ScopedStackedInline):
    model = SeatHolding
    formset = FollowingFormSet
    fields = ("person", "academic_title", "post", "email", "user", "valid_from", "valid_until")
    autocomplete_fields = ("user",)
    show_change_link = True


@admin.register(Seat)
class SeatAdmin(ScopedAdmin):
    list_display = ("protocol_order", "role", "holder", "post")
    list_display_links = ("protocol_order", "role")
    list_filter = ("committee",)
    fields = ("committee", "role", "protocol_order")
    inlines = (HoldingInline,)
    ordering = ("committee", "protocol_order")

    def scope(self, request: HttpRequest) -> QuerySet[Any]:
        present = Prefetch("holdings", SeatHolding.objects.on(today()), to_attr="present")
        rows = Seat.objects.filter(committee__in=committees(request))
        return rows.select_related("committee").prefetch_related(present)

    def _holding(self, seat: Seat) -> SeatHolding | None:
        found: list[SeatHolding] = getattr(seat, "present", [])
        return found[0] if found else None

    @display(description=_("Người giữ vị trí"))
    def holder(self, seat: Seat) -> str:
        holding = self._holding(seat)
        if holding is None:
            return "–"
        return f"{holding.academic_title} {holding.person}".strip()

    @display(description=_("Chức vụ"))
    def post(self, seat: Seat) -> str:
        holding = self._holding(seat)
        return holding.post if holding else "–"


class AssistantInline(ScopedTabularInline):
    model = Assistant
    fields = ("person", "email", "user", "valid_from", "valid_until")
    autocomplete_fields = ("user",)


@admin.register(SeatHolding)
class SeatHoldingAdmin(FoldedSearch, ScopedAdmin):
    """One person's time in a seat; their assistants get copies and read what they read."""

    list_display = ("person", "academic_title", "post", "seat", "valid_from", "valid_until")
    list_select_related = ("seat",)
    search_fields = ("person", "post")
    fields = (
        "seat",
        "person",
        "academic_title",
        "post",
        "unit",
        "email",
        "user",
        "valid_from",
        "valid_until",
    )
    autocomplete_fields = ("unit", "user")
    inlines = (AssistantInline,)

    def scope(self, request: HttpRequest) -> QuerySet[Any]:
        return SeatHolding.objects.filter(seat__committee__in=committees(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        # Added on the seat's page, where the times of its holders are seen side by side.
        return False
