"""Signing in with the ministry's OpenID Connect provider: for accounts that exist, never for new ones.

Who comes is matched by the claim that `OIDC_MATCH` names: the verified e-mail address, or the user name of a provider
that gives it out itself. Nothing of the provider's is kept. A second factor of ours is asked for as after a password.
"""

from __future__ import annotations

from typing import Any

import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.models import SYSTEM_USERNAME, User, username_key
from accounts.pages import page_context

log = structlog.get_logger(__name__)

PROVIDER = "oidc"


def label() -> str:
    """Return what the provider is called on the sign-in page; "" when there is none."""
    return settings.OIDC_NAME if settings.OIDC_ISSUER else ""


def person_of(claims: dict[str, Any], match: str) -> User | None:
    """Return the one active account that the provider's claims name; None when there is none, or more than one.

    `match` is "email" (the address must be verified) or "username" (`preferred_username`).
    """
    rows = User.objects.filter(is_active=True).exclude(username=SYSTEM_USERNAME)
    if match == "username":
        typed = str(claims.get("preferred_username") or "")
        rows = rows.filter(username__iexact=username_key(typed)) if typed else rows.none()
    else:
        email = str(claims.get("email") or "")
        # A provider may leave the claim out or give it as text: only a plain yes counts.
        verified = claims.get("email_verified") is True
        rows = rows.filter(email__iexact=email) if email and verified else rows.none()
    found = list(rows[:2])
    return found[0] if len(found) == 1 else None


class ProviderAdapter(DefaultSocialAccountAdapter):
    """Where allauth asks who comes, and what to say when it is nobody."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let in the account that the claims name. Raises ImmediateHttpResponse with the page that refuses."""
        data = sociallogin.account.extra_data
        claims = data.get("userinfo") or data.get("id_token") or data
        user = person_of(claims, settings.OIDC_MATCH)
        if user is None:
            name = str(claims.get("preferred_username") or claims.get("email") or claims.get("sub") or "")
            record(AccessLog.Kind.SIGN_IN_FAILED, request=request, username=name, what="OpenID Connect")
            words = _(
                "Không có tài khoản đang hoạt động nào ứng với tài khoản này. Hãy liên hệ quản trị hệ thống."
            )
            raise ImmediateHttpResponse(_refused(request, words, status=403))
        sociallogin.user = user

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Say that the provider let nobody in. Raises ImmediateHttpResponse."""
        raise ImmediateHttpResponse(let_nobody_in(request, exception or error))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False


def let_nobody_in(request: HttpRequest, error: Any) -> HttpResponse:
    """Return the page that says so; the log has what the provider said."""
    log.warning("oidc_refused", error=repr(error))
    words = _("Chưa đăng nhập được bằng %(provider)s. Hãy thử lại hoặc dùng mật khẩu.") % {
        "provider": label()
    }
    return _refused(request, words, status=401)


def _refused(request: HttpRequest, words: str, *, status: int) -> HttpResponse:
    context = {**page_context(request), "title": _("Chưa đăng nhập được"), "words": words}
    return render(request, "account/oidc_refused.html", context, status=status)
