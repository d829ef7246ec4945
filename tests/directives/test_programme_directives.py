"""The documents and directives of the programme resolve and mean what the material says (DOMAIN §2)."""

from collections import Counter
from datetime import date

import pytest

from directives.deadline_words import read_deadline
from directives.document_number import normalise_number
from directives.models import Directive, Document, DocumentRelation
from directives.programme import directives, documents
from steering.programme import committee, units
from steering.workdays import seed_calendar

UNITS = {unit.code: unit for unit in units()}
DOCUMENTS = {document.key: document for document in documents()}
DIRECTIVES = {directive.key: directive for directive in directives()}


def test_six_documents_of_which_three_have_numbers() -> None:
    assert len(documents()) == len(DOCUMENTS) == 6
    numbers = [document.number for document in documents() if document.number]
    assert numbers == ["157-NQ/BCSĐ", "1710/QĐ-BYT", "828/QĐ-BYT"]
    assert [normalise_number(number) for number in numbers] == numbers


def test_every_document_resolves() -> None:
    seen: set[str] = set()
    for document in documents():
        assert Document.Kind(document.kind)
        assert document.issuer in UNITS
        for relation in document.relations:
            assert relation.other in seen, "a document comes after those it bears on"
            assert DocumentRelation.Kind(relation.kind)
        seen.add(document.key)
    assert [(relation.kind, relation.other) for relation in DOCUMENTS["qd1710"].relations] == [
        ("implements", "nq157")
    ]


def test_nine_directives_each_once_in_its_document() -> None:
    assert set(DIRECTIVES) == {"D01", "D03", "D05", "D06", "D07", "D08", "D09", "D10", "D11"}
    assert set(Counter((row.document, row.ordinal) for row in directives()).values()) == {1}


@pytest.mark.parametrize("key", DIRECTIVES)
def test_every_directive_resolves(key: str) -> None:
    row = DIRECTIVES[key]
    assert row.document in DOCUMENTS
    assert row.given_on == DOCUMENTS[row.document].issued_on
    assert Directive.Kind(row.kind)
    assert row.given_by
    assert row.given_by_seat in {None, *(seat.protocol_order for seat in committee().seats)}
    named = [row.lead, row.given_by_unit, *row.coordinating, *row.children_of]
    assert all(code in UNITS for code in named if code)
    assert all(UNITS[code].exists_on(row.given_on) for code in (row.lead, *row.coordinating) if code)
    # Exactly one of: a lead, or every unit below some.
    assert (Directive.Mode(row.mode) is Directive.Mode.EACH) == bool(row.children_of)
    assert bool(row.lead) != bool(row.children_of)
    assert row.sure


@pytest.mark.parametrize("key", DIRECTIVES)
def test_the_date_is_what_the_words_say(key: str) -> None:
    row = DIRECTIVES[key]
    reading = read_deadline(row.deadline_words, given_on=row.given_on, calendar=seed_calendar())
    assert reading.due_on == row.due_on
    assert reading.understood


def test_plans_are_asked_of_the_ministrys_units_and_the_63_so_y_te_of_2023() -> None:
    row = DIRECTIVES["D11"]
    assert (row.deadline_words, row.due_on) == ("trước 1/7/2023", date(2023, 6, 30))
    addressed = [unit for unit in units() if unit.parent in row.children_of and unit.exists_on(row.given_on)]
    assert Counter(unit.kind == "so-y-te" for unit in addressed) == {True: 63, False: 10}


def test_one_has_a_date_one_is_standing_and_seven_have_neither() -> None:
    assert [row.key for row in directives() if row.due_on] == ["D11"]
    assert [row.key for row in directives() if row.standing] == ["D10"]


def test_what_a_company_is_asked_is_a_request() -> None:
    assert {row.kind for row in directives() if row.lead == "vnpt"} == {"request"}
    assert {row.key for row in directives() if row.kind == "commitment"} == {"D03"}
