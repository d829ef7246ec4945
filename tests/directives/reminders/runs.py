"""What the coming days' runs write, found by doing their work day after day and rolling all of it back."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Max, Q

from accounts.audit.context import Door, acting
from accounts.clock import HANOI
from accounts.models import User
from directives.models import Reminder, ReminderPolicy
from directives.reminders.compose import compose_all, groups
from directives.reminders.plan import plan
from steering.calendar import work_calendar


@dataclass(frozen=True)
class Written:
    """A mail of a day with its reminders, or without a subject what was left out of the mails."""

    on: date
    rows: list[Reminder]
    key: str = ""
    kind: str = ""
    subject: str = ""


def runs(policies: Iterable[ReminderPolicy], *, days: Collection[date]) -> list[Written]:
    """Plan and compose each day in order; on a day off only what is hỏa tốc goes."""
    chosen = list(policies)
    found: list[Written] = []
    by = User.objects.system()
    with transaction.atomic(), acting(by=by, door=Door.JOB):
        for day in sorted(days):
            off = not work_calendar().is_working_day(day)
            before = Reminder.objects.aggregate(last=Max("pk"))["last"] or 0
            waiting = list(Reminder.objects.filter(message=None, skip="").values_list("pk", flat=True))
            for policy in chosen:
                plan(policy, on=day, express_only=off)
            mine = groups(on=day, express_only=off)
            at = datetime.combine(day, time(7, 30), tzinfo=HANOI)
            for committee in sorted({group.committee for group in mine}):
                theirs = [group for group in mine if group.committee == committee]
                compose_all(theirs, on=day, at=at, by=by, express_only=off, for_show=True)
            found += _written(day, Q(pk__gt=before) | Q(pk__in=waiting))
        transaction.set_rollback(True)
    return found


def _written(day: date, concerned: Q) -> list[Written]:
    mails: dict[int, Written] = {}
    skipped: list[Reminder] = []
    rows = Reminder.objects.filter(concerned).order_by("pk")
    for row in rows.select_related("step", "occasion", "message", "assignment__directive"):
        if row.message is not None:
            mail = row.message
            written = mails.setdefault(mail.pk, Written(day, [], mail.recipient_key, mail.kind, mail.subject))
            written.rows.append(row)
        elif row.skip:
            skipped.append(row)
    return [*mails.values(), *([Written(day, skipped)] if skipped else [])]
