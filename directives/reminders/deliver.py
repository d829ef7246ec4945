"""Delivery: rows are claimed for a time, sent outside any transaction, and told of by appended events.

A crash at any point loses nothing: the lease runs out and the row is claimed again. At worst the one mail that was
being sent goes a second time, with the same Message-ID, so that the recipient's server can tell.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import translation

from accounts.allow_list import is_allowed, refusal
from accounts.clock import now
from directives.models import Message, MessageEvent
from directives.reminders.envelope import Envelope, envelope
from directives.reminders.server import DeliveryError, PermanentError, TemporaryError, server, unwritable

log = structlog.get_logger(__name__)

State, Event = Message.State, MessageEvent.Kind
Clock = Callable[[], datetime]

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
# After as many attempts and as long a time a mail is set aside, with what was said last.
MOST_ATTEMPTS = 8
LONGEST_TRY = timedelta(hours=24)


@dataclass
class Delivered:
    """What one call did, as ids of mails."""

    sent: list[int] = field(default_factory=list)
    deferred: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)

    def note(self, state: Message.State, message: int) -> None:
        """Keep how an attempt ended: still queued means deferred."""
        ends = {State.SENT: self.sent, State.QUEUED: self.deferred, State.FAILED: self.failed}
        ends[state].append(message)


def deliver(*, clock: Clock = now, seconds: float | None = None) -> Delivered:
    """Send what is queued and due, batch by batch, until nothing is left or `seconds` have passed.

    Any number of processes may do this at once: a row is one's own while its lease runs (settings.MAIL_LEASE_SECONDS).
    """
    result = Delivered()
    stop_at = None if seconds is None else time.monotonic() + seconds
    while stop_at is None or time.monotonic() < stop_at:
        batch = claim(at=clock(), size=settings.MAIL_BATCH)
        if not batch:
            return result
        _send_batch(batch, clock, result)
    return result


@dataclass(frozen=True)
class Claim:
    """A mail that is this process's until `leased_until`; the instant is the proof of it."""

    message: int
    leased_until: datetime


def claim(*, at: datetime, size: int) -> list[Claim]:
    """Take up to `size` queued mails whose time has come and that nobody holds."""
    until = at + timedelta(seconds=settings.MAIL_LEASE_SECONDS)
    with transaction.atomic():
        free = Message.objects.filter(_free(at), state=State.QUEUED, next_attempt_at__lte=at)
        rows = free.select_for_update(skip_locked=True).order_by("next_attempt_at", "pk")[:size]
        ids = list(rows.values_list("pk", flat=True))
        Message.objects.filter(pk__in=ids).update(leased_until=until)
    return [Claim(pk, until) for pk in ids]


def _free(at: datetime) -> Q:
    return Q(leased_until__isnull=True) | Q(leased_until__lt=at)


def held_by_others(*, at: datetime) -> datetime | None:
    """Return until when the last of the queued mails that are due is held by somebody, None when none is."""
    held = Message.objects.filter(state=State.QUEUED, next_attempt_at__lte=at, leased_until__gte=at)
    return held.order_by("-leased_until").values_list("leased_until", flat=True).first()


def _send_batch(batch: list[Claim], clock: Clock, result: Delivered) -> None:
    # What is kept of an outcome is in the language of the records, whoever sends.
    with server() as way_out, translation.override(settings.LANGUAGE_CODE):
        for held in batch:
            message = _begin(held, at=clock())
            if message is None:
                continue
            try:
                way_out.send(_written(message))
            except TemporaryError as error:
                outcome = _defer(message, error, at=clock())
            except PermanentError as error:
                outcome = _close(message, State.FAILED, error, at=clock())
            else:
                outcome = _close(message, State.SENT, None, at=clock())
            result.note(outcome, message.pk)


def _written(message: Message) -> Envelope:
    """Return the mail of a row. Raises PermanentError when it may not go out or cannot be written."""
    if not is_allowed(message.address, settings.MAIL_ONLY_TO):
        raise PermanentError(refusal(message.address), "not in MAIL_ONLY_TO")
    try:
        return envelope(message)
    except ValueError as error:
        raise unwritable(error) from error


@transaction.atomic
def _begin(held: Claim, *, at: datetime) -> Message | None:
    """Note the attempt and renew the lease, so that it covers this one mail; None when the mail is no longer ours."""
    until = at + timedelta(seconds=settings.MAIL_LEASE_SECONDS)
    ours = Message.objects.filter(pk=held.message, state=State.QUEUED, leased_until=held.leased_until)
    message = ours.select_for_update(of=("self",)).select_related("committee").first()
    if message is None:
        return None
    message.attempts += 1
    message.leased_until = until
    message.save(update_fields=["attempts", "leased_until"])
    MessageEvent.objects.create(message=message, kind=Event.ATTEMPT, at=at)
    return message


def _defer(message: Message, error: DeliveryError, *, at: datetime) -> Message.State:
    """Let the mail wait, longer each time; set it aside when it has waited long enough."""
    if message.attempts >= MOST_ATTEMPTS and at - message.composed_at >= LONGEST_TRY:
        return _close(message, State.FAILED, error, at=at)
    pause = min(FIRST_PAUSE * 2 ** min(message.attempts - 1, 10), LONGEST_PAUSE)
    with transaction.atomic():
        Message.objects.filter(pk=message.pk, state=State.QUEUED).update(
            next_attempt_at=at + pause, leased_until=None, error=str(error)
        )
        MessageEvent.objects.create(message=message, kind=Event.DEFERRED, at=at, detail=error.raw)
    log.warning("mail_deferred", message=message.pk, attempts=message.attempts, error=error.raw)
    return State.QUEUED


def _close(
    message: Message, state: Message.State, error: DeliveryError | None, *, at: datetime
) -> Message.State:
    """Keep how it ended: the row says it to people, the event says what the system said."""
    with transaction.atomic():
        Message.objects.filter(pk=message.pk).exclude(state=State.SENT).update(
            state=state,
            sent_at=None if error else at,
            leased_until=None,
            error=str(error) if error else "",
        )
        MessageEvent.objects.create(
            message=message,
            kind=Event.FAILED if error else Event.SENT,
            at=at,
            detail=error.raw if error else "",
        )
    if error:
        log.error("mail_failed", message=message.pk, error=error.raw)
    return state
