"""A mail's row as the mail that goes over the wire."""

from __future__ import annotations

from email import charset
from email.header import Header
from email.message import Message as MimeMessage
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from accounts.clock import HANOI
from directives.models import Message
from steering.models import Committee

# Seven bits all the way: no server needs to know 8BITMIME, no line gets too long.
_UTF8 = charset.Charset("utf-8")
_UTF8.body_encoding = charset.QP


class Envelope(EmailMultiAlternatives):
    """Django's mail with a subject that is folded for its place: else a long one would begin with a line end."""

    def message(self, **options: Any) -> Any:
        """Return the MIME message. Raises ValueError for a header that cannot be written."""
        mime: Any = super().message(**options)
        del mime["Subject"]
        folded = Header(str(self.subject), "utf-8", header_name="Subject").encode()
        MimeMessage.__setitem__(mime, "Subject", folded)
        return mime


def sender(committee: Committee) -> tuple[str, str]:
    """Return name and address that mails come from: the committee's name before the installation's address."""
    return committee.short_name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def answers_to(committee: Committee) -> tuple[str, str] | None:
    """Return name and address of whom an answer reaches: the secretariat; None without its mailbox."""
    return (committee.secretariat_label, committee.mailbox) if committee.mailbox else None


def envelope(message: Message) -> Envelope:
    """Return the mail of a row (its committee loaded), the same at each attempt, Date and Message-ID included.

    Raises ValueError when a header cannot be written.
    """
    reply_to = answers_to(message.committee)
    mail = Envelope(
        subject=message.subject,
        body=message.text,
        from_email=formataddr(sender(message.committee)),
        to=[formataddr((message.recipient_name, message.address))],
        reply_to=[formataddr(reply_to)] if reply_to else None,
        headers={
            "Date": format_datetime(message.composed_at.astimezone(HANOI)),
            "Message-ID": message.message_id,
            # RFC 3834: no answering machine answers; the second is Exchange's word for it.
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "X-Reminder-Day": f"{message.on:%Y-%m-%d}",
        },
    )
    mail.attach_alternative(message.html, "text/html")
    mail.encoding = _UTF8
    return mail
