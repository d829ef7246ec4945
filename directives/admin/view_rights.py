"""Quyền xem: who else may see a restricted directive, from a day until a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import signed_in
from accounts.clock import now, today
from directives import services
from directives.admin.directive_frame import DirectiveFrame
from directives.admin.form_fields import ReasonForm, day_field
from directives.admin.pages import bound
from directives.admin.person_field import PersonField
from directives.models import Directive, DirectiveUserObjectPermission


class ViewRightForm(ReasonForm):
    """A named person, for a time."""

    person = PersonField(
        label=_("Người được xem"),
        error_messages={"required": _("Hãy nhập họ và tên hoặc tên đăng nhập.")},
    )
    valid_from = day_field(_("Từ ngày"), required=True)
    valid_until = day_field(_("Đến hết ngày"), help_text=_("Để trống: cho đến khi kết thúc quyền xem."))
    field_order = ["person", "valid_from", "valid_until", "reason"]

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["valid_from"] = on
        del self.fields["reason"].widget.attrs["autofocus"]
        person: Any = self.fields["person"]
        person.offer()


class ViewRightPages(DirectiveFrame):
    """The rights to see one restricted directive: looked at, granted, ended."""

    def view_right_pages(self) -> list[tuple[str, Any, str]]:
        return [
            ("<int:object_id>/quyen-xem/", self.view_rights, "view_rights"),
            ("<int:object_id>/quyen-xem/them/", self.grant_view, "grant_view"),
            ("<int:object_id>/quyen-xem/<int:grant_id>/ket-thuc/", self.end_view, "end_view"),
        ]

    def view_rights(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """List who was let see a restricted directive, for the secretariat and those who read its history."""
        directive: Directive = self.seen(request, object_id)
        if not self.reads_drafts(request, directive):
            raise PermissionDenied
        on = today()
        grants = directive.grants.select_related("user").order_by("user__name_key", "valid_from", "pk")
        return self.page(
            request,
            "admin/directives/directive/view_rights.html",
            title=_("Quyền xem"),
            trail=self.trail(directive, itself=True),
            directive=directive,
            grants=[
                {"row": row, "over": row.valid_until is not None and row.valid_until < on} for row in grants
            ],
            works=self.has_change_permission(request, directive),
        )

    def grant_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Cấp quyền xem cho một người, trong một thời gian."""
        directive: Directive = self.worked_on(request, object_id)

        def act(data: Mapping[str, Any]) -> None:
            services.grant_view(
                directive=directive,
                person=data["person"],
                valid_from=data["valid_from"],
                valid_until=data["valid_until"],
                reason=data["reason"],
                by=signed_in(request),
                at=now(),
            )

        return self._rights_dialog(
            request,
            directive,
            form=ViewRightForm(on=today(), **bound(request)),
            act=act,
            title=_("Cấp quyền xem"),
            button=_("Cấp quyền xem"),
            done=_("Đã cấp quyền xem."),
        )

    def end_view(self, request: HttpRequest, object_id: int, grant_id: int) -> HttpResponse:
        """Kết thúc quyền xem, ngay lập tức."""
        directive: Directive = self.worked_on(request, object_id)
        grant = get_object_or_404(
            DirectiveUserObjectPermission.objects.select_related("user", "content_object"),
            pk=grant_id,
            content_object=directive,
        )

        def act(data: Mapping[str, Any]) -> None:
            services.end_view(grant=grant, by=signed_in(request), at=now(), reason=data["reason"])

        return self._rights_dialog(
            request,
            directive,
            form=ReasonForm(**bound(request)),
            act=act,
            title=_("Kết thúc quyền xem"),
            button=_("Kết thúc quyền xem"),
            done=_("Đã kết thúc quyền xem."),
            danger=True,
            intro=_now("%(person)s không xem được nhiệm vụ này nữa.") % {"person": grant.user},
        )

    def _rights_dialog(self, request: HttpRequest, directive: Directive, **dialog: Any) -> HttpResponse:
        rights_page = self.address("view_rights", directive.pk)
        trail = [*self.trail(directive, itself=True), (rights_page, _("Quyền xem"))]
        return self.dialog(request, back=rights_page, trail=trail, directive=directive, **dialog)
