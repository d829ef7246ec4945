"""Who is acting, why, through which door and when: known to every history row written meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User


class Door(TextChoices):
    """The way a change came in."""

    WEB = "web", _("Màn hình")
    IMPORT = "import", _("Nhập dữ liệu")
    JOB = "job", _("Tự động")
    LETTER = "letter", _("Ghi nhận theo văn bản")


@dataclass(frozen=True)
class Act:
    """One person's (or the system's) doing; `at` dates the history rows, None means now."""

    by: User | None = None
    reason: str = ""
    door: Door = Door.JOB
    at: datetime | None = None


# An Act is frozen, so one default serves all.
_current: ContextVar[Act] = ContextVar("act", default=Act())  # noqa: B039


def current_act() -> Act:
    """Return the act under way in this thread or task."""
    return _current.get()


@contextmanager
def acting(**changes: Any) -> Iterator[Act]:
    """Within the block, history rows carry these fields of `Act`; what is not named stays as it was."""
    act = replace(_current.get(), **changes)
    token = _current.set(act)
    try:
        yield act
    finally:
        _current.reset(token)
