"""Demo and real data never share a database."""

from __future__ import annotations

from django.conf import settings

from accounts.models import SYSTEM_USERNAME, User
from directives.models import Document
from directives.programme.loader import LOADER_USERNAME


def holds_demo() -> bool:
    """Return whether the demo was loaded into this database."""
    return bool(Document.history.filter(is_fictitious=True).exists())


def mixture() -> str:
    """Return why this database must not be used with the present DEMO setting, or "" when it may.

    Whatever people entered before the demo was loaded is real: accounts other than the two of the software,
    and documents that the programme does not bring.
    """
    if holds_demo():
        if settings.DEMO:
            return ""
        return "This database holds the demo: give real work a database of its own, or set DEMO=1."
    if not settings.DEMO:
        return ""
    accounts = User.objects.exclude(username__in=(SYSTEM_USERNAME, LOADER_USERNAME))
    entered = Document.history.filter(history_type="+").exclude(history_user__username=LOADER_USERNAME)
    if accounts.exists() or entered.exists():
        return "This database holds real data: give the demo a database of its own, or set DEMO=0."
    return ""
