"""The engine of the dialogs: one page each, done on POST through a service; what is typed is never lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import signed_in
from accounts.clock import now, today
from directives.access import seen_row
from directives.admin.assignment_page import evidence
from directives.admin.dialog import Dialog
from directives.admin.dialogs import DIALOGS
from directives.admin.pages import CaseAdmin, bound
from directives.admin.seen import Seen
from directives.admin.wording import short
from directives.errors import NotAllowed, Refused
from directives.models import Assignment, Attachment
from directives.there_is import there_is
from directives.timeline import changes_since
from directives.timeline_words import result_document

LIST_TITLE = _("Phân công")
# Route, view and name of a page.
OwnPage = tuple[str, Callable[..., HttpResponseBase], str]
TEMPLATES = "admin/directives/assignment"
# Where a form's field is not called as the service calls it.
FIELDS = {"files": "uploads"}


class VerbPages(CaseAdmin):
    """The dialogs of an assignment."""

    def own_pages(self) -> list[OwnPage]:
        return [
            *super().own_pages(),
            *((dialog.route, partial(self.dialog_view, dialog=dialog), dialog.name) for dialog in DIALOGS),
        ]

    def page_row(self, request: HttpRequest, pk: int) -> Assignment | None:
        # What most rows have none of is fetched when it is there: joining it costs more than all the rest.
        related = ["directive__document", "directive__committee", "directive__supervisor", "unit"]
        if request.method == "POST":
            # Who sends a form mostly goes on; what only pages show is fetched for the few who see theirs again.
            related = ["directive", "unit"]
        rows = Assignment.objects.select_related(*related)
        return seen_row(signed_in(request), rows, pk, on=today())

    def trail(self, row: Assignment) -> list[tuple[str, Any]]:
        """Return the pages above a dialog."""
        return [(self.address("changelist"), LIST_TITLE), (self.home(row), str(row.directive))]

    def dialog_view(self, request: HttpRequest, object_id: int, *, dialog: Dialog) -> HttpResponse:
        """Show the dialog of a verb, and on POST do it.

        Not the person's verb: 403. Not possible (any more): on GET back to the page with the reason; on POST the
        service says why, and what was typed stays.
        """
        row = self.seen(request, object_id)
        seen = Seen(request.user, row, today())  # type: ignore[arg-type]
        if not dialog.theirs(seen):
            raise PermissionDenied
        if request.method != "POST" and not dialog.possible(seen):
            messages.warning(request, _not_now(dialog, row))
            return HttpResponseRedirect(self.home(row))
        form = dialog.form(seen=seen, **bound(request))
        status = 200
        changed: Sequence[Any] = ()
        if request.method == "POST":
            if form.is_valid():
                status, done = self._call_service(request, dialog, form, row)
                if not form.errors:
                    messages.success(request, str(dialog.done))
                    return HttpResponseRedirect(self.home(done or row))
            changed = self._show_present_version(request, form, row)
        templates: Any = [f"{TEMPLATES}/dialog_{dialog.slug}.html", f"{TEMPLATES}/dialog.html"]
        response = self.page(
            request,
            templates,
            title=dialog.page_title,
            trail=self.trail(row),
            form=form,
            media=form.media,
            button=dialog.button or dialog.title,
            back=self.home(row),
            danger=dialog.grave,
            intro=dialog.hint,
            assignment=row,
            seen=seen,
            dialog=dialog,
            changed=changed,
            content=short(row.directive.content, 240),
            **_about(dialog, seen),
        )
        response.status_code = status
        return response

    def _call_service(
        self, request: HttpRequest, dialog: Dialog, form: Any, row: Assignment
    ) -> tuple[int, Assignment | None]:
        """Call the service; a refusal becomes an error at its field. Returns the status to answer with, and the
        assignment to go to (a transfer leads to the new one)."""
        try:
            done = dialog.service(assignment=row, by=request.user, at=now(), **form.arguments())
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
            return 403, None
        except Refused as refusal:
            field = FIELDS.get(refusal.field, refusal.field)
            form.add_error(field if field in form.fields else None, str(refusal))
            return 200, None
        return 200, done if isinstance(done, Assignment) else None

    def _show_present_version(self, request: HttpRequest, form: Any, row: Assignment) -> Sequence[Any]:
        """When the row moved on since the form was opened: return what happened, and let the form go along with it,
        so that the person, having read it, can go on."""
        present = Assignment.objects.filter(pk=row.pk).values_list("version", flat=True).get()
        try:
            typed_on = int(request.POST.get("version", ""))
        except ValueError:
            return ()
        if typed_on >= present:
            return ()
        form.data = request.POST.copy()
        form.data["version"] = str(present)
        return changes_since(row, found=there_is(row, on=today()), version=typed_on)


def _not_now(dialog: Dialog, row: Assignment) -> str:
    return _now("Hiện không thể “%(verb)s”: nhiệm vụ đang ở trạng thái “%(status)s”.") % {
        "verb": dialog.title,
        "status": row.get_status_display(),
    }


def _about(dialog: Dialog, seen: Seen) -> dict[str, Any]:
    """What the person decides about, beside the form."""
    row = seen.assignment
    if dialog.slug == "confirm":
        return {
            "result_files": evidence(row),
            "result_document": result_document(row.result) if row.result else "",
        }
    if dialog.slug == "decide-extension" and seen.open_request is not None:
        asked = seen.open_request
        owners = Q(extension_request=asked.pk) | Q(letter=asked.letter_id, letter__isnull=False)
        return {"request_files": list(Attachment.objects.filter(owners))}
    return {}
