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
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import clock
from accounts.audit.context import Door, acting
from accounts.models import User
from accounts.roles import Role

GetResponse = Callable[[HttpRequest], HttpResponse]

SEEN = "seen_at"
# Activity is written at most this often: a write per request is a write too many (TRAPS 20).
SEEN_EVERY_SECONDS = 60
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

    1. The session holds the instant of the last request, in seconds, at most `SEEN_EVERY_SECONDS` too old;
       that slack is granted, so nobody is put out early.
    2. Past the limit: sign out, and lead to the sign-in page with the reason and the way back.
    3. Otherwise, if the instant kept is older than the slack, keep the present one.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            present = clock.now().timestamp()
            seen = request.session.get(SEEN)
            if seen is not None and present - seen > idle_seconds(request.user) + SEEN_EVERY_SECONDS:
                return _end(request)
            if seen is None or present - seen >= SEEN_EVERY_SECONDS:
                request.session[SEEN] = present
        return self.get_response(request)


def idle_seconds(user: User) -> int:
    """Return after how many seconds without a request a person's session ends (DOMAIN §6)."""
    administrator = user.has_role(Role.ADMINISTRATOR)
    minutes: int = settings.IDLE_MINUTES_ADMINISTRATOR if administrator else settings.IDLE_MINUTES
    return 60 * minutes


def _end(request: HttpRequest) -> HttpResponse:
    back = _way_back(request)
    # Read by the log of access.
    request.sign_out_reason = "Hết thời gian không hoạt động"  # type: ignore[attr-defined]
    logout(request)
    query = {ENDED_PARAMETER: ENDED_BY_IDLENESS} | ({REDIRECT_FIELD_NAME: back} if back else {})
    target = f"{resolve_url(settings.LOGIN_URL)}?{urlencode(query)}"
    if request.headers.get("HX-Request") == "true":
        # A redirect would be followed inside the dialog.
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def _way_back(request: HttpRequest) -> str:
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
