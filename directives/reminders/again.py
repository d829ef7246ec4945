"""Sending mails again, as rows of their own: what was sent stays as it was; and sending at once what waits."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from accounts.clock import hanoi_date
from accounts.models import User
from directives import counters
from directives.errors import NotAllowed, Refused
from directives.models import Message, MessageEvent, Reminder
from directives.reminders.outbox import mail, queue
from directives.reminders.recipients import Recipient, recipients
from directives.reminders.threads import message_id
from directives.rights import rights

State = Message.State


@dataclass(frozen=True)
class LeftOut:
    """A mail with which nothing is done, and why."""

    message: Message
    why: str


@dataclass
class Choice:
    """Of some mails those with which something is, or would be, done (`mails`), and the others with the reason."""

    mails: list[Message] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def sort(self, message: Message, why: str) -> None:
        """Put a mail among the one or, with a reason, among the others."""
        if why:
            self.left_out.append(LeftOut(message, why))
        else:
            self.mails.append(message)


def may_send_again(message: Message, *, by: User, at: datetime) -> bool:
    """Return whether a person works for the secretariat of the mail's committee."""
    return message.committee_id in rights(by, on=hanoi_date(at)).secretariat_of


def sendable_now(messages: Iterable[Message], *, by: User, at: datetime) -> Choice:
    """Tell which of some mails (as they are) `send_now` would send at once for this person."""
    choice = Choice()
    for message in messages:
        choice.sort(message, _why_not_now(message, by=by, at=at))
    return choice


@transaction.atomic
def send_now(*, messages: Collection[int], by: User, at: datetime) -> Choice:
    """Let mails (ids) that wait leave at once, whatever the hour; returns those, and the others with the reason.

    Each released mail gets an event with who did it. Mails of committees for whose secretariat the person does not
    work are left out. Call `tasks.send_soon` after it.
    """
    rows = Message.objects.select_for_update(of=("self",)).filter(pk__in=messages)
    choice = sendable_now(rows.defer("text", "html").order_by("pk"), by=by, at=at)
    ids = [message.pk for message in choice.mails]
    Message.objects.filter(pk__in=ids).update(next_attempt_at=at, at_any_hour=True)
    MessageEvent.objects.bulk_create(
        MessageEvent(message_id=pk, kind=MessageEvent.Kind.RELEASED, at=at, by=by) for pk in ids
    )
    return choice


def _why_not_now(message: Message, *, by: User, at: datetime) -> str:
    if not may_send_again(message, by=by, at=at):
        return _("thư của Ban Chỉ đạo khác")
    if message.state == State.SENT:
        return _("đã gửi")
    if message.state == State.FAILED:
        return _("không gửi được; hãy dùng “Gửi lại”")
    if message.leased_until is not None and message.leased_until >= at:
        return _("đang gửi")
    return ""


def failed_to_send_again(messages: Iterable[Message], *, by: User, at: datetime) -> Choice:
    """Tell which of some mails (as they are) `send_failed_again` would send again for this person."""
    choice = Choice()
    found = list(messages)
    again = _with_copies(found)
    to = _recipients(found, at=at)
    for message in found:
        if message.state == State.SENT:
            why = _("đã gửi")
        else:
            why = _why_not_again(message, again, to[message.pk], by=by, at=at)
        choice.sort(message, why)
    return choice


@transaction.atomic
def send_failed_again(*, messages: Collection[int], by: User, at: datetime) -> Choice:
    """Queue copies of those mails (ids) that could not be delivered, as `send_again` does; returns the mails that were
    copied, and the others with the reason. The number of queries does not depend on the mails."""
    rows = Message.objects.select_for_update(of=("self",)).filter(pk__in=messages)
    choice = failed_to_send_again(rows.select_related("committee").order_by("pk"), by=by, at=at)
    _copy(choice.mails, _recipients(choice.mails, at=at), by=by, at=at)
    return choice


@transaction.atomic
def send_again(*, message: Message, by: User, at: datetime) -> Message:
    """Queue a copy of a mail: the same words, to the address the recipient has now; returns the new row.

    Raises NotAllowed for anybody but the secretariat; Refused while the mail still waits, when it was sent again
    already (then the copy can be), and when the recipient has no address or a locked account.
    """
    if not may_send_again(message, by=by, at=at):
        raise NotAllowed(_("Chỉ Tổ thư ký của Ban Chỉ đạo được gửi lại thư."))
    first = Message.objects.select_for_update(of=("self",)).select_related("committee").get(pk=message.pk)
    to = _recipients([first], at=at)
    if why := _why_not_again(first, _with_copies([first]), to[first.pk], by=by, at=at):
        raise Refused(why)
    return _copy([first], to, by=by, at=at)[0]


def _why_not_again(message: Message, again: set[int], to: Recipient, *, by: User, at: datetime) -> str:
    if not may_send_again(message, by=by, at=at):
        return _("thư của Ban Chỉ đạo khác")
    if message.state == State.QUEUED:
        return _("Thư này đang chờ gửi; chưa cần gửi lại.")
    if message.pk in again:
        return _("Thư này đã được gửi lại; hãy xem thư gửi lại.")
    if to.skip == Reminder.Skip.BOUNCED:
        return _(
            "Địa chỉ %(address)s không nhận được thư; hãy sửa địa chỉ, hoặc đánh dấu đã sửa trong danh sách"
            " địa chỉ không nhận được thư, trước khi gửi lại."
        ) % {"address": to.address}
    if to.skip:
        return _("Người nhận chưa có địa chỉ thư hợp lệ hoặc tài khoản đã khóa; hãy sửa trước khi gửi lại.")
    return ""


def _with_copies(messages: Collection[Message]) -> set[int]:
    """The ids of those that were sent again already."""
    copies = Message.objects.filter(resend_of=OuterRef("pk"))
    rows = Message.objects.filter(Exists(copies), pk__in=[message.pk for message in messages])
    return set(rows.order_by().values_list("pk", flat=True))


def _recipients(messages: Collection[Message], *, at: datetime) -> dict[int, Recipient]:
    """Whom each mail would go to now, by its id; asked once a committee."""
    found: dict[int, Recipient] = {}
    for committee in {message.committee for message in messages}:
        theirs = [message for message in messages if message.committee_id == committee.pk]
        to = recipients({message.recipient_key for message in theirs}, committee=committee, on=hanoi_date(at))
        found |= {message.pk: to[message.recipient_key] for message in theirs}
    return found


def _copy(
    messages: Collection[Message], to: dict[int, Recipient], *, by: User, at: datetime
) -> list[Message]:
    copies = (
        mail(
            first.kind,
            committee=first.committee,
            on=first.on,
            key=first.recipient_key,
            to=to[first.pk],
            at=at,
            subject=first.subject,
            text=first.text,
            html=first.html,
            image=first.image,
            image_alt=first.image_alt,
            tells_restricted=first.tells_restricted,
            message_id=message_id(first.message_id),
            in_reply_to=first.in_reply_to,
            resend_of=first,
        )
        for first in messages
    )
    queued = queue(copies, by=by)
    MessageEvent.objects.bulk_create(
        MessageEvent(message=first, kind=MessageEvent.Kind.RESENT, at=at, by=by) for first in messages
    )
    transaction.on_commit(partial(counters.touch, by.pk))
    return queued
