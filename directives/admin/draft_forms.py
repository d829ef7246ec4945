"""The form of a draft directive: what is to be done, by when, under whose eyes, by which units."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminRadioSelectWidget

from directives.admin.own_dates import OwnDatesField, own_date_line
from directives.admin.subject_forms import SUBJECT_WIDGETS, SubjectFields
from directives.admin.unit_choice import (
    KindsField,
    UnitsField,
    as_selection,
    kinds_on,
    unit_line,
    units_of_kinds,
)
from directives.models import Directive
from directives.models.directive import Part
from directives.rights import Rights
from steering.models import Unit


class DraftForm(SubjectFields, forms.ModelForm):  # type: ignore[type-arg]
    """A draft: its subject, and the units that it will be given to."""

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
    own_dates = OwnDatesField(
        label=_("Thời hạn riêng"),
        help_text=_(
            "Khi một số đơn vị có thời hạn khác: mỗi dòng một đơn vị và ngày, ví dụ "
            "“Sở Y tế thành phố Hà Nội: 15/07/2023”; có thể dán hai cột từ Excel."
        ),
    )

    class Meta:
        model = Directive
        fields = [
            "content", "deliverable", "kind", "urgency", "given_by", "given_by_seat", "given_by_unit", "supervisor",
            "deadline_words", "due_on", "is_standing", "given_on", "parent", "ordinal", "mode", "is_restricted",
            "reminder_policy",
        ]  # fmt: skip
        widgets = SUBJECT_WIDGETS | {"ordinal": UnfoldAdminIntegerFieldWidget({"min": 1})}

    def __init__(
        self, *args: Any, address: str, directives: QuerySet[Directive], held: Rights, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        directive = self.instance
        self.offer(directive, address=address, directives=directives, held=held)
        for name in ("lead", "units", "left_out"):
            field: Any = self.fields[name]
            field.offer(address, on=self.on)
        own_dates: Any = self.fields["own_dates"]
        own_dates.on = self.on
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

    def _begin(self, directive: Directive) -> None:
        self.initial["given_on"] = self.on
        if directive.pk is None:
            return
        addressees = list(directive.addressees.select_related("unit"))
        self.initial["lead"] = "".join(unit_line(a.unit) for a in addressees if a.part == Part.LEAD)
        chosen = as_selection([a.unit for a in addressees if a.part != Part.LEAD], on=self.on)
        self.initial["kinds"] = [kind.pk for kind in chosen.kinds]
        self.initial["units"] = "\n".join(map(unit_line, chosen.single))
        self.initial["left_out"] = "\n".join(map(unit_line, chosen.left_out))
        self.initial["own_dates"] = "\n".join(own_date_line(a.unit, a.due_on) for a in addressees if a.due_on)

    def clean_lead(self) -> Unit | None:
        """Return the one unit, or none."""
        units: list[Unit] = self.cleaned_data["lead"]
        return units[0] if units else None

    def clean(self) -> dict[str, Any]:
        """Check what concerns several fields."""
        data = super().clean()
        if data.get("mode") == Directive.Mode.EACH and data.get("lead"):
            self.add_error(
                "lead",
                _(
                    "“Từng đơn vị thực hiện” không có đơn vị chủ trì; hãy chuyển đơn vị này xuống danh sách các đơn vị."
                ),
            )
        return data

    def chosen_units(self) -> list[Unit]:
        """Return the units beside the lead: those of the kinds but the ones left out, and the single ones."""
        data = self.cleaned_data
        left_out = {unit.pk for unit in data["left_out"]}
        units = {
            unit.pk: unit for unit in units_of_kinds(data["kinds"], on=self.on) if unit.pk not in left_out
        }
        return list((units | {unit.pk: unit for unit in data["units"]}).values())
