"""The same verb on several assignments: one page with a reason, each row through its service by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.clock import now, today
from directives.admin.dialog import Dialog
from directives.admin.dialogs import BY_SLUG
from directives.admin.progress import Chip
from directives.admin.state_chips import status_chip
from directives.admin.verb_forms import prose
from directives.admin.verbs import LIST_TITLE, OwnPage, VerbPages
from directives.errors import Refused
from directives.lifecycle import TRANSITIONS, Verb
from directives.models import Assignment
from directives.rights import Rights

MOST = 200
VERBS = ("confirm", "send_back", "reissue", "suspend", "resume", "revoke")
WITHOUT_REASON = frozenset({"confirm", "resume"})
# What is usual in a list; elsewhere every verb is offered.
USUAL: dict[str, tuple[str, ...]] = {
    "to_confirm": ("confirm", "send_back", "suspend"),
    "declined": ("reissue", "revoke"),
    "suspended": ("resume", "revoke"),
    "closed": (),
    "extension": (),
}
_CHOSEN = re.compile(r"\A\d{1,18}:\d{1,9}\Z")


def offered_in_bulk(held: Rights, name: str) -> list[Dialog]:
    """Return the verbs offered for several rows of a list; none but to a secretariat."""
    slugs = USUAL.get(name, VERBS) if held.secretariat_of else ()
    return [BY_SLUG[slug] for slug in slugs]


class BulkForm(forms.Form):
    """One reason for all; `chosen` holds the rows with the versions that were looked at, in one field (TRAPS 12)."""

    viec = forms.ChoiceField(choices=[(slug, slug) for slug in VERBS], widget=forms.HiddenInput)
    chosen = forms.CharField(widget=forms.HiddenInput)
    reason = prose(_("Lý do"), required=_("Hãy ghi lý do."), help_text=_("Ghi cho từng nhiệm vụ."))

    def __init__(self, *args: Any, slug: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if slug in WITHOUT_REASON:
            self.fields["reason"].required = False


@dataclass(frozen=True)
class Outcome:
    """A row that was refused, and why."""

    row: Assignment
    why: str


class BulkPages(VerbPages):
    """The page for several assignments."""

    def own_pages(self) -> list[OwnPage]:
        return [*super().own_pages(), ("nhieu/", self.bulk_view, "bulk")]

    def bulk_view(self, request: HttpRequest) -> HttpResponse:
        """Step one: the rows ticked in the list (or all of the list) with the field for the reason. Step two: do it,
        each in a transaction of its own, and tell how many were done and which were refused, with why."""
        if not self.held(request).secretariat_of:
            raise PermissionDenied
        slug = request.POST.get("viec", "")
        if request.method != "POST" or slug not in VERBS:
            return self._back(
                request, _("Hãy chọn việc cần làm với các dòng đã chọn."), request.method == "POST"
            )
        dialog = BY_SLUG[slug]
        deciding = "chosen" in request.POST
        rows = self._chosen(request) if deciding else self._ticked(request)
        if not rows:
            return self._back(request, _("Chưa chọn dòng nào."), True)
        if len(rows) > MOST:
            words = _now("Mỗi lần làm được nhiều nhất %(most)d nhiệm vụ; hãy lọc bớt.") % {"most": MOST}
            return self._back(request, words, True)
        form = BulkForm(request.POST if deciding else None, slug=slug, initial=_initial(slug, rows))
        if deciding and form.is_valid():
            return self._do_each(request, dialog, rows, form.cleaned_data["reason"])
        return self._show(request, "bulk.html", dialog, form=form, rows=_with_chips(rows, slug))

    def _back(self, request: HttpRequest, words: Any, say: bool) -> HttpResponse:
        if say:
            messages.warning(request, words)
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(self.address("changelist") + (f"?{query}" if query else ""))

    def _show(self, request: HttpRequest, template: str, dialog: Dialog, **context: Any) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        back = self.address("changelist") + (f"?{query}" if query else "")
        return self.page(
            request,
            f"admin/directives/assignment/{template}",
            title=dialog.title,
            trail=[(back, LIST_TITLE)],
            back=back,
            button=dialog.title,
            danger=dialog.grave,
            dialog=dialog,
            intro=dialog.hint,
            **context,
        )

    def _ticked(self, request: HttpRequest) -> list[Assignment]:
        """The rows ticked on the page, or, with `tat_ca`, all of the list that the address describes."""
        if request.POST.get("tat_ca"):
            rows = self.get_changelist_instance(request).queryset
        else:
            ids = [int(pk) for pk in request.POST.getlist("chon") if pk.isdecimal() and len(pk) < 19]
            rows = self.scope(request).filter(pk__in=ids).order_by("pk")
        return list(rows.select_related("directive", "unit")[: MOST + 1])

    def _chosen(self, request: HttpRequest) -> list[Assignment]:
        """The rows of step two with the versions seen in step one; what is malformed or invisible is left out."""
        pairs = [pair.split(":") for pair in request.POST["chosen"].split(",") if _CHOSEN.match(pair)]
        versions = {int(pk): int(version) for pk, version in pairs[: MOST + 1]}
        rows = list(
            self.scope(request).filter(pk__in=versions).select_related("directive", "unit").order_by("pk")
        )
        for row in rows:
            row.version = versions[row.pk]
        return rows

    def _do_each(
        self, request: HttpRequest, dialog: Dialog, rows: Sequence[Assignment], reason: str
    ) -> HttpResponse:
        done: list[Assignment] = []
        refused: list[Outcome] = []
        for row in rows:
            try:
                dialog.service(assignment=row, by=request.user, at=now(), reason=reason, version=row.version)
            except Refused as refusal:
                refused.append(Outcome(row, str(refusal)))
            else:
                done.append(row)
        return self._show(request, "bulk_done.html", dialog, done=done, refused=refused)


def _initial(slug: str, rows: Sequence[Assignment]) -> dict[str, str]:
    return {"viec": slug, "chosen": ",".join(f"{row.pk}:{row.version}" for row in rows)}


def _with_chips(rows: Sequence[Assignment], slug: str) -> list[tuple[Assignment, Chip, bool]]:
    """Each row with its state, and whether the verb is possible from it."""
    sources = TRANSITIONS[Verb(slug)].sources
    return [(row, status_chip(row, on=today()), row.status in sources) for row in rows]
