"""What a service says when it will not: one sentence a person understands, in the person's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from accounts.audit.history import Versioned


class Refused(Exception):  # noqa: N818 - it reads as what it is: the change is refused
    """The change is not possible now or as asked; nothing was written. `field` names the input to put right."""

    def __init__(self, message: str | Promise, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)


class NotAllowed(Refused):
    """The person may see it but not do it (403)."""


class Outdated(Refused):
    """The row moved on since the person looked: `row` as it is now, `seen` the version they had before them."""

    def __init__(self, message: str | Promise, *, row: Versioned, seen: int) -> None:
        super().__init__(message)
        self.row = row
        self.seen = seen
