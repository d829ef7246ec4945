"""The second factor: who needs one, whether it is set up, and how it is taken away from somebody who lost it."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import structlog
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from allauth.mfa.totp.internal.auth import generate_totp_secret
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import sessions
from accounts.audit.context import Door
from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.audit.recording import recorded
from accounts.models import User
from accounts.roles import Role

log = structlog.get_logger(__name__)

REQUIRED_OF = (Role.ADMINISTRATOR, Role.SECRETARIAT)
Type = Authenticator.Type
# Kept in the log of access, so in the language of the records.
NAMES = {Type.TOTP: "ứng dụng mã xác thực", Type.RECOVERY_CODES: "mã dự phòng"}


def is_set_up(user: User) -> bool:
    """Return whether the account asks for a code after its password."""
    rows = Authenticator.objects.filter(user_id=user.pk, type=Type.TOTP)
    return user.pk is not None and bool(rows.exists())


def is_required(user: User) -> bool:
    """Return whether the person may not work without one: administrators and secretariats, save in the demo."""
    return bool(settings.SECOND_FACTOR_REQUIRED) and user.has_role(*REQUIRED_OF)


def reset(user: User, *, by: User, reason: str) -> None:
    """Take a second factor and its recovery codes away, end the sessions, and demand a new password next time.

    The password may have been chosen under the shorter rule of accounts with a second factor.
    """
    with recorded(by=by, reason=reason, door=Door.JOB):
        row = User.objects.select_for_update().get(pk=user.pk)
        Authenticator.objects.filter(user=row).delete()
        row.must_change_password = True
        row.save()
        sessions.end_all(user)
        record(
            AccessLog.Kind.SECOND_FACTOR, actor=by, what=f"Gỡ xác thực hai lớp của {user.username}: {reason}"
        )


class SecondFactorAdapter(DefaultMFAAdapter):
    """Where allauth asks how we do things: our words, and secrets that a copy of the database alone does not betray."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": _("Vai trò của anh/chị bắt buộc xác thực hai lớp, không tắt được."),
        "cannot_generate_recovery_codes": _("Chưa bật xác thực hai lớp nên chưa có mã dự phòng."),
        "incorrect_code": _("Mã không đúng hoặc đã được dùng."),
    }

    def get_totp_label(self, user: User) -> str:
        return user.username

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; one that nobody knows when it was kept under another SECRET_KEY, so that no code is right.

        Of an empty one anybody could compute the codes.
        """
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            log.error("second_factor_unreadable")
            unknown: str = generate_totp_secret()
            return unknown

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not is_required(authenticator.user)


def _cipher() -> Fernet:
    key = hashlib.sha256(f"accounts.second_factor:{settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _added(
    sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    _record(request, user, f"Bật {NAMES[Type(authenticator.type)]}")


def _renewed(
    sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    _record(request, user, f"Tạo lại {NAMES[Type(authenticator.type)]}")


def _removed(
    sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    _record(request, user, f"Tắt {NAMES[Type(authenticator.type)]}")
    if authenticator.type == Type.TOTP:
        user.must_change_password = True
        user.save(update_fields=["must_change_password"])


def _record(request: HttpRequest, user: User, what: str) -> None:
    record(AccessLog.Kind.SECOND_FACTOR, request=request, actor=user, what=what)


def _failed(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """A wrong code counts as a wrong password does: five of either lock the account."""
    user_login_failed.send(sender=__name__, credentials={"username": user.username}, request=request)


def connect() -> None:
    """Record what people do to their second factors, and count wrong codes; called when the app is ready."""
    authenticator_added.connect(_added, dispatch_uid="second_factor.added")
    authenticator_reset.connect(_renewed, dispatch_uid="second_factor.renewed")
    authenticator_removed.connect(_removed, dispatch_uid="second_factor.removed")
    authentication_failed.connect(_failed, dispatch_uid="second_factor.failed")
