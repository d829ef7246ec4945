"""The ladders of reminders: who is reminded how many days before or after a due date."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import ScopedAdmin, ScopedTabularInline, signed_in
from accounts.clock import today
from directives.models import PolicyStep, ReminderPolicy
from directives.rights import rights
from steering.models import Committee


class StepForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean(self) -> dict[str, Any]:
        """Say in words what the database would refuse: repeating before the date would go on past it."""
        values = super().clean() or self.cleaned_data
        offset, every = values.get("offset_days"), values.get("repeat_every_days")
        if every is not None and every < 1:
            self.add_error("repeat_every_days", _("Nhập số ngày từ 1 trở lên, hoặc để trống."))
        elif every and offset is not None and offset < 0:
            self.add_error("repeat_every_days", _("Chỉ lặp lại từ ngày đến hạn trở đi (số ngày từ 0)."))
        return values


class StepInline(ScopedTabularInline):
    """A step that reminders refer to is never deleted: it is switched off."""

    model = PolicyStep
    form = StepForm
    fields = ("audience", "offset_days", "repeat_every_days", "is_active")


@admin.register(ReminderPolicy)
class ReminderPolicyAdmin(ScopedAdmin):
    """A secretariat keeps the ladders of its committee, the administrator all."""

    list_display = ("name", "is_active")
    fields = ("committee", "name", "is_active")
    inlines = (StepInline,)

    def scope(self, request: HttpRequest) -> QuerySet[ReminderPolicy]:
        return ReminderPolicy.objects.filter(committee__in=self._committees(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        theirs = obj is None or self._committees(request).filter(pk=obj.committee_id).exists()
        return theirs and super().has_change_permission(request, obj)

    def choices_for(self, db_field: Any, request: HttpRequest) -> QuerySet[Any] | None:
        if db_field.remote_field.model is Committee:
            return self._committees(request)
        return super().choices_for(db_field, request)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With one committee the word never shows: it is filled in."""
        fieldsets = super().get_fieldsets(request, obj)
        if len(self._committees(request)) > 1:
            return fieldsets
        return [
            (title, options | {"fields": [name for name in options["fields"] if name != "committee"]})
            for title, options in fieldsets
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if obj.committee_id is None:
            obj.committee = self._committees(request).get()
        super().save_model(request, obj, form, change)

    def _committees(self, request: HttpRequest) -> QuerySet[Committee]:
        held = rights(signed_in(request), on=today())
        rows = Committee.objects.order_by("pk")
        return rows if held.administrator or held.auditor else rows.filter(pk__in=held.secretariat_of)
