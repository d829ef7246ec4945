"""Background jobs of the audit room, thin: each looks into the database and may be repeated or lost without harm."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from accounts.audit.seals.checks import check_what_was_asked_for

log = structlog.get_logger(__name__)


@shared_task(name="audit.check_history")
def check_history() -> None:
    """Make the checks that people asked for."""
    for made in check_what_was_asked_for():
        log.info("history_checked", rows=made.rows, seals=made.seals, found=made.found)


def check_soon() -> None:
    """After the commit, ask a worker to make the checks that wait. Without a broker the next sweep does."""
    transaction.on_commit(_ask_worker)


def _ask_worker() -> None:
    try:
        check_history.delay()
    except OperationalError as error:
        log.warning("broker_unavailable", error=str(error))
