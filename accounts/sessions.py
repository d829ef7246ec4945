"""Sessions: how long one lasts without activity, which a person has, and how one ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.http import HttpRequest

from accounts.models import User
from accounts.roles import Role

SEEN = "seen_at"
# Activity is written at most this often: a write per request is a write too many (TRAPS 20).
SEEN_EVERY_SECONDS = 60


def idle_seconds(user: User) -> int:
    """Return after how many seconds without a request a person's session ends (DOMAIN §6)."""
    administrator = user.has_role(Role.ADMINISTRATOR)
    minutes: int = settings.IDLE_MINUTES_ADMINISTRATOR if administrator else settings.IDLE_MINUTES
    return 60 * minutes


def seconds_left(request: HttpRequest, user: User, *, at: datetime) -> int:
    """Return for how many seconds from an aware instant the session lasts without activity; 0 when it is over.

    The instant of the last activity is kept at most `SEEN_EVERY_SECONDS` too old: that slack is granted, so nobody is
    put out early.
    """
    seen = request.session.get(SEEN, at.timestamp())
    left = seen + idle_seconds(user) + SEEN_EVERY_SECONDS - at.timestamp()
    return max(0, int(left))


def touch(request: HttpRequest, *, at: datetime) -> None:
    """Note that the person was active at an aware instant, if that was not noted within the last minute."""
    seen = request.session.get(SEEN)
    if seen is not None and at.timestamp() - seen < SEEN_EVERY_SECONDS:
        return
    request.session[SEEN] = at.timestamp()
    UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=at)


def running(user: User, *, at: datetime) -> list[UserSession]:
    """Return a person's sessions that still open something at an aware instant, the latest active first."""
    longest = timedelta(seconds=idle_seconds(user) + 2 * SEEN_EVERY_SECONDS)
    found = UserSession.objects.purge_and_list(user)
    return sorted(
        (session for session in found if session.last_seen_at > at - longest),
        key=lambda session: session.last_seen_at,
        reverse=True,
    )


def end_all(user: User, *, but: str | None = None) -> int:
    """End a person's sessions, save the one of that key; returns how many."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    rows = list(UserSession.objects.filter(user=user).exclude(session_key=but or ""))
    for row in rows:
        store.delete(row.session_key)
        row.delete()
    return len(rows)


def clean(*, at: datetime) -> None:
    """Delete what no longer opens anything at an aware instant: expired sessions and those idle past any limit."""
    minutes = max(settings.IDLE_MINUTES, settings.IDLE_MINUTES_ADMINISTRATOR)
    since = at - timedelta(minutes=minutes, seconds=2 * SEEN_EVERY_SECONDS)
    idle = UserSession.objects.filter(last_seen_at__lt=since).values("session_key")
    Session.objects.filter(session_key__in=idle).delete()
    call_command("clearsessions")
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
