"""What the floors are: a bare page of the same rows, a bare UPDATE, and the stock admin with the same columns.

`X-Units` narrows the rows to those of some units, as what a person may see does in the application.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from accounts.audit.recording import recorded
from accounts.clock import now
from accounts.models import User
from directives.lifecycle import OPEN
from directives.models import Assignment

ROWS = 50
UNITS = "X-Units"
COLUMNS = (
    "pk", "directive__code", "directive__content", "unit__name", "part", "status", "progress", "due_on",
)  # fmt: skip


def _narrowed(rows: QuerySet[Assignment], request: HttpRequest) -> QuerySet[Assignment]:
    units = request.headers.get(UNITS)
    return rows.filter(unit__in=[int(unit) for unit in units.split(",")]) if units else rows


def bare_page(request: HttpRequest) -> HttpResponse:
    """What is open and due first in a table, by one query and a plain template."""
    rows = _narrowed(Assignment.objects.filter(status__in=OPEN), request).values(*COLUMNS)
    return render(
        request, "bare.html", {"rows": rows.order_by(F("due_on").asc(nulls_last=True), "pk")[:ROWS]}
    )


@csrf_exempt
def bare_update(request: HttpRequest, pk: int) -> HttpResponse:
    """A status changed and committed, with nothing checked and nothing recorded."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE directives_assignment SET status = %s, version = version + 1 WHERE id = %s",
            [request.POST["status"], pk],
        )
    return HttpResponseRedirect("/bare/")


@csrf_exempt
def recorded_change(request: HttpRequest, pk: int) -> HttpResponse:
    """A status changed as the database accepts it: the row and its history under the guards, in one transaction; nobody
    is signed in, nothing is locked and nobody's rights are asked."""
    actor = User(pk=int(request.POST["by"]))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = origin")
        with recorded(by=actor, reason="Đo", at=now()):
            row = Assignment.objects.get(pk=pk)
            row.status = request.POST["status"]
            row.save()
    return HttpResponseRedirect("/bare/")


class StockAdmin(ModelAdmin):  # type: ignore[type-arg]
    """The list and the form as the stock admin makes them; foreign keys by number: no select lists thousands."""

    list_display = (
        "directive__code", "directive__content", "unit", "part", "status", "progress", "due_on", "officer",
    )  # fmt: skip
    list_select_related = ("directive", "unit", "officer")
    list_filter = ("status", "part", "due_on")
    list_per_page = ROWS
    # The order that costs it least: by what is due first it would sort the whole table.
    ordering = ("-pk",)
    search_fields = ("directive__code", "directive__content", "unit__name")
    raw_id_fields = (
        "directive", "unit", "answering_unit", "result", "assignee", "officer", "parent", "transferred_from",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assignment]:
        return _narrowed(super().get_queryset(request), request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    has_change_permission = has_view_permission

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True


stock = AdminSite(name="stock")
stock.register(Assignment, StockAdmin)

urlpatterns = [
    path("bare/", bare_page),
    path("bare/<int:pk>/", bare_update),
    path("recorded/<int:pk>/", recorded_change),
    path("stock/", stock.urls),
]
