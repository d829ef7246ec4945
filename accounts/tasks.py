"""Background jobs of the accounts, thin."""

from __future__ import annotations

import structlog
from celery import shared_task

from accounts import mail, password_links, sessions
from accounts.clock import now

log = structlog.get_logger(__name__)


@shared_task(name="accounts.send_forgotten")
def send_forgotten(typed: str) -> None:
    """Look up what somebody typed and send the link: here, so that the page answers everybody equally fast."""
    try:
        sent = password_links.send_forgotten(typed, at=now())
    except mail.NotSent as error:
        log.warning("password_link_not_sent", error=str(error))
    else:
        log.info("password_links_sent", count=sent)


@shared_task(name="accounts.clean_sessions")
def clean_sessions() -> None:
    """Delete what no longer opens anything."""
    sessions.clean(at=now())
