"""Who reads restricted matter only by a logged look learns no word of it by asking: not by search, filter or figure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from directives import services
from directives.admin.restricted import hidden
from directives.models import Assignment, Directive, Document
from directives.rights import rights
from directives.search import search
from directives.search import searched as finding
from directives.sight import is_logged, logged_directives, logged_documents
from tests.access.test_contents import ALL, Visitor, _list, _text_of
from tests.access.world import World, content_mark, mark, searched
from tests.cast import Cast, at
from tests.directives.spread import ON

LISTS = ("directive", "assignment", "document")


def found(visitor: Visitor, name: str, **query: Any) -> set[int]:
    """The rows that a list shows."""
    response = visitor.get(_list(name), **ALL.get(name, {}), **query)
    return {row.pk for row in response.context["cl"].result_list}


@pytest.mark.parametrize("name", LISTS)
def test_an_auditor_finds_what_is_restricted_by_its_number_and_not_by_its_words(
    world: World, kept: None, name: str
) -> None:
    restricted, own = world.ids[name]["restricted"], world.ids[name]["own"]
    auditor, secretary = Visitor(world, "auditor"), Visitor(world, "secretary")
    assert restricted in found(auditor, name), "it is there"
    for word in (searched("restricted"), content_mark("restricted")):
        assert found(auditor, name, q=word) == set(), word
        # Not even beside words by which it is found.
        assert found(auditor, name, q=f"{mark('restricted')} {word}") == set(), word
    assert found(secretary, name, q=searched("restricted")) == {restricted}
    assert found(auditor, name, q="902/qđ") == {restricted}
    assert found(auditor, name, q=mark("restricted")) == {restricted}, "the issuer, which lists show"
    assert found(auditor, name, q=searched("own")) == {own}, "what is not restricted"
    code = Directive.objects.get(pk=world.ids["directive"]["restricted"]).code
    if name != "document":
        assert restricted in found(auditor, name, q=code)


def test_neither_does_a_filter_a_suggestion_or_an_export_tell_a_word(world: World, kept: None) -> None:
    auditor = Visitor(world, "auditor")
    row = world.ids["assignment"]["restricted"]
    assert found(auditor, "assignment", van_ban=searched("restricted")) == set()
    assert found(auditor, "assignment", van_ban="902") == {row}
    for name in LISTS:
        book = _text_of(auditor.get(_list(name, "export"), **ALL.get(name, {}), q=searched("restricted")))
        assert mark("restricted") not in book.replace(searched("restricted"), ""), name
    choice = {"app_label": "directives", "model_name": "directive", "field_name": "document"}
    address = reverse("admin:autocomplete")
    for word, count in ((searched("restricted"), 0), ("902", 1)):
        answer = auditor.get(address, **choice, term=word)
        assert len(answer.json()["results"]) == count, word


def test_the_subject_of_a_document_that_tells_only_what_is_restricted_is_no_list_s_to_show(
    world: World, client: Client
) -> None:
    """Its page shows it, and that is logged; the secretariat reads it everywhere."""
    pages: list[tuple[str, dict[str, Any]]] = [
        (_list("document"), {}),
        (_list("document", "export"), {}),
        (reverse("figures_documents"), {}),
        (reverse("figures_documents_export"), {}),
    ]
    for person, shown in (("auditor", False), ("secretary", True)):
        client.force_login(world.people[person])  # type: ignore[arg-type]
        for address, query in pages:
            response = client.get(address, query)
            exported = "spreadsheet" in response["Content-Type"]
            text = _text_of(response) if exported else response.content.decode().lower()
            assert (searched("restricted") in text) == shown, (person, address)
            assert searched("own") in text, (person, address)
    client.force_login(world.people["auditor"])  # type: ignore[arg-type]
    assert str(hidden()) in client.get(_list("document")).content.decode()
    page = client.get(reverse("admin:directives_document_change", args=[world.ids["document"]["restricted"]]))
    assert searched("restricted") in page.content.decode().lower()


def test_a_document_that_tells_something_open_too_is_found_by_its_words(world: World, cast: Cast) -> None:
    held = rights(cast.auditor, on=ON)
    restricted = Directive.objects.get(pk=world.ids["directive"]["restricted"])
    documents, word = Document.objects.all(), searched("restricted")
    assert not search(documents, word, held=held).exists()
    services.save_draft(
        directive=Directive(document=restricted.document, content="Việc công khai", due_on=date(2023, 8, 1)),
        lead=None,
        units=[world.units["hanoi"]],
        own_dates={},
        by=cast.secretary,
        at=at(9),
    )
    assert search(documents, word, held=held).get() == restricted.document
    # By the words of its document, which are open now, but not by its own.
    rows = Directive.objects.filter(pk=restricted.pk)
    assert search(rows, word, held=held).exists()
    assert not search(rows, content_mark("restricted"), held=held).exists()


@pytest.mark.parametrize("more", ["nothing", "secretariat", "chair", "supervisor", "grant", "unit"])
def test_who_reads_it_otherwise_too_finds_it_by_its_words(world: World, cast: Cast, more: str) -> None:
    """`logged_directives` is `is_logged` as a condition, for whatever an auditor is beside."""
    restricted = Directive.objects.get(pk=world.ids["directive"]["restricted"])
    beside: dict[str, Any] = {
        "nothing": {},
        "secretariat": {"secretariat_of": frozenset({cast.committee.pk})},
        "chair": {
            "leads": frozenset({cast.committee.pk}),
            "leads_restricted": frozenset({cast.committee.pk}),
        },
        "supervisor": {"seats": frozenset({cast.member_seat.pk})},
        "grant": {"directives": frozenset({restricted.pk})},
        "unit": {"own": frozenset({cast.hanoi.pk})},
    }
    held = replace(rights(cast.auditor, on=ON), **beside[more])
    asked = {pk for pk in world.ids["directive"].values() if is_logged(Directive.objects.get(pk=pk), held)}
    assert asked == ({restricted.pk} if more in ("nothing", "unit") else set())
    assert set(Directive.objects.filter(logged_directives(held)).values_list("pk", flat=True)) == asked
    documents = Document.objects.filter(logged_documents(held))
    assert set(documents.values_list("directives", flat=True)) == asked
    finds = Assignment.objects.filter(finding(searched("restricted"), held=held).condition)
    assert finds.exists() == (not asked)
