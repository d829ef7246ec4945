"""The names of mails: what tells a repeat from another mail, and what ties mails about one directive together."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac


def message_id(*key: Any) -> str:
    """Return the Message-ID of a mail, derived from its key: a repeat carries the same, another installation's not."""
    digest_of_key = salted_hmac(
        "directives.reminders.message_id", "|".join(map(str, key)), algorithm="sha256"
    )
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    return f"<{digest_of_key.hexdigest()[:32]}@{domain}>"


def thread_root(directive: int) -> str:
    """Return the Message-ID that the mails about one directive (its id) answer to, for `Message.in_reply_to`.

    No mail bears it: mail programs gather what answers to the same one, whether they have it or not.
    """
    return message_id("thread", directive)
