"""Signing in with a password; and what a person may open, by the table of roles."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.backends import ModelBackend
from django.db.models import Model

from accounts.models import User

# Written out: each request begins with it, and Django would take longer to put it together than to ask it.
_WITH_ROLES = """
SELECT account.*, ARRAY(
    SELECT role.name FROM auth_group role JOIN accounts_user_groups held ON held.group_id = role.id
    WHERE held.user_id = account.id) AS role_names
FROM accounts_user account WHERE account.id = %s"""


class RoleBackend(ModelBackend):
    """Django's backend, but what opens a screen is the table `roles.ROLES`, of the roles a person holds.

    Django reads the permissions of groups and of single accounts at each request; the first are a copy of the table,
    and nobody is given the second (ARCHITECTURE rule 4).
    """

    def get_user(self, user_id: int) -> User | None:
        """Return the account of a session with its roles, in one query; None when it may not sign in."""
        user: Any = next(iter(User.objects.raw(_WITH_ROLES, [user_id])), None)
        if user is None or not self.user_can_authenticate(user):
            return None
        user.keep_roles(user.role_names)
        return cast("User", user)

    def get_user_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        """Return nothing: no account has permissions of its own."""
        return set()

    def get_group_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        """Return what the roles of an active person open; about a single object they say nothing."""
        if obj is not None or not isinstance(user_obj, User) or not user_obj.is_active:
            return set()
        return set(user_obj.opened)

    def get_all_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        """Return the same: there are no others."""
        return self.get_group_permissions(user_obj, obj)

    def has_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        """Return whether a role of an active person opens it."""
        return obj is None and isinstance(user_obj, User) and user_obj.is_active and perm in user_obj.opened
