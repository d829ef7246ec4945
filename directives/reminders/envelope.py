"""A mail's row as the mail that goes over the wire."""

from __future__ import annotations

import base64
import io
import re
from binascii import b2a_qp
from email import charset
from email.generator import BytesGenerator
from email.header import Header
from email.message import Message as MimeMessage
from email.mime.image import MIMEImage
from email.policy import Compat32, compat32
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache, partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, SafeMIMEMultipart

from accounts.clock import HANOI
from directives.models import Message
from directives.reminders.verp import return_address
from steering.models import Committee


class _QuotedPrintable(charset.Charset):
    """UTF-8 in seven bits all the way: no server needs to know 8BITMIME, no line gets too long.

    Written by the C library: the email package's own encoder takes a millisecond for a long digest.
    """

    def __init__(self) -> None:
        super().__init__("utf-8")
        self.body_encoding = charset.QP

    def body_encode(self, string: Any) -> Any:
        """Return a text, or its bytes, as quoted-printable lines."""
        data = string.encode("utf-8") if isinstance(string, str) else string
        return b2a_qp(data).decode("ascii")


_UTF8 = _QuotedPrintable()


@lru_cache(maxsize=1024)
def _folded(name: str, value: str, linesep: str) -> bytes:
    return compat32.clone(linesep=linesep).fold_binary(name, value)


class _SameHeaders(Compat32):
    """The email package's rules for a header, asked once for those that all mails of a committee have."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """Return a header's lines."""
        return _folded(name, value, self.linesep)


class _Writer(BytesGenerator):
    """The email package's writer; the line ends of a text are put at once, not in a loop over its lines."""

    def _write_lines(self, lines: str) -> None:
        lines = lines.replace("\r\n", "\n").replace("\r", "\n")
        self.write(lines.replace("\n", self._NL))  # type: ignore[attr-defined]


_SAME_HEADERS = _SameHeaders()


def _as_bytes(mime: Any, unixfrom: bool = False, linesep: str = "\n") -> bytes:
    """What Django's `as_bytes` returns, in a third of its time."""
    written = io.BytesIO()
    _Writer(written, mangle_from_=False, policy=_SAME_HEADERS).flatten(
        mime, unixfrom=unixfrom, linesep=linesep
    )
    return written.getvalue()


# How a mail's HTML refers to the picture that travels with it.
_REFERENCE = re.compile(r"cid:([\w.@-]+)")
IMAGE_NAME = "tinh-hinh.png"


class Envelope(EmailMultiAlternatives):
    """Django's mail with a subject that is folded for its place (else a long one would begin with a line end), and the
    same bytes each time: what the screen shows is what is sent.

    `image` is a PNG that the HTML, the one alternative, shows by the Content-ID `image_id`.
    """

    image: bytes | None = None
    image_id = ""
    # Whom the envelope names; `to` is what the header says, the name before the address.
    address = ""

    def recipients(self) -> list[str]:
        """Return the address it goes to, which the server is told without a name."""
        return [self.address]

    def message(self, **options: Any) -> Any:
        """Return the MIME message. Raises ValueError for a header that cannot be written."""
        mime: Any = super().message(**options)
        del mime["Subject"]
        folded = Header(str(self.subject), "utf-8", header_name="Subject").encode()
        MimeMessage.__setitem__(mime, "Subject", folded)
        # No line of quoted-printable text holds "=_".
        name = str(self.extra_headers["Message-ID"]).strip("<>").partition("@")[0]
        mime.set_boundary(f"=_{name}")
        if self.image is not None:
            # The picture belongs to the HTML alone: who reads the text gets no attachment.
            text, html = mime.get_payload()
            related = self._with_image(html, self.image)
            related.set_boundary(f"=_{name}.hinh")
            mime.set_payload([text, related])
        mime.as_bytes = partial(_as_bytes, mime)
        return mime

    def _with_image(self, html: Any, image: bytes) -> SafeMIMEMultipart:
        picture = MIMEImage(image, "png")
        picture["Content-ID"] = f"<{self.image_id}>"
        picture.add_header("Content-Disposition", "inline", filename=IMAGE_NAME)
        related = SafeMIMEMultipart(_subtype="related", _subparts=[html, picture])
        related.set_param("type", "text/html")
        return related


def image_id(message_id: str) -> str:
    """Return the Content-ID, without its brackets, of the picture of the mail with this Message-ID."""
    return f"hinh.{message_id.strip('<>')}"


def shown_html(message: Message) -> str:
    """Return a mail's HTML as a page shows it: with the picture itself where the mail refers to it."""
    if message.image is None:
        return message.html
    data = base64.b64encode(message.image).decode("ascii")
    return _REFERENCE.sub(f"data:image/png;base64,{data}", message.html)


def list_id(committee: Committee) -> str:
    """Return what mail programs filter a committee's mails by (RFC 2919): its name before an identifier."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"{_phrase(committee.short_name)} <{committee.code.lower()}.{domain.lower()}>"


@lru_cache(maxsize=64)
def _phrase(name: str) -> str:
    """A name in words that fit beside the header's: else the value would begin with a line end."""
    return " ".join(Header(name, "utf-8", maxlinelen=60).encode().split())


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
    origin = formataddr(sender(message.committee))
    thread = message.in_reply_to
    mail = Envelope(
        subject=message.subject,
        body=message.text,
        # The envelope's sender, to whom a mail is returned; the header From is what people see.
        from_email=return_address(message.pk) or sender(message.committee)[1],
        to=[formataddr((message.recipient_name, message.address))],
        reply_to=[formataddr(reply_to)] if reply_to else None,
        headers={
            "From": origin,
            "Date": format_datetime(message.composed_at.astimezone(HANOI)),
            "Message-ID": message.message_id,
            # RFC 3834: no answering machine answers; the second is Exchange's word for it.
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "List-Id": list_id(message.committee),
            **({"In-Reply-To": thread, "References": thread} if thread else {}),
            "X-Reminder-Day": f"{message.on:%Y-%m-%d}",
        },
    )
    mail.address = message.address
    mail.attach_alternative(message.html, "text/html")
    referred = _REFERENCE.search(message.html)
    if message.image is not None and referred:
        # As the HTML says it: a copy that is sent again has the words of the first, and a Message-ID of its own.
        mail.image, mail.image_id = bytes(message.image), referred[1]
    mail.encoding = _UTF8
    return mail
