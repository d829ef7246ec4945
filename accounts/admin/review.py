"""*Rà soát tài khoản*: the accounts that nobody used for long, several of them deactivated at once with a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts import idle
from accounts.admin.base import signed_in
from accounts.clock import now
from accounts.models import User
from accounts.roles import Role

# Below what a form may post (TRAPS 12).
PEOPLE_A_PAGE = 200


class ReviewForm(forms.Form):
    """Which accounts, and why."""

    people = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(),
        error_messages={"required": gettext_lazy("Chọn ít nhất một tài khoản.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Lý do"),
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text=gettext_lazy("Ghi vào lịch sử thay đổi."),
        error_messages={"required": gettext_lazy("Nhập lý do thay đổi; lý do được ghi vào lịch sử.")},
    )


class ReviewMixin:
    """A page of the screen of accounts: who may see accounts may read it, who may change them may act."""

    model: Any
    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.review_view)
        return [path("ra-soat/", view, name="accounts_user_review"), *super().get_urls()]  # type: ignore[misc]

    def review_view(self, request: HttpRequest) -> HttpResponseBase:
        """List the idle accounts; on POST deactivate those chosen that still are."""
        if not self.has_view_or_change_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        may_act = self.has_change_permission(request)  # type: ignore[attr-defined]
        at = now()
        by = signed_in(request)
        rows = User.objects.filter(idle.is_idle(at)).exclude(pk=by.pk).order_by("name_key", "pk")
        form = ReviewForm(request.POST or None)
        form.fields["people"].queryset = rows  # type: ignore[attr-defined]
        if request.method == "POST":
            if not may_act:
                raise PermissionDenied
            if form.is_valid():
                return self._deactivate(request, form, at)
        page = Paginator(rows.prefetch_related("groups"), PEOPLE_A_PAGE).get_page(request.GET.get("trang"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Rà soát tài khoản"),
            "days": idle.IDLE_DAYS,
            "trail": [(reverse("admin:accounts_user_changelist"), _("Tài khoản"))],
            "rows": [(user, _roles(user)) for user in page.object_list],
            "page": page,
            "form": form,
            "chosen": set(request.POST.getlist("people")),
            "may_act": may_act,
        }
        return TemplateResponse(request, "admin/accounts/user/review.html", context)

    def _deactivate(self, request: HttpRequest, form: ReviewForm, at: Any) -> HttpResponse:
        chosen = [user.pk for user in form.cleaned_data["people"]]
        done = idle.deactivate(chosen, by=signed_in(request), reason=form.cleaned_data["reason"], at=at)
        messages.success(request, _("Đã ngừng hoạt động: %(count)d tài khoản.") % {"count": len(done)})
        return redirect("admin:accounts_user_review")


def _roles(user: User) -> str:
    held = {group.name for group in user.groups.all()}
    return ", ".join(str(role.label) for role in Role if role.value in held) or "–"
