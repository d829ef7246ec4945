"""The box that suggests rows while one types, for forms that come back with mistakes, and for many forms on a page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property


class ForgivingAutocomplete(AutocompleteSelect):
    """Django's, which shows the form again with whatever was posted as chosen; what is no key answers with a 500.

    Its copies in the forms of one formset look up together what is chosen in each (`expect`).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Shared by the copies.
        self._expected: set[str] = set()
        self._labels: dict[str, str] = {}

    def expect(self, keys: Iterable[Any]) -> None:
        """Note what the other forms have chosen: it is looked up with whatever is shown first."""
        self._expected.update(str(key) for key in keys if key and self._may_be_key(key))

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        """Return the options of what was chosen, without what cannot be a key; the field itself says what is wrong."""
        chosen = [str(key) for key in value if key and self._may_be_key(key)]
        if not set(chosen) <= self._expected:
            self._expected.update(chosen)
            self._labels.clear()
        options = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
        if chosen and not self._labels:
            self._labels.update(self._looked_up())
        for key in dict.fromkeys(chosen):
            if key in self._labels:
                options.append(self.create_option(name, key, self._labels[key], True, len(options)))
        return [(None, options, 0)]

    def _looked_up(self) -> dict[str, str]:
        choices, attribute = self.choices, self.field.target_field.attname
        rows = choices.queryset.using(self.db).filter(**{f"{attribute}__in": self._expected})
        return {str(getattr(row, attribute)): choices.field.label_from_instance(row) for row in rows}

    def _may_be_key(self, key: Any) -> bool:
        field = self.field.target_field
        try:
            field.run_validators(field.to_python(key))
        except ValidationError:
            return False
        return True


class ChosenTogether:
    """A formset whose boxes look up in one query what is chosen in all of its forms."""

    @cached_property
    def forms(self) -> list[Any]:
        """The forms, as the formset has them."""
        made: list[Any] = super().forms  # type: ignore[misc]
        for form in made:
            for name, field in form.fields.items():
                widget = getattr(field.widget, "widget", field.widget)
                if isinstance(widget, ForgivingAutocomplete):
                    widget.expect([form[name].value()])
        return made
