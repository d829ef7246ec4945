"""One unit from a box that offers names as one types."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from directives.models import Assignment
from steering.models import Unit


class UnitSelect(AutocompleteSelect):
    """Django's, which fails on a value that is no number when it shows a refused form again."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        numbers = [item for item in value if str(item).isdecimal() and len(str(item)) < 19]
        return super().optgroups(name, numbers, attr)


class UnitOfListSelect(UnitSelect):
    """Offers the units of the assignments that the person sees (TRAPS 8); `found` is the chosen one, once read."""

    found: Unit | None = None

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        if self.found is None:
            return super().optgroups(name, value, attr)
        chosen = self.create_option(name, self.found.pk, str(self.found), True, 1)
        return [(None, [self.create_option(name, "", "", False, 0), chosen], 0)]

    def get_url(self) -> str:
        return reverse("admin:directives_assignment_units")


def _select(widget: type[AutocompleteSelect]) -> AutocompleteSelect:
    return widget(Assignment._meta.get_field("unit"), admin.site, attrs={"style": "width: 100%"})


class UnitSelectField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of all active units: offers what the screen of units lists, so it is only for those who have that."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("queryset", Unit.objects.all())
        super().__init__(widget=_select(UnitSelect), **kwargs)
        self.error_messages["invalid_choice"] = _("Đơn vị này không còn hoạt động; hãy chọn đơn vị khác.")


class UnitFilterField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One unit as a filter of the list of assignments."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("queryset", Unit.objects.all())
        super().__init__(required=False, widget=_select(UnitOfListSelect), **kwargs)

    def to_python(self, value: Any) -> Unit | None:
        found: Unit | None = super().to_python(value)
        self.widget.found = found
        return found
