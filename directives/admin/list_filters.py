"""The filters of the list of assignments, all by name in its address, so that any figure can open it narrowed.

muc (lists.PARAMETER): the named list · q: search · trang_thai: status · don_vi: unit · van_ban: document (number,
words or #id) · nhiem_vu: directive · phu_trach: supervising seat · khan: urgency · tu, den: due from, until ·
sap: order · p: page
"""

from __future__ import annotations

from dataclasses import dataclass
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
from directives.density import OF_DIRECTIVE, rows_of_directive
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


# What filters ask of an assignment itself, and what of its directive; the third, a document, is asked for in words.
_OF_ROWS = {
    "trang_thai": "status",
    "don_vi": "unit",
    "tu": "due_on__gte",
    "den": "due_on__lte",
    "nhiem_vu": "directive",
}
_OF_DIRECTIVES = {"phu_trach": "supervisor", "khan": "urgency"}


@dataclass(frozen=True)
class Narrowing:
    """The condition that filters make together; about how many assignments have the directives that they name, None
    when they name none."""

    condition: Q
    assignments: int | None = None


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

    def narrowing(self, *, user: User, on: date) -> Narrowing:
        """Return what narrows the rows to those that answer to what was asked; what was asked wrongly narrows nothing.

        A query when something is asked of directives: these are few, and their rows then found by an index.
        """
        given = self.given
        condition = Q(**{lookup: given[name] for name, lookup in _OF_ROWS.items() if name in given})
        of_directives = {lookup: given[name] for name, lookup in _OF_DIRECTIVES.items() if name in given}
        if not of_directives and "van_ban" not in given:
            # Of one directive all are found, however many.
            return Narrowing(condition, 0 if "nhiem_vu" in given else None)
        directives = Directive.objects.order_by().filter(**of_directives)
        held = rights(user, on=on)
        if "van_ban" in given:
            documents = documents_like(given["van_ban"], visible_to(user, Document, on=on), held=held)
            directives = directives.filter(document__in=documents.order_by().values("pk"))
        found = dict(directives.values_list("pk", OF_DIRECTIVE))
        assignments = sum(rows_of_directive(held, of_one) for of_one in found.values())
        return Narrowing(condition & Q(directive__among=found), assignments)


def order_of(name: str, asked: str, *, of_one_directive: bool) -> str:
    """Return the name of the order of a list: what was asked; one directive's units in their official order."""
    if asked in ORDERS:
        return asked
    if of_one_directive:
        return "don_vi"
    return FIRST.get(name, "han")
