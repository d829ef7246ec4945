"""What every page of a directive has: the row with its relations, the pages above it, the lines of its head."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.clock import today
from directives.admin.pages import CaseAdmin
from directives.admin.subject_forms import SubjectFields
from directives.admin.wording import seat_labels
from directives.models import Directive

CHILDREN_SHOWN = 50


class DirectiveFrame(CaseAdmin):
    """The base of the screens of directives."""

    def page_rows(self, request: HttpRequest) -> QuerySet[Directive]:
        return self.scope(request).select_related(
            "document",
            "committee",
            "supervisor",
            "given_by_seat",
            "given_by_unit",
            "replaced_by",
            "reminder_policy",
        )

    def trail(self, directive: Directive, *, itself: bool = False) -> list[tuple[str, str | Promise]]:
        """Return the pages above a directive's own, or above its dialogs."""
        document = (
            reverse("admin:directives_document_change", args=[directive.document_id]),
            directive.document.label,
        )
        above: list[tuple[str, str | Promise]] = [(self.address("changelist"), _("Nhiệm vụ")), document]
        return [*above, (self.home(directive), directive.code)] if itself else above

    def family(self, request: HttpRequest, directive: Directive) -> dict[str, Any]:
        """Return the directive that this one is a part of, and its own parts, as far as the person sees them."""
        seen = self.scope(request)
        parent = seen.filter(pk=directive.parent_id).first() if directive.parent_id else None
        children = seen.filter(parent=directive).exclude(state=Directive.State.VOID).order_by("code")
        return {"parent": parent, "children": children[:CHILDREN_SHOWN]}

    def subject_dialog(
        self, request: HttpRequest, *, form: SubjectFields, template: str, **frame: Any
    ) -> HttpResponse:
        """The dialog of a form with a deadline: without a script, its button "Đọc thời hạn" comes here, too."""
        frame["reading_address"] = self.address("read_deadline")
        if "read_deadline" not in request.POST:
            return self.dialog(request, form=form, template=template, **frame)
        form.only_reading()
        for name in ("act", "done"):
            del frame[name]
        return self.page(request, template, form=form, media=form.media, **frame)

    def facts(self, request: HttpRequest, directive: Directive) -> list[tuple[str | Promise, str | Promise]]:
        """Return the lines of a directive's head: label and value."""
        seats = [seat for seat in (directive.supervisor, directive.given_by_seat) if seat is not None]
        labels = seat_labels(seats, on=today())
        giver = [
            directive.given_by,
            labels.get(directive.given_by_seat_id or 0, ""),
            directive.given_by_unit.name if directive.given_by_unit else "",
        ]
        facts: list[tuple[str | Promise, str | Promise]] = [
            (_("Người giao"), " · ".join(dict.fromkeys(part for part in giver if part)) or "–"),
            (_("Thành viên Ban Chỉ đạo phụ trách"), labels.get(directive.supervisor_id or 0, "–")),
            (_("Tính chất"), directive.get_kind_display()),
            (_("Độ khẩn"), directive.get_urgency_display()),
            (_("Cách thực hiện"), directive.get_mode_display()),
            (_("Ngày giao"), f"{directive.given_on:%d/%m/%Y}" if directive.given_on else "–"),
        ]
        if directive.reminder_policy is not None and self.reads_drafts(request, directive):
            facts.append((_("Chính sách nhắc việc"), directive.reminder_policy.name))
        if directive.is_restricted:
            facts.append((_("Người xem"), _("Hạn chế")))
        if len(self.held(request).committees) > 1:
            facts.append((_("Ban Chỉ đạo"), directive.committee.name))
        return facts
