"""Every screen asks so many queries, whatever rows there are; new screens are found by themselves.

The addresses are those of the resolver (tests/access). Each is opened in a world with one of everything, and again when
there is several times as much.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import time_machine
from django.core.cache import cache

from directives.models import Assignment
from tests.access.matrix import body
from tests.access.world import World
from tests.cast import Cast
from tests.directives.spread import AT
from tests.queries.counting import Shapes, counted, more
from tests.queries.growth import grow
from tests.queries.small_world import Small, furnish, signed_in
from tests.queries.verbs import DIALOG_NAMES, Sent, send, wrong_verbs
from tests.queries.ways import ANSWERED, Way, everybodys_ways, untold, ways

# A page asks no more than this: signing in, rights and the frame take ten of them.
MOST = 20
# Screens that ask more, each with what it asked last; to be lowered, and left out when it is twenty.
ASKS_MORE: dict[str, int] = {
    # The runs of the coming days are made and rolled back: so many for each day, and for each ladder in use.
    "admin:directives_message_preview": 53,
    # One for each kind of thing that the page tells of, or asks of who is written to.
    "person_mails": 39,
    "own_mails": 41,
    "admin:directives_assignment_mails": 37,
    "admin:directives_assignment_file": 23,
}
# Screens that ask more with more rows, and why that is right.
GROWS: dict[str, str] = {}
# Tables that need not be grown: nobody has a right that is not a role's.
EMPTY = frozenset({"accounts_user_user_permissions"})


@dataclass
class Look:
    """A screen as it was opened."""

    status: int
    queries: Shapes
    length: int
    sent: Sent | None = None


@dataclass
class Measured:
    """Each way with its two looks, and the rows of each table before and after."""

    looks: dict[Way, tuple[Look, Look]]
    rows: dict[str, tuple[int, int]]


@pytest.fixture(autouse=True)
def _on_the_tenth_of_july() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def measure(small: Small, chosen: list[Way]) -> Measured:
    """Open every way, let everything grow, open every way again; nothing is in the cache."""
    few = {way: look(small, way) for way in chosen}
    rows = grow()
    for _session in range(4):
        signed_in(small.world.people["secretary"])
    return Measured({way: (few[way], look(small, way)) for way in chosen}, rows)


def look(small: Small, way: Way) -> Look:
    """Open a screen with an empty cache; send the form of a dialog, too."""
    cache.clear()
    with counted() as queries:
        response = small.clients[way.person].get(way.path)
        length = len(body(response))
    is_dialog = way.name in DIALOG_NAMES and response.status_code == 200
    return Look(response.status_code, queries, length, sent=send(small, way, response) if is_dialog else None)


def wrong(found: Measured) -> list[str]:
    """Return in a sentence each what is wrong with what was measured."""
    told = []
    for way, (few, many) in found.looks.items():
        expected = ANSWERED.get(way.name, 200)
        if {few.status, many.status} != {expected}:
            told.append(
                f"{way}: answered {few.status}, {many.status}; say in tests/queries/ways.py how it is opened, or that"
                " it is no page"
            )
            continue
        most = ASKS_MORE.get(way.name, MOST)
        if many.queries.total() > most:
            told.append(f"{way}: {many.queries.total()} queries, at most {most} are expected")
        if way.name.endswith(("_changelist", "_history")) and many.length <= few.length:
            told.append(
                f"{way}: shows no more when there is more; say in tests/queries/growth.py what differs"
            )
    return told


def growing(found: Measured) -> list[str]:
    """Return in a sentence each which screens ask more queries when there are more rows."""
    told = []
    for way, (few, many) in found.looks.items():
        if (grown := more(few.queries, many.queries)) and way.name not in GROWS:
            counts = f"{few.queries.total()} queries, {many.queries.total()} with more rows"
            told.append("\n    ".join([f"{way}: {counts}; make it one query for all rows:", *grown]))
    return told


def stale(found: Measured) -> list[str]:
    """Return the exceptions that are none any more."""
    ask_more = {way.name for way, (few, many) in found.looks.items() if more(few.queries, many.queries)}
    asked: dict[str, int] = {}
    for way, (_few, many) in found.looks.items():
        asked[way.name] = max(asked.get(way.name, 0), many.queries.total())
    return [
        *(f"{name}: does not grow any more, take it out of GROWS" for name in GROWS if name not in ask_more),
        *(
            f"{name}: asks {asked.get(name)} now, not {most}: lower it in ASKS_MORE"
            for name, most in ASKS_MORE.items()
            if name not in asked or asked[name] < most
        ),
    ]


def not_grown(found: Measured) -> list[str]:
    """Return the tables of which there is hardly more: what shows them was not tried."""
    return [
        f"{table}: {few} rows, then {many}; furnish it in small_world.py, or say in growth.py what differs"
        for table, (few, many) in found.rows.items()
        if (not few or many < 3 * few) and table not in EMPTY
    ]


def test_every_address_is_told_of() -> None:
    """A new screen fails here until somebody has said how it is opened."""
    assert untold() == []


@pytest.mark.django_db(transaction=True)
def test_no_screen_and_no_verb_asks_more_queries_when_there_are_more_rows(
    cast: Cast, world: World, spread: dict[str, Assignment]
) -> None:
    small = furnish(cast, world, spread)
    found = measure(small, list(ways(small)))
    assert len(found.looks) > 150
    sent = {way: (few.sent, many.sent) for way, (few, many) in found.looks.items() if few.sent and many.sent}
    problems = [*not_grown(found), *wrong(found), *growing(found), *stale(found), *wrong_verbs(sent)]
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_screen_of_anybody_asks_more_queries_when_there_are_more_rows(
    cast: Cast, world: World, spread: dict[str, Assignment]
) -> None:
    """For each person who may open it, whatever they see there."""
    small = furnish(cast, world, spread)
    found = measure(small, list(everybodys_ways(small)))
    assert len(found.looks) > 600
    problems = growing(found)
    assert not problems, "\n" + "\n".join(problems)
