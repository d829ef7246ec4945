"""Sending a mail again, as a row of its own: what was sent stays as it was."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.clock import hanoi_date
from accounts.models import User
from directives import counters
from directives.errors import NotAllowed, Refused
from directives.models import Message, MessageEvent
from directives.reminders.compose import message_id
from directives.reminders.recipients import recipient
from directives.rights import rights


def may_send_again(message: Message, *, by: User, at: datetime) -> bool:
    """Return whether a person works for the secretariat of the mail's committee."""
    return message.committee_id in rights(by, on=hanoi_date(at)).secretariat_of


@transaction.atomic
def send_again(*, message: Message, by: User, at: datetime) -> Message:
    """Queue a copy of a mail: the same words, to the address the recipient has now; returns the new row.

    Raises NotAllowed for anybody but the secretariat; Refused while the mail still waits, when it was sent again
    already (then the copy can be), and when the recipient has no address or a locked account.
    """
    if not may_send_again(message, by=by, at=at):
        raise NotAllowed(_("Chỉ Tổ thư ký của Ban Chỉ đạo được gửi lại thư."))
    first = Message.objects.select_for_update(of=("self",)).select_related("committee").get(pk=message.pk)
    if first.state == Message.State.QUEUED:
        raise Refused(_("Thư này đang chờ gửi; chưa cần gửi lại."))
    if first.resends.exists():
        raise Refused(_("Thư này đã được gửi lại; hãy xem thư gửi lại."))
    to = recipient(first.recipient_key, committee=first.committee, on=hanoi_date(at))
    if to.skip:
        raise Refused(
            _("Người nhận chưa có địa chỉ thư hợp lệ hoặc tài khoản đã khóa; hãy sửa trước khi gửi lại.")
        )
    copy = Message.objects.create(
        committee=first.committee,
        kind=first.kind,
        on=first.on,
        recipient_key=first.recipient_key,
        recipient_name=to.name,
        address=to.address,
        user=to.user,
        unit=to.unit,
        subject=first.subject,
        text=first.text,
        html=first.html,
        message_id=message_id(first.message_id),
        composed_at=at,
        next_attempt_at=at,
        resend_of=first,
    )
    MessageEvent.objects.create(message=first, kind=MessageEvent.Kind.RESENT, at=at, by=by)
    MessageEvent.objects.create(message=copy, kind=MessageEvent.Kind.COMPOSED, at=at, by=by)
    transaction.on_commit(partial(counters.touch, by.pk))
    return copy
