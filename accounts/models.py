from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.audit.history import History
from accounts.fields import LineField
from accounts.roles import ROLES, Role
from accounts.text import nfc, person_sort_key

SYSTEM_USERNAME = "he-thong"
# Never in the history: the hash is a secret, and signing in and passwords have a log of their own.
UNTRACKED = ("password", "last_login", "must_change_password")


def username_key(username: str) -> str:
    """Return what makes a username one: however it is typed, "ThuKy" and "thuky" are the same account."""
    return nfc(username).lower()


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        """Create an account; without a password nobody can sign in to it until one is set."""
        user = self.model(username=nfc(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the account of a typed username, in any case; phones write a capital first letter."""
        return self.annotate(key=Lower("username")).get(key=username_key(username or ""))

    def system(self) -> User:
        """Return the named account that background work acts as; it can never sign in."""
        user, _created = self.get_or_create(
            username=SYSTEM_USERNAME, defaults={"full_name": "Hệ thống", "is_active": False, "password": "!"}
        )
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account. Never deleted: deactivated, so that history keeps its names.

    There is no superuser: what a person may do comes from roles and dated rows only.
    """

    is_superuser = None

    username = models.CharField(
        _("tên đăng nhập"), max_length=150, unique=True, validators=[UnicodeUsernameValidator()]
    )
    full_name = LineField(_("họ và tên"), max_length=150, help_text=_("Theo thứ tự họ, tên đệm, tên."))
    # Sorts persons as Vietnamese does, whatever the collation of the database (DOMAIN §5).
    name_key = models.TextField(editable=False, blank=True)
    post = LineField(_("chức vụ"), max_length=200, blank=True)
    phone = LineField(_("điện thoại"), max_length=30, blank=True)
    email = models.EmailField(_("thư điện tử"), blank=True)
    is_active = models.BooleanField(
        _("đang hoạt động"),
        default=True,
        help_text=_("Bỏ chọn để khóa tài khoản; tài khoản không bao giờ bị xóa."),
    )
    created_at = models.DateTimeField(_("tạo lúc"), auto_now_add=True)
    # Somebody else knows the password, or it was chosen under a rule that no longer holds for the account.
    must_change_password = models.BooleanField(_("phải đổi mật khẩu"), default=False)

    objects = UserManager()
    history = History(excluded_fields=[*UNTRACKED, "name_key"], m2m_fields=["groups"])

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = _("tài khoản")
        verbose_name_plural = _("tài khoản")
        ordering = ["name_key", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="user_username_any_case",
                violation_error_message=_("Tên đăng nhập này đã có (không phân biệt chữ hoa, chữ thường)."),
            ),
        ]
        # Serves the list of accounts and every choice of persons.
        indexes = [models.Index(fields=["name_key", "id"], name="user_by_name")]

    def __str__(self) -> str:
        return self.full_name or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; fields that the history leaves out (a sign-in, a stronger hash) leave no row in it."""
        self.name_key = person_sort_key(self.full_name)
        only = kwargs.get("update_fields")
        if only is not None and "full_name" in only:
            kwargs["update_fields"] = only = {*only, "name_key"}
        if only is None or not set(only) <= set(UNTRACKED):
            super().save(*args, **kwargs)
            return
        self.skip_history_when_saving = True
        try:
            super().save(*args, **kwargs)
        finally:
            del self.skip_history_when_saving

    @property
    def is_staff(self) -> bool:
        """Every person with an account works in the admin; what they see there is decided by their rights."""
        return self.is_active

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held, read once for each instance (one request)."""
        if not hasattr(self, "_roles"):
            self.keep_roles([group.name for group in self.groups.all()] if self.pk else [])
        return self._roles

    def keep_roles(self, names: Collection[str]) -> None:
        """Let this instance hold the roles of these groups, which were read already."""
        self._roles = frozenset(role for role in Role if role.value in names)

    @cached_property
    def opened(self) -> frozenset[str]:
        """The permissions ("directives.view_assignment") that the roles open screens with, active or not."""
        return frozenset(permission for role in self.roles for permission in ROLES[role].permissions)

    def has_role(self, *roles: Role) -> bool:
        """Return whether the person holds any of the roles; nobody inactive holds one."""
        return self.is_active and not self.roles.isdisjoint(roles)

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        """The given name: the last word of a Vietnamese name."""
        return self.full_name.split()[-1] if self.full_name else self.username
