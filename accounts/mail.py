"""The mails about an account itself: small, in the house's layout, sent at once and kept nowhere: they hold a link."""

from __future__ import annotations

from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.allow_list import is_allowed, refusal
from accounts.models import User


class NotSent(Exception):  # noqa: N818 (what happened, as the pages say it)
    """The mail did not go out; the text says why, in words for the administrator."""


def send(user: User, *, subject: str, lines: list[str], link: str, label: str, closing: str) -> None:
    """Send a person a mail of a few lines with one link (an absolute address) and its label.

    Raises NotSent when there is no address, when the installation may not write to it, and when the server refuses.
    """
    if not user.email:
        raise NotSent(_("Tài khoản chưa có địa chỉ thư điện tử."))
    if not is_allowed(user.email, settings.MAIL_ONLY_TO):
        raise NotSent(refusal(user.email))
    context = {
        "subject": subject,
        "user": user,
        "lines": lines,
        "link": link,
        "label": label,
        "closing": closing,
        "demo": settings.DEMO,
    }
    mail = EmailMultiAlternatives(
        subject,
        render_to_string("mail/account.txt", context).strip() + "\n",
        to=[user.email],
        # No machine is to answer it.
        headers={"Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(render_to_string("mail/account.html", context), "text/html")
    try:
        mail.send()
    except (SMTPException, OSError) as error:
        raise NotSent(_("Máy chủ thư không nhận thư: %(error)s") % {"error": error}) from error
