"""Coming in, going out, changing one's password: allauth's views in the theme."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView, LogoutView, PasswordChangeView
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.middleware import ENDED_BY_IDLENESS, ENDED_PARAMETER


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Return what the theme's templates need on a page outside the admin's own views."""
    return admin.site.each_context(request)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that something went wrong; like Django's own, it asks neither the database nor a context processor."""
    context = {"is_demo": settings.DEMO, "LANGUAGE_CODE": get_language()}
    return HttpResponse(render_to_string("500.html", context), status=500)


class SignInView(LoginView):
    """The one address to sign in at; says so when the session ended by itself."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        ended = self.request.GET.get(ENDED_PARAMETER) == ENDED_BY_IDLENESS
        return {
            **page_context(self.request),
            **super().get_context_data(**kwargs),
            "title": _("Đăng nhập"),
            "ended_by_idleness": ended,
            "idle_minutes": settings.IDLE_MINUTES,
        }


class SignOutView(LogoutView):
    """Signs out on POST; a GET asks first."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {**page_context(self.request), **super().get_context_data(**kwargs)}
        return {**context, "title": _("Đăng xuất")}


@method_decorator(login_required, name="dispatch")
class PasswordView(PasswordChangeView):
    """Changes the password of the person signed in; the other sessions of the account end."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def get_default_success_url(self) -> str:
        return str(settings.LOGIN_REDIRECT_URL)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {**page_context(self.request), **super().get_context_data(**kwargs)}
        return {**context, "title": _("Đổi mật khẩu")}
