"""The outbox: a mail's row with whom it goes to, and its first event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from accounts.models import User
from directives.models import Message, MessageEvent
from directives.reminders.recipients import Recipient
from steering.models import Committee

# A committee's whole name may be longer than the column; a mail is not lost for that.
NAME_LENGTH = 255


def mail(
    kind: str, *, committee: Committee, on: date, key: str, to: Recipient, at: datetime, **content: Any
) -> Message:
    """Return an unsaved mail of a day (Hà Nội) to a recipient, due at `at`; `content` are further columns."""
    return Message(
        committee=committee,
        kind=kind,
        on=on,
        recipient_key=key,
        recipient_name=to.name[:NAME_LENGTH],
        address=to.address,
        user=to.user,
        unit=to.unit,
        composed_at=at,
        next_attempt_at=at,
        **content,
    )


def queue(mails: Iterable[Message], *, by: User) -> list[Message]:
    """Write mails and that they were composed, two statements; returns them with their ids."""
    found = list(mails)
    Message.objects.bulk_create(found)
    MessageEvent.objects.bulk_create(
        MessageEvent(message=row, kind=MessageEvent.Kind.COMPOSED, at=row.composed_at, by=by) for row in found
    )
    return found
