"""The pages of figures: by unit in official order, by supervising member, by document; each can be exported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts import limits
from accounts.admin.base import signed_in
from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.clock import as_of, now, today
from accounts.models import User
from directives.admin.export import attachment, figures_book
from directives.admin.figure_views import heading_groups, table_rows, total_row
from directives.admin.past_figures import may_look_back
from directives.admin.restricted import kept_back_of
from directives.counters import counted, figures
from directives.figure_columns import closing_sum, denominators
from directives.rights import rights
from directives.statistics import Cells, total
from directives.tables import (
    BY_DOCUMENT,
    BY_SUPERVISOR,
    Line,
    UnitMap,
    by_document,
    by_supervisor,
    by_unit,
)

LINES_A_PAGE = 100
MAP_PARAMETER = "ban_do"


@dataclass(frozen=True)
class Table:
    """Lines of figures that belong together and their sum, counted at one instant."""

    lines: Sequence[Line]
    whole: Cells
    computed_at: datetime


@dataclass(frozen=True)
class Kind:
    """One way to read the figures; `filter_name` narrows the list of assignments to a line of it."""

    name: str
    title: str | Promise
    tab: str | Promise
    heading: str | Promise
    read: Callable[[User, date, datetime, UnitMap], Table]
    filter_name: str
    prefix: str = ""

    @property
    def url(self) -> str:
        return reverse(f"figures_{self.name}")


def _units(user: User, on: date, at: datetime, unit_map: UnitMap) -> Table:
    found = figures(user, on=on, at=at)
    return Table(by_unit(found.by_unit, on=on, unit_map=unit_map), found.cells, found.computed_at)


def _supervisors(user: User, on: date, at: datetime, unit_map: UnitMap) -> Table:
    found = counted(user, by=BY_SUPERVISOR, on=on, at=at)
    return Table(by_supervisor(found.groups, on=on), total(found.groups.values()), found.computed_at)


def _documents(user: User, on: date, at: datetime, unit_map: UnitMap) -> Table:
    found = counted(user, by=BY_DOCUMENT, on=on, at=at)
    kept_back = kept_back_of([key[0] for key in found.groups], held=rights(user, on=on))
    lines = by_document(found.groups, kept_back=kept_back)
    return Table(lines, total(found.groups.values()), found.computed_at)


KINDS = {
    kind.name: kind
    for kind in (
        Kind("units", _("Thống kê theo đơn vị"), _("Theo đơn vị"), _("Đơn vị"), _units, "don_vi"),
        Kind(
            "supervisors",
            _("Thống kê theo thành viên phụ trách"),
            _("Theo thành viên phụ trách"),
            _("Thành viên Ban Chỉ đạo phụ trách"),
            _supervisors,
            "phu_trach",
        ),
        Kind(
            "documents",
            _("Thống kê theo văn bản"),
            _("Theo văn bản"),
            _("Văn bản"),
            _documents,
            "van_ban",
            "#",
        ),
    )
}


def _person(request: HttpRequest) -> User:
    """Return the person; raises PermissionDenied for a role that opens no list of assignments."""
    user: User = request.user  # type: ignore[assignment]
    if not user.has_perm("directives.view_assignment"):
        raise PermissionDenied
    return user


def _map(request: HttpRequest) -> UnitMap:
    return UnitMap.NEW if request.GET.get(MAP_PARAMETER) == UnitMap.NEW else UnitMap.OLD


@require_safe
def table_view(request: HttpRequest, kind: str) -> HttpResponse:
    """Show a table of figures, its total and the sum that closes it."""
    shown = KINDS.get(kind)
    if shown is None:
        raise Http404
    on, unit_map = today(), _map(request)
    table = shown.read(_person(request), on, now(), unit_map)
    page = Paginator(table.lines, LINES_A_PAGE).get_page(request.GET.get("trang"))
    # By the new map a line holds the work of several units, which no filter of the list opens together.
    filter_name = "" if unit_map is UnitMap.NEW else shown.filter_name
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": shown.title,
        "kinds": list(KINDS.values()),
        "kind": shown,
        "rows": table_rows(page.object_list, filter_name, prefix=shown.prefix),
        "page": page,
        "total": total_row(table.whole),
        "heading_groups": heading_groups(),
        "as_of": as_of(table.computed_at),
        "closing_sum": closing_sum(table.whole),
        "notes": denominators(),
        "export_url": f"{reverse(f'figures_{shown.name}_export')}?{request.GET.urlencode()}",
        "maps": _maps(unit_map) if shown.name == "units" else [],
        "looks_back": may_look_back(signed_in(request)),
        "query": f"{MAP_PARAMETER}={unit_map}" if unit_map is UnitMap.NEW else "",
    }
    return TemplateResponse(request, "admin/directives/figures/table.html", context)


def _maps(chosen: UnitMap) -> list[tuple[str, str | Promise, bool]]:
    return [
        ("?", _("Theo đơn vị được giao"), chosen is UnitMap.OLD),
        (f"?{MAP_PARAMETER}={UnitMap.NEW}", _("Theo đơn vị hiện nay"), chosen is UnitMap.NEW),
    ]


@require_safe
def export_view(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Write the same table as a spreadsheet, all its lines; one line in the log of access."""
    shown = KINDS.get(kind)
    if shown is None:
        raise Http404
    at, unit_map = now(), _map(request)
    limits.demand(limits.EXPORT, request, at=at)
    table = shown.read(_person(request), today(), at, unit_map)
    title = str(shown.title)
    if unit_map is UnitMap.NEW:
        title = _now("%(title)s (theo đơn vị hiện nay)") % {"title": title}
    book = figures_book(title, shown.heading, table.lines, table.whole, computed_at=table.computed_at, at=at)
    response = attachment(book, title, at=at)
    what = _now("%(title)s: %(rows)d dòng") % {"title": title, "rows": len(table.lines)}
    record(AccessLog.Kind.EXPORT, request=request, what=what, at=at)
    return response


urlpatterns = [
    path(route, admin.site.admin_view(view), {"kind": kind.name}, name=f"figures_{kind.name}{suffix}")
    for kind, folder in (
        (KINDS["units"], ""),
        (KINDS["supervisors"], "thanh-vien/"),
        (KINDS["documents"], "van-ban/"),
    )
    for route, view, suffix in (
        (folder, table_view, ""),
        (f"{folder}xuat-excel/", export_view, "_export"),
    )
]
