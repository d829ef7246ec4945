"""The part of the morning's reconciliation that is not about the ladder: weekly letters, and news."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection

from accounts.clock import hanoi_date
from directives.models import Message
from directives.reminders.expected_letters import letters
from directives.reminders.expected_news import News
from directives.reminders.found import UNCOMPOSED, UNPLANNED, Found
from directives.reminders.since import Changed

_NEWS = """SELECT r.occasion_id, r.assignment_id, r.recipient_key, r.skip, r.at_once, r.falls_on, r.planned_on,
        m.id, m.state, m.on, d.committee_id, d.urgency = 'express'
    FROM directives_reminder r JOIN directives_occasion o ON o.id = r.occasion_id
    JOIN directives_assignment a ON a.id = r.assignment_id JOIN directives_directive d ON d.id = a.directive_id
    LEFT JOIN directives_message m ON m.id = r.message_id
    WHERE o.kind = %(kind)s AND r.assignment_id = ANY(%(works)s)"""


class Announced(NamedTuple):
    """A row of the log that tells of something that happened, with its mail."""

    occasion: int
    assignment: int
    key: str
    skip: str
    at_once: bool
    falls_on: date
    planned_on: date
    message: int | None
    state: str | None
    mailed_on: date | None
    committee: int
    is_express: bool


def look_for_letters(found: Found, *, on: date, changed: Changed | None) -> None:
    """Count the letters of the week: those that this day's run should have written, had it been the first."""
    expected = list(letters(on=on, changed=changed))
    rows = Message.objects.filter(
        kind__in=(Message.Kind.MEMBER, Message.Kind.CHAIR),
        on__in={letter.monday for letter in expected},
        resend_of__isnull=True,
    ).values_list("committee", "kind", "recipient_key", "pk", "state", "composed_at")
    there = {row[:3]: row[3:] for row in rows}
    for letter in expected:
        known = there.get((letter.committee, letter.kind, letter.key))
        if known is not None:
            pk, state, composed_at = known
            found.count_mail(pk, state, is_of_today=hanoi_date(composed_at) == on)
        elif letter.skip:
            found.skip(letter.skip, letter.key)
        elif letter.later:
            found.came_later += 1
            found.waiting += 1
        else:
            found.miss(letter.key, letter.monday, UNCOMPOSED, committee=letter.committee, letter=letter.kind)


class NewsComparison:
    """The news of some days against the log; `had_mail` are committee, recipient and kind of the mails of the day."""

    def __init__(
        self, found: Found, *, on: date, is_working_day: bool, had_mail: Collection[tuple[int, str, str]]
    ) -> None:
        self.found, self.on, self.is_working_day, self.had_mail = found, on, is_working_day, had_mail
        self._since: dict[datetime, Changed] = {}

    def look_at(self, told: list[News]) -> None:
        """Count the rows of some news about one occasion."""
        occasion = told[0].occasion
        with connection.cursor() as cursor:
            cursor.execute(_NEWS, {"kind": occasion.kind, "works": [one.assignment for one in told]})
            rows = [Announced._make(row) for row in cursor.fetchall()]
        exact = {(row.assignment, row.key): row for row in rows if row.occasion == occasion.pk}
        # Of a directive as a whole each is told once, whichever of its occasions came first.
        alike = {(row.assignment, row.key): row for row in rows} if occasion.assignment_id is None else {}
        for one in told:
            for key in one.keys:
                row = exact.get((one.assignment, key)) or alike.get((one.assignment, key))
                if row is None:
                    self._miss_news(one, key)
                elif row.skip:
                    if row.planned_on == self.on:
                        self.found.skip(row.skip, key)
                elif row.message is None:
                    self._wait_for(one, row)
                else:
                    self.found.count_mail(row.message, row.state, is_of_today=row.mailed_on == self.on)

    def _wait_for(self, one: News, row: Announced) -> None:
        """Of a row that is in no mail: what is for the digest may wait for the next, all else is left behind."""
        had = (row.committee, row.key, Message.Kind.DIGEST) in self.had_mail
        is_early = row.falls_on > self.on or not (self.is_working_day or row.is_express)
        if not row.at_once and (had or is_early):
            self.found.waiting += 1
        else:
            self.found.miss(
                row.key, row.falls_on, UNCOMPOSED, assignment=one.assignment, occasion=one.occasion.pk
            )

    def _miss_news(self, one: News, key: str) -> None:
        """Who came into office, and whose unit was changed, after it was told is not expected to know."""
        told_at = one.occasion.told_at
        if told_at is not None:
            since = self._since.setdefault(told_at, Changed.since(told_at))
            if key in since.keys or one.unit in since.units or one.committee in since.committees:
                self.found.came_later += 1
                return
        self.found.miss(
            key,
            hanoi_date(one.occasion.at),
            UNPLANNED,
            assignment=one.assignment,
            occasion=one.occasion.pk,
        )
