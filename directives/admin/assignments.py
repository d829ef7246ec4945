"""Assignments: the list, and the page of one with all that may be done to it."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from accounts.clock import today
from accounts.text import words
from directives.access import visible_to
from directives.admin.addresses import waiting
from directives.admin.assignment_list import COUNTED_UP_TO, AssignmentList
from directives.admin.assignment_page import page_context
from directives.admin.assignment_rows import rows_markup
from directives.admin.bulk import BulkPages, offered_in_bulk
from directives.admin.downloads import FilePages
from directives.admin.export import ExportMixin
from directives.admin.export_columns import ASSIGNMENT_COLUMNS, assignment_rows
from directives.admin.filter_fields import filter_fields, hidden_fields, list_media
from directives.admin.mail_explained import MailPages
from directives.admin.prints import PrintPages
from directives.admin.restricted import log_opening
from directives.admin.seen import Seen
from directives.admin.verbs import LIST_TITLE, OwnPage, VerbPages
from directives.models import Assignment
from directives.there_is import there_is
from directives.timeline import timeline
from steering.models import Unit
from steering.search import unit_ids

UNITS_OFFERED = 20
OLDEST_FIRST = "cu"


@admin.register(Assignment)
class AssignmentAdmin(ExportMixin, BulkPages, FilePages, PrintPages, MailPages, VerbPages):
    """Nothing here is a form of the model: status, dates and unit change by dialogs, through services."""

    change_list_template = "admin/directives/assignment/list.html"
    list_display = ("__str__",)
    list_per_page = 50
    # Where it looks, `directives.search` decides; this only shows the box.
    search_fields = ("directive__code",)
    search_help_text = _("Mã, nội dung, số văn bản, đơn vị; không cần dấu")
    export_columns = ASSIGNMENT_COLUMNS
    export_rows = staticmethod(assignment_rows)

    def own_pages(self) -> list[OwnPage]:
        return [*super().own_pages(), ("don-vi/", self.units_view, "units")]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # The list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assignment]:
        """What the person sees, made when it is first used: the list finds its page without it."""
        return cast("QuerySet[Assignment]", SimpleLazyObject(partial(super().get_queryset, request)))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[AssignmentList]:
        return AssignmentList

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the list; what is done to several rows has a page of its own (`bulk`)."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data:
            found: AssignmentList = response.context_data["cl"]
            rows, bulk = found.page_rows(), offered_in_bulk(found.held, found.name)
            form = found.filter_form
            response.context_data |= {
                "title": LIST_TITLE,
                "rows": rows,
                "rows_markup": rows_markup(rows, with_ticks=bool(bulk)),
                "tabs": found.tabs(),
                "form": form,
                "fields": filter_fields(form),
                "hidden_fields": hidden_fields(form),
                "media": list_media(self),
                "sort": found.sort_links(),
                "bulk": bulk,
                "addresses": waiting(found.figures.addresses_waiting),
                "counted_up_to": COUNTED_UP_TO,
                "previous_page": found.get_query_string({"p": found.page_num - 1}),
                "next_page": found.get_query_string({"p": found.page_num + 1}),
            }
        return response

    def units_view(self, request: HttpRequest) -> JsonResponse:
        """Offer units for the filter of the list: of what the person sees, by any name they bore (TRAPS 8)."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        asked = words(request.GET.get("term", ""))
        seen = visible_to(request.user, Assignment, on=today()).order_by().values("unit")
        rows = Unit.objects.filter(pk__in=seen)
        if asked:
            rows = rows.filter(pk__in=unit_ids(asked))
        found = [{"id": str(row.pk), "text": row.name} for row in rows[: UNITS_OFFERED + 1]]
        more = len(found) > UNITS_OFFERED
        return JsonResponse({"results": found[:UNITS_OFFERED], "pagination": {"more": False}, "cut": more})

    # One assignment

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show an assignment with its story: nothing is written here."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        row = self.seen(request, object_id)
        log_opening(request, row)
        on = today()
        found = there_is(row, on=on)
        seen = Seen(request.user, row, on, found)  # type: ignore[arg-type]
        newest_first = request.GET.get("thu-tu") != OLDEST_FIRST
        number = _page_number(request)
        story = timeline(row, found=found, inside=seen.inside, newest_first=newest_first, page=number)
        return self.page(
            request,
            "admin/directives/assignment/page.html",
            title=str(row.directive),
            trail=[(self.address("changelist"), LIST_TITLE)],
            timeline=story,
            newest_first=newest_first,
            number=number,
            previous_number=number - 1,
            next_number=number + 1,
            dialogs_at=self.home(row).removesuffix("change/"),
            **page_context(seen, found, read=story.read),
        )

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Lead to the timeline: it tells every recorded change, in order."""
        row = self.seen(request, object_id)
        return HttpResponseRedirect(f"{self.home(row)}#qua-trinh")


def _page_number(request: HttpRequest) -> int:
    asked = request.GET.get("trang", "1")
    return max(1, min(int(asked), 1000)) if asked.isdecimal() and len(asked) < 6 else 1
