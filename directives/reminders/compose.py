"""Composing: what is planned for a recipient becomes one mail, a row before it is sent.

Between plan and mail the case may have moved on: each reminder is looked at again, and what no longer holds gets its
reason instead of a place in the mail. Reminders of a recipient who had today's mail already wait for the next day.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.crypto import salted_hmac

from accounts.models import User
from directives.access import visible_to
from directives.lifecycle import OPEN, Status
from directives.models import Assignment, Directive, Message, MessageEvent, PolicyStep, Reminder
from directives.models.directive import Part
from directives.reminders.digest import WATCHING, Item, digest
from directives.reminders.ladder import monday_of
from directives.reminders.recipients import Recipient, recipient
from directives.reminders.render import render
from steering.models import Committee

Skip = Reminder.Skip
SECRETARIAT = PolicyStep.Audience.SECRETARIAT
WAITING = Q(message__isnull=True, skip="")
# A committee's whole name may be longer than the column; a mail is not lost for that.
NAME_LENGTH = 255


class Group(NamedTuple):
    """The reminders that go into one mail."""

    committee: int
    key: str
    kind: str

    def rows(self, *, on: date) -> QuerySet[Reminder]:
        """Return what waits for this mail on a day."""
        weekly = Q(step__audience=SECRETARIAT)
        return Reminder.objects.filter(
            WAITING,
            weekly if self.kind == Message.Kind.WEEKLY else ~weekly,
            recipient_key=self.key,
            falls_on__lte=on,
            assignment__directive__committee=self.committee,
        )


@dataclass
class Composed:
    """One recipient's result: the mail, if there is one, how many reminders it carries, and what was left out."""

    message: Message | None = None
    carried: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


def groups(*, on: date, committees: Iterable[int] | None = None) -> list[Group]:
    """Return the mails that wait to be composed on a day (Hà Nội); of these committees only, when given."""
    rows = Reminder.objects.filter(WAITING, falls_on__lte=on)
    if committees is not None:
        rows = rows.filter(assignment__directive__committee__in=list(committees))
    found = rows.order_by().values_list("assignment__directive__committee", "recipient_key", "step__audience")
    return sorted(
        {
            Group(committee, key, Message.Kind.WEEKLY if audience == SECRETARIAT else Message.Kind.DIGEST)
            for committee, key, audience in found.distinct()
        }
    )


def compose(group: Group, *, on: date, at: datetime, by: User) -> Composed:
    """Write one recipient's mail of a day; `at` is the instant of writing, `by` whose work it is.

    1. One composer of a committee at a time; nothing to do when the day's mail is there already.
    2. Give each reminder that no longer holds its reason (`_reasons`).
    3. Render the rest as one digest, in Vietnamese, and write the mail, its first event and the link to each reminder.
    """
    with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
        _one_at_a_time(group.committee)
        committee = Committee.objects.get(pk=group.committee)
        rows = list(group.rows(on=on).select_for_update(of=("self",)).order_by("pk").values(*_FACTS))
        if not rows or _has_mail(group, on=on):
            return Composed()
        to = recipient(group.key, committee=committee, on=on)
        reasons = _reasons(rows, to, on=on)
        _mark(reasons)
        result = Composed(skipped=Counter(reasons.values()))
        kept = [row for row in rows if row["pk"] not in reasons]
        if kept:
            result.message = _write(group, kept, committee, to, on=on, at=at, by=by)
            result.carried = len(kept)
        return result


def _one_at_a_time(committee: int) -> None:
    """Two composers would write the same recipient's mail; one key a committee keeps a long dry run from many locks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('compose mail', %s))", [committee])


_FACTS = (
    "pk",
    "falls_on",
    "due_on",
    "step__audience",
    "assignment",
    "assignment__directive",
    "assignment__directive__state",
    "assignment__directive__is_standing",
    "assignment__unit",
    "assignment__part",
    "assignment__status",
    "assignment__progress",
    "assignment__due_on",
    "assignment__original_due_on",
    "assignment__submitted_on",
)


def _has_mail(group: Group, *, on: date) -> bool:
    """Whether the recipient had the mail of that day, or of that week."""
    first = monday_of(on) if group.kind == Message.Kind.WEEKLY else on
    last = first + timedelta(days=6) if group.kind == Message.Kind.WEEKLY else on
    return Message.objects.filter(
        committee=group.committee,
        kind=group.kind,
        recipient_key=group.key,
        on__range=(first, last),
        resend_of__isnull=True,
    ).exists()


def _reasons(rows: list[dict[str, Any]], to: Recipient, *, on: date) -> dict[int, str]:
    """Return for each reminder that is not to be sent now why; the first that applies, ids of reminders as keys."""
    newest: dict[tuple[int, str], date] = defaultdict(lambda: date.min)
    for row in rows:
        ladder = (row["assignment"], row["step__audience"])
        newest[ladder] = max(newest[ladder], row["falls_on"])
    hidden = _hidden(rows, to, on=on)
    found = {}
    for row in rows:
        reason = _outdated(row)
        if not reason and row["falls_on"] < newest[row["assignment"], row["step__audience"]]:
            reason = Skip.SUPERSEDED.value
        if not reason and row["assignment"] in hidden:
            reason = Skip.NOT_VISIBLE.value
        if reason := reason or to.skip:
            found[row["pk"]] = reason
    return found


def _outdated(row: dict[str, Any]) -> str:
    status = row["assignment__status"]
    in_hand = row["step__audience"] not in WATCHING
    submitted_on, due_on = row["assignment__submitted_on"], row["assignment__due_on"]
    if status == Status.SUSPENDED:
        return Skip.SUSPENDED.value
    issued = row["assignment__directive__state"] == Directive.State.ISSUED
    if status not in OPEN or not issued or row["assignment__directive__is_standing"]:
        return Skip.CLOSED.value
    if due_on != row["due_on"]:
        return Skip.DUE_CHANGED.value
    if in_hand and status == Status.DECLINED:
        return Skip.DECLINED.value
    in_time = submitted_on is not None and submitted_on <= due_on
    if status == Status.SUBMITTED and (in_hand or (in_time and row["step__audience"] != SECRETARIAT)):
        return Skip.SUBMITTED.value
    return ""


def _hidden(rows: list[dict[str, Any]], to: Recipient, *, on: date) -> set[int]:
    """Return the assignments that an account does not see. A mailbox or a seat without an account has no rights of
    its own: it is written to as the place that does or watches the work."""
    if to.user is None or to.skip:
        return set()
    wanted = {row["assignment"] for row in rows}
    seen = visible_to(to.user, Assignment, on=on).filter(pk__in=wanted)
    return wanted - set(seen.values_list("pk", flat=True))


def _mark(reasons: dict[int, str]) -> None:
    by_reason: dict[str, list[int]] = defaultdict(list)
    for pk, reason in reasons.items():
        by_reason[reason].append(pk)
    for reason, ids in by_reason.items():
        Reminder.objects.filter(pk__in=ids).update(skip=reason)


def _write(
    group: Group,
    rows: list[dict[str, Any]],
    committee: Committee,
    to: Recipient,
    *,
    on: date,
    at: datetime,
    by: User,
) -> Message:
    content = render(
        group.kind, digest((_item(row) for row in rows), on=on), committee=committee, to=to, on=on
    )
    message = Message.objects.create(
        committee=committee,
        kind=group.kind,
        on=on,
        recipient_key=group.key,
        recipient_name=to.name[:NAME_LENGTH],
        address=to.address,
        user=to.user,
        unit=to.unit,
        subject=content.subject,
        text=content.text,
        html=content.html,
        message_id=message_id(committee.pk, group.kind, on, group.key),
        composed_at=at,
        next_attempt_at=at,
    )
    MessageEvent.objects.create(message=message, kind=MessageEvent.Kind.COMPOSED, at=at, by=by)
    Reminder.objects.filter(pk__in=[row["pk"] for row in rows]).update(message=message)
    return message


def _item(row: dict[str, Any]) -> Item:
    return Item(
        assignment=row["assignment"],
        directive=row["assignment__directive"],
        unit=row["assignment__unit"],
        own=row["step__audience"] not in WATCHING,
        part=Part(row["assignment__part"]),
        status=row["assignment__status"],
        progress=row["assignment__progress"],
        due_on=row["assignment__due_on"],
        original_due_on=row["assignment__original_due_on"],
        submitted_on=row["assignment__submitted_on"],
    )


def message_id(*key: object) -> str:
    """Return the Message-ID of a mail, derived from its key: a repeat carries the same, another installation's not."""
    digest_of_key = salted_hmac(
        "directives.reminders.message_id", "|".join(map(str, key)), algorithm="sha256"
    )
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    return f"<{digest_of_key.hexdigest()[:32]}@{domain}>"
