"""Units are renamed from a day on, put right, and found by any name in any spelling."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.text import words
from steering.models import Unit, UnitAlias
from steering.search import unit_ids
from steering.units import correct_name, found, rename
from tests.cast import Cast

DAY = date(2026, 3, 1)


def dated_names(unit: Unit) -> list[tuple[str, date | None, date | None]]:
    return list(unit.names.order_by("pk").values_list("name", "valid_from", "valid_until"))


def test_a_new_unit_bears_its_name_from_its_first_day(cast: Cast) -> None:
    unit = Unit(code="moi", name="Cục  Mới", kind=cast.hanoi.kind, valid_from=DAY)
    found(unit=unit, by=cast.administrator, reason="Thành lập")
    assert dated_names(unit) == [("Cục Mới", DAY, None)]
    assert unit.history.latest().history_change_reason == "Thành lập"


def test_a_renamed_unit_keeps_its_old_name_until_the_eve(cast: Cast) -> None:
    unit = rename(unit=cast.hanoi, name="Sở Y tế Thủ đô", on=DAY, by=cast.administrator, reason="Luật Thủ đô")
    assert dated_names(unit) == [
        ("Sở Y tế thành phố Hà Nội", None, date(2026, 2, 28)),
        ("Sở Y tế Thủ đô", DAY, None),
    ]
    assert unit.name == Unit.objects.get(pk=unit.pk).name == "Sở Y tế Thủ đô"
    assert unit.name_on(date(2026, 2, 28)) == "Sở Y tế thành phố Hà Nội"
    assert unit.name_on(DAY) == "Sở Y tế Thủ đô"
    assert {row.history_change_reason for row in unit.names.get(valid_from=DAY).history.all()} == {
        "Luật Thủ đô"
    }


def test_a_unit_without_dated_names_is_renamed_too(cast: Cast) -> None:
    cast.hanoi.names.get().delete()
    rename(unit=cast.hanoi, name="Sở Y tế Thủ đô", on=DAY, by=cast.administrator, reason="Luật")
    assert [name for name, *_ in dated_names(cast.hanoi)] == ["Sở Y tế thành phố Hà Nội", "Sở Y tế Thủ đô"]


@pytest.mark.parametrize(
    ("name", "on"), [("Tên hai", date(2026, 3, 2)), ("Tên ba", DAY), ("Tên ba", date(2025, 1, 1))]
)
def test_names_follow_each_other(cast: Cast, name: str, on: date) -> None:
    rename(unit=cast.hanoi, name="Tên hai", on=DAY, by=cast.administrator, reason="Luật")
    with pytest.raises(ValidationError):
        rename(unit=cast.hanoi, name=name, on=on, by=cast.administrator, reason="Luật")
    assert len(dated_names(cast.hanoi)) == 2


def test_a_misspelling_is_put_right_without_a_new_dated_name(cast: Cast) -> None:
    correct_name(unit=cast.hanoi, name="Sở Y tế TP. Hà Nội", by=cast.administrator, reason="Viết sai")
    assert dated_names(cast.hanoi) == [("Sở Y tế TP. Hà Nội", None, None)]
    assert Unit.objects.get(pk=cast.hanoi.pk).name == "Sở Y tế TP. Hà Nội"


def test_a_unit_is_found_by_any_name_alias_or_code_in_any_order_and_spelling(cast: Cast) -> None:
    rename(
        unit=cast.vnpt,
        name="Tập đoàn VNPT",
        on=DAY,
        by=cast.administrator,
        reason="Đổi tên",
    )
    UnitAlias.objects.create(unit=cast.vnpt, alias="Tổng công ty Bưu chính")
    for typed in ("VNPT", "vien thong", "thông VIỄN", "tong cong ty", "vnpt tong", "Bưu chính"):
        assert unit_ids(words(typed)) == {cast.vnpt.pk}, typed
    assert unit_ids(words("so y te da nang")) == {cast.danang.pk}
    assert unit_ids(words("syt hanoi")) == {cast.hanoi.pk, cast.hanoi_hospital.pk}
    assert unit_ids(words("vnpt hanoi")) == set()
    assert unit_ids(()) == set()


def test_search_asks_one_question_a_word(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as queries:
        unit_ids(words("sở y tế"))
    assert len(queries) == 3
