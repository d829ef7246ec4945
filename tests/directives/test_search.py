"""Search without accents, in any case, spelling and order of words; and only among what one sees."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directives.access import visible_to
from directives.models import Assignment, Directive, Document
from directives.rights import Rights
from directives.search import search, searched
from steering.models import UnitAlias, UnitName
from tests.cast import Cast

ON = date(2023, 7, 10)
# Whoever reads as plainly as what they see; of others tells tests/access/test_restricted_words.py.
READER = Rights()


def found(query: str) -> set[Assignment]:
    return set(Assignment.objects.filter(searched(query, held=READER).condition))


@pytest.fixture
def row(cast: Cast) -> Assignment:
    document = cast.document(number="828/QĐ-BYT", subject="Phê duyệt Đề án Nền tảng quản lý hệ thống y tế")
    wanted = cast.assignment(
        cast.hanoi,
        document=document,
        content="Xây dựng hồ sơ sức khỏe điện tử, bảo đảm hoà nhịp",
        deliverable="Đề án",
    )
    other = cast.document(number="57-NQ/TW", subject="Đột phá phát triển khoa học", issuer="Bộ Chính trị")
    cast.assignment(cast.vnpt, document=other, content="Bàn giao kết quả thí điểm")
    return wanted


@pytest.mark.parametrize(
    "query",
    [
        "hồ sơ sức khỏe",
        "ho so suc khoe",
        "HỒ SƠ SỨC KHOẺ",
        "điện tử hồ sơ",
        unicodedata.normalize("NFD", "sức khỏe điện tử"),
        "hòa nhịp",
        "đề án",
        "ÐỀ ÁN",
        "  khỏe,  hồ-sơ ",
        "nen tang quan ly",
        "hà nội",
        "syt.hanoi",
        "so y te thanh pho ha noi suc khoe 828",
        "828/QĐ-BYT",
        "828 / qd – byt",
        "828qd-byt",
        "số 828/QĐ-BYT",
        "Quyết định số 828/QĐ-BYT",
        "byt qđ 828",
    ],
)
def test_it_is_found_however_it_is_typed(row: Assignment, query: str) -> None:
    assert found(query) == {row}


@pytest.mark.parametrize("query", ["hồ sơ bệnh án", "829/QĐ-BYT", "đà nẵng", "!!!", "%", "hà nội bàn giao"])
def test_every_word_must_be_found(row: Assignment, query: str) -> None:
    assert found(query) == set()


@pytest.mark.parametrize("query", ["", "   "])
def test_an_empty_query_narrows_nothing(row: Assignment, query: str) -> None:
    assert len(found(query)) == 2


@pytest.mark.parametrize("query", ["5-nq/tw", "05-NQ/TW", "05-nq/tw", "nq/tw 05"])
def test_numbers_below_ten_with_and_without_their_zero(cast: Cast, query: str) -> None:
    row = cast.assignment(document=cast.document(number="05-NQ/TW", issuer="Bộ Chính trị"))
    assert found(query) == {row}


def test_a_unit_is_found_by_former_and_present_names_and_by_its_aliases(cast: Cast) -> None:
    row = cast.assignment(cast.quangnam)
    assert found("quang nam") == {row}
    assert found("đà nẵng") == {row}, "Đà Nẵng answers for what Quảng Nam was given"
    UnitName.objects.create(
        unit=cast.quangnam, name="Sở Y tế Quảng Nam – Đà Nẵng cũ", valid_until=date(1996, 1, 1)
    )
    UnitAlias.objects.create(unit=cast.quangnam, alias="SYT QNam")
    assert found("qnam syt") == {row}
    assert found("quang nam da nang cu") == {row}
    present = cast.assignment(cast.danang, ordinal=2)
    assert found("quảng nam") == {row}
    assert found("da nang so y te") == {row, present}


def test_documents_and_directives_are_found_too(row: Assignment, cast: Cast) -> None:
    assert search(Document.objects.all(), "phe duyet de an 828", held=READER).get() == row.directive.document
    assert search(Directive.objects.all(), "suc khoe 828 phê duyệt", held=READER).get() == row.directive
    assert not search(Directive.objects.all(), "hà nội", held=READER).exists()
    parts = Assignment.objects.all()
    assert search(Directive.objects.all(), "ha noi", held=READER, assignments=parts).get() == row.directive


def test_what_is_found_is_only_what_one_sees(cast: Cast) -> None:
    shared = cast.issued(units=[cast.hanoi, cast.danang])
    cast.assignment(cast.hanoi, ordinal=2, content="Việc riêng của Hà Nội")
    user = cast.danang_officer
    mine = visible_to(user, Assignment, on=ON)
    assert not mine.filter(searched("hà nội", held=READER).condition)
    named = mine.filter(searched("nghị quyết", held=READER).condition)
    assert {found.unit for found in named} == {cast.danang}
    directives = visible_to(user, Directive, on=ON)
    assert set(search(directives, "việc riêng", held=READER)) == set()
    # It is in a directive that both see, but who else was given it is nothing that Đà Nẵng sees.
    assert not search(directives, "hà nội", held=READER, assignments=mine).exists()
    assert search(directives, "đà nẵng", held=READER, assignments=mine).get() == shared


def test_two_queries_however_many_words_and_rows(cast: Cast) -> None:
    cast.issued(units=[cast.hanoi, cast.danang, cast.office])
    with CaptureQueriesContext(connection) as captured:
        assert len(found("so y te thanh pho ha noi nghi quyet 157 ke hoach trien khai")) == 1
    assert len(captured) == 2
