"""What the forms of a draft and of a correction have in common: the words, the deadline, the people above it."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from accounts.clock import today
from directives.admin.deadline_reading import in_words, read
from directives.admin.form_fields import LineWithChoices
from directives.admin.unit_choice import UnitsField, unit_line
from directives.admin.wording import seat_labels
from directives.deadline_words import Reading
from directives.models import Directive, ReminderPolicy
from directives.rights import Rights
from directives.search import search
from steering.models import Seat, Unit

KNOWN_GIVERS = 200
CODES_NAMED = 5


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
    """The words of a directive, its deadline and the people above it.

    When words of a deadline are there and no date, the date read from them is proposed once.
    """

    supervisor = SeatField(label=_("Thành viên Ban Chỉ đạo phụ trách"))
    given_by_seat = SeatField(label=_("Người giao là thành viên Ban Chỉ đạo"))
    given_by_unit = UnitsField(
        single=True,
        required=False,
        label=_("Đơn vị giao"),
        help_text=_("Khi người giao là một đơn vị, ví dụ Bộ Y tế."),
    )
    reminder_policy = forms.ModelChoiceField(
        ReminderPolicy.objects.none(),
        required=False,
        label=_("Chính sách nhắc việc"),
        empty_label=_("Các chính sách áp dụng chung"),
        widget=UnfoldAdminSelectWidget(),
        help_text=_("Chọn một chính sách: nhiệm vụ này chỉ nhắc theo chính sách đó."),
    )
    parent = forms.CharField(
        required=False,
        max_length=120,
        label=_("Thuộc nhiệm vụ"),
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
        help_text=_("Mã của nhiệm vụ lớn hơn mà nhiệm vụ này là một phần, nếu có."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    words_read = forms.CharField(widget=forms.HiddenInput, required=False)
    reading: Reading | None = None
    on: date

    def offer(
        self, directive: Directive, *, address: str, directives: QuerySet[Directive], held: Rights
    ) -> None:
        """Fill the choices for a directive of its committee; call once, after init.

        `address` suggests units, `directives` are those the person sees, whose rights are `held`.
        """
        live = ~Q(state=Directive.State.VOID) | Q(pk=directive.parent_id)
        self.directives = directives.filter(live, committee=directive.committee_id).exclude(pk=directive.pk)
        self.held = held
        self.on = self._day(directive)
        self.initial["version"] = directive.version
        self.initial["words_read"] = directive.deadline_words
        self.initial["parent"] = directive.parent.code if directive.parent else ""
        seats = list(Seat.objects.filter(committee=directive.committee_id).order_by("protocol_order"))
        labels = seat_labels(seats, on=today())
        for name in ("supervisor", "given_by_seat"):
            field: Any = self.fields[name]
            field.offer(seats, labels)
        policies: Any = self.fields["reminder_policy"]
        in_use = Q(is_active=True) | Q(pk=directive.reminder_policy_id)
        policies.queryset = ReminderPolicy.objects.filter(in_use, committee=directive.committee_id).order_by(
            "name", "pk"
        )
        unit_field: Any = self.fields["given_by_unit"]
        unit_field.offer(address, on=self.on)
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

    def clean_parent(self) -> Directive | None:
        """Return the directive whose code was typed, or the one that bears the words typed."""
        typed = self.cleaned_data["parent"].strip()
        if not typed:
            return None
        exact = self.directives.filter(code=typed)
        found = list(
            exact[:2] or search(self.directives, typed, held=self.held).order_by("-pk")[: CODES_NAMED + 1]
        )
        if len(found) == 1:
            return found[0]
        if not found:
            raise forms.ValidationError(_("Không tìm thấy nhiệm vụ nào như vậy; hãy nhập mã nhiệm vụ."))
        codes = "; ".join(row.code for row in found[:CODES_NAMED])
        raise forms.ValidationError(
            _("Có nhiều nhiệm vụ như vậy, ví dụ: %(codes)s. Hãy nhập đúng một mã."), params={"codes": codes}
        )

    def clean(self) -> dict[str, Any]:
        """Check what concerns several fields, and read the deadline's words when there is no date yet."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("is_standing") and data.get("due_on"):
            self.add_error("due_on", _("Nhiệm vụ thường xuyên không có thời hạn; hãy để trống thời hạn."))
        elif "due_on" in data and not data["due_on"] and not data.get("is_standing"):
            self._propose(data.get("deadline_words", ""))
        return data

    def _day(self, directive: Directive) -> date:
        """The day on which the units have to exist: as typed, if it can be read, else the directive's own."""
        fallback = directive.given_on or directive.document.issued_on or today()
        if not self.is_bound:
            return fallback
        try:
            return self.fields["given_on"].clean(self.data.get("given_on")) or fallback
        except forms.ValidationError:
            return fallback

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

    def reading_in_words(self) -> str:
        """Return what was understood of the deadline's words, "" when nothing was read."""
        return in_words(self.reading) if self.reading else ""


SUBJECT_WIDGETS = {
    "content": UnfoldAdminTextareaWidget({"rows": 4}),
    "deliverable": UnfoldAdminTextareaWidget({"rows": 2}),
    "kind": UnfoldAdminSelectWidget(),
    "given_by": LineWithChoices({"autocomplete": "off"}),
    "urgency": UnfoldAdminSelectWidget(),
    "deadline_words": UnfoldAdminTextInputWidget({"autocomplete": "off"}),
    "due_on": UnfoldAdminDateWidget({"placeholder": "dd/mm/yyyy"}),
    "is_standing": UnfoldBooleanWidget(),
    "given_on": UnfoldAdminDateWidget({"placeholder": "dd/mm/yyyy"}),
    "is_restricted": UnfoldBooleanWidget(),
}
