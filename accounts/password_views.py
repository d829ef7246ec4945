"""Setting a password by the link of a mail, and asking for that mail."""

from __future__ import annotations

from typing import Any

import structlog
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic.edit import FormView
from kombu.exceptions import OperationalError

from accounts import limits, password_links, tasks
from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.clock import now
from accounts.forms import ForgottenForm, NewPasswordForm
from accounts.models import User
from accounts.pages import page_context
from accounts.passwords import keep_password

log = structlog.get_logger(__name__)


@method_decorator(never_cache, name="dispatch")
class ForgottenView(FormView):  # type: ignore[type-arg]
    """Asks for a username or an address, and answers the same whether there is such an account or not."""

    template_name = "account/forgotten.html"
    form_class = ForgottenForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        limits.demand(limits.FORGOTTEN, request, at=now())
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        typed = form.cleaned_data["typed"]
        record(AccessLog.Kind.PASSWORD_ASKED, request=self.request, username=typed)
        context = self.get_context_data(form=form)
        try:
            tasks.send_forgotten.delay(typed)
        except OperationalError as error:
            log.warning("broker_unavailable", error=str(error))
            return self.render_to_response(context | {"failed": True}, status=503)
        return self.render_to_response(context | {"sent": True})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        hours = settings.PASSWORD_RESET_TIMEOUT // 3600
        own = {"title": gettext_lazy("Quên mật khẩu"), "hours": hours}
        return {**page_context(self.request), **super().get_context_data(**kwargs), **own}


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class PasswordLinkView(FormView):  # type: ignore[type-arg]
    """Sets a password by a link that works once; opening it changes nothing, for mail scanners open links, too."""

    template_name = "account/password_link.html"
    form_class = NewPasswordForm
    person: User

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        person = password_links.person_of(kwargs["uidb64"], kwargs["token"])
        if person is None:
            return self._is_no_link()
        self.person = person
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.person}

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            person = password_links.person_of(self.kwargs["uidb64"], self.kwargs["token"], lock=True)
            if person is None:
                return self._is_no_link()
            password = form.cleaned_data["password1"]
            keep_password(person, password, by=person, reason="Đặt mật khẩu qua thư", request=self.request)
        messages.success(self.request, _("Đã đặt mật khẩu. Mời đăng nhập."))
        return redirect("account_login")

    def _is_no_link(self) -> HttpResponse:
        context = {**page_context(self.request), "title": _("Đường dẫn không còn dùng được")}
        return render(self.request, "account/password_link_over.html", context, status=410)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = {"title": gettext_lazy("Đặt mật khẩu"), "person": self.person}
        return {**page_context(self.request), **super().get_context_data(**kwargs), **own}
