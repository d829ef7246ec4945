"""Every address × every person × {own, foreign, restricted, …}: what is expected stands in expectations.txt."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.access.addresses import actions, addresses
from tests.access.matrix import LETTERS, table, try_person
from tests.access.world import PEOPLE, World


def test_every_address_has_a_line_and_every_line_an_address() -> None:
    """A new address fails here until somebody has said who gets what there."""
    lines, known = set(table()), set(addresses())
    assert known - lines == set(), "addresses without a line in expectations.txt"
    assert lines - known == set(), "lines of addresses that are no more"


def test_no_screen_offers_an_action_that_the_table_does_not_know() -> None:
    """TRAPS 5: actions of lists and rows run on any id; what is done here is done by dialogs, which have addresses."""
    assert actions() == set()


def test_the_table_is_not_empty_of_refusals_nor_of_permissions() -> None:
    used = {letter for row in table().values() for cell in row.cells.values() for letter in cell}
    assert used == LETTERS - {"."}


@pytest.mark.parametrize("person", PEOPLE)
def test_a_person_gets_what_the_table_says_and_no_page_tells_more(
    world: World, kept: None, person: str
) -> None:
    """TRAPS 1, 2, 5, 8: history, revert forms, dialogs, lists; a POST of who may not leaves every table as it was."""
    outcome = try_person(world, person, everything=False)
    assert outcome.wrong == []
    assert outcome.leaks == []
    assert outcome.requests > 25


@pytest.mark.slow
@pytest.mark.parametrize("person", PEOPLE)
def test_every_cell_of_a_person(
    world: World, kept: None, person: str, record_property: Callable[[str, object], None]
) -> None:
    """As above, all of them, on GET and on POST."""
    outcome = try_person(world, person)
    assert outcome.wrong == []
    assert outcome.leaks == []
    leaks = len(outcome.leaks)
    for subject, tried in (
        ("addresses × people × objects", len(outcome.tried)),
        ("requests, GET and POST, of these", outcome.requests),
    ):
        record_property("assurance", ["access", subject, tried, leaks])
