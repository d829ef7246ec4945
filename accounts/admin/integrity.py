"""*Kiểm tra toàn vẹn*: the last check of the seals, the seals themselves, and the button that asks for a check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.admin.base import signed_in
from accounts.audit.history import HistoryBase
from accounts.audit.seals.checks import ask_for_check, open_request
from accounts.audit.seals.findings import Kind, Notice
from accounts.audit.seals.models import Check, Seal
from accounts.audit.seals.verify import Given
from accounts.audit.tasks import check_soon
from accounts.clock import HANOI, now

SEALS_A_PAGE = 30
FINDINGS_SHOWN = 200
# Each reload counts as activity: a page left open must not keep its session alive for ever.
RELOADS_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class Told:
    """A finding in the words of the screen."""

    what: str | Promise
    table: str
    row: str
    seal: int | None
    known: str


class CheckForm(forms.Form):
    """A seal to compare with, as a mail brought it."""

    given = forms.CharField(
        label=_("Mã niêm phong trong thư (nếu có)"),
        required=False,
        max_length=90,
        widget=UnfoldAdminTextInputWidget({"placeholder": "17:0a1b2c…", "autocomplete": "off"}),
        help_text=_("Chép nguyên dòng mã trong thư để biết có mã hoặc dòng nào bị xóa từ sau thư đó không."),
    )

    def clean_given(self) -> Given | None:
        text = self.cleaned_data["given"]
        try:
            return Given.parse(text) if text else None
        except ValueError:
            raise forms.ValidationError(
                _("Mã niêm phong gồm số, dấu hai chấm và 64 chữ số thập lục phân, ví dụ 17:0a1b2c…")
            ) from None


@require_http_methods(["GET", "HEAD", "POST"])
def integrity_view(request: HttpRequest) -> HttpResponse:
    """Show the last result; a POST asks for a check, which a worker makes."""
    person = signed_in(request)
    if not person.has_perm("audit.view_check"):
        raise PermissionDenied
    form = CheckForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        ask_for_check(by=person, at=now(), given=form.cleaned_data["given"])
        check_soon()
        messages.success(request, _("Đã yêu cầu kiểm tra; kết quả hiện trên trang này khi xong."))
        return HttpResponseRedirect(reverse("integrity"))
    last = Check.objects.select_related("by").first()
    waiting = open_request()
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Kiểm tra toàn vẹn"),
        "form": form,
        "waiting": waiting,
        "reloads": waiting is not None and now() - waiting.at < RELOADS_FOR,
        "last": last,
        "findings": [_told(row) for row in last.findings[:FINDINGS_SHOWN]] if last else [],
        "more_findings": max(0, last.found - FINDINGS_SHOWN) if last else 0,
        "notices": [_told(row) for row in last.notices] if last else [],
        "page": Paginator(Seal.objects.select_related("by"), SEALS_A_PAGE).get_page(request.GET.get("trang")),
    }
    return TemplateResponse(request, "admin/audit/integrity.html", context)


def _told(row: dict[str, Any]) -> Told:
    """Return a finding or notice in words; one of a kind that is no longer known keeps its name."""
    kinds = {**dict(Kind.choices), **dict(Notice.choices)}
    model = next(
        (m for m in apps.get_models(include_auto_created=True) if m._meta.db_table == row["table"]), None
    )
    when = datetime.fromisoformat(row["when"]).astimezone(HANOI) if row["when"] else None
    return Told(
        what=kinds.get(row["kind"], row["kind"]),
        table=_label(model) if model else row["table"],
        row=_row(row, model),
        seal=row["seal"],
        known=", ".join(part for part in (row["who"], f"{when:%H:%M %d/%m/%Y}" if when else "") if part),
    )


def _label(model: Any) -> str:
    """Return what people call the rows of a table; those of a history by what they are the history of."""
    if not issubclass(model, HistoryBase) and "history" in {field.name for field in model._meta.fields}:
        # What the history keeps of a relation.
        model = model._meta.get_field("history").related_model
    if issubclass(model, HistoryBase):
        return _now("lịch sử: %(name)s") % {"name": model.instance_type._meta.verbose_name}
    return str(model._meta.verbose_name)


def _row(row: dict[str, Any], model: Any) -> str:
    words = [str(row["key"])] if row["key"] is not None else []
    if row["of"] is not None:
        words.append(_now("lịch sử của dòng %(key)s") % {"key": row["of"]})
    fields = {field.column: field for field in model._meta.concrete_fields} if model else {}
    if row["columns"]:
        words.append(", ".join(str(getattr(fields.get(c), "verbose_name", c)) for c in row["columns"]))
    return "; ".join(words)


urlpatterns = [path("", admin.site.admin_view(integrity_view), name="integrity")]
