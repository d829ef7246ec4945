"""Addresses that take no mail: who has them, what was said of each, and the word that lets mails go there again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin import display
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.views import ChangeList

from accounts.admin.base import ScopedAdmin, signed_in
from accounts.admin.export import Column
from accounts.clock import now, today
from directives.access import visible_to
from directives.admin.export import ExportMixin
from directives.admin.pages import CaseAdmin, bound
from directives.admin.progress import Chip
from directives.admin.verb_forms import prose
from directives.lists import PARAMETER
from directives.models import AddressProblem, Message
from directives.reminders.addresses import Bearer, bearers, may_resolve, resolve

COLUMNS = (
    Column(_("Địa chỉ"), lambda row, reading: row.address, 32),
    Column(_("Việc"), lambda row, reading: row.get_kind_display(), 24),
    Column(_("Lý do"), lambda row, reading: row.said, 60),
    Column(_("Ghi nhận lúc"), lambda row, reading: row.noted_at, 16),
    Column(_("Xử lý lúc"), lambda row, reading: row.resolved_at, 16),
    Column(_("Đã xử lý thế nào"), lambda row, reading: row.resolution, 40),
)


@dataclass(frozen=True)
class Waiting:
    """How many addresses wait for somebody to see to them, and the list of them."""

    count: int
    url: str


def waiting(count: int | None) -> Waiting | None:
    """Return the addresses that are a person's to see to, so many by `counters`; None for whom it is no work."""
    if count is None or not admin.site.is_registered(AddressProblem):
        return None
    return Waiting(count, reverse("admin:directives_addressproblem_changelist"))


class OpenFilter(admin.SimpleListFilter):
    """The tabs above the list; not shown among the filters."""

    template = "admin/directives/no_filter.html"
    title = _("tình trạng")
    parameter_name = PARAMETER
    CONDITIONS: dict[str, Q] = {
        "": Q(resolved_at__isnull=True),
        "resolved": Q(resolved_at__isnull=False),
        "all": Q(),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("", _("Chờ sửa")), ("resolved", _("Đã sửa")), ("all", _("Tất cả"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(self.CONDITIONS.get(self.value() or "", Q()))

    def choices(self, changelist: Any) -> Iterator[Any]:
        chosen = self.value() or ""
        for value, label in self.lookup_choices:
            address = changelist.get_query_string(
                {self.parameter_name: value} if value else {}, [self.parameter_name]
            )
            yield {"selected": value == chosen, "query_string": address, "display": label}


class ProblemList(ChangeList):
    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        """Fetch who has the addresses of the page together."""
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        found = bearers((row.address for row in rows), on=today())
        for row in rows:
            row.bearers = found.get(row.address, [])
        self.result_list = rows
        self.tabs = [
            tab for spec in self.filter_specs if isinstance(spec, OpenFilter) for tab in spec.choices(self)
        ]


class ResolveForm(forms.Form):
    """What was done about an address."""

    note = prose(
        _("Đã xử lý thế nào"),
        required=_("Hãy ghi đã xử lý thế nào, ví dụ: đơn vị báo đã mở lại hộp thư."),
        help_text=_("Ghi vào lịch sử thay đổi."),
        rows=3,
    )


@admin.register(AddressProblem)
class AddressProblemAdmin(ExportMixin, CaseAdmin):
    """Rows come from the mail server's answers and from returned mails; people only say that one is put right."""

    export_columns = COLUMNS
    list_display = ["address_cell", "bearers_cell", "said_cell", "noted_at", "state_cell"]
    list_display_links = ["address_cell"]
    list_filter = [OpenFilter]
    list_before_template = "admin/directives/addressproblem/before_list.html"
    search_fields = ["address"]
    search_help_text = _("Địa chỉ thư")
    ordering = ["-noted_at", "-pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ProblemList

    @display(description=_("Địa chỉ"))
    def address_cell(self, problem: AddressProblem) -> SafeString:
        return format_html('<span class="case-wrap">{}</span>', problem.address)

    @display(description=_("Của ai"))
    def bearers_cell(self, problem: Any) -> SafeString | str:
        lines = ((bearer.name, bearer.label) for bearer in problem.bearers)
        told = format_html_join(
            "", '<div class="case-wrap">{} <span class="case-quiet">{}</span></div>', lines
        )
        return told or str(_("không còn ai dùng"))

    @display(description=_("Máy chủ thư nói gì"))
    def said_cell(self, problem: AddressProblem) -> SafeString:
        return format_html('<span class="case-wrap">{}</span>', problem.said)

    @display(description=_("Tình trạng"))
    def state_cell(self, problem: AddressProblem) -> SafeString:
        return _chip(problem).markup

    # One address

    def own_pages(self) -> list[tuple[str, Callable[..., HttpResponseBase], str]]:
        return [("<int:pk>/da-sua/", self.resolve_view, "resolve")]

    def page_rows(self, request: HttpRequest) -> QuerySet[AddressProblem]:
        return self.scope(request).select_related("message", "resolved_by")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        problem: AddressProblem = self.seen(request, object_id)
        held = self.held(request)
        mails = visible_to(request.user, Message, on=today()).filter(problems=problem)
        found = bearers([problem.address], on=today()).get(problem.address, [])
        return self.page(
            request,
            "admin/directives/addressproblem/page.html",
            title=problem.address,
            trail=[(self.address("changelist"), _("Địa chỉ không nhận được thư"))],
            problem=problem,
            chips=[_chip(problem)],
            bearers=[(bearer, self._page_of(request, bearer)) for bearer in found],
            mail=mails.only("subject").first(),
            technical=held.administrator or held.auditor,
            may_resolve=problem.resolved_at is None and may_resolve(problem, by=signed_in(request), at=now()),
        )

    def _page_of(self, request: HttpRequest, bearer: Bearer) -> str:
        """The address of the page on which the bearer's address is corrected; empty for whom there is none."""
        if not self.admin_site.is_registered(bearer.model):
            return ""
        if not self.admin_site.get_model_admin(bearer.model).has_change_permission(request):
            return ""
        meta = bearer.model._meta
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[bearer.pk])

    def resolve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask what was done, then let mails go to the address again; nothing happens on GET."""
        problem: AddressProblem = self.seen(request, pk)
        if not may_resolve(problem, by=signed_in(request), at=now()):
            raise PermissionDenied

        def act(fields: Any) -> str:
            resolve(problem, by=signed_in(request), at=now(), note=fields["note"])
            return self.address("changelist")

        return self.dialog(
            request,
            form=ResolveForm(**bound(request)),
            act=act,
            back=self.home(problem),
            title=_("Đã sửa, gửi lại được"),
            intro=_(
                "Từ nay thư lại được gửi đến %(address)s. Nếu máy chủ vẫn không nhận, địa chỉ sẽ trở lại danh sách này."
            )
            % {"address": problem.address},
            button=_("Đã sửa, gửi lại được"),
            done=_("Đã ghi nhận; thư lại được gửi đến địa chỉ này."),
            trail=[
                (self.address("changelist"), _("Địa chỉ không nhận được thư")),
                (self.home(problem), problem.address),
            ],
        )

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show the changes, as every screen without a story of its own does."""
        return ScopedAdmin.history_view(self, request, object_id, extra_context)


def _chip(problem: AddressProblem) -> Chip:
    if problem.resolved_at is None:
        return Chip("overdue", "error", _("Chờ sửa"))
    return Chip("done", "check_circle", _("Đã sửa"))
