"""Who goes over a limit is told so; files that come too fast are refused before they are read."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts import limits
from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.clock import now
from accounts.pages import page_context


class LimitMiddleware:
    """Refuses uploads over the limit, records those that were let in, and answers `TooOften` with status 429."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        uploads = request.method == "POST" and request.content_type == "multipart/form-data"
        if not (uploads and request.user.is_authenticated):
            return self.get_response(request)
        if limits.is_over(limits.UPLOAD, request, at=now()):
            return _too_often(request, limits.TooOften(limits.UPLOAD))
        actor = request.user
        response = self.get_response(request)
        # Only what a view has read: a body that nobody could make sense of is not read a second time.
        read = vars(request).get("_files")
        count = sum(len(files) for _name, files in read.lists()) if read else 0
        if count:
            # Not by name: administrators read the log, and may not know what restricted matter is about.
            what = _("%(count)d tệp, tại %(address)s") % {"count": count, "address": request.path}
            record(AccessLog.Kind.UPLOAD, request=request, actor=actor, what=what)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer `TooOften` wherever it was raised."""
        return _too_often(request, exception) if isinstance(exception, limits.TooOften) else None


def _too_often(request: HttpRequest, error: limits.TooOften) -> HttpResponse:
    context = {**page_context(request), "title": _("Quá nhiều yêu cầu"), "minutes": error.minutes}
    response = render(request, "account/too_often.html", context, status=429)
    response.headers["Retry-After"] = str(error.minutes * 60)
    return response
