"""Bounces: what comes back is read, matched with the mail it is about, and told of where people see it.

A mail is marked as seen only after its effects are committed, and the effects of one read twice are those of one read
once: a crash at any point loses nothing and doubles nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.clock import now
from directives.models import AddressProblem, Message, MessageEvent
from directives.reminders.addresses import normal, note_problem
from directives.reminders.inbox import Inbox, Mail, inbox
from directives.reminders.returned import Notice, Says, read
from directives.reminders.status import is_of_address, meaning
from directives.reminders.verp import looks_like_ours, signed_for

log = structlog.get_logger(__name__)

State, Kind = Message.State, MessageEvent.Kind
Clock = Callable[[], datetime]
# So many mails at a time; the rest the next time.
MOST_MAILS = 500


class Verdict(StrEnum):
    """What became of a mail in the mailbox."""

    BOUNCED = "bounced"
    DELAYED = "delayed"
    KNOWN = "known"
    WAITING = "waiting"
    AUTO_REPLY = "auto_reply"
    OTHER = "other"
    FORGED = "forged"
    UNMATCHED = "unmatched"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"


# What a machine can do nothing about stays in the mailbox, flagged and unseen, for people.
SET_ASIDE = frozenset(
    {
        Verdict.AUTO_REPLY,
        Verdict.OTHER,
        Verdict.FORGED,
        Verdict.UNMATCHED,
        Verdict.UNREADABLE,
        Verdict.TOO_LARGE,
    }
)


@dataclass
class Readings:
    """What one reading of the mailbox did: how many mails of each verdict, and the ids of the mails that bounced."""

    counts: Counter[str] = field(default_factory=Counter)
    bounced: list[int] = field(default_factory=list)


def read_bounces(url: str, *, clock: Clock = now, most: int = MOST_MAILS) -> Readings:
    """Read up to `most` mails of the mailbox that an address (as BOUNCE_URL) names, and do what they call for.

    Raises InboxError when the mailbox cannot be opened or is lost meanwhile; what was read before that stays done.
    """
    result = Readings()
    with inbox(url) as box, translation.override(settings.LANGUAGE_CODE):
        for mail in box.unread(most=most):
            verdict, message = _take(mail, at=clock())
            _mark(box, mail, verdict)
            result.counts[verdict.value] += 1
            if verdict is Verdict.BOUNCED and message is not None:
                result.bounced.append(message)
    if result.counts:
        log.info("bounces_read", **result.counts)
    return result


def _mark(box: Inbox, mail: Mail, verdict: Verdict) -> None:
    if verdict is Verdict.WAITING:
        return
    if verdict in SET_ASIDE:
        log.warning("bounce_set_aside", mail=mail.key, verdict=verdict.value)
        box.set_aside(mail)
    else:
        box.done(mail)


def _take(mail: Mail, *, at: datetime) -> tuple[Verdict, int | None]:
    """Do what a mail calls for, and commit it; returns what became of it and the id of the mail it is about."""
    if mail.content is None:
        return Verdict.TOO_LARGE, None
    notice = read(mail.content)
    match notice.says:
        case Says.UNREADABLE:
            return Verdict.UNREADABLE, None
        case Says.AUTO_REPLY:
            return Verdict.AUTO_REPLY, None
        case Says.OTHER:
            return Verdict.OTHER, None
    # Durable: what is marked as seen afterwards is committed.
    with transaction.atomic(durable=True):
        message = _match(notice)
        if message is not None:
            return _told_of(message, notice, at=at), message.pk
    forged = any(looks_like_ours(address) for address in notice.recipients)
    return (Verdict.FORGED if forged else Verdict.UNMATCHED), None


def _match(notice: Notice) -> Message | None:
    """Return the mail a notice is about, locked: the one whose signed address it came to, else the one it names.

    An address of ours that is not rightly signed is no bounce of ours, whatever it names.
    """
    rows = Message.objects.select_for_update(of=("self",))
    signed = signed_for(notice.recipients)
    if signed is not None:
        return rows.filter(pk=signed).first()
    if any(looks_like_ours(address) for address in notice.recipients):
        return None
    return rows.filter(message_id__in=notice.message_ids).order_by("-pk").first()


def _told_of(message: Message, notice: Notice, *, at: datetime) -> Verdict:
    if message.state == State.QUEUED and message.leased_until is not None and message.leased_until >= at:
        # Returned before its sender has noted that it is out: the next reading.
        return Verdict.WAITING
    if notice.says is Says.DELAYED:
        return _delayed(message, notice, at=at)
    if message.events.filter(kind=Kind.BOUNCED).exists():
        return Verdict.KNOWN
    said = _in_words(notice)
    message.state, message.error, message.leased_until = State.FAILED, said, None
    message.save(update_fields=["state", "error", "leased_until"])
    MessageEvent.objects.create(message=message, kind=Kind.BOUNCED, at=at, detail=_detail(notice))
    if not notice.is_soft and is_of_address(notice.status) and not _seen_to_since(message):
        note_problem(
            message.address,
            kind=AddressProblem.Kind.BOUNCED,
            said=said,
            detail=_detail(notice),
            at=at,
            message=message,
        )
    log.error("mail_bounced", message=message.pk, status=notice.status, answer=notice.answer)
    return Verdict.BOUNCED


def _delayed(message: Message, notice: Notice, *, at: datetime) -> Verdict:
    detail = _detail(notice)
    if message.events.filter(kind__in=(Kind.DELAYED, Kind.BOUNCED), detail=detail).exists():
        return Verdict.KNOWN
    MessageEvent.objects.create(message=message, kind=Kind.DELAYED, at=at, detail=detail)
    return Verdict.DELAYED


def _seen_to_since(message: Message) -> bool:
    """Whether somebody put the address right after the mail had left: then its return says nothing new."""
    if message.sent_at is None:
        return False
    return AddressProblem.objects.filter(
        address=normal(message.address), resolved_at__gte=message.sent_at
    ).exists()


def _detail(notice: Notice) -> str:
    known = notice.status and notice.status not in notice.answer
    return f"{notice.status} {notice.answer}".strip() if known else notice.answer


def _in_words(notice: Notice) -> str:
    """Return what people read of a bounce."""
    cause, detail = meaning(notice.status), _detail(notice)
    if cause and detail:
        return _("Thư bị trả lại, %(cause)s: “%(answer)s”") % {"cause": cause, "answer": detail}
    if detail:
        return _("Thư bị trả lại: “%(answer)s”") % {"answer": detail}
    return _("Thư bị trả lại, máy chủ nơi nhận không nói vì sao.")
