from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.audit.context import Door, acting

GetResponse = Callable[[HttpRequest], HttpResponse]


class ActMiddleware:
    """What is written during a request is written by its user, through the web door."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        by = request.user if request.user.is_authenticated else None
        with acting(by=by, door=Door.WEB, reason="", at=None):
            return self.get_response(request)
