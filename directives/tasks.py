"""Background jobs, thin: each only says "look into the database now" and may be repeated or lost without harm."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from accounts.clock import hanoi_date, now
from accounts.models import User
from directives.reminders import bounces, daily, watch
from directives.reminders.deliver import deliver
from directives.reminders.inbox import InboxError
from directives.reminders.news import tell_all
from directives.reminders.portions import compose_waiting
from directives.reminders.seal_mail import seal_once_a_day

log = structlog.get_logger(__name__)

# Well within the broker's visibility timeout; what is left then, the next sweep sends.
RUN_SECONDS = 30 * 60
SWEEP_SECONDS = 50


@shared_task(name="directives.remind")
def remind() -> None:
    """The reminders of today (Hà Nội)."""
    _run_today()


@shared_task(name="directives.reconcile")
def reconcile() -> None:
    """Who should have been told today (Hà Nội) against the log, from nine on; see `watch.reconcile_when_due`."""
    watch.reconcile_when_due(at=now())


def _run_today() -> None:
    at = now()
    daily.run_day(on=hanoi_date(at), at=at, seconds=RUN_SECONDS)
    # A run that comes late is compared at once: the banner's end is not the proof.
    watch.reconcile_when_due(at=now())


@shared_task(name="directives.send_mail")
def send_mail() -> None:
    """Compose and send what waits: news, new mails, those whose pause is over, and what a killed worker left behind.

    Makes up for a run of today that never happened.
    """
    at = now()
    if daily.is_missing(at=at):
        log.warning("reminders_made_up_for", on=str(hanoi_date(at)))
        _run_today()
        return
    tell_all(at=at)
    compose_waiting(at=at, by=User.objects.system())
    deliver(seconds=SWEEP_SECONDS)


@shared_task(name="directives.read_bounces")
def read_bounces() -> None:
    """Note which mails came back; without a mailbox of bounces there is nothing to do."""
    if not settings.BOUNCE_URL:
        return
    try:
        bounces.read_bounces(settings.BOUNCE_URL)
    except InboxError as error:
        # Nothing is lost: what was not read is read the next time.
        log.error("bounces_not_read", error=str(error))


@shared_task(name="directives.seal_history")
def seal_history() -> None:
    """The seal of today (Hà Nội), mailed."""
    if seal_once_a_day(at=now()):
        send_soon()


def run_soon() -> bool:
    """Ask a worker for the reminders of today; False when the broker cannot be reached."""
    try:
        remind.delay()
    except OperationalError as error:
        log.warning("broker_unavailable", error=str(error))
        return False
    return True


def send_soon() -> None:
    """After the commit, ask a worker to send what is queued. Without a broker the next sweep does."""
    transaction.on_commit(_ask_worker)


def _ask_worker() -> None:
    try:
        send_mail.delay()
    except OperationalError as error:
        log.warning("broker_unavailable", error=str(error))
