"""The box that suggests rows while one types, for forms that come back with mistakes."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError


class ForgivingAutocomplete(AutocompleteSelect):
    """Django's, which shows the form again with whatever was posted as chosen; what is no key answers with a 500."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        """Return the options of what was chosen, without what cannot be a key; the field itself says what is wrong."""
        return super().optgroups(name, [key for key in value if not key or self._may_be_key(key)], attr)

    def _may_be_key(self, key: Any) -> bool:
        field = self.field.target_field
        try:
            field.run_validators(field.to_python(key))
        except ValidationError:
            return False
        return True
