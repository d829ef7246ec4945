"""A person's account together with what the person is: at units, in a secretariat."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import display
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import ScopedTabularInline, signed_in
from accounts.admin.user import UserAdmin
from accounts.models import User
from accounts.roles import Role
from steering import postings
from steering.models import CommitteeStaff, Posting


class PostingInline(ScopedTabularInline):
    """Who works at which unit; saved by `postings.keep`, so that the permission rows follow."""

    model = Posting
    verbose_name_plural = _("Phân công tại đơn vị")
    fields: tuple[str, ...] = ("unit", "duty", "valid_from", "valid_until")
    autocomplete_fields: tuple[str, ...] = ("unit",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("unit", "user")


class StaffInline(ScopedTabularInline):
    model = CommitteeStaff
    verbose_name_plural = _("Làm việc cho Tổ thư ký")
    fields = ("committee", "valid_from", "valid_until")


def save_postings(by: User, formset: Any) -> None:
    """Save the changed rows of an inline of postings through the service that keeps their permission rows."""
    for posting in formset.save(commit=False):
        postings.keep(posting=posting, by=by)
    formset.save_m2m()


@admin.register(User)
class PersonAdmin(UserAdmin):
    inlines = (PostingInline, StaffInline)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is Posting:
            save_postings(signed_in(request), formset)
        else:
            super().save_formset(request, form, formset, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        self._warn_of_missing_roles(request, form.instance)

    def _warn_of_missing_roles(self, request: HttpRequest, user: User) -> None:
        """A posting gives units, a role gives screens: one without the other opens nothing."""
        roles = set(user.groups.values_list("name", flat=True))
        at_unit = {Role.UNIT_HEAD.value, Role.UNIT_OFFICER.value}
        if user.postings.exists() and not roles & at_unit:
            messages.warning(request, _("Người này có phân công tại đơn vị nhưng chưa có vai trò đơn vị."))
        if user.staff_postings.exists() and Role.SECRETARIAT.value not in roles:
            messages.warning(request, _("Người này làm việc cho Tổ thư ký nhưng chưa có vai trò Tổ thư ký."))


class PeopleOfUnitInline(PostingInline):
    """The same rows, from the unit's page, with how to reach each person."""

    tab = True
    verbose_name_plural = _("Người được phân công")
    fields = ("user", "duty", "phone", "email", "valid_from", "valid_until")
    readonly_fields = ("phone", "email")
    autocomplete_fields = ("user",)

    @display(description=_("điện thoại"))
    def phone(self, posting: Posting) -> str:
        return posting.user.phone if posting.pk else ""

    @display(description=_("thư điện tử"))
    def email(self, posting: Posting) -> str:
        return posting.user.email if posting.pk else ""
