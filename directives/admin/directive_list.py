"""Directives: the list with its tabs, and the one screen that the pages of drafts and given ones make up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.views import ChangeList

from accounts.admin.base import signed_in
from accounts.clock import today
from directives.access import visible_to
from directives.admin.corrections import CorrectionPages
from directives.admin.directive_filters import (
    OverdueFilter,
    ScopedAutocompleteFilter,
    SupervisorFilter,
    TabFilter,
)
from directives.admin.directive_page import DirectivePages
from directives.admin.drafts import DraftPages
from directives.admin.export import ExportMixin
from directives.admin.export_columns import DIRECTIVE_COLUMNS, directive_rows
from directives.admin.progress import summaries
from directives.admin.restricted import listed
from directives.admin.view_rights import ViewRightPages
from directives.admin.viewer_pages import ViewerPages
from directives.admin.wording import due_in_words, in_days
from directives.models import Assignment, Directive
from directives.rights import rights
from directives.search import search


class DirectiveList(ChangeList):
    """A page of directives with whom each was given to and how far they are: four more queries."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)  # type: ignore[has-type]
        on = today()
        held = rights(signed_in(request), on=on)
        found = summaries(rows, user=signed_in(request), on=on)
        for row in rows:
            row.summary = found[row.pk]
            row.listed = listed(row, held=held)
        self.result_list = rows
        self.tabs = [
            tab for spec in self.filter_specs if isinstance(spec, TabFilter) for tab in spec.choices(self)
        ]


@admin.register(Directive)
class DirectiveAdmin(ExportMixin, DirectivePages, DraftPages, CorrectionPages, ViewRightPages, ViewerPages):
    export_columns = DIRECTIVE_COLUMNS
    export_rows = staticmethod(directive_rows)
    list_display = ["code_cell", "content_cell", "whom_cell", "due_cell", "progress_cell"]
    list_display_links = ["code_cell"]
    list_filter = [
        TabFilter,
        ("document", ScopedAutocompleteFilter),
        ("kind", ChoicesDropdownFilter),
        SupervisorFilter,
        ("urgency", ChoicesDropdownFilter),
        OverdueFilter,
    ]
    change_list_template = "admin/directives/change_list.html"
    add_words = _("Thêm nhiệm vụ")
    list_before_template = "admin/directives/tabs.html"
    search_fields = ["search"]
    search_help_text = _("Mã, nội dung, số văn bản, đơn vị")
    ordering = ["-pk"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DirectiveList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Directive], search_term: str
    ) -> tuple[QuerySet[Directive], bool]:
        assignments = visible_to(request.user, Assignment, on=today())
        return search(queryset, search_term, held=self.held(request), assignments=assignments), False

    def own_pages(self) -> list[tuple[str, Callable[..., HttpResponseBase], str]]:
        return [*self.draft_pages(), *self.correction_pages(), *self.view_right_pages(), *self.viewer_pages()]

    @admin.display(description=_("Mã"), ordering="code")
    def code_cell(self, directive: Directive) -> SafeString:
        return format_html('<span class="case-nowrap">{}</span>', directive.code)

    @admin.display(description=_("Nội dung"))
    def content_cell(self, directive: Directive) -> SafeString:
        return format_html('<span class="case-wrap">{}</span>', directive.listed)  # type: ignore[attr-defined]

    @admin.display(description=_("Chủ trì / đơn vị"))
    def whom_cell(self, directive: Directive) -> SafeString:
        return format_html('<span class="case-wrap">{}</span>', directive.summary.whom or "–")  # type: ignore[attr-defined]

    @admin.display(description=_("Thời hạn"), ordering="due_on")
    def due_cell(self, directive: Directive) -> SafeString:
        open_parts = directive.state == Directive.State.DRAFT or directive.summary.cells.not_done  # type: ignore[attr-defined]
        words = in_days(directive.due_on, on=today()) if directive.due_on and open_parts else ""
        return format_html(
            '<span class="case-nowrap">{}<br><span class="case-quiet">{}</span></span>',
            due_in_words(directive),
            words,
        )

    @admin.display(description=_("Tiến độ"))
    def progress_cell(self, directive: Directive) -> SafeString:
        if directive.state == Directive.State.DRAFT:
            return format_html('<span class="case-chip is-none">{}</span>', directive.get_state_display())
        chips = directive.summary.chips  # type: ignore[attr-defined]
        return SafeString("".join(chip.markup for chip in chips))
