"""Reminders: planning a morning, and composing and sending it, beside the plainest loop that does the same."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import groupby
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import connection
from django.utils import translation

from accounts.clock import now
from directives.models import Message, MessageEvent, Reminder, ReminderPolicy
from directives.reminders.compose import groups
from directives.reminders.digest import Item, digest
from directives.reminders.news import tell_all
from directives.reminders.plan import plan
from directives.reminders.recipients import Recipient
from directives.reminders.render import render
from steering.models import Committee
from tests.bench.registry import Budget, Figure, Phase, measure, peak
from tests.bench.run import Run
from tests.bench.sector import ON

WORKERS = 4
FLOOR = "digests by the plainest loop"
ONE = "one worker: composing and sending"
# Of the floor's mails a second, at least.
SHARE = 0.6


@measure("Reminders", phase=Phase.REMINDERS)
def planning(run: Run) -> list[Figure]:
    """A morning's plan, and the same again."""
    policy = ReminderPolicy.objects.get()
    tell_all(at=now())
    seconds, added = [], []
    for _run in range(2):
        begun = time.perf_counter()
        added.append(plan(policy, on=ON).planned)
        seconds.append(time.perf_counter() - begun)
    assert added[0] and not added[1], added
    return [
        Figure(
            "plan of a morning",
            seconds[0],
            "s",
            budgets=[Budget("planning", 5)],
            note=f"{added[0]:,} reminders",
        ),
        Figure("the same plan again", seconds[1], "s", budgets=[Budget("planning once more", 2)]),
        Figure(
            "peak memory of the planning process",
            peak(),
            "MB",
            budgets=[Budget("memory of the planner", 200)],
        ),
    ]


@measure("Reminders", phase=Phase.REMINDERS, floor=True)
def plainest_loop(run: Run) -> list[Figure]:
    """The plainest loop: the due rows in one query, the same digests, one kept connection, nothing written down."""
    translation.activate(settings.LANGUAGE_CODE)
    committee = Committee.objects.get()
    way_out = get_connection()
    way_out.open()
    begun, count = time.perf_counter(), 0
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"on": ON})
        rows = cursor.fetchall()
    for (address, name), lines in groupby(rows, lambda row: row[:2]):
        told = digest((_item(line[2:]) for line in lines), on=ON)
        to = Recipient(key="", name=name, salutation=name, address=address)
        content = render(Message.Kind.DIGEST, told, _words(told.entries), committee=committee, to=to, on=ON)
        mail = EmailMultiAlternatives(content.subject, content.text, to=[address], connection=way_out)
        mail.attach_alternative(content.html, "text/html")
        mail.send()
        count += 1
    seconds = time.perf_counter() - begun
    way_out.close()
    return [
        Figure(
            FLOOR,
            1000 * seconds / count,
            "ms a mail",
            note=f"{count:,} digests, {count / seconds:.0f} a second",
        )
    ]


_DUE = """SELECT r.address, r.name, a.id, a.directive_id, a.unit_id, a.part, a.status, a.progress, a.due_on
    FROM directives_assignment a JOIN (
        SELECT id AS unit_id, mailbox AS address, name FROM steering_unit
      UNION ALL
        SELECT p.unit_id, u.email, u.full_name FROM steering_posting p JOIN accounts_user u ON u.id = p.user_id) r
      ON r.unit_id = a.unit_id
    WHERE a.status = 'in_progress' AND a.due_on <= %(on)s::date + 7 ORDER BY r.address, a.due_on"""
_kept: dict[str, Any] = {}


def _words(entries: Any) -> Any:
    """A loop that knows its directives and units by heart."""
    if not _kept:
        from directives.models import Directive
        from directives.reminders.lines import Place, Words, Work
        from steering.models import Unit

        works = Directive.objects.values_list("pk", "code", "content", "kind", "document__is_fictitious")
        units = Unit.objects.values_list("pk", "name")
        _kept["words"] = Words(
            {row[0]: Work(*row) for row in works}, {pk: Place(pk, name, False) for pk, name in units}
        )
    return _kept["words"]


def _item(row: Any) -> Item:
    assignment, directive, unit, part, status, progress, due_on = row
    return Item(assignment, directive, unit, True, part, status, progress, due_on)


@measure("Reminders", phase=Phase.REMINDERS)
def one_worker(run: Run) -> list[Figure]:
    """One worker composes and sends a third of the morning, ledger and all; the floor is measured in the same run."""
    return _workers(1, limit=run.sizes.recipients // 3)


@measure("Reminders", phase=Phase.REMINDERS)
def several_workers(run: Run) -> list[Figure]:
    """Several workers at once do the rest."""
    return _workers(WORKERS, limit=None)


def _workers(count: int, *, limit: int | None) -> list[Figure]:
    before = Message.objects.filter(state=Message.State.SENT).count()
    begun = time.perf_counter()
    command = [sys.executable, "-m", "tests.bench.worker", str(limit or 0)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _n in range(count)]
    told = [[float(word) for word in process.communicate()[0].split()] for process in processes]
    with_start = time.perf_counter() - begun
    seconds, memory = (max(column) for column in zip(*told, strict=True))
    sent = Message.objects.filter(state=Message.State.SENT).count() - before
    assert not any(process.returncode for process in processes)
    name = ONE if count == 1 else f"{count} workers at once: composing and sending"
    budget = (
        Budget(f"{count} workers", 1, ONE)
        if count > 1
        else Budget("composing and sending, one worker", 1 / SHARE, FLOOR)
    )
    return [
        Figure(
            name,
            1000 * seconds / sent,
            "ms a mail",
            FLOOR,
            budgets=[budget],
            note=f"{sent:,} mails, {sent / seconds:.0f} a second ({sent / with_start:.0f} with the processes' start)",
        ),
        Figure(
            f"{name}: peak memory of the largest",
            memory,
            "MB",
            budgets=[Budget("memory of a sending worker", 150)],
        ),
    ]


@measure("Reminders", phase=Phase.REMINDERS)
def nothing_is_left(run: Run) -> list[Figure]:
    """Planned = sent, each once."""
    waiting = Reminder.objects.filter(message=None, skip="").count()
    unsent = Message.objects.exclude(state=Message.State.SENT).count()
    sent = MessageEvent.objects.filter(kind=MessageEvent.Kind.SENT).count()
    assert (waiting, unsent) == (0, 0), (waiting, unsent)
    # The mails of an earlier day are only rows.
    assert sent == Message.objects.filter(on=ON).count()
    assert not groups(on=ON)
    return [Figure("mails sent, each once", sent, "mails")]
