"""What a password must be made of (DOMAIN §6): at least 14 characters of four classes."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

CLASSES = 4


def classes_in(password: str) -> int:
    """Return how many of the four classes occur: capital letters, small letters, digits, anything else."""
    found = (
        any(char.isupper() for char in password),
        any(char.islower() for char in password),
        any(char.isdigit() for char in password),
        any(not char.isalnum() for char in password),
    )
    return sum(found)


class FourClassesValidator:
    """Refuses a password that lacks one of the four classes; its length is another validator's matter."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError when a class is missing."""
        if classes_in(password) < CLASSES:
            raise ValidationError(
                _("Mật khẩu phải có đủ chữ hoa, chữ thường, chữ số và ký tự đặc biệt."),
                code="password_needs_four_classes",
            )

    def get_help_text(self) -> str:
        return _("Mật khẩu phải có đủ chữ hoa, chữ thường, chữ số và ký tự đặc biệt.")
