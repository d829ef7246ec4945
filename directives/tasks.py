"""Background jobs, thin: each only says "look into the database now" and may be repeated or lost without harm."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from accounts.clock import hanoi_date, now
from directives.reminders import daily
from directives.reminders.deliver import deliver
from directives.reminders.seal_mail import seal_once_a_day

log = structlog.get_logger(__name__)

# Well within the broker's visibility timeout; what is left then, the next sweep sends.
RUN_SECONDS = 30 * 60
SWEEP_SECONDS = 50


@shared_task(name="directives.remind")
def remind() -> None:
    """The reminders of today (Hà Nội)."""
    at = now()
    daily.run_day(on=hanoi_date(at), at=at, seconds=RUN_SECONDS)


@shared_task(name="directives.send_mail")
def send_mail() -> None:
    """Send what is queued: new mails, those whose pause is over, and those that a killed worker left behind.

    Makes up for a run of today that never happened.
    """
    at = now()
    if daily.is_missing(at=at):
        log.warning("reminders_made_up_for", on=str(hanoi_date(at)))
        daily.run_day(on=hanoi_date(at), at=at, seconds=RUN_SECONDS)
    else:
        deliver(seconds=SWEEP_SECONDS)


@shared_task(name="directives.seal_history")
def seal_history() -> None:
    """The seal of today (Hà Nội), mailed."""
    if seal_once_a_day(at=now()):
        send_soon()


def send_soon() -> None:
    """After the commit, ask a worker to send what is queued. Without a broker the next sweep does."""
    transaction.on_commit(_ask_worker)


def _ask_worker() -> None:
    try:
        send_mail.delay()
    except OperationalError as error:
        log.warning("broker_unavailable", error=str(error))
