"""One directive: a draft, or what was given with its figures and its assignments."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.clock import now, today
from directives.access import visible_to
from directives.admin.changes import changes_of
from directives.admin.drafts import DraftPages
from directives.admin.restricted import log_opening
from directives.admin.wording import due_in_words, in_days
from directives.lists import LISTS, condition
from directives.models import Assignment, Directive
from directives.models.directive import Part
from directives.statistics import cells
from directives.timeliness import deadline_in_words, timeliness

ASSIGNMENTS_A_PAGE = 50
# The four cells, and what is looked for beside them; names of `directives.lists`.
FIGURES = (
    ("done_on_time", "done", "check_circle"),
    ("done_late", "late", "history"),
    ("open_in_time", "open", "schedule"),
    ("overdue", "overdue", "error"),
)
NARROWED = ("done_on_time", "done_late", "open_in_time", "overdue", "to_confirm", "not_accepted", "declined")
TONES = {"done_on_time": "done", "done_late": "late", "open_in_time": "open", "overdue": "overdue"}
LEAD_FIRST = Case(
    When(part=Part.LEAD, then=Value(0)),
    When(part=Part.EACH, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


class DirectivePages(DraftPages):
    """The page of a directive and its history."""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        directive: Directive = self.seen(request, object_id)
        log_opening(request, directive)
        if directive.state == Directive.State.DRAFT:
            return self.draft_view(request, directive)
        on = today()
        held = self.held(request)
        seen = visible_to(request.user, Assignment, on=on).filter(directive=directive)
        counted = cells(seen, on=on)
        narrowed = request.GET.get("muc", "")
        rows = seen.filter(condition(narrowed, held, on=on)) if narrowed in NARROWED else seen
        rows = rows.select_related("unit", "answering_unit").order_by(LEAD_FIRST, "unit__order", "unit", "pk")
        page = Paginator(rows, ASSIGNMENTS_A_PAGE).get_page(request.GET.get("trang"))
        works = self.has_change_permission(request, directive)
        return self.page(
            request,
            "admin/directives/directive/page.html",
            title=directive.code,
            trail=self.trail(directive),
            directive=directive,
            facts=self.facts(request, directive),
            due=due_in_words(directive),
            due_words=in_days(directive.due_on, on=on) if directive.due_on and counted.not_done else "",
            cells=counted,
            counted_at=now(),
            figures=[
                {
                    "name": name,
                    "label": LISTS[name].label,
                    "count": getattr(counted, name),
                    "tone": tone,
                    "icon": icon,
                    "chosen": name == narrowed,
                }
                for name, tone, icon in FIGURES
            ],
            narrowed=LISTS[narrowed].label if narrowed in NARROWED else "",
            query=f"muc={narrowed}" if narrowed in NARROWED else "",
            page=page,
            assignments=[_row(assignment, on=on) for assignment in page.object_list],
            works=works,
            is_issued=directive.state == Directive.State.ISSUED,
            is_each=directive.mode == Directive.Mode.EACH,
            **self.family(request, directive),
            sees_rights=directive.is_restricted and self.reads_drafts(request, directive),
            checks_rights=held.auditor or held.administrator,
            sees_replacement=directive.replaced_by_id is not None
            and self.scope(request).filter(pk=directive.replaced_by_id).exists(),
        )

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        directive: Directive = self.seen(request, object_id)
        log_opening(request, directive)
        return self.page(
            request,
            "admin/directives/changes.html",
            title=_("Lịch sử thay đổi"),
            trail=self.trail(directive, itself=True),
            changes=changes_of(directive, reader=self.reader(request, directive)),
        )


def _row(assignment: Assignment, *, on: date) -> dict[str, Any]:
    cell = timeliness(assignment, on=on)
    return {
        "assignment": assignment,
        "tone": TONES.get(cell or "", "none"),
        "words": deadline_in_words(assignment, on=on),
    }
