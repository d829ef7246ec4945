"""What a person must do before anything else: change a password that others know, set up a second factor."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts import second_factor
from accounts.middleware import lead_to, way_back
from accounts.models import User

# In the session once the second factor was seen to be set up: not asked for with every request.
SET_UP = "second_factor_set_up"
# Pages that stay open meanwhile: one's own account and the choice of the language.
OPEN = ("account_login", "set_language", "healthz")


class DutiesMiddleware:
    """Leads a person to what is due, by name of the page, until it is done; the way back is kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and not _is_open(request.path):
            duty = _duty(request, request.user)
            if duty is not None:
                back = way_back(request)
                query = f"?{urlencode({REDIRECT_FIELD_NAME: back})}" if back else ""
                return lead_to(request, f"{reverse(duty)}{query}")
        return self.get_response(request)


def _is_open(path: str) -> bool:
    account = reverse("account_login").rsplit("/", 2)[0]
    return path.startswith((f"{account}/", *(reverse(name) for name in OPEN)))


def _duty(request: HttpRequest, user: User) -> str | None:
    if user.must_change_password:
        return "account_change_password"
    if not second_factor.is_required(user) or request.session.get(SET_UP):
        return None
    if second_factor.is_set_up(user):
        request.session[SET_UP] = True
        return None
    return "mfa_activate_totp"
