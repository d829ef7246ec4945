"""Xác nhận hoàn thành: a result is accepted, the day that counts is set, and the coordinating parts end."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _

from accounts.audit.context import Door, acting
from accounts.models import User
from directives.errors import NotAllowed, Refused
from directives.lifecycle import OPEN, Verb
from directives.models import Assignment
from directives.models.directive import Part
from directives.services.frame import deciding, demand_reason, lapse_requests, move


def confirm(
    *,
    assignment: Assignment,
    by: User,
    at: datetime,
    completed_on: date | None = None,
    reason: str = "",
    version: int | None = None,
) -> Assignment:
    """Accept the result. `completed_on` is the day that counts as done (DOMAIN §3): by default the day the accepted
    report was submitted; with a reason one of `earlier_days`.

    Confirming the lead ends the open coordinating parts. Never on one's own report.
    """
    with deciding(
        assignment,
        Verb.CONFIRM,
        by=by,
        at=at,
        reason=reason or str(Verb.CONFIRM.label),
        version=version,
        alone=assignment.part != Part.LEAD,
    ) as row:
        result = row.result
        if result is not None and (result.author_id == by.pk or _presented_by(result, by)):
            raise NotAllowed(_("Anh/chị không thể tự xác nhận báo cáo của chính mình."))
        day = completed_on or row.submitted_on
        if day != row.submitted_on:
            if day not in earlier_days(row):
                raise Refused(
                    _(
                        "Ngày hoàn thành chỉ có thể là ngày báo cáo, ngày báo cáo lần đầu, ngày văn bản kết quả "
                        "hoặc ngày văn bản của đơn vị."
                    ),
                    field="completed_on",
                )
            demand_reason(reason)
        move(row, Verb.CONFIRM)
        row.completed_on, row.confirmed_at = day, at
        lapse_requests(row, at=at)
        if row.part == Part.LEAD:
            _end_coordinating(row, at=at)
    return row


def earlier_days(row: Assignment) -> dict[date, str]:
    """Return the days before that of the report which may count as done, with what each is (DOMAIN §3).

    They are those of the first submission, of the result document, and of the unit's letter from which the report was
    recorded: a letter recorded late is not the unit's delay.
    """
    known: list[tuple[date | None, str]] = [(row.first_submitted_on, _("ngày báo cáo hoàn thành lần đầu"))]
    if row.result is not None:
        words = _("ngày văn bản kết quả %(number)s") % {"number": row.result.result_number}
        known.append((row.result.result_on, words.strip()))
        if row.result.letter is not None:
            letter = row.result.letter
            known.append(
                (letter.dated_on, _("ngày văn bản của đơn vị %(number)s") % {"number": letter.number})
            )
    days: dict[date, str] = {}
    for day, what in known:
        if day is not None and row.submitted_on is not None and day < row.submitted_on:
            days.setdefault(day, what)
    return days


def _presented_by(result: object, by: User) -> bool:
    presented = getattr(result, "based_on", None)
    return presented is not None and presented.author_id == by.pk


def _end_coordinating(lead: Assignment, *, at: datetime) -> None:
    """End the open coordinating parts of the lead's directive, as the system."""
    reason = _("Đơn vị chủ trì đã được xác nhận hoàn thành")
    parts = Assignment.objects.select_for_update(of=("self",)).filter(
        directive=lead.directive_id, period=lead.period, part=Part.COORDINATING, status__in=OPEN
    )
    with acting(by=User.objects.system(), reason=reason, door=Door.JOB):
        for row in parts.order_by("pk"):
            move(row, Verb.END)
            row.with_head_since = None
            lapse_requests(row, at=at)
            row.save()
