"""What each of the secretariat's verbs asks for. Fields bear the names of the service's arguments."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget

from accounts.models import User
from directives import services
from directives.admin.form_fields import day_field
from directives.admin.unit_select import UnitSelectField
from directives.admin.verb_forms import VerbForm, line, prose
from directives.models import Note
from directives.timeline_words import day
from steering.models import Unit

KEPT, NEW, NONE = "kept", "new", "none"


class ConfirmForm(VerbForm):
    """Xác nhận hoàn thành: the day that counts is proposed, the allowed earlier ones beside it (DOMAIN §3)."""

    completed_on = forms.ChoiceField(
        label=_("Ngày được tính là hoàn thành"), widget=UnfoldAdminRadioSelectWidget(), required=False
    )
    reason = prose(_("Lý do"), help_text=_("Cần ghi khi chọn ngày sớm hơn ngày báo cáo."), rows=2)

    def prepare(self) -> None:
        days = completion_days(self.seen)
        choices = [(f"{on:%Y-%m-%d}", f"{on:%d/%m/%Y} – {what}") for on, what in days.items()]
        field: Any = self.fields["completed_on"]
        field.choices = choices
        if choices:
            field.initial = choices[0][0]
        if len(choices) < 2:
            del self.fields["completed_on"], self.fields["reason"]

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        chosen = given.pop("completed_on", "")
        if chosen:
            given["completed_on"] = date.fromisoformat(chosen)
        return given


def completion_days(seen: Any) -> dict[date, str]:
    """Return the days that may count as done, the default first, with what each is."""
    row = seen.assignment
    if row.submitted_on is None:
        return {}
    return {row.submitted_on: _now("ngày báo cáo hoàn thành"), **services.earlier_days(row)}


class DueForm(VerbForm):
    """A reason, and whether the due date stays, is set anew, or falls away."""

    due_choice = forms.ChoiceField(
        label=_("Thời hạn"),
        choices=[(KEPT, _("Giữ nguyên")), (NEW, _("Đặt thời hạn mới")), (NONE, _("Không có thời hạn"))],
        initial=KEPT,
        widget=UnfoldAdminRadioSelectWidget(),
    )
    due_on = day_field(_("Thời hạn mới"))

    def prepare(self) -> None:
        due_choice: Any = self.fields["due_choice"]
        kept = _now("Giữ nguyên (%(day)s)") % {"day": day(self.seen.assignment.due_on)}
        due_choice.choices = [(KEPT, kept), *list(due_choice.choices)[1:]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        choice = cleaned.get("due_choice")
        if choice == NEW and not cleaned.get("due_on") and "due_on" not in self.errors:
            self.add_error("due_on", _("Hãy nhập thời hạn mới."))
        if choice in (KEPT, NONE) and cleaned.get("due_on"):
            self.add_error(
                "due_choice", _("Đã nhập thời hạn mới; hãy chọn “Đặt thời hạn mới” hoặc xóa ngày.")
            )
        return cleaned

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        choice, due_on = given.pop("due_choice"), given.pop("due_on")
        if choice != KEPT:
            given["due_on"] = due_on if choice == NEW else None
        return given


class ResumeForm(DueForm):
    """Tiếp tục."""

    reason = prose(_("Lý do"), rows=2)


class ReopenForm(DueForm):
    """Mở lại."""

    reason = prose(_("Lý do"), required=_("Hãy ghi lý do."))


class TransferForm(DueForm):
    """Chuyển đơn vị."""

    unit = UnitSelectField(
        label=_("Chuyển cho đơn vị"), error_messages={"required": _("Hãy chọn đơn vị nhận nhiệm vụ.")}
    )
    basis = line(
        _("Văn bản chuyển"),
        required=_("Hãy ghi văn bản làm căn cứ chuyển."),
        help_text=_("Ví dụ: Công văn 12/BCĐ-CĐS ngày 05/06/2023"),
    )
    reason = prose(_("Lý do"), required=_("Hãy ghi lý do."))
    field_order = ("version", "unit", "basis", "reason", "due_choice", "due_on")

    def prepare(self) -> None:
        super().prepare()
        self.fields["unit"].queryset = Unit.objects.on(self.seen.on)  # type: ignore[attr-defined]


class CorrectDueForm(VerbForm):
    """Đính chính thời hạn: a typing mistake, not an extension."""

    due_on = day_field(_("Thời hạn đúng"))
    no_due = forms.BooleanField(label=_("Không có thời hạn"), required=False)
    words = line(_("Thời hạn như văn bản ghi"), help_text=_("Chép nguyên văn, ví dụ: trước 1/7/2023"))
    reason = prose(_("Lý do"), required=_("Hãy ghi lý do."))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("due_on") and cleaned.get("no_due"):
            self.add_error("no_due", _("Đã nhập ngày; hãy bỏ chọn hoặc xóa ngày."))
        elif not cleaned.get("due_on") and not cleaned.get("no_due") and "due_on" not in self.errors:
            self.add_error("due_on", _("Hãy nhập thời hạn đúng, hoặc chọn “Không có thời hạn”."))
        return cleaned

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        del given["no_due"]
        return given


class NoteForm(VerbForm):
    """Trao đổi."""

    kind = forms.ChoiceField(
        label=_("Hình thức"), choices=Note.Kind.choices, widget=UnfoldAdminRadioSelectWidget(radio_style=1)
    )
    held_on = day_field(_("Ngày"), required=True, error_messages={"required": _("Hãy nhập ngày trao đổi.")})
    text = prose(_("Nội dung"), required=_("Hãy ghi nội dung trao đổi."), rows=4)

    def prepare(self) -> None:
        self.initial.setdefault("held_on", self.seen.on)
        self.initial.setdefault("kind", Note.Kind.PHONE if self.seen.secretariat else Note.Kind.OPINION)

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        del given["version"]
        return given


class PeopleForm(VerbForm):
    """Who works on it at the unit; who was named by the document only the secretariat says."""

    officer = forms.ChoiceField(
        label=_("Chuyên viên theo dõi"), required=False, widget=UnfoldAdminSelectWidget()
    )
    assignee = forms.ChoiceField(
        label=_("Người được giao đích danh"),
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text=_("Khi văn bản giao cho một người nêu tên."),
    )

    def prepare(self) -> None:
        row = self.seen.assignment
        people = {
            posting.user_id: f"{posting.user} – {posting.get_duty_display()}, {posting.unit}"
            for posting in self.seen.colleagues()
        }
        for name in ("officer", "assignee"):
            present = getattr(row, name)
            known = people if present is None else {present.pk: str(present)} | people
            field: Any = self.fields[name]
            field.choices = [("", _("– Chưa chọn –")), *known.items()]
            self.initial.setdefault(name, present.pk if present else "")
        if not self.seen.secretariat:
            del self.fields["assignee"]

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        given.setdefault("assignee", self.seen.assignment.assignee_id or "")
        chosen = User.objects.in_bulk([int(given[name]) for name in ("officer", "assignee") if given[name]])
        for name in ("officer", "assignee"):
            given[name] = chosen[int(given[name])] if given[name] else None
        return given


class AnsweringUnitForm(VerbForm):
    """Chọn đơn vị trả lời: which of several successors answers."""

    unit = forms.ModelChoiceField(
        label=_("Đơn vị trả lời"),
        queryset=Unit.objects.none(),
        required=False,
        empty_label=_("– Theo kế thừa, chưa chọn riêng –"),
        widget=UnfoldAdminSelectWidget(),
    )
    reason = prose(_("Lý do"), rows=2)

    def prepare(self) -> None:
        field: Any = self.fields["unit"]
        field.queryset = Unit.objects.filter(pk__in=[unit.pk for unit in self.seen.successors])
        self.initial.setdefault("unit", self.seen.assignment.answering_unit_id)
