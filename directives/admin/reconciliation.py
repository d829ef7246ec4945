"""*Đối chiếu nhắc việc*: what the morning's comparison found, the red banner when nothing went out, and its button."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any

import structlog
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.admin.base import signed_in
from accounts.clock import HANOI, now, today
from accounts.models import User
from directives.access import visible_to
from directives.admin.operation import Sign
from directives.models import Assignment, Message, Occasion, PolicyStep, Reconciliation, Reminder
from directives.reminders import watch
from directives.reminders.found import UNCOMPOSED
from directives.reminders.recipients import names
from directives.rights import Rights, rights
from directives.tasks import run_soon
from steering.models import Committee

log = structlog.get_logger(__name__)
EARLIER_SHOWN = 20


def may_read(held: Rights) -> bool:
    """Return whether somebody with these rights reads what a reconciliation found: of any committee's secretariat, an
    auditor, an administrator."""
    return bool(held.secretariat_of) or held.auditor or held.administrator


def may_run(held: Rights) -> bool:
    """Return whether somebody with these rights may ask for the day's run, and is told when there was none."""
    return bool(held.secretariat_of) or held.administrator


def in_words(made: Reconciliation) -> str:
    """Return the figures of a reconciliation: "0 thiếu, 3 không gửi được, 2 không có địa chỉ"."""
    figures = {"missing": made.missing, "failed": made.failed, "no_address": made.no_address}
    return _now("%(missing)d thiếu, %(failed)d không gửi được, %(no_address)d không có địa chỉ") % figures


def sign() -> Sign | None:
    """Return the line of the last reconciliation for the landing page; None before the first."""
    made = Reconciliation.objects.first()
    if made is None:
        return None
    local = made.at.astimezone(HANOI)
    label = _now("Đối chiếu %(time)s ngày %(day)s") % {"time": f"{local:%H:%M}", "day": f"{made.on:%d/%m/%Y}"}
    return Sign(label, in_words(made), _tone(made), "fact_check", reverse("reconciliation"))


def _tone(made: Reconciliation) -> str:
    if made.missing or made.run_id is None:
        return "overdue"
    return "late" if made.failed or made.no_address else "done"


@require_safe
def reconciliation_view(request: HttpRequest) -> HttpResponse:
    """Show the last reconciliation and what the ones before it came to."""
    reader, on = signed_in(request), today()
    held = rights(reader, on=on)
    if not may_read(held):
        raise PermissionDenied
    rows = list(Reconciliation.objects.select_related("run")[: EARLIER_SHOWN + 1])
    made = rows[0] if rows else None
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Đối chiếu nhắc việc"),
        "made": made,
        "earlier": [(row, in_words(row), _tone(row)) for row in rows[1:]],
        "may_run": may_run(held),
    }
    if made is not None:
        context |= {"words": in_words(made), "tone": _tone(made), "skipped": _skipped(made)}
        context |= _missing(made, reader, on) | _undelivered(made, reader, on)
    return TemplateResponse(request, "admin/directives/reconciliation.html", context)


def _skipped(made: Reconciliation) -> list[tuple[str, int]]:
    labels = dict(Reminder.Skip.choices)
    return [(str(labels.get(reason, reason)), count) for reason, count in sorted(made.skipped.items())]


def _missing(made: Reconciliation, reader: User, on: date) -> dict[str, Any]:
    """What is missing of the work that the reader sees; the rest is only counted."""
    told = made.details["missing"]
    seen = visible_to(reader, Assignment, on=on).select_related("directive", "unit")
    works = {work.pk: work for work in seen.filter(pk__in={row["assignment"] for row in told})}
    steps = PolicyStep.objects.in_bulk({row["step"] for row in told if row["step"]})
    occasions = Occasion.objects.in_bulk({row["occasion"] for row in told if "occasion" in row})
    committees = Committee.objects.in_bulk({row["committee"] for row in told if "committee" in row})
    held = rights(reader, on=on)
    known = names(row["to"] for row in told)
    rows = []
    for row in told:
        line = {
            "to": known.get(row["to"], ""),
            "falls_on": date.fromisoformat(row["falls_on"]),
            "why": _("Đã lập, chưa thành thư") if row["why"] == UNCOMPOSED else _("Chưa được lập"),
        }
        if row["assignment"] in works:
            happened = occasions.get(row.get("occasion"))
            line["work"] = works[row["assignment"]]
            line["url"] = reverse("admin:directives_assignment_change", args=[row["assignment"]])
            line["step"] = happened.get_kind_display() if happened else steps.get(row["step"])
        elif row.get("committee") in committees and _reads_letters(held, row["committee"]):
            line["work"] = committees[row["committee"]]
            line["step"] = Message.Kind(row["letter"]).label
            line["why"] = _("Chưa được soạn")
        else:
            continue
        rows.append(line)
    return {"missing": rows, "more_missing": made.missing - len(rows)}


def _reads_letters(held: Rights, committee: int) -> bool:
    return held.auditor or held.administrator or committee in held.secretariat_of


def _undelivered(made: Reconciliation, reader: User, on: date) -> dict[str, Any]:
    mails = visible_to(reader, Message, on=on).filter(pk__in=made.details["failed"]).order_by("pk")
    keys = made.details["no_address"]
    known = names(keys)
    rows = [(reverse("admin:directives_message_change", args=[mail.pk]), mail) for mail in mails]
    return {
        "failed": rows,
        "more_failed": made.failed - len(rows),
        "no_address": [known.get(key, key) for key in keys],
        "more_no_address": made.no_address - len(keys),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def run_view(request: HttpRequest) -> HttpResponse:
    """Say what a run now would do; a POST asks a worker for it."""
    person = signed_in(request)
    if not may_run(rights(person, on=today())):
        raise PermissionDenied
    if request.method == "POST":
        if run_soon():
            log.info("reminders_asked_for", by=person.pk)
            messages.success(
                request, _("Đã yêu cầu chạy nhắc việc hôm nay; kết quả hiện trên trang này khi chạy xong.")
            )
        else:
            messages.error(
                request,
                _(
                    "Chưa gửi được yêu cầu vì không kết nối được hàng đợi công việc. Quản trị hệ thống chạy lệnh"
                    " “manage.py remind” trên máy chủ; lệnh này không cần hàng đợi."
                ),
            )
        return HttpResponseRedirect(reverse("reconciliation"))
    context = {
        **admin.site.each_context(request),
        "title": _("Chạy nhắc việc hôm nay"),
        "trail": [(reverse("reconciliation"), _("Đối chiếu nhắc việc"))],
        "on": today(),
    }
    return TemplateResponse(request, "admin/directives/run_reminders.html", context)


def banner(request: HttpRequest) -> dict[str, Callable[[], bool]]:
    """A context processor: whether the page says in red that nothing went out today. Asked only where it is shown."""

    @cache
    def reminders_not_run() -> bool:
        user = getattr(request, "user", None)
        return isinstance(user, User) and _is_told(user, now())

    return {"reminders_not_run": reminders_not_run}


def _is_told(user: User, at: datetime) -> bool:
    return may_run(rights(user, on=today())) and watch.has_not_run(at=at)


urlpatterns = [
    path("", admin.site.admin_view(reconciliation_view), name="reconciliation"),
    path("chay/", admin.site.admin_view(run_view), name="run_reminders"),
]
