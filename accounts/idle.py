"""The access review: which accounts nobody uses, and taking them out of use (DOMAIN §6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from accounts import sessions
from accounts.audit.context import Door
from accounts.audit.recording import recorded
from accounts.models import SYSTEM_USERNAME, User

IDLE_DAYS = 45


def is_idle(at: datetime) -> Q:
    """Return the condition of an active account that nobody signed in to for 45 days before an aware instant.

    One that was never signed in to counts from the day it was made.
    """
    since = at - timedelta(days=IDLE_DAYS)
    never = Q(last_login__isnull=True, created_at__lt=since)
    return (Q(last_login__lt=since) | never) & Q(is_active=True) & ~Q(username=SYSTEM_USERNAME)


def deactivate(people: Sequence[int], *, by: User, reason: str, at: datetime) -> list[User]:
    """Deactivate those of these accounts (ids) that are still idle at an aware instant, and end their sessions.

    Returns them. Nobody locks themselves out; who signed in meanwhile is left alone.
    """
    with recorded(by=by, reason=reason, door=Door.WEB):
        rows = User.objects.select_for_update().filter(is_idle(at), pk__in=people).exclude(pk=by.pk)
        found = list(rows.order_by("pk"))
        for user in found:
            user.is_active = False
            user.save()
            sessions.end_all(user)
    return found
