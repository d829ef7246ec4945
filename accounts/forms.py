"""The forms to come in and to change one's password: allauth's, in the theme's widgets and our words."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _
from unfold.widgets import BASE_INPUT_CLASSES

from accounts.models import User

INPUT_CLASS = " ".join(BASE_INPUT_CLASSES)


class SignInForm(LoginForm):
    """Username and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Tên đăng nhập")
        self.fields["password"].label = _("Mật khẩu")
        dress(self)
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
        dress(self)


class PasswordAgainForm(ReauthenticateForm):
    """The password held, before something is changed about the second factor."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Mật khẩu")
        self.fields["password"].help_text = ""
        dress(self)


class ForgottenForm(forms.Form):
    """Whose password is forgotten."""

    typed = forms.CharField(label=_("Tên đăng nhập hoặc thư điện tử"), max_length=150)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)
        self.fields["typed"].widget.attrs.update({"autocapitalize": "none", "autocomplete": "username"})


class NewPasswordForm(forms.Form):
    """A password, twice, by the rules; `user` is whose it becomes."""

    password1 = forms.CharField(
        label=_("Mật khẩu mới"), strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"})
    )
    password2 = forms.CharField(
        label=_("Nhập lại mật khẩu mới"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["password1"].help_text = password_validation.password_validators_help_text_html()
        dress(self)

    def clean_password1(self) -> str:
        password = str(self.cleaned_data["password1"])
        password_validation.validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, second = given.get("password1"), given.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("Hai lần nhập mật khẩu không giống nhau."))
        return given


def dress(form: Any) -> None:
    """Give the fields of a form the theme's look."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
        field.widget.attrs["class"] = INPUT_CLASS
