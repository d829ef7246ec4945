"""What happens around each request: the act it is, the end of idle sessions, the language."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import clock, sessions
from accounts.audit.context import Door, acting

GetResponse = Callable[[HttpRequest], HttpResponse]

ENDED_PARAMETER = "ket-thuc"
ENDED_BY_IDLENESS = "khong-hoat-dong"


class CleanAddressMiddleware:
    """An address with a NUL, which no text of the database can hold, is answered 400 before any query asks for it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest
        return self.get_response(request)


class ActMiddleware:
    """What is written during a request is written by its user, through the web door."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        by = request.user if request.user.is_authenticated else None
        with acting(by=by, door=Door.WEB, reason="", at=None):
            return self.get_response(request)


class IdleMiddleware:
    """Ends a session after `IDLE_MINUTES` without a request, an administrator's after its own shorter time.

    1. Past the limit: sign out, and lead to the sign-in page with the reason and the way back.
    2. Otherwise note the activity, at most once a minute.
    3. A page that only asks how long the session lasts is no activity, and is not led away.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            at = clock.now()
            only_asks = request.method == "GET" and request.path == reverse("session_state")
            if not sessions.seconds_left(request, request.user, at=at):
                if not only_asks:
                    return _end(request)
                _sign_out(request)
            elif not only_asks:
                sessions.touch(request, at=at)
        return self.get_response(request)


def _sign_out(request: HttpRequest) -> None:
    # Read by the log of access.
    request.sign_out_reason = "Hết thời gian không hoạt động"  # type: ignore[attr-defined]
    logout(request)


def _end(request: HttpRequest) -> HttpResponse:
    back = way_back(request)
    _sign_out(request)
    query = {ENDED_PARAMETER: ENDED_BY_IDLENESS} | ({REDIRECT_FIELD_NAME: back} if back else {})
    return lead_to(request, f"{resolve_url(settings.LOGIN_URL)}?{urlencode(query)}")


def lead_to(request: HttpRequest, target: str) -> HttpResponse:
    """Return the answer that takes the whole page to an address."""
    if request.headers.get("HX-Request") == "true":
        # A redirect would be followed inside the dialog.
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def way_back(request: HttpRequest) -> str:
    """Return the address to lead back to: the one asked for, or for a form or dialog the page it was on."""
    if request.method in ("GET", "HEAD") and "HX-Request" not in request.headers:
        return request.get_full_path()
    referer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(referer)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


class LanguageMiddleware(LocaleMiddleware):
    """Vietnamese unless the person chose otherwise: what the browser was installed in decides nothing.

    The thread goes back to the language it had: one person's choice is nobody else's.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        with translation.override(translation.get_language()):
            return super().__call__(request)

    def process_request(self, request: HttpRequest) -> None:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        known = dict(settings.LANGUAGES)
        language = chosen if chosen and chosen in known else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()
