"""What the secretariat does to a directive that was given: correct it, add units, take it back, replace it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.admin.base import signed_in
from accounts.clock import now, today
from directives import services
from directives.admin.directive_frame import DirectiveFrame
from directives.admin.form_fields import ReasonForm
from directives.admin.pages import bound
from directives.admin.subject_forms import SUBJECT_WIDGETS, SubjectFields
from directives.admin.unit_choice import KindsField, UnitsField, kinds_on, units_of_kinds
from directives.lifecycle import NOT_LIVE
from directives.models import Directive
from directives.rights import Rights
from steering.models import Unit


class CorrectionForm(SubjectFields, forms.ModelForm):  # type: ignore[type-arg]
    """Đính chính: what was mistyped; the reason is asked for, and the old words stay in the history.

    The units and their parts are put right by their own dialogs, or by replacing the directive.
    """

    reason = forms.CharField(
        label=_("Lý do đính chính"),
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        error_messages={"required": _("Hãy ghi lý do đính chính.")},
    )

    class Meta:
        model = Directive
        fields = [
            "content", "deliverable", "kind", "urgency", "given_by", "given_by_seat", "given_by_unit", "supervisor",
            "deadline_words", "due_on", "is_standing", "given_on", "parent", "is_restricted",
            "reminder_policy",
        ]  # fmt: skip
        widgets = SUBJECT_WIDGETS

    def __init__(
        self, *args: Any, address: str, directives: QuerySet[Directive], held: Rights, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offer(self.instance, address=address, directives=directives, held=held)
        self.fields["due_on"].help_text = _(
            "Đổi ngày ở đây là sửa ngày nhập sai: áp dụng cho mọi đơn vị đang theo thời hạn chung. "
            "Cho thêm thời gian thì dùng “Đề nghị gia hạn” của từng đơn vị."
        )
        self.fields["given_on"].required = True
        self.fields["given_on"].error_messages["required"] = _("Hãy nhập ngày giao.")

    def changes(self) -> dict[str, Any]:
        """Return the fields that can be corrected with the values given."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class AddUnitsForm(ReasonForm):
    """Thêm đơn vị: single ones, or all of a kind that do not have it yet."""

    units = UnitsField(
        required=False,
        label=_("Các đơn vị"),
        help_text=_("Mỗi dòng một đơn vị; có thể dán danh sách từ Excel."),
    )
    kinds = KindsField(label=_("Tất cả đơn vị thuộc loại (trừ đơn vị đã được giao)"))
    field_order = ["units", "kinds", "reason"]

    def __init__(self, *args: Any, address: str, directive: Directive, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = today()
        self.directive = directive
        units: Any = self.fields["units"]
        units.offer(address, on=self.on)
        kinds: Any = self.fields["kinds"]
        kinds.offer(kinds_on(self.on))
        del self.fields["reason"].widget.attrs["autofocus"]

    def chosen_units(self) -> list[Unit]:
        """Return the units named, and those of the kinds that do not have the directive already."""
        live = self.directive.assignments.exclude(status__in=NOT_LIVE)
        there = set(live.values_list("unit", flat=True))
        units = {
            unit.pk: unit
            for unit in units_of_kinds(self.cleaned_data["kinds"], on=self.on)
            if unit.pk not in there
        }
        return list((units | {unit.pk: unit for unit in self.cleaned_data["units"]}).values())


class CorrectionPages(DirectiveFrame):
    """The dialogs of a directive that was given."""

    def correction_pages(self) -> list[tuple[str, Any, str]]:
        return [
            ("<int:object_id>/dinh-chinh/", self.correct, "correct"),
            ("<int:object_id>/them-don-vi/", self.add_units, "add_units"),
            ("<int:object_id>/thu-hoi/", self.revoke, "revoke"),
            ("<int:object_id>/thay-the/", self.replace, "replace"),
        ]

    def correct(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Đính chính: text, people or date that were mistyped."""
        directive: Directive = self.worked_on(request, object_id)
        if directive.state != Directive.State.ISSUED:
            return HttpResponseRedirect(self.home(directive))
        form = CorrectionForm(
            instance=directive,
            address=self.address("units"),
            directives=self.scope(request),
            held=self.held(request),
            **bound(request),
        )

        def act(data: Mapping[str, Any]) -> None:
            services.correct_directive(
                directive=directive,
                by=signed_in(request),
                at=now(),
                reason=data["reason"],
                changes=form.changes(),
                version=data["version"],
            )

        return self.subject_dialog(
            request,
            form=form,
            act=act,
            back=self.home(directive),
            trail=self.trail(directive, itself=True),
            title=_("Đính chính nhiệm vụ"),
            button=_("Đính chính"),
            done=_("Đã đính chính; nội dung cũ được giữ trong lịch sử thay đổi."),
            template="admin/directives/directive/correct.html",
        )

    def add_units(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Thêm đơn vị: coordinating ones, or further ones that each do their own."""
        directive: Directive = self.worked_on(request, object_id)
        if directive.state != Directive.State.ISSUED:
            return HttpResponseRedirect(self.home(directive))
        form = AddUnitsForm(address=self.address("units"), directive=directive, **bound(request))

        def act(data: Mapping[str, Any]) -> None:
            services.add_units(
                directive=directive,
                units=form.chosen_units(),
                by=signed_in(request),
                at=now(),
                reason=data["reason"],
            )

        each = directive.mode == Directive.Mode.EACH
        return self._about(
            request,
            directive,
            form=form,
            act=act,
            title=_("Thêm đơn vị"),
            button=_("Giao cho các đơn vị này"),
            done=_("Đã giao nhiệm vụ cho các đơn vị được thêm."),
            intro=_("Các đơn vị này tự thực hiện phần của mình.")
            if each
            else _("Các đơn vị này là đơn vị phối hợp."),
            template="admin/directives/directive/add_units.html",
        )

    def revoke(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Thu hồi cả nhiệm vụ: all that is not done is taken back."""
        directive: Directive = self.worked_on(request, object_id)

        def act(data: Mapping[str, Any]) -> None:
            services.revoke_directive(
                directive=directive, by=signed_in(request), at=now(), reason=data["reason"]
            )

        return self._about(
            request,
            directive,
            form=ReasonForm(**bound(request)),
            act=act,
            title=_("Thu hồi cả nhiệm vụ"),
            button=_("Thu hồi"),
            done=_("Đã thu hồi nhiệm vụ."),
            danger=True,
            intro=_now(
                "%(code)s: mọi phần chưa hoàn thành sẽ được thu hồi; phần đã hoàn thành được giữ nguyên."
            )
            % {"code": directive.code},
        )

    def replace(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Thay thế: takes the directive back and opens a draft with the same text and units in its place."""
        directive: Directive = self.worked_on(request, object_id)

        def act(data: Mapping[str, Any]) -> str:
            draft = services.replace_directive(
                directive=directive, by=signed_in(request), at=now(), reason=data["reason"]
            )
            return self.address("edit", draft.pk)

        return self._about(
            request,
            directive,
            form=ReasonForm(**bound(request)),
            act=act,
            title=_("Thay thế nhiệm vụ"),
            button=_("Thu hồi và soạn bản thay thế"),
            done=_("Đã thu hồi nhiệm vụ cũ. Hãy sửa bản nháp thay thế rồi giao."),
            danger=True,
            intro=_now(
                "%(code)s được thu hồi; một bản nháp với cùng nội dung và đơn vị được tạo để sửa rồi giao lại."
            )
            % {"code": directive.code},
        )

    def _about(self, request: HttpRequest, directive: Directive, **dialog: Any) -> HttpResponse:
        trail = self.trail(directive, itself=True)
        return self.dialog(request, back=self.home(directive), trail=trail, directive=directive, **dialog)
