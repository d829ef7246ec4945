"""Who should have been told of what happened lately, said a second time from the rules and not from `news`.

What happened to a unit's work (given, sent back, an extension decided, a leader's opinion) its officers and its mailbox
are told of, what was presented to its head the head, what waits for a decision the secretariat; nobody of what they did
themselves. For each there is a row in the log: in a mail, with a reason, or waiting for the next digest.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from django.db.models import Q, QuerySet

from accounts.clock import hanoi_date
from directives.models import Assignment, Occasion, PolicyStep
from directives.reminders.roster import NOBODY, Keys, Roster

Kind, Audience = Occasion.Kind, PolicyStep.Audience
TO_UNIT = (Kind.ASSIGNED, Kind.SENT_BACK, Kind.EXTENSION, Kind.COMMENT)
# News are told within a minute; what happened longer ago than three days is no news.
TOLD_WITHIN = timedelta(minutes=10)
LATELY = timedelta(days=3)
PORTION = 2000


class News(NamedTuple):
    """By now the log has a row of this occasion for each of `keys` about an assignment, which was given to `unit`."""

    occasion: Occasion
    assignment: int
    committee: int
    unit: int
    keys: Keys


def news(*, on: date, since: datetime, until: datetime) -> Iterator[list[News]]:
    """Yield what is expected of what happened between two instants, some assignments at a time; who was in office is
    that of the day on which it was told, or of `on` (Hà Nội) where nobody was told yet."""
    rosters: dict[date, Roster] = {}
    happened = Occasion.objects.filter(at__gte=since, at__lte=until).order_by("pk")
    for row in happened.select_related("directive", "assignment__directive").iterator(chunk_size=PORTION):
        day = on if row.told_at is None else hanoi_date(row.told_at)
        roster = rosters.setdefault(day, Roster(on=day))
        works = (
            _about(row, until)
            .values_list("pk", "unit", "answering_unit", "directive__committee")
            .iterator(PORTION)
        )
        while some := list(islice(works, PORTION)):
            found = [
                News(row, pk, committee, unit, keys)
                for pk, unit, answering, committee in some
                if (keys := _keys(row, roster, unit, answering, committee))
            ]
            if found:
                yield found


def _about(row: Occasion, until: datetime) -> QuerySet[Assignment]:
    """Return the assignments that are told of: those given by the day. Whoever was added since then is told by an
    occasion of their own, of the same kind."""
    works = Assignment.objects.order_by()
    if row.assignment_id is not None:
        return works.filter(pk=row.assignment_id)
    again = Q(directive=row.directive_id) | Q(assignment__directive=row.directive_id)
    if Occasion.objects.filter(again, kind=row.kind, at__gt=until).exists():
        return works.none()
    return works.filter(directive=row.directive_id, assigned_on__lte=hanoi_date(row.at))


def _keys(row: Occasion, roster: Roster, unit: int, answering: int | None, committee: int) -> Keys:
    found: Keys = NOBODY
    answers = roster.answers_for(unit, answering)
    if row.kind not in (*TO_UNIT, Kind.PRESENTED):
        found = roster.secretariat(committee)
    elif answers is not None and row.kind == Kind.PRESENTED:
        found = roster.head_of(answers)
    elif answers is not None:
        found = tuple(
            key
            for audience in (Audience.OFFICERS, Audience.MAILBOX)
            for key in roster.of_unit(audience, answers, committee)
        )
    return tuple(key for key in found if key != f"user:{row.by_id}")
