"""The form of a draft directive: what is to be done, by when, under whose eyes, by which units."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from accounts.clock import today
from directives.admin.deadline_reading import in_words, read
from directives.admin.form_fields import LineWithChoices
from directives.admin.unit_choice import (
    KindsField,
    UnitsField,
    as_selection,
    kinds_on,
    unit_line,
    units_of_kinds,
)
from directives.admin.wording import seat_labels
from directives.deadline_words import Reading
from directives.models import Directive
from directives.models.directive import Part
from steering.models import Seat, Unit

KNOWN_GIVERS = 200


class SeatField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A seat of the committee, by the name of who holds it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(queryset=Seat.objects.none(), widget=UnfoldAdminSelectWidget(), **kwargs)

    def offer(self, seats: Sequence[Seat], labels: dict[int, str]) -> None:
        """Offer these seats under these labels."""
        self.queryset = Seat.objects.filter(pk__in=[seat.pk for seat in seats])
        self.widget.choices = [("", _("Chưa chọn")), *((seat.pk, labels[seat.pk]) for seat in seats)]


class SubjectFields(forms.Form):
    """The words of a directive and the people above it; what a draft and a correction have in common."""

    supervisor = SeatField(label=_("Thành viên Ban Chỉ đạo phụ trách"))
    given_by_seat = SeatField(label=_("Người giao là thành viên Ban Chỉ đạo"))
    given_by_unit = UnitsField(
        single=True,
        required=False,
        label=_("Đơn vị giao"),
        help_text=_("Khi người giao là một đơn vị, ví dụ Bộ Y tế."),
    )

    def offer_people(self, directive: Directive, *, address: str) -> None:
        """Fill the choices of seats, givers and units for a directive of its committee; call once, after init."""
        on = directive.given_on or today()
        seats = list(Seat.objects.filter(committee=directive.committee_id).order_by("protocol_order"))
        labels = seat_labels(seats, on=today())
        for name in ("supervisor", "given_by_seat"):
            field: Any = self.fields[name]
            field.offer(seats, labels)
        unit_field: Any = self.fields["given_by_unit"]
        unit_field.offer(address, on=on)
        if directive.given_by_unit is not None:
            self.initial["given_by_unit"] = unit_line(directive.given_by_unit)
        givers = Directive.objects.filter(committee=directive.committee_id).exclude(given_by="")
        widget: Any = self.fields["given_by"].widget
        widget.known = list(
            givers.order_by("given_by").values_list("given_by", flat=True).distinct()[:KNOWN_GIVERS]
        )

    def clean_given_by_unit(self) -> Unit | None:
        """Return the one unit, or none."""
        units: list[Unit] = self.cleaned_data["given_by_unit"]
        return units[0] if units else None


SUBJECT_WIDGETS = {
    "content": UnfoldAdminTextareaWidget({"rows": 4}),
    "deliverable": UnfoldAdminTextareaWidget({"rows": 2}),
    "kind": UnfoldAdminSelectWidget(),
    "given_by": LineWithChoices({"autocomplete": "off"}),
    "urgency": UnfoldAdminSelectWidget(),
    "deadline_words": UnfoldAdminTextInputWidget({"autocomplete": "off"}),
    "due_on": UnfoldAdminDateWidget({"placeholder": "dd/mm/yyyy"}),
    "is_restricted": UnfoldBooleanWidget(),
}


class DraftForm(SubjectFields, forms.ModelForm):  # type: ignore[type-arg]
    """A draft. When words of a deadline are there and no date, the date read from them is proposed once."""

    mode = forms.ChoiceField(
        label=_("Cách thực hiện"),
        choices=Directive.Mode.choices,
        initial=Directive.Mode.JOINT,
        widget=UnfoldAdminRadioSelectWidget(radio_style=1),
    )
    lead = UnitsField(single=True, required=False, label=_("Đơn vị chủ trì"))
    units = UnitsField(
        required=False,
        label=_("Các đơn vị"),
        help_text=_("Mỗi dòng một đơn vị; có thể dán danh sách từ Excel."),
    )
    kinds = KindsField(label=_("Tất cả đơn vị thuộc loại"))
    left_out = UnitsField(required=False, label=_("Trừ các đơn vị"))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    words_read = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Directive
        fields = [
            "content", "deliverable", "kind", "urgency", "given_by", "given_by_seat", "given_by_unit", "supervisor",
            "deadline_words", "due_on", "is_standing", "given_on", "ordinal", "mode", "is_restricted",
        ]  # fmt: skip
        widgets = SUBJECT_WIDGETS | {
            "is_standing": UnfoldBooleanWidget(),
            "given_on": UnfoldAdminDateWidget({"placeholder": "dd/mm/yyyy"}),
            "ordinal": UnfoldAdminIntegerFieldWidget({"min": 1}),
        }

    def __init__(self, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reading: Reading | None = None
        directive = self.instance
        self.on = self._day()
        self.offer_people(directive, address=address)
        for name in ("lead", "units", "left_out"):
            field: Any = self.fields[name]
            field.offer(address, on=self.on)
        self.kind_counts = kinds_on(self.on)
        kinds: Any = self.fields["kinds"]
        kinds.offer(self.kind_counts)
        self.fields["ordinal"].required = False
        self.fields["ordinal"].help_text = _("Để trống: tiếp theo trong văn bản.")
        self.fields["given_on"].help_text = _(
            "Đơn vị phải đang hoạt động vào ngày này; thời hạn tính từ ngày này."
        )
        self.fields["is_restricted"].help_text = _(
            "Chỉ Tổ thư ký, Trưởng ban, Phó Trưởng ban thường trực, người phụ trách, đơn vị nhận "
            "và người được cấp quyền xem."
        )
        if not self.is_bound:
            self._begin(directive)

    def _day(self) -> date:
        """The day on which the units have to exist: as typed, if it can be read, else the directive's own."""
        fallback = self.instance.given_on or self.instance.document.issued_on or today()
        if not self.is_bound:
            return fallback
        try:
            return self.fields["given_on"].clean(self.data.get("given_on")) or fallback
        except forms.ValidationError:
            return fallback

    def _begin(self, directive: Directive) -> None:
        self.initial["given_on"] = self.on
        self.initial["version"] = directive.version
        if directive.pk is None:
            return
        self.initial["words_read"] = directive.deadline_words
        addressees = list(directive.addressees.select_related("unit"))
        self.initial["lead"] = "".join(unit_line(a.unit) for a in addressees if a.part == Part.LEAD)
        chosen = as_selection([a.unit for a in addressees if a.part != Part.LEAD], on=self.on)
        self.initial["kinds"] = [kind.pk for kind in chosen.kinds]
        self.initial["units"] = "\n".join(map(unit_line, chosen.single))
        self.initial["left_out"] = "\n".join(map(unit_line, chosen.left_out))

    def clean_lead(self) -> Unit | None:
        """Return the one unit, or none."""
        units: list[Unit] = self.cleaned_data["lead"]
        return units[0] if units else None

    def clean(self) -> dict[str, Any]:
        """Check what concerns several fields, and read the deadline's words when there is no date yet."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("mode") == Directive.Mode.EACH and data.get("lead"):
            self.add_error(
                "lead",
                _(
                    "“Từng đơn vị thực hiện” không có đơn vị chủ trì; hãy chuyển đơn vị này xuống danh sách các đơn vị."
                ),
            )
        if data.get("is_standing") and data.get("due_on"):
            self.add_error("due_on", _("Nhiệm vụ thường xuyên không có thời hạn; hãy để trống thời hạn."))
        elif "due_on" in data and not data["due_on"] and not data.get("is_standing"):
            self._propose(data.get("deadline_words", ""))
        return data

    def _propose(self, words: str) -> None:
        if not words or words == self.data.get("words_read"):
            return
        self.read_deadline()
        if self.reading and self.reading.due_on:
            self.add_error(
                "due_on", _("Đã điền thời hạn đọc được từ nguyên văn; hãy kiểm tra rồi bấm Lưu lần nữa.")
            )
        elif self.reading and self.reading.standing:
            self.add_error(
                "is_standing", _("Nguyên văn là việc thường xuyên; hãy kiểm tra rồi bấm Lưu lần nữa.")
            )

    def read_deadline(self) -> None:
        """Read the words typed and put what was understood into the fields shown again."""
        words = str(self.data.get("deadline_words", "")).strip()
        self.reading = read(words, given_on=self.on) if words else None
        if self.reading is None:
            return
        typed: Any = copy(self.data)
        typed["words_read"] = words
        if self.reading.due_on:
            typed["due_on"] = f"{self.reading.due_on:%d/%m/%Y}"
        if self.reading.standing:
            typed["is_standing"] = "on"
        self.data = typed

    def only_reading(self) -> None:
        """Show the form again with the deadline read, as if nothing had been submitted yet."""
        self.full_clean()
        self.errors.clear()
        self.read_deadline()

    def chosen_units(self) -> list[Unit]:
        """Return the units beside the lead: those of the kinds but the ones left out, and the single ones."""
        data = self.cleaned_data
        left_out = {unit.pk for unit in data["left_out"]}
        units = {
            unit.pk: unit for unit in units_of_kinds(data["kinds"], on=self.on) if unit.pk not in left_out
        }
        return list((units | {unit.pk: unit for unit in data["units"]}).values())

    def reading_in_words(self) -> str:
        """Return what was understood of the deadline's words, "" when nothing was read."""
        return in_words(self.reading) if self.reading else ""
