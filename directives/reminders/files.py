"""Mail as files: where no SMTP server is set, each mail is one .eml that any mail program opens."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage

from accounts.text import ascii_slug


class EmlFileBackend(BaseEmailBackend):
    """Writes each mail to settings.MAIL_DIR. A mail sent again after a crash takes the place of its first copy."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the mails; returns how many. Raises OSError when the folder cannot be written."""
        folder = Path(settings.MAIL_DIR)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for mail in email_messages:
            write_whole(folder / file_name(mail), delivered(mail))
        return len(email_messages)


def file_name(mail: EmailMessage) -> str:
    """Return a name that tells day and recipient and is the same for the same Message-ID."""
    message_id = str(mail.extra_headers.get("Message-ID", "")) or mail.message()["Message-ID"]
    key = hashlib.sha256(message_id.encode()).hexdigest()[:12]
    day = str(mail.extra_headers.get("X-Reminder-Day", "")) or "mail"
    return f"{day}-{ascii_slug(parseaddr(mail.to[0])[1])[:60]}-{key}.eml"


def bytes_of(mail: EmailMessage) -> bytes:
    """Return a mail as it would go over the wire."""
    mime: Any = mail.message()
    content: bytes = mime.as_bytes(linesep="\r\n")
    return content


def delivered(mail: EmailMessage) -> bytes:
    """Return a mail as a server would have put it into a mailbox: where it returns to stands above it (RFC 5321)."""
    back = parseaddr(mail.from_email)[1]
    origin = parseaddr(str(mail.extra_headers.get("From", "")))[1] or back
    above = f"Return-Path: <{back}>\r\n".encode() if back != origin else b""
    return above + bytes_of(mail)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds all of it or nothing."""
    part = path.with_suffix(f".{os.getpid()}.part")
    part.touch(mode=0o600)
    part.write_bytes(content)
    part.replace(path)
