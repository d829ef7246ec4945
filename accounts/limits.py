"""How often one may knock: counted in the log of access itself, so that no broker that is down opens or closes a door.

Wrong passwords lock an account (`accounts.lockout`); these limits stop what no lock reaches: many accounts tried from
one address, mails asked for by the hundred, lists taken out one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest

from accounts.audit.address import client_address
from accounts.audit.models import AccessLog

Kind = AccessLog.Kind


@dataclass(frozen=True)
class Limit:
    """At most `settings.LIMITS[name]` lines of these kinds within the time, by a person or from an address."""

    name: str
    kinds: tuple[str, ...]
    within: timedelta


SIGN_IN = Limit("sign_in", (Kind.SIGN_IN_FAILED,), timedelta(minutes=10))
FORGOTTEN = Limit("forgotten", (Kind.PASSWORD_ASKED,), timedelta(hours=1))
UPLOAD = Limit("upload", (Kind.UPLOAD,), timedelta(minutes=1))
EXPORT = Limit("export", (Kind.EXPORT,), timedelta(minutes=1))
# Files and prints one by one: generous, for a person at work opens many.
DOWNLOAD = Limit("download", (Kind.DOWNLOAD, Kind.PRINT), timedelta(minutes=1))


class TooOften(Exception):  # noqa: N818 (what happened, as the pages say it)
    """Somebody goes over a limit; answered with status 429 by `middleware.LimitMiddleware`."""

    def __init__(self, limit: Limit) -> None:
        super().__init__(limit.name)
        self.limit = limit

    @property
    def minutes(self) -> int:
        """After how many minutes one may try again at the latest."""
        return int(self.limit.within.total_seconds() // 60)


def is_over(limit: Limit, request: HttpRequest, *, at: datetime) -> bool:
    """Return whether the person signed in, or the address of a visitor, has used up a limit at an aware instant.

    A visitor whose address is not known shares the limit with all such.
    """
    since = at - limit.within
    if request.user.is_authenticated:
        whose = Q(actor=request.user)
    else:
        whose = Q(actor__isnull=True, address=client_address(request))
    lines = AccessLog.objects.filter(whose, kind__in=limit.kinds, at__gt=since)
    most: int = settings.LIMITS[limit.name]
    return lines.order_by()[: most + 1].count() >= most


def demand(limit: Limit, request: HttpRequest, *, at: datetime) -> None:
    """Raise TooOften when a limit is used up at an aware instant."""
    if is_over(limit, request, at=at):
        raise TooOften(limit)
