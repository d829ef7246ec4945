"""News: what happened becomes a row for each person who is to be told, at once or in the digest of the day.

The service that made it happen left an `Occasion` in its own transaction; here it is looked up who that concerns.
Nothing is lost between the two: an occasion waits until it was told, whatever the broker forgot.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from accounts.clock import hanoi_date
from directives.models import Occasion, PolicyStep, Reminder, ReminderRun
from directives.reminders.audience import EVERYWHERE, To, Units, secretariat_rows
from directives.reminders.plan_sql import NEWS
from directives.reminders.succession import answers

Audience = PolicyStep.Audience
Kind = Occasion.Kind
# Whom each kind concerns. What waits for the secretariat stands in its digest, however urgent: it works in the system.
TO_UNIT = frozenset({Kind.ASSIGNED, Kind.SENT_BACK, Kind.EXTENSION, Kind.COMMENT})
TO_HEAD = frozenset({Kind.PRESENTED})
# News of days ago are no news: an import, the demo, a standstill. What they are about is in the lists and digests.
OLDEST = timedelta(days=3)
TOGETHER = 100


@dataclass
class Told:
    """What was told: rows to be sent, and those that cannot be, by reason (`Reminder.Skip`)."""

    occasions: int = 0
    planned: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


def tell_all(*, at: datetime) -> Told:
    """Add the rows of all that nobody was told of yet, addressed as of the day of `at` (Hà Nội); return what is new.

    Safe to repeat, and for several processes at once: an occasion is told in one transaction with its mark.
    """
    total = Told()
    while _some(total, at=at):
        pass
    return total


@transaction.atomic
def _some(total: Told, *, at: datetime) -> bool:
    untold: QuerySet[Occasion] = Occasion.objects.filter(told_at__isnull=True)
    rows = list(
        untold.select_for_update(of=("self",), skip_locked=True)
        .select_related("directive__committee", "assignment__directive__committee")
        .order_by("pk")[:TOGETHER]
    )
    units: dict[int, Units] = {}
    successions = answers(on=hanoi_date(at)) if rows else {}
    digest_on = _next_digest(hanoi_date(at)) if rows else None
    for row in rows:
        committee = row.committee
        known = units.setdefault(committee.pk, Units(committee, on=hanoi_date(at)))
        _tell(row, known, {**successions, "digest_on": digest_on}, total, at=at)
    Occasion.objects.filter(pk__in=[row.pk for row in rows]).update(told_at=at)
    total.occasions += len(rows)
    return bool(rows)


def _next_digest(on: date) -> date:
    """Return the day whose digest is still to be planned: what comes after this morning's waits for the next."""
    planned = ReminderRun.objects.filter(on=on, planned_at__isnull=False).exists()
    return on + timedelta(days=1) if planned else on


def _tell(row: Occasion, units: Units, more: dict[str, Any], total: Told, *, at: datetime) -> None:
    recipients = _recipients(row, units)
    values = {
        "occasion": row.pk,
        "directive": row.directive_id,
        "assignment": row.assignment_id,
        "on": hanoi_date(at),
        "everywhere": row.kind not in TO_UNIT | TO_HEAD,
        "at_once": row.kind in TO_UNIT | TO_HEAD,
        "too_old": at - row.at > OLDEST,
        "by": f"user:{row.by_id}",
        **more,
        **{name: [getattr(to, name) for to in recipients] for name in To._fields},
    }
    with connection.cursor() as cursor:
        cursor.execute(NEWS, values)
        for skip, count in cursor.fetchall():
            if skip:
                total.skipped[skip] += count
            else:
                total.planned += count


def _recipients(row: Occasion, units: Units) -> list[To]:
    kind = Kind(row.kind)
    if kind in TO_UNIT:
        return [*units.rows(Audience.OFFICERS), *units.rows(Audience.MAILBOX)]
    if kind in TO_HEAD:
        # It is the head's to decide: nobody above is asked in their place.
        above = (Reminder.Fallback.SUPERIOR, Reminder.Fallback.SECRETARIAT)
        return [to for to in units.rows(Audience.HEAD) if to.fallback not in above]
    return [to._replace(place=EVERYWHERE) for to in secretariat_rows(units.committee, on=units.on)]
