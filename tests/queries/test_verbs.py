"""What is done to an assignment asks a number of queries that does not depend on what was done to it before.

Each dialog's form is filled in as it is shown and sent, up to the redirect, in a world with one of everything and again
when there is several times as much; then it is taken back. Marks in a transaction (savepoints) are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction

from directives.admin.dialogs import DIALOGS
from directives.models import Assignment
from tests.access.world import World
from tests.cast import Cast, pdf
from tests.directives.admin.asking import filled
from tests.directives.spread import AT
from tests.queries.counting import Shapes, counted, more, told
from tests.queries.growth import grow
from tests.queries.small_world import Small, furnish
from tests.queries.ways import Way, ways

MOST = 15
# Verbs that ask more, each with what it asked last; to be lowered, and left out when it is fifteen. Of each about ten
# are who it is and what they may do; a file takes three, a letter one, what is told to others one.
ASKS_MORE: dict[str, int] = {
    "accept": 16,
    "report": 20,
    "present": 21,
    "submit": 21,
    "give_back": 18,
    "withdraw": 16,
    "extend": 21,
    "decline": 20,
    "confirm": 18,
    "send_back": 16,
    "decide_extension": 21,
    "reissue": 16,
    "transfer": 24,
    "answering_unit": 18,
    "revoke": 18,
    "reopen": 16,
    "people": 16,
    "accept_by_letter": 18,
    "report_by_letter": 21,
    "submit_by_letter": 21,
    "extend_by_letter": 21,
    "decline_by_letter": 21,
}
# What is typed into a field that must be filled in, by its name; and into others, by the dialog's name.
TYPED: dict[str, Any] = {
    "reason": "Có lý do",
    "text": "Đã làm",
    "percent": "60",
    "due_on": "31/07/2023",
    "basis": "12/TB-BYT",
    "decision": "granted",
    "letter_number": "15/SYT",
    "letter_dated_on": "03/07/2023",
    "held_on": "03/07/2023",
}
ALSO_TYPED: dict[str, dict[str, Any]] = {
    "correct_due": {"due_on": "31/07/2023"},
}
PREFIX = "admin:directives_assignment_"


@pytest.fixture(autouse=True)
def _on_the_tenth_of_july() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def send(small: Small, way: Way) -> tuple[Any, Shapes]:
    """Fill in the form of a dialog and send it; returns the answer and what it asked. It is taken back."""
    client = small.clients[way.person]
    page = client.get(way.path)
    fields = page.context["form"].fields
    asked = {name for name, field in fields.items() if field.required}
    data = {name: value for name, value in TYPED.items() if name in asked}
    data |= {name: [pdf()] for name in ("uploads", "letter_files") if name in fields}
    if "unit" in fields:
        other = "danang" if way.name.endswith("answering_unit") else "office"
        data["unit"] = str(small.world.units[other].pk)
    data |= ALSO_TYPED.get(way.name.removeprefix(PREFIX), {})
    cache.clear()
    with transaction.atomic():
        with counted() as queries:
            answer = client.post(way.path, filled(page, **data))
        transaction.set_rollback(True)
    return answer, queries


@pytest.mark.django_db(transaction=True)
def test_no_verb_asks_more_than_it_may_nor_more_when_there_are_more_rows(
    cast: Cast, world: World, spread: dict[str, Assignment]
) -> None:
    small = furnish(cast, world, spread)
    dialogs = {f"{PREFIX}{dialog.name}" for dialog in DIALOGS}
    chosen = [way for way in ways(small) if way.name in dialogs]
    assert {way.name for way in chosen} == dialogs
    few = {way: send(small, way) for way in chosen}
    grow()
    wrong = []
    for way in chosen:
        answer, queries = send(small, way)
        if {answer.status_code, few[way][0].status_code} != {302}:
            errors = dict(answer.context["form"].errors) if answer.context else ""
            wrong.append(f"{way}: was not taken ({errors}); say in TYPED what is typed")
            continue
        if grown := more(few[way][1], queries):
            wrong.append("\n    ".join([f"{way}: more with more rows:", *grown]))
        name = way.name.removeprefix(PREFIX)
        most = ASKS_MORE.get(name, MOST)
        if queries.total() > most:
            asked = [f"{count} × {sql}" for sql, count in told(queries).most_common()]
            wrong.append("\n    ".join([f"{way}: {queries.total()} queries, at most {most}:", *asked]))
        elif name in ASKS_MORE and queries.total() < most:
            wrong.append(f"{way}: asks {queries.total()} now, not {most}: lower it in ASKS_MORE")
    assert not wrong, "\n" + "\n".join(wrong)
