"""*Số liệu tại thời điểm*: the table by unit as it was shown at a past instant, for secretariat and auditors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.admin.base import signed_in
from accounts.clock import as_of, hanoi_date, now, today
from accounts.models import User
from accounts.replica import from_replica
from directives import lists
from directives.access import visible_to
from directives.admin.figure_views import figure, heading_groups, table_rows
from directives.as_of import Axis, groups_as_of
from directives.figure_columns import COLUMNS, closing_sum, denominators
from directives.models import Assignment
from directives.rights import rights
from directives.statistics import total
from directives.tables import BY_UNIT, by_unit

# Nothing that is tracked is older; and further back dates leave what time zones can tell.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class PastForm(forms.Form):
    """The instant, in Hà Nội, and which time decides."""

    luc = forms.DateTimeField(
        label=_("Tính đến"),
        widget=UnfoldAdminTextInputWidget({"placeholder": "30/06/2023 17:00", "autocomplete": "off"}),
        error_messages={"invalid": _("Nhập ngày, giờ dạng 30/06/2023 17:00.")},
    )
    theo = forms.ChoiceField(
        label=_("Theo"),
        choices=[
            (Axis.RECORDED.name.lower(), _("Lúc ghi vào hệ thống")),
            (Axis.DATED.name.lower(), _("Ngày của từng việc")),
        ],
        widget=UnfoldAdminSelectWidget,
        help_text=_(
            "Lúc ghi vào hệ thống: đúng như đã hiển thị khi đó. Ngày của từng việc: gồm cả việc ghi muộn hơn."
        ),
    )

    def clean_luc(self) -> datetime:
        instant: datetime = self.cleaned_data["luc"]
        if not EARLIEST <= instant <= now():
            raise forms.ValidationError(_("Chọn một thời điểm đã qua, từ năm 2000."))
        return instant


def may_look_back(user: User) -> bool:
    """Return whether a person reads past figures: who works for a secretariat, and auditors."""
    held = rights(user, on=today())
    return user.has_perm("directives.view_assignment") and (held.auditor or bool(held.secretariat_of))


def past_view(request: HttpRequest) -> HttpResponse:
    """Ask for an instant and show the table of then: of the rows that the person sees today."""
    person = signed_in(request)
    if not may_look_back(person):
        raise PermissionDenied
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    form = PastForm(request.GET) if "luc" in request.GET else PastForm()
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Số liệu tại thời điểm đã qua"),
        "form": form,
    }
    if form.is_bound and form.is_valid():
        context |= _table(person, form.cleaned_data["luc"], Axis[form.cleaned_data["theo"].upper()])
    return TemplateResponse(request, "admin/directives/figures/past.html", context)


def _table(person: User, instant: datetime, axis: Axis) -> dict[str, Any]:
    among = visible_to(person, Assignment, on=today()).filter(lists.scope(rights(person, on=today())))
    found = from_replica(lambda: groups_as_of(instant, by=BY_UNIT, axis=axis, among=among))
    lines = by_unit({group.key: group.cells for group in found}, on=hanoi_date(instant))
    whole = total(line.cells for line in lines)
    return {
        "heading": _("Đơn vị"),
        # The lists know only of today: no number leads to one.
        "rows": table_rows(lines, ""),
        "total": [figure(column, whole, None) for column in COLUMNS],
        "heading_groups": heading_groups(),
        "as_of": as_of(instant),
        "closing_sum": closing_sum(whole),
        "notes": denominators(),
    }


urlpatterns = [path("", admin.site.admin_view(past_view), name="figures_past")]
