"""The pages of the second factor: allauth's views in the theme."""

from __future__ import annotations

from typing import Any, cast

from allauth.mfa.base.views import AuthenticateView, IndexView, ReauthenticateView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import lockout, second_factor
from accounts.models import User
from accounts.pages import page_context


class _Page:
    """A view of allauth's on a page of ours."""

    title: Any = ""
    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = {"title": self.title}
        return {**page_context(self.request), **super().get_context_data(**kwargs), **own}  # type: ignore[misc]


class CodeView(_Page, AuthenticateView):
    """Asks for the code after the password; a locked account is told so."""

    title = _("Mã xác thực")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return lockout.refusal(request, self.stage.login.user) or super().post(request, *args, **kwargs)


class CodeAgainView(_Page, ReauthenticateView):
    """Asks who is signed in for a code; whoever guesses finds the account locked, as at the door."""

    title = _("Xác nhận bằng mã")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return lockout.refusal(request, cast("User", request.user)) or super().post(request, *args, **kwargs)


class FactorView(_Page, IndexView):
    """Whether the account has a second factor, and what may be done about it."""

    title = _("Xác thực hai lớp")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        own = {"is_set_up": second_factor.is_set_up(user), "is_required": second_factor.is_required(user)}
        return {**super().get_context_data(**kwargs), **own}


class ActivateView(_Page, ActivateTOTPView):
    title = _("Bật xác thực hai lớp")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        return {**super().get_context_data(**kwargs), "is_required": second_factor.is_required(user)}


class DeactivateView(_Page, DeactivateTOTPView):
    title = _("Tắt xác thực hai lớp")


class CodesView(_Page, ViewRecoveryCodesView):
    title = _("Mã dự phòng")


class NewCodesView(_Page, GenerateRecoveryCodesView):
    title = _("Tạo lại mã dự phòng")
