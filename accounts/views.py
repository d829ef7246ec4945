"""Coming in, going out, changing one's password: allauth's views in the theme."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.views import LoginView, LogoutView, PasswordChangeView, ReauthenticateView
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import limits, oidc
from accounts.clock import now
from accounts.middleware import ENDED_BY_IDLENESS, ENDED_PARAMETER
from accounts.models import User
from accounts.pages import page_context


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that something went wrong; like Django's own, it asks neither the database nor a context processor."""
    context = {"is_demo": settings.DEMO, "LANGUAGE_CODE": get_language()}
    return HttpResponse(render_to_string("500.html", context), status=500)


class SignInView(LoginView):
    """The one address to sign in at; says so when the session ended by itself."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Try a name and a password, unless too many were wrong from this address."""
        limits.demand(limits.SIGN_IN, request, at=now())
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        ended = self.request.GET.get(ENDED_PARAMETER) == ENDED_BY_IDLENESS
        return {
            **page_context(self.request),
            **super().get_context_data(**kwargs),
            "title": _("Đăng nhập"),
            "ended_by_idleness": ended,
            "provider": oidc.label(),
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
        if not cast("User", request.user).has_usable_password():
            # Somebody who comes by the ministry's provider only: a first password is set by mail.
            return redirect("password_forgotten")
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def get_default_success_url(self) -> str:
        return str(settings.LOGIN_REDIRECT_URL)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {**page_context(self.request), **super().get_context_data(**kwargs)}
        must = cast("User", self.request.user).must_change_password
        return {**context, "title": _("Đổi mật khẩu"), "must_change": must}


class PasswordAgainView(ReauthenticateView):
    """Asks who is signed in for the password again."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {**page_context(self.request), **super().get_context_data(**kwargs)}
        return {**context, "title": _("Xác nhận mật khẩu")}
