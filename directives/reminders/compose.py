"""Composing: what is planned for a recipient becomes one mail, a row before it is sent.

Between plan and mail the case may have moved on: each reminder is looked at again, and what no longer holds gets its
reason instead of a place in the mail. Reminders of a recipient who had today's mail already wait for the next day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation

from accounts.models import User
from directives.models import Message, Reminder
from directives.reminders import compose_sql
from directives.reminders.digest import Digest, Item, digest
from directives.reminders.ladder import monday_of
from directives.reminders.lines import Words, words_of
from directives.reminders.office import Office
from directives.reminders.outbox import mail, queue
from directives.reminders.recipients import Recipient
from directives.reminders.render import render
from directives.reminders.threads import message_id, thread_root
from directives.reminders.waiting import Row
from steering.models import Committee

# Rows are read in portions: a mail about all the work of a sector must not fill the memory.
PORTION = 2000


class Group(NamedTuple):
    """The reminders that go into one mail."""

    committee: int
    key: str
    kind: str


@dataclass
class Composed:
    """One recipient's result: the mail, if there is one, how many reminders it carries, and what was left out.

    `is_elsewhere`: another process is at it.
    """

    message: Message | None = None
    carried: int = 0
    is_elsewhere: bool = False
    group: Group | None = None
    skipped: Counter[str] = field(default_factory=Counter)


def groups(*, on: date, committees: Iterable[int] | None = None, express_only: bool = False) -> list[Group]:
    """Return the mails that wait to be composed on a day (Hà Nội); of these committees only, when given."""
    wanted = None if committees is None else list(committees)
    with connection.cursor() as cursor:
        cursor.execute(compose_sql.GROUPS, {"on": on, "committees": wanted, "express_only": express_only})
        return [Group(*row) for row in cursor.fetchall()]


def compose(group: Group, *, on: date, at: datetime, by: User) -> Composed:
    """Write one recipient's mail of a day: `compose_all` for a single group."""
    return compose_all([group], on=on, at=at, by=by)[0]


def compose_all(
    wanted: Sequence[Group],
    *,
    on: date,
    at: datetime,
    by: User,
    express_only: bool = False,
    for_show: bool = False,
) -> list[Composed]:
    """Write the mails of some recipients of one committee on a day, in one transaction; a result each, in order.

    `at` is the instant of writing, `by` whose work it is. Several processes may do this at once:

    1. A mail that another process is composing is left to it; so is one that the recipient had today already.
    2. Give each reminder that no longer holds (`compose_sql`), or whose recipient must not or cannot read, its reason.
    3. Render the rest as one digest each, in Vietnamese, and write the mails, their first events and the links.

    The number of statements does not depend on the groups nor on their lines. `for_show`: it will be rolled back, so
    nobody is kept from composing meanwhile.
    """
    result = {group: Composed() for group in wanted}
    with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
        free = list(wanted) if for_show else _locked(wanted)
        for group in set(wanted).difference(free):
            result[group].is_elsewhere = True
        mine = _without_mail(free, on=on)
        if mine:
            _Batch(mine, on=on, at=at, by=by, express_only=express_only).write(result)
    return [result[group] for group in wanted]


def _locked(wanted: Sequence[Group]) -> list[Group]:
    """Return the groups that nobody else is composing; they are ours until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n FROM unnest(%s::text[]) WITH ORDINALITY AS wanted(name, n)"
            " WHERE pg_try_advisory_xact_lock(hashtextextended('compose ' || name, 0)) ORDER BY n",
            [["|".join(map(str, group)) for group in wanted]],
        )
        return [wanted[n - 1] for (n,) in cursor.fetchall()]


def _without_mail(mine: list[Group], *, on: date) -> list[Group]:
    """Leave out who had the mail of that day, or of that week."""
    if not mine:
        return []
    monday = monday_of(on)
    rows = Message.objects.filter(
        committee=mine[0].committee,
        recipient_key__in=[group.key for group in mine],
        kind__in=(Message.Kind.DIGEST, Message.Kind.WEEKLY),
        on__range=(monday, monday + timedelta(days=6)),
        resend_of__isnull=True,
    )
    had: dict[tuple[str, str], list[date]] = {}
    for key, kind, day in rows.values_list("recipient_key", "kind", "on"):
        had.setdefault((key, kind), []).append(day)
    return [group for group in mine if not has_mail(group.kind, had.get((group.key, group.kind), ()), on=on)]


def has_mail(kind: str, had: Collection[date], *, on: date) -> bool:
    """Return whether who had mails of a kind on some days gets no more of it on a day (Hà Nội): one digest a day, one
    letter a week; news as they come."""
    if kind == Message.Kind.WEEKLY:
        monday = monday_of(on)
        return any(monday <= day < monday + timedelta(days=7) for day in had)
    return kind == Message.Kind.DIGEST and on in had


@dataclass
class _Draft:
    """A mail before its words: what it tells, which reminders it carries."""

    group: Group
    to: Recipient
    told: Digest
    carried: list[int]
    is_express: bool


class _Batch:
    def __init__(self, mine: list[Group], *, on: date, at: datetime, by: User, express_only: bool) -> None:
        self.mine = frozenset(mine)
        self.on, self.at, self.by = on, at, by
        self.committee = Committee.objects.get(pk=mine[0].committee)
        self.office = Office(self.committee, {group.key for group in mine}, on=on)
        self.values: dict[str, Any] = {
            "on": on,
            "committee": self.committee.pk,
            "express_only": express_only,
            "keys": list({group.key for group in mine}),
            "kinds": list({group.kind for group in mine}),
        }
        self.skipped: dict[str, list[int]] = {}

    def write(self, result: dict[Group, Composed]) -> None:
        """Do steps 2 and 3 of `compose_all`."""
        drafts = [
            draft
            for key, rows in groupby(self._rows(), lambda row: (row.key, row.kind))
            # Of a recipient who has news and a digest waiting, one may be another process's, or for another hour.
            if (group := Group(self.committee.pk, *key)) in self.mine
            and (draft := self._draft(group, rows, result))
        ]
        for reason, ids in self.skipped.items():
            Reminder.objects.filter(pk__in=ids).update(skip=reason)
        for draft, message in zip(drafts, self._messages(drafts), strict=True):
            result[draft.group].message = message
            result[draft.group].carried = len(draft.carried)

    def _rows(self) -> Iterator[Row]:
        with connection.chunked_cursor() as cursor:
            cursor.execute(compose_sql.ROWS, self.values)
            while portion := cursor.fetchmany(PORTION):
                yield from map(Row._make, portion)

    def _draft(self, group: Group, rows: Iterable[Row], result: dict[Group, Composed]) -> _Draft | None:
        to = self.office.people[group.key]
        carried: list[int] = []
        express = False

        def kept() -> Iterator[Item]:
            nonlocal express
            for row in rows:
                if reason := row.reason or self.office.reason(to, row.place):
                    self.skipped.setdefault(reason, []).append(row.pk)
                    result[group].skipped[reason] += 1
                    continue
                carried.append(row.pk)
                express = express or row.is_express
                yield row.item()

        told = digest(kept(), on=self.on)
        return _Draft(group, to, told, carried, express) if carried else None

    def _messages(self, drafts: list[_Draft]) -> list[Message]:
        words = words_of((entry for draft in drafts for entry in draft.told.entries), on=self.on)
        messages = queue((self._message(draft, words) for draft in drafts), by=self.by)
        _link(drafts, messages)
        return messages

    def _message(self, draft: _Draft, words: Words) -> Message:
        group, to = draft.group, draft.to
        content = render(group.kind, draft.told, words, committee=self.committee, to=to, on=self.on)
        return mail(
            group.kind,
            committee=self.committee,
            on=self.on,
            key=group.key,
            to=to,
            at=self.at,
            subject=content.subject,
            text=content.text,
            html=content.html,
            message_id=message_id(*_key(draft, self.on)),
            in_reply_to=_thread(draft),
            at_any_hour=draft.is_express,
        )


def _key(draft: _Draft, on: date) -> tuple[Any, ...]:
    """What makes a mail one: a day's digest is one of its day; news are what they tell."""
    group = draft.group
    if group.kind == Message.Kind.EVENT:
        return (group.committee, group.kind, group.key, min(draft.carried))
    return (group.committee, group.kind, on, group.key)


def _thread(draft: _Draft) -> str:
    """News of one directive stand in its thread; what tells of several stands alone."""
    directives = {entry.first.directive for entry in draft.told.entries}
    if draft.group.kind != Message.Kind.EVENT or len(directives) != 1 or draft.told.left_out:
        return ""
    return thread_root(directives.pop())


def _link(drafts: list[_Draft], messages: list[Message]) -> None:
    pairs = [
        (message.pk, pk) for draft, message in zip(drafts, messages, strict=True) for pk in draft.carried
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE directives_reminder r SET message_id = p.message"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS p(message, reminder) WHERE r.id = p.reminder",
            [[message for message, _pk in pairs], [pk for _message, pk in pairs]],
        )
