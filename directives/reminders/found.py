"""What a comparison of a day's duty with the log comes to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from directives.models import Message, Reminder

# So many of what is missing, failed or without an address are named.
NAMED = 50
UNPLANNED, UNCOMPOSED = "unplanned", "uncomposed"


@dataclass
class Found:
    """What a day's comparison came to; `failed` and `sent` are ids of mails, `no_address` keys of recipients."""

    missing: int = 0
    waiting: int = 0
    failed: set[int] = field(default_factory=set)
    sent: set[int] = field(default_factory=set)
    no_address: set[str] = field(default_factory=set)
    skipped: Counter[str] = field(default_factory=Counter)
    named: list[dict[str, Any]] = field(default_factory=list)
    came_later: int = 0

    def miss(self, key: str, falls_on: date, why: str, **about: Any) -> None:
        """Count one more, and name the first: `about` are the ids of what it is about (`assignment` and `step`, or
        `occasion`; `committee` and `letter` of a weekly letter, whose kind that is)."""
        self.missing += 1
        if len(self.named) < NAMED:
            nothing = {"assignment": None, "step": None}
            self.named.append(nothing | about | {"to": key, "falls_on": falls_on.isoformat(), "why": why})

    def skip(self, reason: str, key: str) -> None:
        """Count what was not sent to a recipient, with its reason (`Reminder.Skip`)."""
        self.skipped[reason] += 1
        if reason == Reminder.Skip.NO_ADDRESS:
            self.no_address.add(key)

    def count_mail(self, pk: int, state: str | None, *, is_of_today: bool) -> None:
        """Count a mail by its state; what was sent or failed on another day is not counted again."""
        if state == Message.State.QUEUED:
            self.waiting += 1
        elif is_of_today:
            (self.sent if state == Message.State.SENT else self.failed).add(pk)
