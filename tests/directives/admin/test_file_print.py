"""Hồ sơ nhiệm vụ: one assignment with its dates, reports, decisions and whole history, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.test import Client

from accounts.audit.models import AccessLog
from directives import services
from directives.models import Assignment, Note
from directives.there_is import there_is
from directives.timeline import PAGE_SIZE, whole_story
from tests.cast import Cast, at, pdf
from tests.directives.admin.asking import address, queries, words


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(at(12, 7), tick=False):
        yield


@pytest.fixture
def row(cast: Cast) -> Assignment:
    """Extended, reported, sent back, confirmed late against the original date."""
    row = cast.assignment(deliverable="Kế hoạch", due_on=date(2023, 6, 30))
    services.accept(assignment=row, by=cast.officer, at=at(2))
    services.report(
        assignment=row, by=cast.officer, at=at(10), percent=40, text="Đã dự thảo", obstacles="Thiếu kinh phí"
    )
    request = services.ask_extension(
        assignment=row, by=cast.officer, at=at(25), due_on=date(2023, 7, 10), reason="Chờ ý kiến"
    )
    services.decide_extension(
        request=request, by=cast.secretary, at=at(26), granted=True, decided_by="Bộ trưởng", basis="12/TB-BCĐ"
    )
    services.add_note(
        assignment=row,
        by=cast.secretary,
        at=at(28),
        kind=Note.Kind.PHONE,
        held_on=date(2023, 6, 28),
        text="Đã gọi",
    )
    services.submit(
        assignment=row, by=cast.head, at=at(3, 7), text="Đã ban hành kế hoạch", uploads=[pdf("ke-hoach.pdf")]
    )
    services.send_back(assignment=row, by=cast.secretary, at=at(4, 7), reason="Thiếu dấu")
    services.submit(assignment=row, by=cast.head, at=at(5, 7), text="Đã đóng dấu", uploads=[pdf()])
    services.confirm(assignment=row, by=cast.secretary, at=at(6, 7))
    row.refresh_from_db()
    return row


def test_it_tells_everything_in_words(cast: Cast, row: Assignment, client: Client) -> None:
    client.force_login(cast.auditor)
    page = words(client.get(address("assignment_file", row.pk)))
    for said in (
        "HỒ SƠ NHIỆM VỤ",
        "1710/QĐ-BYT – 01",
        "Sở Y tế thành phố Hà Nội",
        "10/07/2023</strong> – Hoàn thành đúng hạn",
        "30/06/2023 – Hoàn thành quá hạn",
        "Bộ trưởng, 12/TB-BCĐ",
        "Đã dự thảo",
        "Khó khăn, vướng mắc: Thiếu kinh phí",
        "Đồng ý: 10/07/2023",
        "Nội dung: Đã gọi",
        "Chờ xác nhận → Đang thực hiện",
        "Lý do: Thiếu dấu",
        "Đang thực hiện → Chờ xác nhận",
        "ke-hoach.pdf",
        "Nguyễn Thư Ký, Tổ thư ký",
        "Vũ Giám Đốc, Giám đốc, Sở Y tế thành phố Hà Nội",
        "lúc 09:00 12/07/2023, người in: Mai Kiểm Tra",
    ):
        assert said in page, said


def test_printing_is_logged_and_nothing_is_written(cast: Cast, row: Assignment, client: Client) -> None:
    client.force_login(cast.officer)
    assert client.get(address("assignment_file", row.pk)).status_code == 200
    line = AccessLog.objects.get(kind=AccessLog.Kind.PRINT)
    assert (line.actor, line.what) == (cast.officer, f"Hồ sơ nhiệm vụ {row}")
    assert client.post(address("assignment_file", row.pk)).status_code == 405
    assert queries(client, address("assignment_file", row.pk)) <= 45


def test_it_is_for_who_reads_what_goes_on_inside(cast: Cast, client: Client) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang])
    lead, other = directive.assignments.get(part="lead"), directive.assignments.get(unit=cast.danang)
    expected = {
        "officer": 200,
        "auditor": 200,
        "danang_officer": 403,
        "hospital_officer": 404,
        "stranger": 403,
    }
    found = {}
    for person in expected:
        client.force_login(cast.people[person])
        found[person] = client.get(address("assignment_file", lead.pk)).status_code
    assert found == expected
    client.force_login(cast.danang_officer)
    assert client.get(address("assignment_file", other.pk)).status_code == 200
    link = address("assignment_file", lead.pk)
    assert link not in client.get(address("assignment_change", lead.pk)).content.decode()
    client.force_login(cast.auditor)
    assert link in client.get(address("assignment_change", lead.pk)).content.decode()


def test_no_entry_of_a_long_story_is_left_out(cast: Cast) -> None:
    row = cast.assignment()
    for number in range(2 * PAGE_SIZE + 5):
        services.add_note(
            assignment=row,
            by=cast.secretary,
            at=at(2),
            kind=Note.Kind.OPINION,
            held_on=date(2023, 6, 2),
            text=str(number),
        )
    story = whole_story(row, found=there_is(row, on=date(2023, 7, 12)))
    assert len(story) == 2 * PAGE_SIZE + 6
    assert [entry.at for entry in story] == sorted(entry.at for entry in story)
