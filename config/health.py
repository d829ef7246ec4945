"""`/healthz`: whether web, database, broker and beat work, for a monitor; open to everybody, so it says no more."""

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from accounts.audit.serving_role import faults
from accounts.clock import now
from config import heartbeat
from directives.reminders import watch

log = structlog.get_logger(__name__)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Return each part as `ok` or `unavailable`, with status 503 if any is not ok.

    `database` is ok when it answers and the role that serves is fit to.
    `beat` is ok when a worker has lately run the heartbeat that beat gives out, so it answers for the worker too.
    """
    broker, beat = _broker_and_beat()
    return _answer({"web": True, "database": _database(), "broker": broker, "beat": beat})


@require_safe
@never_cache
def healthz_reminders(request: HttpRequest) -> HttpResponse:
    """Return whether the day's reminders went out, each part as `ok` or `unavailable`, with status 503 if any is not.

    `run`: on a working day a run has finished by nine. `reconciliation`: the last one found nothing missing.
    `queue`: no mail has waited for an hour within the hours of sending.
    """
    at = now()
    try:
        parts = {
            "run": not watch.has_not_run(at=at),
            "reconciliation": not watch.is_something_missing(),
            "queue": not watch.is_held_up(at=at),
        }
    except DatabaseError as error:
        log.warning("database_unavailable", error=str(error))
        parts = dict.fromkeys(("run", "reconciliation", "queue"), False)
    return _answer(parts)


def _answer(parts: dict[str, bool]) -> HttpResponse:
    return JsonResponse(
        {name: "ok" if well else "unavailable" for name, well in parts.items()},
        status=200 if all(parts.values()) else 503,
    )


def _database() -> bool:
    try:
        found = faults()
    except DatabaseError as error:
        log.warning("database_unavailable", error=str(error))
        return False
    if found:
        log.error("database_role_unfit", faults=found)
    return not found


def _broker_and_beat() -> tuple[bool, bool]:
    try:
        return True, heartbeat.is_fresh(settings.REDIS_URL)
    except RedisError as error:
        log.warning("broker_unavailable", error=str(error))
        return False, False
