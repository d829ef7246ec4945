"""Filters of the list of directives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter

from accounts.admin.scope import scoped_choices
from accounts.clock import today
from directives.access import visible_to
from directives.admin.wording import seat_labels
from directives.models import Assignment, Directive
from directives.statistics import COUNTED_PARTS
from directives.timeliness import overdue
from steering.models import Seat


class ScopedAutocompleteFilter(AutocompleteSelectFilter):
    """A relation too long for a list, found by typing; an id put into the address names nothing hidden (TRAPS 8)."""

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        for choice in super().choices(changelist):
            rows = scoped_choices(self.field.remote_field.model, self.request)
            if rows is not None:
                choice["form"].fields[self.lookup_kwarg].queryset = rows
            yield choice


class TabFilter(admin.SimpleListFilter):
    """The tabs above the list; not shown among the filters."""

    template = "admin/directives/no_filter.html"
    title = _("tình trạng")
    parameter_name = "tinh-trang"
    ALL = "tat-ca"
    default = Directive.State.ISSUED.value

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        held = model_admin.held(request)
        drafts = held.secretariat_of or held.auditor or held.administrator
        return [
            (Directive.State.ISSUED.value, _("Đang giao")),
            *([(Directive.State.DRAFT.value, _("Nháp"))] if drafts else []),
            (Directive.State.VOID.value, _("Hủy")),
            (self.ALL, _("Tất cả")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Directive]) -> QuerySet[Directive]:
        state = self.value() or self.default
        return queryset.filter(state=state) if state in Directive.State.values else queryset

    def choices(self, changelist: Any) -> Iterator[Any]:
        chosen = self.value() or self.default
        for value, label in self.lookup_choices:
            yield {
                "selected": value == chosen,
                "query_string": changelist.get_query_string({self.parameter_name: value, "p": None}),
                "display": label,
            }


class SupervisorFilter(DropdownFilter):
    """The supervising seats, by the names of who holds them."""

    title = _("thành viên phụ trách")
    parameter_name = "phu-trach"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        supervising = model_admin.scope(request).order_by().values("supervisor")
        seats = list(Seat.objects.filter(pk__in=supervising))
        labels = seat_labels(seats, on=today())
        return [(str(seat.pk), labels[seat.pk]) for seat in seats]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Directive]) -> QuerySet[Directive]:
        seat = self.value()
        return queryset.filter(supervisor=int(seat)) if seat and seat.isdecimal() else queryset


class OverdueFilter(DropdownFilter):
    """Directives with a counted part that is overdue, of those parts that the person sees."""

    title = _("quá hạn")
    parameter_name = "qua-han"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("co", _("Có đơn vị quá hạn"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Directive]) -> QuerySet[Directive]:
        if self.value() != "co":
            return queryset
        on = today()
        late = visible_to(request.user, Assignment, on=on).filter(overdue(on), part__in=COUNTED_PARTS)
        return queryset.filter(is_standing=False, pk__in=late.order_by().values("directive"))
