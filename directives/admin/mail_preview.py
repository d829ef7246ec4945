"""*Xem thư sẽ gửi sáng mai*: the mails of a day (the next working one, unless chosen), from a rehearsal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.admin.base import signed_in
from accounts.clock import now, today
from directives.admin.form_fields import day_field
from directives.admin.pages import CaseAdmin
from directives.admin.restricted import log_preview
from directives.models import Reminder
from directives.reminders.daily import Mail, rehearse
from directives.reminders.faults import in_words
from directives.reminders.wording import WEEKDAYS
from steering.calendar import work_calendar

MAILS_A_PAGE = 30
MOST_DAYS_AWAY = 366


class DayForm(forms.Form):
    """Which day: within a year of today."""

    ngay = day_field(_("Xem ngày"))

    def clean_ngay(self) -> date | None:
        """Refuse a day that is too far away to say anything about."""
        on: date | None = self.cleaned_data["ngay"]
        if on is not None and abs((on - today()).days) > MOST_DAYS_AWAY:
            raise forms.ValidationError(_("Chọn một ngày trong vòng một năm trước hoặc sau hôm nay."))
        return on


class PreviewPages(CaseAdmin):
    """The page of what will be sent; part of the screen of mails."""

    def preview_pages(self) -> list[tuple[str, Callable[..., HttpResponseBase], str]]:
        """Return the page's route, view and name."""
        return [("sang-mai/", require_safe(self.preview_view), "preview")]

    def preview_view(self, request: HttpRequest) -> HttpResponseBase:
        """Show who would get what on a day, as the case stands now; a page of mails at a time."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = DayForm(request.GET if "ngay" in request.GET else None)
        chosen = form.cleaned_data["ngay"] if form.is_bound and form.is_valid() else None
        on = chosen or work_calendar().next_working_day(today() + timedelta(days=1))
        number = request.GET.get("trang", "")
        first = (max(int(number), 1) - 1) * MAILS_A_PAGE if number.isdecimal() else 0
        report = rehearse(
            on=on,
            at=now(),
            committees=self.committees(request),
            window=slice(first, first + MAILS_A_PAGE),
            reader=signed_in(request),
        )
        log_preview(request)
        skipped = [(Reminder.Skip(reason).label, count) for reason, count in sorted(report.skipped.items())]
        return self.page(
            request,
            "admin/directives/message/preview.html",
            title=_("Thư sẽ gửi sáng %(weekday)s %(day)s")
            % {"weekday": WEEKDAYS[on.weekday()], "day": f"{on:%d/%m/%Y}"},
            form=form,
            media=form.media,
            query=urlencode({"ngay": f"{on:%d/%m/%Y}"}) if chosen else "",
            trail=[(self.address("changelist"), _("Thư điện tử"))],
            on=on,
            report=report,
            page=Paginator(range(report.groups), MAILS_A_PAGE).get_page(first // MAILS_A_PAGE + 1),
            by_recipient=_by_recipient(report.mails),
            skipped=skipped,
            unwritten=[
                (Reminder.Skip(reason).label, count) for reason, count in sorted(report.unwritten.items())
            ],
            faults=in_words([*report.unplanned, *report.uncomposed]),
        )

    def committees(self, request: HttpRequest) -> list[int] | None:
        """Return whose mails the person reads; None for those who read all."""
        held = self.held(request)
        return None if held.auditor or held.administrator else sorted(held.secretariat_of)


def _by_recipient(mails: list[Mail]) -> list[tuple[str, str, list[Mail]]]:
    found: dict[str, list[Any]] = {}
    for mail in mails:
        found.setdefault(mail.recipient_key, []).append(mail)
    return [(group[0].to, group[0].address, group) for group in found.values()]
