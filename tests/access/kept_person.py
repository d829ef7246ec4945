"""Requests of a person without signing in each time: the same instance, whose rights are then resolved once."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

PERSON = "tests.person"
SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
# About sessions, and how often and after what a person may come: nothing of what they may see.
LEFT_OUT = (
    SESSION,
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.IdleMiddleware",
    "accounts.duties.DutiesMiddleware",
    "accounts.limit_middleware.LimitMiddleware",
)


class KeptPersonMiddleware:
    """Stands for sessions and sign-in: the person is in the request's `META`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.session = SessionStore()
        request.user = request.META.get(PERSON) or AnonymousUser()
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal by its status alone: the page that says it is the same for all."""
        if isinstance(exception, Http404):
            return HttpResponse(status=404)
        return HttpResponse(status=403) if isinstance(exception, PermissionDenied) else None


def middleware() -> list[str]:
    """Return the application's middleware with the person in place of session and sign-in."""
    kept = [name for name in settings.MIDDLEWARE if name not in LEFT_OUT]
    first = settings.MIDDLEWARE.index(SESSION)
    kept.insert(first, f"{__name__}.KeptPersonMiddleware")
    return kept
