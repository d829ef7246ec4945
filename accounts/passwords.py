"""What a password must be made of, and the one way in which a password is kept (DOMAIN §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.audit.context import Door
from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.audit.recording import recorded

if TYPE_CHECKING:
    from accounts.models import User

CLASSES = 4
LENGTH = 14
LENGTH_WITH_SECOND_FACTOR = 8


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
    """At least 14 characters of four classes; 8 of any class where a second factor is asked for as well."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError with everything that is missing."""
        from accounts import second_factor

        guarded = user is not None and second_factor.is_set_up(user)
        length = LENGTH_WITH_SECOND_FACTOR if guarded else LENGTH
        missing = []
        if len(password) < length:
            words = _("Mật khẩu phải có ít nhất %(length)d ký tự.") % {"length": length}
            missing.append(ValidationError(words, code="password_too_short"))
        if not guarded and classes_in(password) < CLASSES:
            words = _("Mật khẩu phải có đủ chữ hoa, chữ thường, chữ số và ký tự đặc biệt.")
            missing.append(ValidationError(words, code="password_needs_four_classes"))
        if missing:
            raise ValidationError(missing)

    def get_help_text(self) -> str:
        return _(
            "Mật khẩu phải có ít nhất 14 ký tự, đủ chữ hoa, chữ thường, chữ số và ký tự đặc biệt; hoặc ít nhất 8 ký tự "
            "khi tài khoản đã bật xác thực hai lớp."
        )


def keep_password(
    user: User, password: str, *, by: User, reason: str, request: HttpRequest | None = None
) -> None:
    """Keep a password that its person chose; it need not be changed.

    The history tells who set it and why, the log of access from where; neither what it is. Of the account as it was
    read before, nothing else is written.
    """
    from accounts.models import User

    with recorded(by=by, reason=reason, door=Door.WEB):
        row = User.objects.select_for_update().get(pk=user.pk)
        row.set_password(password)
        row.must_change_password = False
        row.save()
        user.password, user.must_change_password = row.password, False
        record(AccessLog.Kind.PASSWORD, request=request, actor=user, what=reason)
