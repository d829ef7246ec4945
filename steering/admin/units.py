"""Units with their names, places in the tree and successors over time."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminSingleDateWidget, UnfoldAdminTextInputWidget

from accounts.admin.base import ScopedAdmin, ScopedTabularInline, signed_in
from accounts.clock import today
from accounts.dated import holds_on
from accounts.text import words
from steering import search, units
from steering.admin.people import PeopleOfUnitInline, save_postings
from steering.models import Posting, Succession, Unit, UnitAlias, UnitKind, UnitName, UnitParent

PLACE = ("code", "kind", "order", "short_name", "in_sector")
MAIL = ("mailbox", "automatic_mail")
TIME = ("valid_from", "valid_until")


class UnitForm(forms.ModelForm):  # type: ignore[type-arg]
    """A unit; its name changes by renaming it from a day on, or by putting a misspelling right."""

    new_name = forms.CharField(
        label=_("Tên mới"), required=False, max_length=255, widget=UnfoldAdminTextInputWidget
    )
    new_name_from = forms.DateField(
        label=_("Mang tên mới từ ngày"),
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text=_("Để trống nếu chỉ sửa lỗi viết sai của tên hiện tại."),
    )

    class Meta:
        model = Unit
        fields = ("name", *PLACE, *MAIL, *TIME)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        name, on = cleaned.get("new_name"), cleaned.get("new_name_from")
        if on and not name:
            self.add_error("new_name", _("Nhập tên mới."))
        elif on and name:
            try:
                units.check_rename(unit=self.instance, name=name, on=on)
            except ValidationError as error:
                self.add_error("new_name_from", error)
        return cleaned


class NameInline(ScopedTabularInline):
    """The dated names, to look at: they are written by renaming."""

    model = UnitName
    tab = True
    fields = ("name", "valid_from", "valid_until")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AliasInline(ScopedTabularInline):
    model = UnitAlias
    tab = True
    fields = ("alias",)
    deletable = True


class ParentInline(ScopedTabularInline):
    model = UnitParent
    fk_name = "unit"
    tab = True
    verbose_name_plural = _("Đơn vị cấp trên")
    fields = ("parent", "valid_from", "valid_until")
    autocomplete_fields = ("parent",)


class SuccessionFormSet(PaginationInlineFormSet):
    """The units that took over: each once, none back and forth, one answering at most."""

    def clean(self) -> None:
        # Before Django's own check for doubles, which names the field in code.
        rows = [form.cleaned_data for form in self.forms if form.is_valid() and form.cleaned_data]
        if sum(bool(row.get("answering")) for row in rows) > 1:
            raise ValidationError(_("Nhiều nhất một đơn vị chịu trách nhiệm trả lời."))
        heirs = [row["to_unit"].pk for row in rows]
        if len(set(heirs)) < len(heirs):
            raise ValidationError(_("Mỗi đơn vị kế thừa chỉ ghi một lần."))
        if self.instance.pk in heirs:
            raise ValidationError(_("Đơn vị không kế thừa chính mình."))
        if Succession.objects.filter(from_unit__in=heirs, to_unit=self.instance.pk).exists():
            raise ValidationError(_("Hai đơn vị không kế thừa lẫn nhau."))
        super().clean()


class SuccessorInline(ScopedTabularInline):
    """Who answers for this unit from a day on; nothing is moved by it (DOMAIN §2)."""

    model = Succession
    fk_name = "from_unit"
    formset = SuccessionFormSet
    tab = True
    verbose_name = _("đơn vị kế thừa")
    verbose_name_plural = _("Đơn vị kế thừa")
    fields = ("to_unit", "takes_effect_on", "basis", "answering")
    autocomplete_fields = ("to_unit",)


class PredecessorInline(ScopedTabularInline):
    model = Succession
    fk_name = "to_unit"
    tab = True
    verbose_name_plural = _("Kế thừa từ")
    fields = ("from_unit", "takes_effect_on", "basis", "answering")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PresentFilter(DropdownFilter):
    title = _("thời gian")
    parameter_name = "thoi-gian"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("nay", _("Đang hoạt động")), ("cu", _("Đã chấm dứt hoặc chưa bắt đầu"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Unit]) -> QuerySet[Unit]:
        if self.value() == "nay":
            return queryset.filter(holds_on(today()))
        return queryset.exclude(holds_on(today())) if self.value() == "cu" else queryset


@admin.register(Unit)
class UnitAdmin(ScopedAdmin):
    form = UnitForm
    list_display = ("name", "code", "kind", "order", "in_sector", "valid_from", "valid_until")
    list_filter = ("kind", "in_sector", PresentFilter)
    list_select_related = ("kind",)
    # What it is found by, `steering.search` decides; this only shows the box.
    search_fields = ("name",)
    search_help_text = _("Tên, tên cũ, tên gọi khác hoặc mã; không cần dấu")
    ordering = ("order", "pk")
    inlines = (
        NameInline,
        AliasInline,
        ParentInline,
        SuccessorInline,
        PredecessorInline,
        PeopleOfUnitInline,
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Unit], search_term: str
    ) -> tuple[QuerySet[Unit], bool]:
        asked = words(search_term)
        return (queryset.filter(pk__in=search.unit_ids(asked)) if asked else queryset), False

    def get_fieldsets(self, request: HttpRequest, obj: Unit | None = None) -> Any:
        fieldsets = [
            (None, {"fields": ("name", *PLACE)}),
            (_("Thư điện tử"), {"fields": MAIL}),
            (_("Thời gian"), {"fields": TIME}),
        ]
        if self.asks_reason(request, obj):
            if obj is not None:
                fieldsets.append((_("Đổi tên"), {"fields": ("new_name", "new_name_from")}))
            fieldsets.append((None, {"fields": ("reason",)}))
        return fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Unit | None = None) -> Any:
        return ("name",) if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Unit | None) -> Any:
        return self.inlines if obj else (AliasInline, ParentInline)

    def save_model(self, request: HttpRequest, obj: Unit, form: Any, change: bool) -> None:
        reason = self.reason_of(form, change)
        if not change:
            units.found(unit=obj, by=signed_in(request), reason=reason)
            return
        super().save_model(request, obj, form, change)
        if name := form.cleaned_data.get("new_name"):
            self._rename(request, obj, name, form.cleaned_data.get("new_name_from"), reason)

    def _rename(self, request: HttpRequest, obj: Unit, name: str, on: Any, reason: str) -> None:
        if on:
            units.rename(unit=obj, name=name, on=on, by=signed_in(request), reason=reason)
        else:
            units.correct_name(unit=obj, name=name, by=signed_in(request), reason=reason)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is Posting:
            save_postings(signed_in(request), formset)
        else:
            super().save_formset(request, form, formset, change)


@admin.register(UnitKind)
class UnitKindAdmin(ScopedAdmin):
    list_display = ("name", "code", "order")
    ordering = ("order", "name")
