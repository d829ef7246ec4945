"""*Chạy thử*: what a ladder would send over some days, from its page; nothing is written or sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.clock import today
from directives.admin.form_fields import day_field
from directives.admin.pages import CaseAdmin
from directives.models import Reminder, ReminderPolicy
from directives.reminders.rehearsal import rehearse_days
from directives.reminders.wording import WEEKDAYS

MOST_DAYS = 62
DAYS_AT_FIRST = 31
PERSONS_SHOWN = 20


class DaysForm(forms.Form):
    """From which day to which; at most MOST_DAYS."""

    tu = day_field(_("Từ ngày"), required=True)
    den = day_field(_("Đến hết ngày"), required=True)

    def clean(self) -> dict[str, Any]:
        """Check the order and the number of days."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = data.get("tu"), data.get("den")
        if first and last and last < first:
            self.add_error("den", _("Đến ngày phải từ ngày bắt đầu trở đi."))
        elif first and last and (last - first).days >= MOST_DAYS:
            self.add_error("den", _now("Chạy thử nhiều nhất %(days)d ngày một lần.") % {"days": MOST_DAYS})
        return data


class RehearsalPages(CaseAdmin):
    """The page of a rehearsal; part of the screen of policies."""

    def rehearsal_pages(self) -> list[tuple[str, Callable[..., HttpResponseBase], str]]:
        """Return the page's route, view and name."""
        return [("<int:object_id>/chay-thu/", require_safe(self.rehearse_view), "rehearse")]

    def rehearse_view(self, request: HttpRequest, object_id: int) -> HttpResponseBase:
        """Show the mails per day and the persons of most mails; computed when days are asked for."""
        policy: ReminderPolicy = self.seen(request, object_id)
        form = DaysForm(request.GET if request.GET else None, initial=_days(today()))
        result = None
        if form.is_bound and form.is_valid():
            first, last = form.cleaned_data["tu"], form.cleaned_data["den"]
            result = rehearse_days([policy], first=first, last=last)
        return self.page(
            request,
            "admin/directives/policy/rehearsal.html",
            title=_now("Chạy thử: %(policy)s") % {"policy": policy.name},
            trail=[(self.address("changelist"), _("Chính sách nhắc việc")), (self.home(policy), policy.name)],
            policy=policy,
            form=form,
            media=form.media,
            result=result,
            days=[(day, WEEKDAYS[day.on.weekday()]) for day in result.days] if result else [],
            most=max((day.mails for day in result.days), default=0) if result else 0,
            persons=result.persons[:PERSONS_SHOWN] if result else [],
            skipped=[(Reminder.Skip(reason).label, count) for reason, count in sorted(result.skipped.items())]
            if result
            else [],
        )


def _days(on: date) -> dict[str, date]:
    return {"tu": on, "den": on + timedelta(days=DAYS_AT_FIRST - 1)}
