"""What was told about an assignment: each reminder with its recipient, its mail, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from directives.models import Assignment, Message, PolicyStep, Reminder
from directives.reminders.ladder import monday_of
from directives.reminders.recipients import names


@dataclass(frozen=True)
class Told:
    """One reminder. `at` is when its mail was sent, else composed (aware; None without a mail); `step` is in words.

    `state` is the label of the mail's state, of the reason why there is none, or "waiting"; `failed` and `skipped` say
    which. `message` is the id of the mail, None without one.
    """

    planned_on: date
    falls_on: date
    due_on: date
    step: str
    recipient: str
    address: str
    at: datetime | None
    state: str | Promise
    message: int | None
    skipped: bool
    failed: bool


def mails_about(assignment: Assignment, *, limit: int | None = None) -> list[Told]:
    """Return the reminders about an assignment, newest first; at most `limit`. A constant number of queries.

    Only for who may read the assignment's mails (`access.sees_inside`).
    """
    rows = (
        Reminder.objects.filter(assignment=assignment)
        .select_related("step")
        .prefetch_related("message__resends")
        .order_by("-planned_on", "-pk")[:limit]
    )
    found = list(rows)
    called = names({row.recipient_key for row in found})
    return [_told(row, called.get(row.recipient_key, row.recipient_key)) for row in found]


def _told(row: Reminder, recipient: str) -> Told:
    message = row.message
    if message is not None:
        # Sent again after a failure: what counts is how the last copy fared.
        message = max(message.resends.all(), key=lambda copy: copy.pk, default=message)
    state: str | Promise = _("Chờ soạn thư")
    if row.skip:
        state = Reminder.Skip(row.skip).label
    elif message is not None:
        state = Message.State(message.state).label
    return Told(
        planned_on=row.planned_on,
        falls_on=row.falls_on,
        due_on=row.due_on,
        step=step_in_words(row),
        recipient=recipient,
        address=message.address if message else "",
        at=(message.sent_at or message.composed_at) if message else None,
        state=state,
        message=message.pk if message else None,
        skipped=bool(row.skip),
        failed=message is not None and message.state == Message.State.FAILED,
    )


def step_in_words(row: Reminder) -> str:
    """Return e.g. "trước hạn 3 ngày", "đúng hạn", "sau hạn 10 ngày", "thư tuần 26/06/2023"."""
    if row.step.audience == PolicyStep.Audience.SECRETARIAT:
        return _("thư tuần %(monday)s") % {"monday": f"{monday_of(row.falls_on):%d/%m/%Y}"}
    days = (row.falls_on - row.due_on).days
    if days == 0:
        return _("đúng hạn")
    if days < 0:
        return ngettext("trước hạn %(days)d ngày", "trước hạn %(days)d ngày", -days) % {"days": -days}
    return ngettext("sau hạn %(days)d ngày", "sau hạn %(days)d ngày", days) % {"days": days}
