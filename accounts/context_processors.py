from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts import sessions
from accounts.clock import now
from accounts.models import User

# How long before its end a session says so.
WARN_SECONDS = 120


def installation(request: HttpRequest) -> dict[str, Any]:
    """What every page shows of the installation: whether its data are made up."""
    return {"is_demo": settings.DEMO}


def session_clock(request: HttpRequest) -> dict[str, Any]:
    """What a page needs to tell when its session ends, in seconds; nothing where nobody is signed in."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    left = sessions.seconds_left(request, user, at=now())
    return {"session_clock": {"left": left, "warn": WARN_SECONDS, "ping": sessions.SEEN_EVERY_SECONDS}}
