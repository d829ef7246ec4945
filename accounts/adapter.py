"""Where allauth asks how we do things."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts.audit.context import acting
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the administrator: nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: User, password: str) -> None:
        """Keep the person's new password; the history tells that it changed, not to what."""
        with acting(by=user, reason="Tự đổi mật khẩu"):
            super().set_password(user, password)
