"""Asking for a later date, and entering what was decided."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget

from directives.admin.form_fields import SeveralFilesField, day_field
from directives.admin.verb_forms import VerbForm, line, prose
from directives.models import ExtensionRequest

GRANTED, OTHER_DATE, REFUSED = (
    ExtensionRequest.State.GRANTED.value,
    ExtensionRequest.State.OTHER_DATE.value,
    ExtensionRequest.State.REFUSED.value,
)


class ExtendForm(VerbForm):
    """Đề nghị gia hạn."""

    due_on = day_field(
        _("Đề nghị gia hạn đến"),
        required=True,
        error_messages={"required": _("Hãy nhập thời hạn đề nghị.")},
    )
    reason = prose(_("Lý do"), required=_("Hãy ghi lý do."))
    uploads = SeveralFilesField()


class DecideExtensionForm(VerbForm):
    """The decision of the leader who gave the task, as the secretariat enters it."""

    request_id = forms.IntegerField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(
        label=_("Quyết định"),
        choices=[
            (GRANTED, ExtensionRequest.State.GRANTED.label),
            (OTHER_DATE, ExtensionRequest.State.OTHER_DATE.label),
            (REFUSED, ExtensionRequest.State.REFUSED.label),
        ],
        widget=UnfoldAdminRadioSelectWidget(),
        error_messages={"required": _("Hãy chọn quyết định.")},
    )
    due_on = day_field(_("Thời hạn mới"), help_text=_("Khi đồng ý với thời hạn khác."))
    decided_by = line(
        _("Người quyết định"),
        max_length=ExtensionRequest._meta.get_field("decided_by").max_length,
        required=_("Hãy ghi người quyết định."),
        help_text=_("Lãnh đạo đã giao nhiệm vụ."),
    )
    basis = line(_("Văn bản quyết định"))
    reason = prose(_("Lý do"), help_text=_("Cần ghi khi không đồng ý."), rows=2)

    def prepare(self) -> None:
        if not self.is_bound and self.seen.open_request is not None:
            self.initial.setdefault("request_id", self.seen.open_request.pk)
        self.initial.setdefault("decided_by", self.seen.assignment.directive.given_by)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        decision, due_on = cleaned.get("decision"), cleaned.get("due_on")
        if decision == OTHER_DATE and not due_on and "due_on" not in self.errors:
            self.add_error("due_on", _("Hãy nhập thời hạn mới."))
        if decision in (GRANTED, REFUSED) and due_on:
            self.add_error("due_on", _("Chỉ nhập thời hạn mới khi chọn “Đồng ý với thời hạn khác”."))
        return cleaned

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        del given["version"]
        decision = given.pop("decision")
        # Whether it is there and still open, the service says: and if not, who decided it meanwhile.
        request = ExtensionRequest(pk=given.pop("request_id"), assignment=self.seen.assignment)
        return {**given, "request": request, "granted": decision != REFUSED}
