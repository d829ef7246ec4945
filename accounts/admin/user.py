"""Accounts: who may sign in, in which roles. Nobody is deleted, nobody gets a right outside the roles."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import display
from django.contrib.auth import password_validation
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordToggleWidget,
    UnfoldBooleanSwitchWidget,
)

from accounts import clock, lockout, mail, password_links
from accounts.admin.base import ScopedAdmin, signed_in
from accounts.admin.review import ReviewMixin
from accounts.admin.search import FoldedSearch
from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.idle import IDLE_DAYS, is_idle
from accounts.models import SYSTEM_USERNAME, User, username_key
from accounts.roles import ROLES, Role

Kind = AccessLog.Kind


class UserForm(forms.ModelForm):  # type: ignore[type-arg]
    """An account with its roles. Its person sets the password by the link of a mail; one set here must be changed."""

    roles = forms.MultipleChoiceField(
        label=_("Vai trò"),
        choices=Role.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    new_password = forms.CharField(
        label=_("Mật khẩu mới"),
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordToggleWidget({"autocomplete": "new-password"}),
    )
    invite = forms.BooleanField(
        label=_("Gửi thư mời đặt mật khẩu"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("Người dùng tự đặt mật khẩu qua đường dẫn trong thư, dùng một lần."),
    )
    unlock = forms.BooleanField(
        label=_("Mở khóa đăng nhập"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("Tài khoản đang tạm khóa vì đăng nhập không thành công nhiều lần."),
    )

    class Meta:
        model = User
        fields = ("username", "full_name", "post", "phone", "email", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "roles" in self.fields:
            self.fields["roles"].initial = sorted(self.instance.roles)
        if "new_password" in self.fields:
            empty = (
                _("Để trống nếu không đổi.") if self.instance.pk else _("Để trống thì chưa đăng nhập được.")
            )
            rules = password_validation.password_validators_help_texts()
            self.fields["new_password"].help_text = " ".join(map(str, [empty, *rules]))

    def clean_username(self) -> str:
        """Refuse a name that another account bears in another case, before the database does."""
        username = str(self.cleaned_data["username"])
        same = User.objects.filter(username__iexact=username_key(username)).exclude(pk=self.instance.pk)
        if same.exists():
            raise forms.ValidationError(_("Đã có tài khoản với tên đăng nhập này."))
        return username

    def clean_new_password(self) -> str:
        password = str(self.cleaned_data["new_password"])
        if password:
            password_validation.validate_password(password, self.instance)
        return password

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("invite"):
            if not given.get("email"):
                self.add_error("email", _("Nhập địa chỉ thư để gửi thư mời."))
            if given.get("new_password"):
                self.add_error("invite", _("Đã đặt mật khẩu thì không gửi thư mời; chỉ chọn một trong hai."))
            if not given.get("is_active", self.instance.is_active):
                self.add_error("invite", _("Tài khoản không hoạt động thì không gửi thư mời."))
        return given


class RoleFilter(DropdownFilter):
    title = _("vai trò")
    parameter_name = "vai-tro"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*Role.choices, ("-", _("Chưa có vai trò"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() == "-":
            return queryset.filter(groups__isnull=True)
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


class IdleFilter(DropdownFilter):
    title = _("lần đăng nhập cuối")
    parameter_name = "dang-nhap"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("lau", _("Không đăng nhập trong %(days)d ngày qua") % {"days": IDLE_DAYS}),
            ("chua", _("Chưa đăng nhập lần nào")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() == "lau":
            return queryset.filter(is_idle(clock.now()))
        return queryset.filter(last_login__isnull=True) if self.value() == "chua" else queryset


class UserAdmin(ReviewMixin, FoldedSearch, ScopedAdmin):
    """The account itself; what a person is at units and committees is added by the room above (steering)."""

    form = UserForm
    list_display = ("username", "full_name", "post", "role_names", "is_active", "last_login")
    list_filter = (RoleFilter, "is_active", IdleFilter)
    search_fields = ("username", "full_name", "email")
    readonly_fields = ("last_login", "created_at", "role_names")
    PERSON = ("username", "full_name", "post", "phone", "email")

    def scope(self, request: HttpRequest) -> QuerySet[User]:
        # Background work acts as the system user; nobody is to wake it up.
        return User.objects.exclude(username=SYSTEM_USERNAME).prefetch_related("groups")

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        entry: tuple[str, ...]
        if not self.asks_reason(request, obj):
            entry = ("is_active", "role_names", "last_login", "created_at")
            return [(_("Người"), {"fields": self.PERSON}), (_("Đăng nhập và vai trò"), {"fields": entry})]
        entry = ("invite", "new_password")
        if obj is not None:
            entry += ("last_login",)
            entry += ("unlock",) if lockout.is_locked(obj) else ()
        rights = ("role_names",) if obj == request.user else ("is_active", "roles")
        return [
            (_("Người"), {"fields": self.PERSON}),
            (_("Đăng nhập"), {"fields": entry}),
            # Nobody changes their own roles or locks themselves out.
            (_("Vai trò"), {"fields": rights, "description": _roles_explained()}),
            (None, {"fields": ("reason",)}),
        ]

    @display(description=_("Vai trò"))
    def role_names(self, user: User) -> str:
        # From the prefetched groups: no query a row.
        held = {group.name for group in user.groups.all()}
        return ", ".join(str(role.label) for role in Role if role.value in held) or "–"

    def reason_of(self, form: Any, change: bool) -> str:
        """Return the reason; what leaves no trace in the row itself, a new password or an unlocking, is named."""
        unseen = {
            "new_password": "đặt mật khẩu",
            "invite": "gửi thư mời đặt mật khẩu",
            "unlock": "mở khóa đăng nhập",
        }
        done = [words for field, words in unseen.items() if form.cleaned_data.get(field)]
        return " – ".join([super().reason_of(form, change), *done])

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        password = form.cleaned_data.get("new_password")
        if password or not change:
            obj.set_password(password or None)
            # Two people know it: the first thing its person does is to change it.
            obj.must_change_password = bool(password)
        super().save_model(request, obj, form, change)
        by, reason = signed_in(request), self.reason_of(form, change)
        if password:
            record(Kind.PASSWORD, request=request, actor=by, what=f"{obj.username}: {reason}")
        if form.cleaned_data.get("unlock"):
            lockout.unlock(obj)
            record(Kind.UNLOCKED, request=request, actor=by, what=f"{obj.username}: {reason}")
            messages.success(request, _("Đã mở khóa đăng nhập."))
        if form.cleaned_data.get("invite"):
            transaction.on_commit(lambda: self._invite(request, obj))

    def _invite(self, request: HttpRequest, user: User) -> None:
        try:
            password_links.invite(user, by=signed_in(request), request=request)
        except mail.NotSent as error:
            messages.error(request, _("Chưa gửi được thư mời: %(reason)s") % {"reason": error})
        else:
            messages.success(request, _("Đã gửi thư mời đến %(address)s.") % {"address": user.email})

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        roles = form.cleaned_data.get("roles")
        if roles is not None and set(roles) != {role.value for role in form.instance.roles}:
            with self.acting(request, self.reason_of(form, change)):
                form.instance.groups.set(Group.objects.filter(name__in=roles))


def _roles_explained() -> Any:
    return format_html_join("", "<div>{}: {}</div>", ((role.label, ROLES[role].description) for role in Role))
