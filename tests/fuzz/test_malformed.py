"""Malformed input for every list, page and form: never an error of the server, never a change by GET."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pytest_django import Settings as DjangoSettings

from tests.access.matrix import digest
from tests.access.world import World
from tests.fuzz import odd
from tests.fuzz.screens import IN_THE_WAY, PEOPLE, Screens, encoded, read_names

Record = Callable[[str, object], None]
FORM = "application/x-www-form-urlencoded"
TYPES = (
    FORM, "application/json", "text/xml", "text/plain", "multipart/form-data", "multipart/form-data; boundary=",
    "multipart/form-data; boundary=x", "application/octet-stream", "x", "",
    f"{FORM}; charset=utf-16", f"{FORM}; charset=no",
)  # fmt: skip
BODIES = (b'{"a":', b"--x\r\n\r\n", b"<a>", b"=&=&&", b"%zz%", b"[" * 5000)
METHODS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "QUERY")
SHORT, LONG = 50, int(os.environ.get("FUZZ_EXAMPLES", "200"))
FEW_OR_MANY = [pytest.param(SHORT, id="short"), pytest.param(LONG, id="long", marks=pytest.mark.slow)]


@pytest.fixture
def screens(world: World, settings: DjangoSettings) -> Screens:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name not in IN_THE_WAY]
    clients = {}
    for name in PEOPLE:
        clients[name] = Client(raise_request_exception=False)
        person = world.people[name]
        assert person is not None
        clients[name].force_login(person)
    return Screens(world, clients)


def at_most(examples: int) -> settings:
    """Hypothesis's settings for a test that talks to the database: each example is a request."""
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
    )


def demand_an_answer(response: Any, words: str) -> None:
    """Read the answer to its end, files included; fail with the exception behind a 500."""
    if response.streaming:
        b"".join(response.streaming_content)
    if response.status_code >= 500:
        raise AssertionError(words) from (response.exc_info or (None, None))[1]


def pairs(names: tuple[str, ...]) -> Any:
    return st.lists(st.tuples(st.sampled_from(names), odd.text), max_size=6)


@pytest.mark.parametrize("examples", FEW_OR_MANY)
def test_every_address_takes_any_query(screens: Screens, examples: int, record_property: Record) -> None:
    known = tuple(dict.fromkeys((*read_names(), *odd.NAMES)))
    names, tried = screens.names(), [0]
    before = digest()

    @at_most(examples)
    @given(st.sampled_from(names), st.sampled_from(PEOPLE), pairs(known))
    def ask(name: str, person: str, query: list[tuple[str, str]]) -> None:
        tried[0] += 1
        url = f"{screens.path(name)}?{encoded(query)}"
        with transaction.atomic():
            demand_an_answer(screens.clients[person].get(url), f"{person} GET {url[:500]}")

    ask()
    assert digest() == before, "a GET changed something"
    record_property("assurance", ["inputs", "Queries of lists, pages and files", tried[0], 0])


@pytest.mark.parametrize("examples", FEW_OR_MANY)
def test_every_form_takes_anything(screens: Screens, examples: int, record_property: Record) -> None:
    names, tried = screens.names(), [0]

    @at_most(examples)
    @given(st.data(), st.sampled_from(names), st.sampled_from(PEOPLE))
    def send(data: st.DataObject, name: str, person: str) -> None:
        tried[0] += 1
        fields = screens.fields(person, name) or (*read_names(), *odd.NAMES)
        sent = data.draw(pairs(fields))
        if data.draw(st.booleans()):
            sent = [(field, data.draw(odd.text)) for field in fields[:40]]
        body = encoded(sent).encode()
        with transaction.atomic():
            url = screens.path(name)
            answer = screens.clients[person].generic("POST", url, body, content_type=FORM)
            demand_an_answer(answer, f"{person} POST {url} {sent!r:.800}")
            transaction.set_rollback(True)

    send()
    record_property("assurance", ["inputs", "Forms filled with anything", tried[0], 0])


@pytest.mark.parametrize("examples", FEW_OR_MANY)
def test_every_address_takes_any_kind_of_body(
    screens: Screens, examples: int, record_property: Record
) -> None:
    names, tried = screens.names(), [0]

    @at_most(examples // 2)
    @given(
        st.sampled_from(names),
        st.sampled_from(PEOPLE),
        st.sampled_from(METHODS),
        st.sampled_from(TYPES),
        st.one_of(
            st.binary(max_size=60),
            st.sampled_from(BODIES),
        ),
    )
    def send(name: str, person: str, method: str, kind: str, body: bytes) -> None:
        tried[0] += 1
        with transaction.atomic():
            url = screens.path(name)
            answer = screens.clients[person].generic(method, url, body, content_type=kind)
            demand_an_answer(answer, f"{person} {method} {url} {kind} {body!r:.300}")
            transaction.set_rollback(True)

    send()
    record_property("assurance", ["inputs", "Bodies of odd kinds and methods", tried[0], 0])
