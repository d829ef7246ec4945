"""How long the session lasts, one's own sessions, and the page that says one may go back to the other tab."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.internal import flows
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django.views.generic import TemplateView

from accounts import browsers, sessions
from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.clock import now
from accounts.models import User
from accounts.pages import page_context


@never_cache
@require_http_methods(["GET", "POST"])
def state(request: HttpRequest) -> JsonResponse:
    """Say for how many seconds the session lasts (0: nobody is signed in), whose it is and the token of its forms.

    A GET only asks; a POST says that the person is typing, which counts as activity (`IdleMiddleware`).
    """
    if not isinstance(request.user, User):
        return JsonResponse({"left": 0})
    left = sessions.seconds_left(request, request.user, at=now())
    return JsonResponse({"left": left, "person": str(request.user.pk), "token": get_token(request)})


@method_decorator([login_required, never_cache], name="dispatch")
class SessionsView(TemplateView):
    """A person's own sessions, each with "Kết thúc"."""

    template_name = "account/sessions.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End one of one's own sessions; that of this very page leads to the sign-in page."""
        chosen = [row for row in _own(request) if str(row.pk) == request.POST.get("session")]
        if not chosen:
            raise Http404
        row = chosen[0]
        if row.is_current():
            flows.sessions.end_sessions(request, [row])
            return redirect("account_login")
        what = f"Kết thúc phiên từ {row.ip}"
        record(AccessLog.Kind.SIGN_OUT, request=request, what=what)
        flows.sessions.end_sessions(request, [row])
        messages.success(request, _("Đã kết thúc phiên làm việc."))
        return redirect("sessions")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = {
            "title": gettext_lazy("Phiên làm việc"),
            "sessions": [(row, browsers.in_short(row.user_agent)) for row in _own(self.request)],
            "current": self.request.session.session_key,
        }
        return {**page_context(self.request), **super().get_context_data(**kwargs), **own}


def _own(request: HttpRequest) -> list[UserSession]:
    user: Any = request.user
    return sessions.running(user, at=now())


@method_decorator([login_required, never_cache], name="dispatch")
class SignedInView(TemplateView):
    """Where a tab ends that was opened only to sign in again: the one with the form is told, and waits."""

    template_name = "account/signed_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = {"title": gettext_lazy("Đã đăng nhập")}
        return {**page_context(self.request), **super().get_context_data(**kwargs), **own}
