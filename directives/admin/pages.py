"""Pages of our own inside the admin: one record in view, one thing done, errors at the field, nothing on GET."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import unquote
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise

from accounts.admin.base import ScopedAdmin, signed_in
from accounts.clock import today
from directives.access import visible_to
from directives.admin.changes import Reader, changes_since
from directives.errors import NotAllowed, Outdated, Refused
from directives.rights import Rights, rights

Text = str | Promise
# The pages above a page: addresses and names.
Trail = Sequence[tuple[str, Text]]
# Does what the dialog is for, from the cleaned fields; returns the address to go to, None for where it came from.
Act = Callable[[Mapping[str, Any]], str | None]


class CaseAdmin(ScopedAdmin):
    """The base of documents and directives: rows by `visible_to`, views of our own, all writing by services.

    A row that the person does not see is not found (404); one that they see but may not work on is refused (403).
    """

    actions = None
    list_filter_submit = True
    # Figures come from the counters; a count for each choice of a filter would be a query each.
    show_facets = ShowFacets.NEVER
    # What the button above the list says.
    add_words: Text = ""

    class Media:
        css = {"all": ("directives/case.css",)}

    # Who sees, who works

    def scope(self, request: HttpRequest) -> QuerySet[Any]:
        return visible_to(request.user, self.model, on=today())

    def held(self, request: HttpRequest) -> Rights:
        """Return the person's rights today (Hà Nội), resolved once a request."""
        return rights(signed_in(request), on=today())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(self.held(request).secretariat_of) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        committees = self.held(request).secretariat_of
        theirs = bool(committees) if obj is None else obj.committee_id in committees
        return theirs and super().has_change_permission(request, obj)

    def reads_drafts(self, request: HttpRequest, row: Any) -> bool:
        """Return whether the person reads what the row was before it was issued."""
        held = self.held(request)
        return held.auditor or held.administrator or row.committee_id in held.secretariat_of

    def reader(self, request: HttpRequest, row: Any) -> Reader:
        """Return for whom a row's history is told."""
        return Reader(signed_in(request), today(), self.reads_drafts(request, row))

    def page_rows(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows of which a page may be opened, with what every page of one needs."""
        return self.scope(request)

    def page_row(self, request: HttpRequest, pk: int) -> Any:
        """Return one of them, None if the person does not see it."""
        # Not `first`: one row needs no order, which may be as long to write as all the rest.
        for row in self.page_rows(request).order_by().filter(pk=pk)[:1]:
            return row
        return None

    def seen(self, request: HttpRequest, object_id: int | str) -> Any:
        """Return a row that the person sees; raises Http404, or PermissionDenied without a role for the screen."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        number = str(object_id)
        row = self.page_row(request, int(number)) if number.isdecimal() else None
        if row is None:
            raise Http404
        return row

    def worked_on(self, request: HttpRequest, object_id: int | str) -> Any:
        """Return a row that the person works on; raises Http404 or PermissionDenied."""
        row = self.seen(request, object_id)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        return row

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        add = {"add_url": self.address("add"), "add_words": self.add_words}
        response: HttpResponse = super().changelist_view(request, {**add, **(extra_context or {})})
        return response

    # Addresses

    def own_pages(self) -> list[tuple[str, Callable[..., HttpResponseBase], str]]:
        """Return the further pages: route, view and name (the address is `admin:<app>_<model>_<name>`)."""
        return []

    def get_urls(self) -> list[URLPattern]:
        meta = self.model._meta
        own = [
            path(route, self.admin_site.admin_view(view), name=f"{meta.app_label}_{meta.model_name}_{name}")
            for route, view, name in self.own_pages()
        ]
        return own + super().get_urls()

    def address(self, name: str, *args: Any) -> str:
        """Return the address of one of this screen's pages."""
        meta = self.model._meta
        return reverse(f"{self.admin_site.name}:{meta.app_label}_{meta.model_name}_{name}", args=args)

    def home(self, obj: Model) -> str:
        """Return the address of a row's page."""
        return self.address("change", obj.pk)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Nothing here is deleted but drafts, by their own dialog."""
        raise Http404

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        raise NotImplementedError

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        self.seen(request, unquote(object_id))
        return super().history_form_view(request, object_id, version_id, extra_context)

    # Pages and dialogs

    def page(
        self,
        request: HttpRequest,
        template: str,
        *,
        title: Text,
        trail: Trail,
        **context: Any,
    ) -> TemplateResponse:
        """Return a page in the frame of the admin; `trail` are the addresses and names of the pages above it."""
        shown = {**self.admin_site.each_context(request), "title": title, "trail": trail, **context}
        return TemplateResponse(request, template, shown)

    def dialog(
        self,
        request: HttpRequest,
        *,
        form: forms.BaseForm,
        act: Act,
        back: str,
        title: Text,
        button: Text,
        done: Text,
        trail: Trail,
        template: str = "admin/directives/dialog.html",
        **context: Any,
    ) -> HttpResponse:
        """Show a form, and on POST do what it is for: go on with a message, or show again what was typed and why
        it was refused. Raises PermissionDenied when the service does not allow it to this person."""
        meanwhile: dict[str, Any] = {}
        if request.method == "POST" and form.is_valid():
            try:
                target = attempt(form, act)
            except Outdated as refusal:
                form.add_error(None, str(refusal))
                meanwhile = self._meanwhile(request, refusal)
            if not form.errors:
                messages.success(request, str(done))
                return HttpResponseRedirect(target or back)
        return self.page(
            request,
            template,
            title=title,
            trail=trail,
            form=form,
            media=form.media,
            button=button,
            back=back,
            **meanwhile,
            **context,
        )

    def _meanwhile(self, request: HttpRequest, refusal: Outdated) -> dict[str, Any]:
        """What happened to a document or directive since the person opened the form, and where all of it is told."""
        row: Any = refusal.row
        screen = self.admin_site.get_model_admin(type(row))
        return {
            "meanwhile": changes_since(row, reader=self.reader(request, row), version=refusal.seen),
            "history_address": screen.address("history", row.pk),
        }


def attempt(form: forms.BaseForm, act: Act) -> str | None:
    """Do what a valid form is for; a refusal becomes an error at its field. Raises PermissionDenied or Outdated."""
    try:
        return act(form.cleaned_data)
    except Outdated:
        raise
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    except ValidationError as error:
        for field, messages_ in _by_field(error).items():
            form.add_error(field if field in form.fields else None, messages_)
    return None


def _by_field(error: ValidationError) -> dict[str, list[str]]:
    return error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}


def bound(request: HttpRequest) -> dict[str, Any]:
    """Return what a form is made from: the person's input on POST, nothing before."""
    return {"data": request.POST, "files": request.FILES} if request.method == "POST" else {}
