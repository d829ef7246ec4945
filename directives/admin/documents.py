"""Documents: the list, and one document with its directives, files and relations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Count, F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.views import ChangeList

from accounts.admin.base import signed_in
from accounts.clock import today
from directives.access import visible_to
from directives.admin.changes import changes_of
from directives.admin.document_pages import DocumentPages
from directives.admin.export import ExportMixin
from directives.admin.export_columns import DOCUMENT_COLUMNS, document_rows
from directives.admin.progress import summaries
from directives.admin.restricted import hidden, kept_back_of, listed, log_opening
from directives.admin.wording import due_in_words, short
from directives.models import Attachment, Directive, Document
from directives.rights import rights
from directives.search import search

DIRECTIVES_A_PAGE = 50


class YearFilter(DropdownFilter):
    title = _("năm")
    parameter_name = "nam"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = model_admin.scope(request).exclude(year=None).order_by("-year")
        return [(str(year), str(year)) for year in rows.values_list("year", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Document]) -> QuerySet[Document]:
        year = self.value()
        return queryset.filter(year=int(year)) if year and year.isdecimal() else queryset


class DocumentList(ChangeList):
    """A page of documents with the number of directives of each: one more query, for auditors two."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)  # type: ignore[has-type]
        ids = [row.pk for row in rows]
        seen = visible_to(request.user, Directive, on=today()).filter(document__in=ids).order_by()
        counts = dict(seen.values_list("document").annotate(count=Count("pk")))
        held = rights(signed_in(request), on=today())
        kept_back = kept_back_of(ids, held=held)
        for row in rows:
            row.directives_seen = counts.get(row.pk, 0)
            row.listed_subject = hidden() if row.pk in kept_back else row.subject
        self.result_list = rows


@admin.register(Document)
class DocumentAdmin(ExportMixin, DocumentPages):
    export_columns = DOCUMENT_COLUMNS
    export_rows = staticmethod(document_rows)
    list_display = [
        "label_cell",
        "kind",
        "issued_on",
        "subject_cell",
        "issuer",
        "directives_cell",
        "state_cell",
    ]
    list_display_links = ["label_cell"]
    list_filter = [("kind", ChoicesDropdownFilter), ("state", ChoicesDropdownFilter), YearFilter]
    search_fields = ["search"]
    change_list_template = "admin/directives/change_list.html"
    add_words = _("Nhập văn bản")
    search_help_text = _("Số, ký hiệu, trích yếu, cơ quan ban hành")
    ordering = [F("issued_on").desc(nulls_last=True), "-pk"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DocumentList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Document], search_term: str
    ) -> tuple[QuerySet[Document], bool]:
        return search(queryset, search_term, held=self.held(request)), False

    @admin.display(description=_("Số, ký hiệu"), ordering="number_key")
    def label_cell(self, document: Document) -> SafeString:
        return format_html('<span class="case-nowrap">{}</span>', document.label)

    @admin.display(description=_("Trích yếu"))
    def subject_cell(self, document: Document) -> SafeString:
        return format_html('<span class="case-wrap">{}</span>', short(document.listed_subject))  # type: ignore[attr-defined]

    @admin.display(description=_("Nhiệm vụ"))
    def directives_cell(self, document: Document) -> int:
        return document.directives_seen  # type: ignore[attr-defined]

    @admin.display(description=_("Tình trạng"), ordering="state")
    def state_cell(self, document: Document) -> SafeString:
        tone = {Document.State.ISSUED: "done", Document.State.VOID: "overdue"}.get(
            Document.State(document.state), "none"
        )
        return format_html('<span class="case-chip is-{}">{}</span>', tone, document.get_state_display())

    # One document

    def page_rows(self, request: HttpRequest) -> QuerySet[Document]:
        return self.scope(request).select_related("committee")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        document: Document = self.seen(request, object_id)
        log_opening(request, document)
        on = today()
        rows = visible_to(request.user, Directive, on=on).filter(document=document).order_by("ordinal")
        page = Paginator(rows, DIRECTIVES_A_PAGE).get_page(request.GET.get("trang"))
        directives = list(page.object_list)
        found = summaries(directives, user=signed_in(request), on=on)
        for directive in directives:
            directive.summary = found[directive.pk]  # type: ignore[attr-defined]
            directive.listed = listed(directive, held=self.held(request), longest=160)  # type: ignore[attr-defined]
            directive.due_cell = due_in_words(directive)  # type: ignore[attr-defined]
        seen_documents = visible_to(request.user, Document, on=on).order_by().values("pk")
        files = visible_to(request.user, Attachment, on=on).filter(document=document)
        works = self.has_change_permission(request, document)
        return self.page(
            request,
            "admin/directives/document/page.html",
            title=document.label,
            trail=[(self.address("changelist"), _("Văn bản"))],
            document=document,
            directives=directives,
            page=page,
            files=files.select_related("uploaded_by", "removed_by"),
            relations=document.relations.filter(other__in=seen_documents).select_related("other"),
            related_from=document.related_from.filter(document__in=seen_documents).select_related("document"),
            works=works,
            is_draft=document.state == Document.State.DRAFT,
            is_void=document.state == Document.State.VOID,
            is_issued=document.state == Document.State.ISSUED,
            several_committees=len(self.held(request).committees) > 1,
        )

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        document: Document = self.seen(request, object_id)
        log_opening(request, document)
        return self.page(
            request,
            "admin/directives/changes.html",
            title=_("Lịch sử thay đổi"),
            trail=[(self.address("changelist"), _("Văn bản")), (self.home(document), document.label)],
            changes=changes_of(document, reader=self.reader(request, document)),
        )

    def own_pages(self) -> list[tuple[str, Callable[..., HttpResponseBase], str]]:
        return self.dialogs()
