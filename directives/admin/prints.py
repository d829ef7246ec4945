"""What is printed of an assignment: the one sheet that goes to the unit, and the file with its whole story."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts import limits
from accounts.audit.log import record
from accounts.audit.models import AccessLog, Seal
from accounts.clock import now, today
from directives.admin.answering import unit_names
from directives.admin.assignment_page import page_context
from directives.admin.restricted import in_log, log_opening
from directives.admin.seen import Seen
from directives.admin.verbs import OwnPage, VerbPages
from directives.admin.wording import seat_labels
from directives.models import Assignment, Directive
from directives.models.directive import Part
from directives.there_is import there_is
from directives.timeline import whole_story
from directives.timeliness import deadline_in_words


class PrintPages(VerbPages):
    """*Phiếu giao nhiệm vụ* and *Hồ sơ nhiệm vụ*."""

    def own_pages(self) -> list[OwnPage]:
        return [
            *super().own_pages(),
            ("<int:object_id>/phieu/", self.slip, "slip"),
            ("<int:object_id>/ho-so/", self.file, "file"),
        ]

    def slip(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show the sheet as it is printed, without the frame of the screens; each showing is logged."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        row = self.seen(request, object_id)
        limits.demand(limits.DOWNLOAD, request, at=now())
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

    def file(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show everything that is known of an assignment, to be printed; each showing is logged.

        Only for who reads what goes on inside: a coordinating unit sees the lead's part, but not its exchanges.
        """
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        row = self.seen(request, object_id)
        on = today()
        found = there_is(row, on=on)
        seen = Seen(request.user, row, on, found)  # type: ignore[arg-type]
        if not seen.inside:
            raise PermissionDenied
        limits.demand(limits.DOWNLOAD, request, at=now())
        what = _("Hồ sơ nhiệm vụ %s") % in_log(row.directive, str(row), pk=row.pk)
        log_opening(request, row)
        record(AccessLog.Kind.PRINT, request=request, what=what)
        context = {
            **page_context(seen, found, with_recorders=True),
            "committee": row.directive.committee,
            "reports": row.reports.select_related("unit", "author", "recorded_by").order_by("at", "pk"),
            "requests": row.extension_requests.select_related("decision_recorded_by").order_by(
                "asked_at", "pk"
            ),
            "story": whole_story(row, found=found),
            "newest_seal": Seal.objects.first(),
            "printed_at": now(),
            "printed_by": request.user,
            "place_and_day": letter_day(seen.on),
            "back": self.home(row),
        }
        return render(request, "admin/directives/assignment/file.html", context)


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
