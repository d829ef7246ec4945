"""Delivery: rows are claimed for a time, sent outside any transaction, and told of by appended events.

A crash at any point loses nothing: the lease runs out and the row is claimed again. At worst the one mail that was
being sent goes a second time, with the same Message-ID, so that the recipient's server can tell.
"""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q

from accounts.clock import now
from directives.models import Message, MessageEvent
from directives.reminders.allow_list import is_allowed, refusal
from directives.reminders.envelope import envelope

log = structlog.get_logger(__name__)

State, Event = Message.State, MessageEvent.Kind
Clock = Callable[[], datetime]

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
# After as many attempts and as long a time a mail is set aside, with the server's last word.
MOST_ATTEMPTS = 8
LONGEST_TRY = timedelta(hours=24)


class TemporaryError(Exception):
    """The mail could not be sent now; the message is the server's or the system's word."""


class PermanentError(Exception):
    """The mail will not be taken as it is, however often it is sent."""


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
    with _server() as server:
        for held in batch:
            message = _begin(held, at=clock())
            if message is None:
                continue
            try:
                _demand_allowed(message)
                server.send(envelope(message))
            except TemporaryError as error:
                outcome = _defer(message, str(error), at=clock())
            except (PermanentError, ValueError) as error:
                # ValueError: an address or a header that cannot be written; the others of the batch can.
                outcome = _close(message, State.FAILED, str(error), at=clock())
            else:
                outcome = _close(message, State.SENT, "", at=clock())
            result.note(outcome, message.pk)


def _demand_allowed(message: Message) -> None:
    if not is_allowed(message.address, settings.MAIL_ONLY_TO):
        raise PermanentError(refusal(message.address))


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


def _defer(message: Message, error: str, *, at: datetime) -> Message.State:
    """Let the mail wait, longer each time; set it aside when it has waited long enough."""
    if message.attempts >= MOST_ATTEMPTS and at - message.composed_at >= LONGEST_TRY:
        return _close(message, State.FAILED, error, at=at)
    pause = min(FIRST_PAUSE * 2 ** min(message.attempts - 1, 10), LONGEST_PAUSE)
    with transaction.atomic():
        Message.objects.filter(pk=message.pk, state=State.QUEUED).update(
            next_attempt_at=at + pause, leased_until=None, error=error
        )
        MessageEvent.objects.create(message=message, kind=Event.DEFERRED, at=at, detail=error)
    log.warning("mail_deferred", message=message.pk, attempts=message.attempts, error=error)
    return State.QUEUED


def _close(message: Message, state: Message.State, error: str, *, at: datetime) -> Message.State:
    sent = state == State.SENT
    with transaction.atomic():
        Message.objects.filter(pk=message.pk).exclude(state=State.SENT).update(
            state=state, sent_at=at if sent else None, leased_until=None, error=error
        )
        kind = Event.SENT if sent else Event.FAILED
        MessageEvent.objects.create(message=message, kind=kind, at=at, detail=error)
    if not sent:
        log.error("mail_failed", message=message.pk, error=error)
    return state


class _Server:
    """One connection for a batch, opened when the first mail needs it and again after it was lost."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self.backend = backend
        self.is_open = False

    def send(self, mail: EmailMultiAlternatives) -> None:
        """Send one mail. Raises TemporaryError or PermanentError; for PermanentError the mail itself is at fault."""
        self._open()
        try:
            self.backend.send_messages([mail])
        except smtplib.SMTPRecipientsRefused as error:
            ((code, words),) = error.recipients.values()
            self._refused(code, words)
        except smtplib.SMTPSenderRefused as error:
            # Whatever the code: it is the installation that is refused, not this mail.
            raise TemporaryError(_said(error.smtp_code, error.smtp_error)) from error
        except smtplib.SMTPResponseException as error:
            self._refused(error.smtp_code, error.smtp_error)
        except OSError as error:
            # A time-out or a lost connection, smtplib's own exceptions included.
            self.close()
            raise TemporaryError(str(error) or type(error).__name__) from error

    def _refused(self, code: int, words: bytes | str) -> None:
        if code == 421:
            # The server closes the connection after this word (RFC 5321).
            self.close()
        if 500 <= code < 600:
            raise PermanentError(_said(code, words))
        raise TemporaryError(_said(code, words))

    def _open(self) -> None:
        """Whatever happens before a mail is handed over, a refused password included, is no mail's fault."""
        if self.is_open:
            return
        try:
            self.backend.open()
        except OSError as error:
            self.close()
            raise TemporaryError(str(error) or type(error).__name__) from error
        self.is_open = True

    def close(self) -> None:
        """Close the connection, also one that is lost already."""
        self.is_open = False
        try:
            self.backend.close()
        except OSError as error:
            log.info("mail_connection_lost", error=str(error))


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {text}"


@contextmanager
def _server() -> Iterator[_Server]:
    server = _Server(get_connection())
    try:
        yield server
    finally:
        server.close()
