"""Phiếu giao nhiệm vụ: an assignment on one sheet of A4, to be printed."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.clock import now, today
from directives.admin.answering import unit_names
from directives.admin.restricted import in_log
from directives.admin.verbs import OwnPage, VerbPages
from directives.admin.wording import seat_labels
from directives.models import Assignment, Directive
from directives.models.directive import Part
from directives.timeliness import deadline_in_words


class PrintPages(VerbPages):
    """What is printed of an assignment."""

    def own_pages(self) -> list[OwnPage]:
        return [*super().own_pages(), ("<int:object_id>/phieu/", self.slip, "slip")]

    def slip(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show the sheet as it is printed, without the frame of the screens; each showing is logged."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        row = self.seen(request, object_id)
        on, directive = today(), row.directive
        seats = [directive.supervisor] if directive.supervisor else []
        what = _("Phiếu giao nhiệm vụ %s") % in_log(directive, str(row), pk=row.pk)
        record(AccessLog.Kind.PRINT, request=request, what=what)
        context = {
            "assignment": row,
            "directive": directive,
            "document": directive.document,
            "committee": directive.committee,
            "unit": unit_names([row], held=self.held(request), on=on)[row.pk],
            "supervisor": next(iter(seat_labels(seats, on=on).values()), "") if seats else "",
            "lead": _lead(row),
            "deadline_words": deadline_in_words(row, on=on),
            "printed_at": now(),
            "printed_by": request.user,
            "place_and_day": letter_day(on),
            "back": self.home(row),
        }
        return render(request, "admin/directives/assignment/slip.html", context)


def _lead(row: Assignment) -> Assignment | None:
    """The lead's part, named on a coordinating unit's sheet."""
    if row.directive.mode != Directive.Mode.JOINT or row.part == Part.LEAD:
        return None
    rows = Assignment.objects.filter(directive=row.directive_id, period=row.period, part=Part.LEAD)
    return rows.exclude(status__in=["revoked", "transferred"]).select_related("unit").first()


def letter_day(on: date) -> str:
    """Return a date as a letter bears it: days below 10 and months 1 and 2 take a zero (NĐ 30/2020, Phụ lục I)."""
    month = f"{on.month:02d}" if on.month < 3 else str(on.month)
    return f"Ngày {on.day:02d} tháng {month} năm {on.year}"
