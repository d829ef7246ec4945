"""*Cách nhận thư*: each person says whether news come at once, and whether early reminders come at all."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldBooleanSwitchWidget

from accounts.admin.base import signed_in
from directives import services
from directives.models import MailPreference


class PreferenceForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = MailPreference
        fields = ("events", "mutes")
        widgets = {"events": UnfoldAdminRadioSelectWidget(), "mutes": UnfoldBooleanSwitchWidget()}


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mail_preference(request: HttpRequest) -> HttpResponse:
    """Show a person's own choice, and keep a new one."""
    user = signed_in(request)
    form = PreferenceForm(
        request.POST if request.method == "POST" else None, instance=services.preference(user)
    )
    if request.method == "POST" and form.is_valid():
        services.choose_mails(by=user, **form.cleaned_data)
        messages.success(request, _("Đã lưu cách nhận thư."))
        return redirect("mail_preference")
    context = {**admin.site.each_context(request), "title": _("Cách nhận thư"), "form": form, "user": user}
    return TemplateResponse(request, "account/mail_preference.html", context)


urlpatterns = [path("", mail_preference, name="mail_preference")]
