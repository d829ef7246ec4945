"""The whole matrix of access, counted for docs/assurance.md; `make test` tries a part of it (tests/access)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine
from pytest_django import Settings

from tests.access.kept_person import middleware
from tests.access.matrix import table, try_person
from tests.access.world import PEOPLE, World
from tests.directives.spread import AT


@pytest.mark.slow
@pytest.mark.parametrize("person", PEOPLE)
def test_every_address_for_every_person_and_object(
    world: World, settings: Settings, person: str, record_property: Callable[[str, object], None]
) -> None:
    settings.MIDDLEWARE = middleware()
    with time_machine.travel(AT, tick=False):
        outcome = try_person(world, person)

    assert outcome.wrong == []
    assert outcome.leaks == []
    subject = f"Cells of {len(table())} addresses × {len(PEOPLE)} people × their objects"
    record_property("assurance", ["access", subject, len(outcome.tried), len(outcome.leaks)])
    record_property("assurance", ["access", "– requests made for them (GET and POST)", outcome.requests, 0])
