"""Second factors for tests: set up as allauth does, and the code that the app would show now."""

from __future__ import annotations

import time

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value

from accounts.models import User


def set_up(user: User) -> str:
    """Give an account a second factor with recovery codes; returns its secret."""
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def code(secret: str) -> str:
    """Return the code of this moment."""
    shown: str = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    return shown
