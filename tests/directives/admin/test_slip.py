"""Phiếu giao nhiệm vụ."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.audit.models import AccessLog
from directives.admin.prints import letter_day
from tests.cast import Cast, at
from tests.directives.admin.asking import address, queries, words


@pytest.fixture(autouse=True)
def _on_the_tenth_of_june() -> Iterator[None]:
    with time_machine.travel(at(10), tick=False):
        yield


def test_it_says_on_one_sheet_what_the_unit_has_to_do(cast: Cast, client: Client, settings: Any) -> None:
    settings.DEMO = True
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang], deliverable="Kế hoạch")
    row = directive.assignments.get(unit=cast.danang)
    client.force_login(cast.danang_officer)

    page = words(client.get(address("assignment_slip", row.pk)))

    for said in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "BAN CHỈ ĐẠO MINH HỌA",
        "Ngày 10 tháng 6 năm 2023",
        "PHIẾU GIAO NHIỆM VỤ",
        "1710/QĐ-BYT – 01",
        "Sở Y tế thành phố Đà Nẵng",
        "Phối hợp",
        "Sở Y tế thành phố Hà Nội",
        "Xây dựng kế hoạch triển khai Nghị quyết số 157",
        "Quyết định số 1710/QĐ-BYT ngày 05/04/2023",
        "Phạm Ủy Viên",
        "30/06/2023",
        "“trước 1/7/2023”",
        "Dữ liệu minh họa",
        "người in: Ngô Đà Nẵng",
    ):
        assert said in page, said


def test_printing_is_logged(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    client.force_login(cast.officer)

    client.get(address("assignment_slip", row.pk))

    line = AccessLog.objects.get(kind=AccessLog.Kind.PRINT)
    assert (line.actor, line.what) == (cast.officer, f"Phiếu giao nhiệm vụ {row}")
    assert client.post(address("assignment_slip", row.pk)).status_code == 405
    assert queries(client, address("assignment_slip", row.pk)) <= 20


@pytest.mark.parametrize(
    ("on", "text"),
    [
        (date(2026, 2, 5), "Ngày 05 tháng 02 năm 2026"),
        (date(2026, 3, 5), "Ngày 05 tháng 3 năm 2026"),
        (date(2026, 11, 21), "Ngày 21 tháng 11 năm 2026"),
    ],
)
def test_days_below_ten_and_the_first_two_months_take_a_zero(on: date, text: str) -> None:
    assert letter_day(on) == text
