"""The link by which a person sets a password: to begin with, or because the old one is forgotten.

It works once (the password is part of what it is signed with), for `PASSWORD_RESET_TIMEOUT` seconds, for active
accounts. A second factor is not touched: after the password it is asked for as ever.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.encoding import force_bytes, force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _

from accounts import mail
from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.models import SYSTEM_USERNAME, User, username_key

tokens = PasswordResetTokenGenerator()
# As many mails as one account is sent in an hour, whoever asks for them.
MAILS_AN_HOUR = 3


def address_of(user: User) -> str:
    """Return the absolute address at which this person may set a password once."""
    key = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("password_link", kwargs={"uidb64": key, "token": tokens.make_token(user)})
    return f"{settings.SITE_URL}{path}"


def person_of(uidb64: str, token: str, *, lock: bool = False) -> User | None:
    """Return the active account that a link is for; None when it is no link of ours, used or too old.

    With `lock` the row is locked until the transaction ends, so that of two who use one link only one does.
    """
    rows = User.objects.select_for_update() if lock else User.objects.all()
    try:
        user = rows.filter(pk=int(force_str(urlsafe_base64_decode(uidb64))), is_active=True).first()
    except (ValueError, OverflowError):
        return None
    return user if user is not None and tokens.check_token(user, token) else None


def invite(user: User, *, by: User, request: HttpRequest | None = None) -> None:
    """Send a new person the link to set the first password. Raises mail.NotSent with the reason."""
    mail.send(
        user,
        subject=_("[Đôn đốc] Thư mời đặt mật khẩu"),
        lines=[
            _("Đồng chí được cấp tài khoản trên phần mềm Đôn đốc, tên đăng nhập: %(name)s.")
            % {"name": user.username},
            _("Mở đường dẫn sau để đặt mật khẩu rồi đăng nhập:"),
        ],
        link=address_of(user),
        label=_("Đặt mật khẩu"),
        closing=_validity(),
    )
    record(AccessLog.Kind.INVITATION, request=request, actor=by, what=f"{user.username} <{user.email}>")


def send_forgotten(typed: str, *, at: datetime) -> int:
    """Send each active account of a typed username or address its link; returns how many mails went out.

    Whoever typed it never learns whether there was any; `at` (an aware instant) counts the mails of the last hour.
    Raises mail.NotSent when the server refuses.
    """
    people = [user for user in _people(typed) if _may_be_sent(user, at=at)]
    for user in people:
        mail.send(
            user,
            subject=_("[Đôn đốc] Đặt lại mật khẩu"),
            lines=[
                _("Có yêu cầu đặt lại mật khẩu cho tài khoản %(name)s.") % {"name": user.username},
                _("Nếu đồng chí không yêu cầu, hãy bỏ qua thư này; mật khẩu hiện tại vẫn dùng được."),
            ],
            link=address_of(user),
            label=_("Đặt lại mật khẩu"),
            closing=_validity(),
        )
        record(AccessLog.Kind.INVITATION, actor=user, what=f"{user.username} <{user.email}>", at=at)
    return len(people)


def _people(typed: str) -> list[User]:
    rows = User.objects.filter(is_active=True).exclude(username=SYSTEM_USERNAME).exclude(email="")
    return list(rows.filter(Q(username__iexact=username_key(typed)) | Q(email__iexact=typed.strip())))


def _may_be_sent(user: User, *, at: datetime) -> bool:
    sent = AccessLog.objects.filter(
        kind=AccessLog.Kind.INVITATION,
        actor=user,
        at__gt=at - timedelta(hours=1),
        what__startswith=f"{user.username} <",
    )
    return sent.count() < MAILS_AN_HOUR


def _validity() -> str:
    hours = settings.PASSWORD_RESET_TIMEOUT // 3600
    return _("Đường dẫn dùng được một lần, trong %(hours)d giờ.") % {"hours": hours}
