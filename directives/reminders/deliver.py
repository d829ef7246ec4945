"""Delivery: rows are claimed for a time, sent outside any transaction, and told of by appended events.

A crash at any point loses nothing: the lease runs out and the row is claimed again. At worst the one mail that was
being sent goes a second time, with the same Message-ID, so that the recipient's server can tell.
"""

# ruff: noqa: S608 - statements are composed of the constants of this file; every value is a parameter

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import uniform
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import translation

from accounts.allow_list import is_allowed, refusal
from accounts.clock import now
from directives.models import AddressProblem, Message, MessageEvent, Reminder
from directives.reminders.addresses import note_problem, suppressed
from directives.reminders.claim import Claim, claim
from directives.reminders.envelope import Envelope, envelope
from directives.reminders.server import (
    AddressRefusedError,
    DeliveryError,
    PermanentError,
    Server,
    TemporaryError,
    server,
    unforeseen,
    unwritable,
)
from directives.reminders.window import window

log = structlog.get_logger(__name__)

State, Event = Message.State, MessageEvent.Kind
Clock = Callable[[], datetime]

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
# A pause is longer or shorter by up to so much, so that what failed together does not come back together.
JITTER = 0.25
# After as many attempts and as long a time a mail is set aside, with what was said last.
MOST_ATTEMPTS = 8
LONGEST_TRY = timedelta(hours=24)
MINUTE = timedelta(minutes=1)


class UsedUp:
    """The relay takes no more mails in this minute."""


USED_UP = UsedUp()
# How long a waiting sender looks away before it asks again whether the relay takes more.
PAUSE_OF_PACE = 1.0


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


def deliver(
    *, clock: Clock = now, seconds: float | None = None, any_hour: bool = False, wait: bool = False
) -> Delivered:
    """Send what is queued and due, batch by batch, until nothing is left or `seconds` have passed.

    Any number of processes may do this at once: a row is one's own while its lease runs (settings.MAIL_LEASE_SECONDS).
    Outside the hours of sending only what waits for no hour goes, unless `any_hour`. Where the relay takes so many
    mails a minute (settings.MAIL_PER_MINUTE), the rest stays queued, or with `wait` is waited for.
    """
    result = Delivered()
    opening = None if any_hour else window()
    stop_at = None if seconds is None else time.monotonic() + seconds
    while stop_at is None or time.monotonic() < stop_at:
        at = clock()
        batch = claim(at=at, size=settings.MAIL_BATCH, any_hour=opening is None or opening.is_open(at))
        if not batch:
            return result
        if not _send_batch(batch, clock, result):
            if not wait:
                return result
            time.sleep(PAUSE_OF_PACE)
    return result


def _send_batch(batch: list[Claim], clock: Clock, result: Delivered) -> bool:
    """Send the mails that are ours; return False when the minute's mails were used up before the batch was."""
    # What is sent never changes once composed: it may be read before each one's turn.
    rows = Message.objects.select_related("committee").in_bulk([held.message for held in batch])
    # An address may have been closed while its mail waited.
    closed = suppressed(row.address for row in rows.values())
    # What is kept of an outcome is in the language of the records, whoever sends.
    done: _Sent | None = None
    with server() as way_out, translation.override(settings.LANGUAGE_CODE):
        try:
            for n, held in enumerate(batch):
                begun = _begin(held, at=clock(), done=done)
                done = None
                if begun is None:
                    continue
                if isinstance(begun, UsedUp):
                    _let_go(batch[n:])
                    return False
                message = rows[held.message]
                message.attempts = begun
                outcome = _attempt(message, way_out, closed, clock)
                if outcome is State.SENT:
                    done = _Sent(message.pk, clock())
                result.note(outcome, message.pk)
        finally:
            if done:
                _mark(done)
    return True


def _attempt(message: Message, way_out: Server, closed: Collection[str], clock: Clock) -> Message.State:
    """Send one mail; return how it ended, which is written down but for a mail that was sent."""
    try:
        way_out.send(_written(message, closed))
    except TemporaryError as error:
        return _defer(message, error, at=clock())
    except PermanentError as error:
        return _fail(message, error, at=clock())
    # One mail's trouble, whatever it is, must not keep the others of the batch from going out.
    except Exception as error:
        log.exception("mail_fault", message=message.pk)
        return _defer(message, unforeseen(error), at=clock())
    return State.SENT


def _let_go(batch: list[Claim]) -> None:
    """Give back what was not begun, so that nobody waits for its lease."""
    for held in batch:
        Message.objects.filter(pk=held.message, leased_until=held.leased_until).update(leased_until=None)


def _written(message: Message, closed: Collection[str]) -> Envelope:
    """Return the mail of a row. Raises PermanentError when it may not go out or cannot be written."""
    if message.address in closed:
        raise PermanentError(str(Reminder.Skip.BOUNCED.label), "address closed")
    if not is_allowed(message.address, settings.MAIL_ONLY_TO):
        raise PermanentError(refusal(message.address), "not in MAIL_ONLY_TO")
    try:
        return envelope(message)
    except ValueError as error:
        raise unwritable(error) from error


@dataclass(frozen=True)
class _Sent:
    """A mail that the server took, and when; not written down yet."""

    message: int
    at: datetime


# One statement, and so one transaction: that a mail was sent is written with the beginning of the next. That one is
# begun need not be on disk before it is sent: a server that loses this with its power loses the outcome, too, and the
# mail is sent once more with its Message-ID, as after any crash. Only a queued mail has a lease; said once more, the
# planner would look for the one row among all that are queued.
_DONE = """done AS (
        UPDATE directives_message
        SET state = 'sent', sent_at = %(sent_at)s, leased_until = NULL, abandoned = 0, error = ''
        WHERE id = %(sent)s AND state <> 'sent'),
    told AS (
        INSERT INTO directives_messageevent (message_id, kind, at, detail)
        VALUES (%(sent)s, 'sent', %(sent_at)s, ''))"""
_TAKEN = """taken AS (
        UPDATE directives_message
        SET attempts = attempts + 1, leased_until = %(until)s
        WHERE id = %(message)s AND leased_until = %(held)s
        RETURNING id, attempts),
    noted AS (
        INSERT INTO directives_messageevent (message_id, kind, at, detail)
        SELECT id, 'attempt', %(at)s, '' FROM taken)"""
_MARK = f"WITH {_DONE} SELECT 1"
_BEGIN = f"WITH {_TAKEN} SELECT attempts, set_config('synchronous_commit', 'off', true) FROM taken"
_MARK_AND_BEGIN = f"WITH {_DONE}, {_TAKEN} SELECT attempts FROM taken"


def _begin(held: Claim, *, at: datetime, done: _Sent | None) -> int | UsedUp | None:
    """Note the attempt and renew the lease, so that it covers this one mail; return how many attempts that makes, None
    when the mail is no longer ours. Write down that the one before was sent."""
    if not settings.MAIL_PER_MINUTE:
        return _take(held, at=at, done=done)
    if done:
        _mark(done)
    with transaction.atomic():
        return USED_UP if _is_used_up(at) else _take(held, at=at, done=None)


def _take(held: Claim, *, at: datetime, done: _Sent | None) -> int | None:
    until = at + timedelta(seconds=settings.MAIL_LEASE_SECONDS)
    values: dict[str, Any] = {"message": held.message, "held": held.leased_until, "until": until, "at": at}
    with connection.cursor() as cursor:
        if done:
            cursor.execute(_MARK_AND_BEGIN, {**values, "sent": done.message, "sent_at": done.at})
        else:
            cursor.execute(_BEGIN, values)
        row = cursor.fetchone()
    return row[0] if row else None


def _mark(done: _Sent) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MARK, {"sent": done.message, "sent_at": done.at})


def _is_used_up(at: datetime) -> bool:
    """Whether the relay got its mails of the last minute; who asks holds the turn until its own attempt is noted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('mail pace', 0))")
    begun = MessageEvent.objects.filter(kind=Event.ATTEMPT, at__gt=at - MINUTE)
    return bool(begun.count() >= settings.MAIL_PER_MINUTE)


def _defer(message: Message, error: DeliveryError, *, at: datetime) -> Message.State:
    """Let the mail wait, longer each time; set it aside when it has waited long enough."""
    if message.attempts >= MOST_ATTEMPTS and at - message.composed_at >= LONGEST_TRY:
        return _fail(message, error, at=at)
    pause = min(FIRST_PAUSE * 2 ** min(message.attempts - 1, 10), LONGEST_PAUSE)
    pause *= uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
    with transaction.atomic():
        Message.objects.filter(pk=message.pk, state=State.QUEUED).update(
            next_attempt_at=at + pause, leased_until=None, abandoned=0, error=str(error)
        )
        MessageEvent.objects.create(message=message, kind=Event.DEFERRED, at=at, detail=error.raw)
    log.warning("mail_deferred", message=message.pk, attempts=message.attempts, error=error.raw)
    return State.QUEUED


def _fail(message: Message, error: DeliveryError, *, at: datetime) -> Message.State:
    """Keep how it ended: the row says it to people, the event says what the system said."""
    with transaction.atomic():
        Message.objects.filter(pk=message.pk).exclude(state=State.SENT).update(
            state=State.FAILED, sent_at=None, leased_until=None, abandoned=0, error=str(error)
        )
        MessageEvent.objects.create(message=message, kind=Event.FAILED, at=at, detail=error.raw)
        if isinstance(error, AddressRefusedError):
            note_problem(
                message.address,
                kind=AddressProblem.Kind.REFUSED,
                said=str(error),
                detail=error.raw,
                at=at,
                message=message,
            )
    log.error("mail_failed", message=message.pk, error=error.raw)
    return State.FAILED
