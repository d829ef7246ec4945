"""Draft directives: entered under a document, looked at, given to their units or deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin.base import signed_in
from accounts.clock import now, today
from directives import services
from directives.access import visible_to
from directives.admin.deadline_reading import as_data, read
from directives.admin.directive_frame import DirectiveFrame
from directives.admin.document_forms import documents_like
from directives.admin.draft_forms import DraftForm
from directives.admin.form_fields import ConfirmForm, SeenForm
from directives.admin.pages import bound
from directives.admin.unit_choice import suggest_units, unit_line
from directives.admin.wording import due_in_words, in_days
from directives.models import Addressee, Directive, Document
from directives.models.directive import Part

NAMES_SHOWN = 40
DOCUMENTS_SHOWN = 20


class DraftPages(DirectiveFrame):
    """The form of a draft and what becomes of it."""

    def draft_pages(self) -> list[tuple[str, Any, str]]:
        return [
            ("don-vi/", self.units_like, "units"),
            ("doc-thoi-han/", self.read_deadline, "read_deadline"),
            ("<int:object_id>/sua/", self.edit, "edit"),
            ("<int:object_id>/giao/", self.issue, "issue"),
            ("<int:object_id>/xoa-nhap/", self.delete_draft, "delete_draft"),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """Enter a directive under a document (`?van-ban=`); without one, first choose it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        documents = visible_to(request.user, Document, on=today()).filter(
            committee__in=self.held(request).secretariat_of
        )
        wanted = request.GET.get("van-ban", "")
        if not wanted:
            return self._choose_document(request, documents)
        if not wanted.isdecimal():
            return HttpResponseRedirect(self.address("add"))
        document = get_object_or_404(documents.select_related("committee"), pk=int(wanted))
        directive = Directive(document=document, committee=document.committee)
        return self._form(request, directive, title=_("Thêm nhiệm vụ"))

    def _choose_document(self, request: HttpRequest, documents: Any) -> HttpResponse:
        typed = request.GET.get("q", "").strip()
        rows = documents.exclude(state=Document.State.VOID)
        rows = documents_like(typed, rows, held=self.held(request)) if typed else rows.order_by("-pk")
        return self.page(
            request,
            "admin/directives/directive/choose_document.html",
            title=_("Thêm nhiệm vụ"),
            trail=[(self.address("changelist"), _("Nhiệm vụ"))],
            documents=rows[:DOCUMENTS_SHOWN],
            typed=typed,
        )

    def edit(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Edit a draft; a directive that was given is corrected instead."""
        directive: Directive = self.worked_on(request, object_id)
        if directive.state != Directive.State.DRAFT:
            return HttpResponseRedirect(self.home(directive))
        return self._form(request, directive, title=_("Sửa nhiệm vụ"))

    def _form(self, request: HttpRequest, directive: Directive, *, title: Any) -> HttpResponse:
        new = directive.pk is None
        code = directive.code
        form = DraftForm(
            instance=directive,
            address=self.address("units"),
            directives=self.scope(request),
            held=self.held(request),
            **bound(request),
        )

        def save(data: Mapping[str, Any]) -> str:
            if not new:
                directive.version = data.get("version") or 0
            services.save_draft(
                directive=directive,
                lead=data["lead"],
                units=form.chosen_units(),
                own_dates=data["own_dates"],
                by=signed_in(request),
                at=now(),
            )
            return self.home(directive)

        document = directive.document
        document_page = self.admin_site.get_model_admin(Document).home(document)
        return self.subject_dialog(
            request,
            form=form,
            act=save,
            title=title,
            trail=[(document_page, document.label)] + ([] if new else [(self.home(directive), code)]),
            template="admin/directives/directive/form.html",
            document=document,
            back=document_page if new else self.home(directive),
            button=_("Lưu nháp"),
            done=_("Đã lưu nháp. Kiểm tra rồi bấm “Giao”."),
            kinds=form.kind_counts,
        )

    def draft_view(self, request: HttpRequest, directive: Directive) -> HttpResponse:
        """Show a draft with its units; the main thing to do is to give it."""
        on = today()
        return self.page(
            request,
            "admin/directives/directive/draft.html",
            title=directive.code,
            trail=self.trail(directive),
            directive=directive,
            works=self.has_change_permission(request, directive),
            facts=self.facts(request, directive),
            due=due_in_words(directive),
            due_words=in_days(directive.due_on, on=on) if directive.due_on else "",
            **self.family(request, directive),
            **_addressees(directive),
        )

    def issue(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Giao: shows to how many units and by when, then gives it."""
        directive: Directive = self.worked_on(request, object_id)
        if directive.state != Directive.State.DRAFT:
            return HttpResponseRedirect(self.home(directive))
        on = today()
        units = _addressees(directive)

        def act(data: Mapping[str, Any]) -> None:
            services.issue(directive=directive, by=signed_in(request), at=now(), version=data["version"])

        return self.dialog(
            request,
            form=SeenForm(initial={"version": directive.version}, **bound(request)),
            act=act,
            back=self.home(directive),
            title=_("Giao nhiệm vụ"),
            button=_("Giao"),
            done=_now("Đã giao nhiệm vụ %(code)s cho %(units)s.")
            % {"code": directive.code, "units": _units(units["unit_count"])},
            trail=self.trail(directive, itself=True),
            template="admin/directives/directive/issue.html",
            directive=directive,
            due=due_in_words(directive),
            due_words=in_days(directive.due_on, on=on) if directive.due_on else "",
            is_past=directive.due_on is not None and directive.due_on < on,
            **units,
        )

    def delete_draft(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Xóa nháp: a draft that was never given."""
        directive: Directive = self.worked_on(request, object_id)
        document_page = self.admin_site.get_model_admin(Document).home(directive.document)

        def act(data: Mapping[str, Any]) -> None:
            services.delete_draft(draft=directive, by=signed_in(request), at=now())

        return self.dialog(
            request,
            form=ConfirmForm(**bound(request)),
            act=act,
            back=document_page,
            title=_("Xóa nhiệm vụ nháp"),
            button=_("Xóa nháp"),
            done=_("Đã xóa nhiệm vụ nháp."),
            trail=self.trail(directive, itself=True),
            danger=True,
            intro=_now("%(code)s: %(content)s") % {"code": directive.code, "content": directive.content},
        )

    # Answers for the script of the form; they only read.

    def units_like(self, request: HttpRequest) -> JsonResponse:
        """Suggest units for what is typed (`q`), among those that exist on a day (`ngay`)."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        units = suggest_units(request.GET.get("q", ""), on=_day(request.GET.get("ngay", "")))
        return JsonResponse(
            {"units": [{"line": unit_line(unit), "kind": str(unit.kind_id)} for unit in units]}
        )

    def read_deadline(self, request: HttpRequest) -> JsonResponse:
        """Read a deadline's words (`q`) for a directive given on a day (`ngay`)."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return JsonResponse(
            as_data(read(request.GET.get("q", ""), given_on=_day(request.GET.get("ngay", ""))))
        )


def _day(typed: str) -> date:
    """Return the day of an address, as yyyy-mm-dd or dd/mm/yyyy; today when it is none."""
    try:
        return parse_date("-".join(reversed(typed.split("/")))) or today()
    except ValueError:
        return today()


def _units(count: int) -> str:
    return ngettext("%(count)d đơn vị", "%(count)d đơn vị", count) % {"count": count}


def _with_own_date(addressee: Addressee) -> str:
    if addressee.due_on is None:
        return addressee.unit.name
    values = {"unit": addressee.unit.name, "day": f"{addressee.due_on:%d/%m/%Y}"}
    return _now("%(unit)s – thời hạn riêng %(day)s") % values


def _addressees(directive: Directive) -> dict[str, Any]:
    """Return the units of a draft for its pages: the lead, the others by kind, and how many in all; one query."""
    rows = (
        Addressee.objects.filter(directive=directive)
        .select_related("unit__kind")
        .order_by("unit__order", "unit")
    )
    addressees = list(rows)
    kinds: dict[str, list[str]] = defaultdict(list)
    for addressee in addressees:
        if addressee.part != Part.LEAD:
            kinds[addressee.unit.kind.name].append(_with_own_date(addressee))
    return {
        "lead": next((_with_own_date(a) for a in addressees if a.part == Part.LEAD), ""),
        "unit_kinds": [
            {
                "name": name,
                "count": len(names),
                "names": names[:NAMES_SHOWN],
                "more": max(0, len(names) - NAMES_SHOWN),
            }
            for name, names in kinds.items()
        ],
        "unit_count": len(addressees),
        "units_in_words": _units(len(addressees)),
    }
