"""The forms to come in and to change one's password: allauth's, in the theme's widgets and our words."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _
from unfold.widgets import BASE_INPUT_CLASSES

INPUT_CLASS = " ".join(BASE_INPUT_CLASSES)


class SignInForm(LoginForm):
    """Username and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Tên đăng nhập")
        self.fields["password"].label = _("Mật khẩu")
        _dress(self)
        self.fields["login"].widget.attrs.update({"autocapitalize": "none", "autofocus": True})


class PasswordChangeForm(ChangePasswordForm):
    """The password held, and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = _("Mật khẩu hiện tại")
        self.fields["password1"].label = _("Mật khẩu mới")
        self.fields["password2"].label = _("Nhập lại mật khẩu mới")
        # allauth renders this once, when its module is loaded, in whatever language that is.
        self.fields["password1"].help_text = password_validation.password_validators_help_text_html()
        _dress(self)


def _dress(form: Any) -> None:
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
        field.widget.attrs["class"] = INPUT_CLASS
