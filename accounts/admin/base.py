"""What every screen shares: rows through one scope, no revert, no deletion, each change with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib.admin import helpers
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.forms import AdminForm, Fieldline
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.admin.chosen import ChosenTogether, ForgivingAutocomplete
from accounts.admin.export import ExportMixin
from accounts.admin.filters import ScopedRelatedFilter
from accounts.admin.history import HistoryPages
from accounts.admin.scope import scoped_choices
from accounts.audit.context import Door, acting
from accounts.models import User

# unfold puts these in only when a form page is first asked for; history pages need them, too.
helpers.AdminForm, helpers.Fieldline = AdminForm, Fieldline  # type: ignore[misc]

# Kept in the history, so in the language of the records, whoever reads the screen.
REASON_ADDED = "Thêm mới"
REASON_CHANGED = "Cập nhật"


class _ScopedFields:
    """Foreign keys offer, and accept, only the rows that the related screen would list (TRAPS 8)."""

    admin_site: Any

    def choices_for(self, db_field: Any, request: HttpRequest) -> QuerySet[Any] | None:
        """Return the rows a relation may point to (None: Django's default). Override for narrower choices."""
        return scoped_choices(db_field.remote_field.model, request)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if "queryset" not in kwargs and (rows := self.choices_for(db_field, request)) is not None:
            kwargs["queryset"] = rows
        if db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined]
            kwargs.setdefault("widget", ForgivingAutocomplete(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if "queryset" not in kwargs and (rows := self.choices_for(db_field, request)) is not None:
            kwargs["queryset"] = rows
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        # The theme leaves the empty choice out: whatever comes first would be chosen unseen.
        if "choices" not in kwargs and not db_field.has_default():
            kwargs["choices"] = db_field.get_choices(blank_choice=[("", _("Chọn giá trị"))])
        return super().formfield_for_choice_field(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None:
            # No buttons that add, change or delete the related row from within another form.
            for button in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
                if hasattr(field.widget, button):
                    setattr(field.widget, button, False)
        return field


class _PartOfPage(_ScopedFields):
    """Rows inside another row's page: who may see or change the page may see or change them."""

    extra = 0
    deletable = False
    parent_model: Any

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: type[Any] = super().get_formset(request, obj, **kwargs)  # type: ignore[misc]
        return type(formset.__name__, (ChosenTogether, formset), {})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows with what they point at: shown, it would be a query a row."""
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        known = {field.name for field in rows.model._meta.fields if field.is_relation}
        shown = known.intersection(self.get_fields(request))  # type: ignore[attr-defined]
        return rows.select_related(*shown) if shown else rows

    def _page(self) -> Any:
        return self.admin_site.get_model_admin(self.parent_model)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._page().has_view_or_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        page = self._page()
        return page.has_add_permission(request) if obj is None else page.has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.deletable and self.has_change_permission(request, obj)


class ScopedTabularInline(_PartOfPage, TabularInline):
    """Rows of a table on a page."""

    hide_title = True


class ScopedStackedInline(_PartOfPage, StackedInline):
    """Rows one below the other on a page."""


class ScopedAdmin(ExportMixin, _ScopedFields, HistoryPages, ModelAdmin):
    """The base of every screen.

    Override `scope` to say which rows a person sees; lists, pages, history, choices, filters and autocomplete
    all start from it. Saves run in Django's transaction of the form, as the act of the signed-in person with
    the reason typed in the form's own field "Lý do".
    """

    show_full_result_count = False
    # A list is paged without counting it.
    paginator = InfinitePaginator
    list_per_page = 50
    view_on_site = False
    # What is deleted leaves its history; most rows are closed with a date instead.
    deletable = False
    # A change needs a reason; a new row explains itself.
    reason_required_on_add = False
    reason_required_on_change = True

    def scope(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows this person may see; all by default, for tables without secrets between roles."""
        rows: QuerySet[Any] = self.model._default_manager.all()
        return rows

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = self.scope(request)
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """A list is headed by what it lists, not by what one might choose in it."""
        title = capfirst(str(self.model._meta.verbose_name_plural))
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """What a person does not see is not there: Django would lead to the start page with a message."""
        raise Http404

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [self._scoped_filter(entry) for entry in super().get_list_filter(request)]

    def _scoped_filter(self, entry: Any) -> Any:
        if isinstance(entry, str) and "__" not in entry and self.model._meta.get_field(entry).is_relation:
            return (entry, ScopedRelatedFilter)
        return entry

    # The reason of a change

    def asks_reason(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Return whether the form shows the field "Lý do": it does wherever the person may save."""
        if obj is None:
            return self.has_add_permission(request)
        return self.has_change_permission(request, obj)

    def get_form(
        self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Any]]:
        if self.asks_reason(request, obj):
            base: Any = kwargs.get("form", self.form)
            required = self.reason_required_on_change if obj else self.reason_required_on_add
            kwargs["form"] = type(base.__name__, (base,), {"reason": _reason_field(required)})
        asking_for_all = "fields" in kwargs and kwargs["fields"] is None
        form: type[forms.ModelForm[Any]] = super().get_form(request, obj, change, **kwargs)
        if not asking_for_all:
            # Fields declared on a form would be read from the request though the page does not show them.
            shown = kwargs.get("fields") or flatten_fieldsets(self.get_fieldsets(request, obj))
            for name in set(form.base_fields).difference(shown):
                del form.base_fields[name]
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any | None = None) -> Any:
        fieldsets = [*super().get_fieldsets(request, obj)]
        named = {name for _title, options in fieldsets for name in options["fields"]}
        if "reason" not in named and self.asks_reason(request, obj):
            fieldsets.append((None, {"fields": ["reason"]}))
        return fieldsets

    @contextmanager
    def acting(self, request: HttpRequest, reason: str) -> Iterator[None]:
        """Within the block, history rows carry the signed-in person, the reason and the web door."""
        with acting(by=signed_in(request), reason=reason, door=Door.WEB):
            yield

    def reason_of(self, form: forms.Form, change: bool) -> str:
        """Return the reason typed in a form, or the default text for a change or a new row."""
        return form.cleaned_data.get("reason") or (REASON_CHANGED if change else REASON_ADDED)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        with self.acting(request, self.reason_of(form, change)):
            super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        with self.acting(request, self.reason_of(form, change)):
            super().save_related(request, form, formsets, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.deletable and self.has_change_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Nothing is deleted from a list: each row goes by itself, with its reason."""
        return {
            name: action for name, action in super().get_actions(request).items() if name != "delete_selected"
        }

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Ask for the reason before anything is deleted."""
        form = DeletionForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and not form.is_valid():
            # Django takes whatever is posted for a yes; without it, it asks again.
            request.POST = QueryDict()
        return super().delete_view(request, object_id, {"form": form} | (extra_context or {}))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with self.acting(request, request.POST["reason"].strip()):
            super().delete_model(request, obj)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Nothing: the history is the one record; Django's own log could be edited."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Nothing, as in `log_addition`."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """Nothing, as in `log_addition`."""


class ReadOnlyAdmin(ScopedAdmin):
    """A screen to look at: the rows are written elsewhere, by services."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def signed_in(request: HttpRequest) -> User:
    """Return the person at work: the admin lets nobody in who is not signed in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _reason_field(required: bool) -> forms.CharField:
    return forms.CharField(
        label=_("Lý do"),
        required=required,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text=_("Ghi vào lịch sử thay đổi."),
        error_messages={"required": _("Nhập lý do thay đổi; lý do được ghi vào lịch sử.")},
    )


class DeletionForm(forms.Form):
    """Why a row is deleted; its history stays."""

    reason = _reason_field(required=True)
