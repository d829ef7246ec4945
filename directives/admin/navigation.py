"""The entries beside every page: few, and only those that a person's roles open."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit.models import AccessLog
from accounts.clock import today
from accounts.models import User
from directives.lists import Desk, desks
from directives.models import Assignment, Directive, Document, Message, ReminderPolicy
from directives.rights import rights
from steering.models import CalendarDay, Committee, Seat, SeatHolding, Unit, UnitKind

Entry = dict[str, Any]
Label = str | Promise


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of entries for the person signed in, as unfold reads them."""
    user: User = request.user  # type: ignore[assignment]
    mine = desks(rights(user, on=today()))
    overview: Entry = {"title": _("Tổng quan"), "icon": "home", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [
        {"items": [overview, *_work(request, mine)]},
        {"title": _("Danh mục"), "separator": True, "items": _sector(request)},
        {"title": _("Quản trị"), "separator": True, "items": _administration(request)},
    ]
    return [group for group in groups if group["items"]]


def registers(request: HttpRequest) -> list[Entry]:
    """Return the entries of everything that is kept beside the case: sector, accounts, policies, logs."""
    return [*_sector(request), *_administration(request)]


def _work(request: HttpRequest, mine: frozenset[Desk]) -> list[Entry]:
    if mine and mine <= {Desk.UNIT, Desk.HEAD}:
        # A unit's work is its assignments; the directives they belong to are read there.
        entries = [_entry(request, Assignment, _("Nhiệm vụ của đơn vị"), "task_alt")]
    else:
        entries = [
            _entry(request, Assignment, _("Phân công"), "task_alt"),
            _entry(request, Directive, _("Nhiệm vụ"), "checklist"),
        ]
    entries.append(_entry(request, Document, _("Văn bản"), "description"))
    if mine and request.user.has_perm("directives.view_assignment"):
        statistics: Entry = {"title": _("Thống kê"), "icon": "bar_chart", "link": reverse("figures_units")}
        entries.append(statistics)
    entries.append(_entry(request, Message, _("Thư điện tử"), "mail"))
    return [entry for entry in entries if entry is not None]


def _sector(request: HttpRequest) -> list[Entry]:
    entries = [
        _entry(request, Unit, _("Đơn vị"), "apartment"),
        _entry(request, Committee, _("Ban Chỉ đạo"), "groups"),
        _entry(request, Seat, _("Vị trí trong Ban Chỉ đạo"), "chair"),
        _entry(request, SeatHolding, _("Thành viên Ban Chỉ đạo"), "badge"),
        _entry(request, CalendarDay, _("Lịch làm việc"), "calendar_month"),
        _entry(request, ReminderPolicy, _("Chính sách nhắc việc"), "notifications"),
    ]
    return [entry for entry in entries if entry is not None]


def _administration(request: HttpRequest) -> list[Entry]:
    entries = [
        *_accounts(request),
        _entry(request, UnitKind, _("Loại đơn vị"), "category", changing=True),
        _entry(request, AccessLog, _("Nhật ký truy cập"), "history"),
    ]
    if request.user.has_perm("audit.view_check"):
        integrity = {"title": _("Kiểm tra toàn vẹn"), "icon": "verified_user", "link": reverse("integrity")}
        entries.append(integrity)
    return [entry for entry in entries if entry is not None]


def _accounts(request: HttpRequest) -> list[Entry]:
    accounts = _entry(request, User, _("Tài khoản"), "person")
    if accounts is None:
        return []
    link = reverse("admin:accounts_user_review")
    reviewing = request.path == link
    # Its address lies below that of the accounts, which would be marked as well.
    if reviewing:
        accounts["active"] = False
    review = {"title": _("Rà soát tài khoản"), "icon": "person_search", "link": link, "active": reviewing}
    return [accounts, review]


def _entry(
    request: HttpRequest, model: type[Model], title: Label, icon: str, *, changing: bool = False
) -> Entry | None:
    """Return the entry of a model's list; None without a screen of it, or without the right to open it."""
    if not admin.site.is_registered(model):
        return None
    screen = admin.site.get_model_admin(model)
    allowed = screen.has_change_permission if changing else screen.has_view_or_change_permission
    if not allowed(request):
        return None
    meta = model._meta
    link = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return {"title": title, "icon": icon, "link": link}
