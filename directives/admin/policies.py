"""The ladders of reminders: who is reminded how many days before or after a due date."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import ScopedAdmin
from directives.admin.policy_rehearsal import RehearsalPages
from directives.admin.policy_steps import StepPages, step_changes, steps_in_words
from directives.models import ReminderPolicy
from steering.models import Committee


@admin.register(ReminderPolicy)
class ReminderPolicyAdmin(StepPages, RehearsalPages):
    """A secretariat keeps the ladders of its committee, the administrator all."""

    list_display = ("name", "is_active", "is_general", "step_count")
    fields = ("committee", "name", "is_active", "is_general", "late_days")
    list_filter_submit = False
    change_form_outer_before_template = "admin/directives/policy/steps.html"

    def own_pages(self) -> list[tuple[str, Callable[..., HttpResponseBase], str]]:
        return [*self.step_pages(), *self.rehearsal_pages()]

    def scope(self, request: HttpRequest) -> QuerySet[ReminderPolicy]:
        return ReminderPolicy.objects.filter(committee__in=self._committees(request))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(active=Count("steps", filter=Q(steps__is_active=True)))

    @display(description=_("Số bậc đang dùng"))
    def step_count(self, policy: ReminderPolicy) -> int:
        count: int = policy.active  # type: ignore[attr-defined]
        return count

    def has_add_permission(self, request: HttpRequest) -> bool:
        return ScopedAdmin.has_add_permission(self, request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        theirs = obj is None or self._committees(request).filter(pk=obj.committee_id).exists()
        return theirs and ScopedAdmin.has_change_permission(self, request, obj)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return ScopedAdmin.history_view(self, request, object_id, extra_context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return ScopedAdmin.delete_view(self, request, object_id, extra_context)

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

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A policy stays with its committee: documents and directives refer to it."""
        return ("committee",) if obj is not None else ()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Above the policy's own fields its steps in words."""
        policy = self.get_object(request, object_id)
        shown = {} if policy is None else self._steps(request, policy)
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**shown, **(extra_context or {})}
        )
        return response

    def _steps(self, request: HttpRequest, policy: ReminderPolicy) -> dict[str, Any]:
        return {
            "policy_steps": steps_in_words(policy),
            "step_changes": step_changes(policy),
            "works": self.has_change_permission(request, policy),
            "add_step_address": self.address("add_step", policy.pk),
            "rehearse_address": self.address("rehearse", policy.pk),
        }

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """A new policy has no steps yet: its page is where they are added."""
        super().response_add(request, obj, post_url_continue)
        return HttpResponseRedirect(self.home(obj))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if obj.committee_id is None:
            obj.committee = self._committees(request).get()
        super().save_model(request, obj, form, change)

    def _committees(self, request: HttpRequest) -> QuerySet[Committee]:
        held = self.held(request)
        rows = Committee.objects.order_by("pk")
        return rows if held.administrator or held.auditor else rows.filter(pk__in=held.secretariat_of)
