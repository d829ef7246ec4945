"""The forms of the second factor: allauth's, in the theme's widgets and our words."""

from __future__ import annotations

from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.forms import dress

COUNTER = "last_counter"


class _OnceForm:
    """A code that was taken is not taken again (RFC 6238, 5.2): the database keeps the time step of the last one."""

    authenticator: Authenticator

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self, _("Mã xác thực hoặc mã dự phòng"))

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        if self.authenticator.type == Authenticator.Type.TOTP and not _take(self.authenticator, code):
            self._emit_authentication_failed(self.authenticator)  # type: ignore[attr-defined]
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(_OnceForm, AuthenticateForm):
    """The code after the password."""


class CodeAgainForm(_OnceForm, ReauthenticateForm):
    """The code before something is changed about the second factor."""


class ActivateForm(ActivateTOTPForm):
    """The first code of a new app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self, _("Mã 6 chữ số trong ứng dụng"))


@transaction.atomic
def _take(authenticator: Authenticator, code: str) -> bool:
    """Return whether the code's time step is later than the last one taken, and keep it."""
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    secret = decrypt(row.data["secret"])
    steps = [
        step
        for step in yield_hotp_counters_from_time()
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step)))
    ]
    if not steps or max(steps) <= row.data.get(COUNTER, 0):
        return False
    row.data[COUNTER] = authenticator.data[COUNTER] = max(steps)
    row.save(update_fields=["data"])
    return True


def _dress(form: Any, label: Any) -> None:
    form.fields["code"].label = label
    dress(form)
    form.fields["code"].widget.attrs.update({"autofocus": True, "inputmode": "numeric"})
