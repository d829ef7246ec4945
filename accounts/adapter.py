"""Where allauth asks how we do things."""

from __future__ import annotations

import time

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from django.http import HttpRequest

from accounts.audit.address import client_address
from accounts.models import User
from accounts.passwords import keep_password

# Who has just signed in is not asked for the password again before a second factor is set up.
FRESH_SECONDS = 300
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 (for the list of sessions, nothing listens there)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the administrator: nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: User, password: str) -> None:
        """Keep the person's new password; the history tells that it changed, not to what."""
        keep_password(user, password, by=user, reason="Tự đổi mật khẩu", request=context.request)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address as the log of access has it."""
        return client_address(request) or UNKNOWN_ADDRESS

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Before anything is changed about the second factor, unless the person came in a moment ago."""
        request = context.request
        entered = [entry["at"] for entry in get_authentication_records(request, request.user)]
        if entered and time.time() - max(entered) < FRESH_SECONDS:
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))
