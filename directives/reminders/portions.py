"""Composing many mails, a transaction a portion, by one process or several at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from random import randrange

from accounts.clock import hanoi_date
from accounts.models import User
from directives.models import Message, ReminderRun
from directives.reminders.compose import Composed, Group, compose_all, groups
from directives.reminders.faults import Fault, Work, isolated
from steering.calendar import work_calendar

# So many mails are composed in one transaction.
TOGETHER = 100


def compose_waiting(*, at: datetime, by: User) -> int:
    """Write the mails that wait now: news, and once today's plan stands whatever of it nobody has composed yet.
    Return how many.

    So several processes share the composing of a morning, and what a killed one left is found. What could not be
    composed is told by the run of the day, which tries it again.
    """
    on = hanoi_date(at)
    planned = ReminderRun.objects.filter(on=on, planned_at__isnull=False).exists()
    ordinary = planned and work_calendar().is_working_day(on)
    waiting = [group for group in groups(on=on) if group.kind == Message.Kind.EVENT or ordinary]
    # Counted as they pass: a morning's mails would fill the memory.
    results = compose_portions(waiting, on=on, at=at, by=by)
    return sum(isinstance(result, Composed) and result.message is not None for result in results)


def compose_portions(
    waiting: list[Group],
    *,
    on: date,
    at: datetime,
    by: User,
    express_only: bool = False,
    for_show: bool = False,
) -> Iterator[Composed | Fault]:
    """Compose mails a portion at a time, where one of a portion fails each by itself; yields a result for each mail.

    Several processes at once begin at different mails, and meet less often; `for_show` (see `compose_all`) keeps the
    order.
    """
    portions = [
        alike[n : n + TOGETHER] for alike in _by_committee(waiting) for n in range(0, len(alike), TOGETHER)
    ]
    # Where to begin is no secret.
    first = 0 if for_show or not portions else randrange(len(portions))  # noqa: S311
    for portion in portions[first:] + portions[:first]:
        yield from _compose_portion(
            portion, on=on, at=at, by=by, express_only=express_only, for_show=for_show
        )


def _compose_portion(
    portion: list[Group], *, on: date, at: datetime, by: User, express_only: bool, for_show: bool
) -> Iterator[Composed | Fault]:
    def work(some: list[Group]) -> list[Composed]:
        return compose_all(some, on=on, at=at, by=by, express_only=express_only, for_show=for_show)

    first = portion[0]
    together = isolated(
        partial(work, portion),
        work=Work.COMPOSE,
        committee=first.committee,
        key=first.key,
        in_parts_next=True,
    )
    if not isinstance(together, Fault):
        for group, composed in zip(portion, together, strict=True):
            composed.group = group
            yield composed
        return
    for group in portion:
        alone = isolated(partial(work, [group]), work=Work.COMPOSE, committee=group.committee, key=group.key)
        if isinstance(alone, Fault):
            yield alone
            continue
        alone[0].group = group
        yield alone[0]


def _by_committee(waiting: list[Group]) -> list[list[Group]]:
    found: dict[int, list[Group]] = {}
    for group in waiting:
        found.setdefault(group.committee, []).append(group)
    return list(found.values())
