"""The filters of the list of assignments, all by name in its address, so that any figure can open it narrowed.

muc (lists.PARAMETER): the named list · q: search · trang_thai: status · don_vi: unit · van_ban: document (number,
words or #id) · nhiem_vu: directive · phu_trach: supervising seat · khan: urgency · tu, den: due from, until ·
sap: order · p: page
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from directives.access import visible_to
from directives.admin.document_forms import documents_like
from directives.admin.form_fields import day_field
from directives.admin.unit_select import UnitFilterField
from directives.lifecycle import Status
from directives.models import Directive, Document
from directives.models.document import Urgency
from directives.paging import Order
from directives.rights import rights

ANY = ("", _("Tất cả"))
_BY: dict[str, tuple[str, ...]] = {
    "han": ("due_on", "pk"),
    "don_vi": ("unit__order", "unit", "pk"),
    "tien_do": ("progress", "pk"),
    "giao": ("pk",),
}
ORDERS: dict[str, Order] = {
    f"{sign}{name}": Order(keys, is_descending=bool(sign), nullable=keys[0] == "due_on")
    for name, keys in _BY.items()
    for sign in ("", "-")
}
# What comes first in each list; the others begin with what is due first.
FIRST: dict[str, str] = {"all": "-giao", "closed": "-giao", "given": "-giao"}


class FilterForm(forms.Form):
    """What may be asked of the list beside its name and the search."""

    trang_thai = forms.ChoiceField(
        label=_("Trạng thái"),
        required=False,
        choices=[ANY, *Status.choices],
        widget=UnfoldAdminSelectWidget(),
    )
    don_vi = UnitFilterField(label=_("Đơn vị"))
    van_ban = forms.CharField(
        label=_("Văn bản"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(
            {"placeholder": _("số, ký hiệu hoặc trích yếu"), "autocomplete": "off"}
        ),
    )
    khan = forms.ChoiceField(
        label=_("Độ khẩn"), required=False, choices=[ANY, *Urgency.choices], widget=UnfoldAdminSelectWidget()
    )
    tu = day_field(_("Hạn từ ngày"))
    den = day_field(_("Hạn đến ngày"))
    nhiem_vu = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=2**62)
    phu_trach = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=2**62)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("tu"), cleaned.get("den")
        if first and last and last < first:
            self.add_error("den", _("“Hạn đến ngày” phải từ “Hạn từ ngày” trở đi."))
        return cleaned

    @property
    def given(self) -> dict[str, Any]:
        """What was asked, validly."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}

    def narrowing(self, *, user: User, on: date) -> Q:
        """Return the condition of the rows that answer to what was asked; what was asked wrongly narrows nothing.

        A query when a document was asked for: its directives are few, and their rows then found by an index.
        """
        given = self.given
        simple = {
            "trang_thai": "status",
            "don_vi": "unit",
            "khan": "directive__urgency",
            "tu": "due_on__gte",
            "den": "due_on__lte",
            "nhiem_vu": "directive",
            "phu_trach": "directive__supervisor",
        }
        asked = Q(**{lookup: given[name] for name, lookup in simple.items() if name in given})
        if "van_ban" in given:
            documents = documents_like(
                given["van_ban"], visible_to(user, Document, on=on), held=rights(user, on=on)
            )
            directives = Directive.objects.order_by().filter(document__in=documents.order_by().values("pk"))
            asked &= Q(directive__in=list(directives.values_list("pk", flat=True)))
        return asked


def order_of(name: str, asked: str, *, of_one_directive: bool) -> str:
    """Return the name of the order of a list: what was asked; one directive's units in their official order."""
    if asked in ORDERS:
        return asked
    if of_one_directive:
        return "don_vi"
    return FIRST.get(name, "han")
