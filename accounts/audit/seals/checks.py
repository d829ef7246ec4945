"""Asking for a check, making it, keeping its result. What is asked for is a row: a lost job loses no request."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from accounts.audit.seals.findings import Report
from accounts.audit.seals.models import Check, CheckRequest
from accounts.audit.seals.verify import Given, verify
from accounts.audit.session_locks import demand_own_session
from accounts.clock import now
from accounts.models import User

LOCK = "hashtextextended('audit check', 0)"


def open_request() -> CheckRequest | None:
    """Return the request that waits for its result, the oldest if there are several."""
    return CheckRequest.objects.filter(check_made__isnull=True).order_by("at", "pk").first()


@transaction.atomic
def ask_for_check(*, by: User, at: datetime, given: Given | None = None) -> CheckRequest:
    """Ask a worker for a check; returns the request that waits already for the same seal, if there is one."""
    waiting = CheckRequest.objects.filter(check_made__isnull=True, given_seal=str(given or "")).first()
    return waiting or CheckRequest.objects.create(at=at, by=by, given_seal=str(given or ""))


def keep(report: Report, *, by: User, started_at: datetime, request: CheckRequest | None = None) -> Check:
    """Keep the result of a check that began at `started_at` (an aware instant) and is over now; returns its row."""
    return Check.objects.create(
        request=request, by=by, started_at=started_at, finished_at=now(), **report.as_data()
    )


def check_what_was_asked_for() -> list[Check]:
    """Make the checks that wait, unless another process is at it; returns them."""
    demand_own_session()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({LOCK})")
        if not cursor.fetchone()[0]:
            return []
    made: list[Check] = []
    try:
        while (request := open_request()) is not None:
            started_at = now()
            given = Given.parse(request.given_seal) if request.given_seal else None
            made.append(keep(verify(given=given), by=request.by, started_at=started_at, request=request))
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock({LOCK})")
    return made
