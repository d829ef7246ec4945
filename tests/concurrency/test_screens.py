"""A form that was opened before somebody else changed its row: refused, and it says who did what meanwhile."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from directives import services
from directives.models import Assignment, Directive
from tests.cast import Cast, at
from tests.concurrency.queue import at_once
from tests.directives.admin.asking import address, errors, filled, words


def signed_in(client: Client, person: Any) -> Client:
    client.force_login(person)
    return client


@pytest.mark.django_db(transaction=True)
def test_a_double_click_is_done_once_and_the_second_click_is_told(cast: Cast) -> None:
    row = cast.assignment()
    url, typed = address("assignment_report", row.pk), {"version": "1", "percent": "40", "text": "Đang làm"}
    clients = [signed_in(Client(), cast.officer) for _ in range(2)]

    first, second = at_once(row, *(lambda client=client: client.post(url, typed) for client in clients))

    assert (first.status_code, second.status_code) == (302, 200)
    assert row.reports.count() == 1
    assert "Đỗ Chuyên Viên lúc" in errors(second)["__all__"][0]
    assert "Chưa tiếp nhận → Đang thực hiện" in errors(second)["__all__"][0]


def test_a_dialog_tells_what_happened_and_leads_to_the_story(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    services.submit(assignment=row, by=cast.head, at=at(20), text="Xong", result_number="12/BC-SYT")
    signed_in(client, cast.secretary)
    url = address("assignment_send_back", row.pk)
    typed = filled(client.get(url), reason="Thiếu số liệu")
    services.withdraw(assignment=row, by=cast.officer, at=at(21), reason="Nhầm bản")

    stale = client.post(url, typed)

    said = "Đỗ Chuyên Viên lúc 09:00 21/06/2023, Chờ xác nhận → Đang thực hiện"
    assert said in errors(stale)["__all__"][0]
    page = words(stale)
    assert "09:00 21/06/2023 – Đỗ Chuyên Viên: Rút báo cáo (Chờ xác nhận → Đang thực hiện): Nhầm bản" in page
    assert f'href="{address("assignment_change", row.pk)}#qua-trinh"' in page
    assert "Thiếu số liệu" in page, "what was typed stays"


def test_a_decided_request_is_not_decided_again_and_the_screen_says_by_whom(
    cast: Cast, client: Client
) -> None:
    row = cast.assignment()
    services.ask_extension(
        assignment=row, by=cast.officer, at=at(20), due_on=date(2023, 7, 31), reason="Chưa kịp"
    )
    signed_in(client, cast.secretary)
    url = address("assignment_decide_extension", row.pk)
    typed = filled(client.get(url), decision="granted")
    services.decide_extension(
        request=row.extension_requests.get(),
        by=cast.second_secretary,
        at=at(21),
        granted=False,
        decided_by="Bộ trưởng",
        reason="Không có cơ sở",
    )

    stale = client.post(url, typed)

    assert "Không đồng ý (Trần Thư Ký Hai, 09:00 21/06/2023)" in errors(stale)["__all__"][0]
    assert client.post(url, typed | {"request_id": "9" * 30}).status_code == 200
    row.refresh_from_db()
    assert row.due_on == date(2023, 6, 30)


def test_a_correction_of_what_was_corrected_meanwhile_shows_both_values(cast: Cast, client: Client) -> None:
    directive = cast.issued(units=[cast.hanoi])
    signed_in(client, cast.secretary)
    url = address("directive_correct", directive.pk)
    typed = filled(client.get(url), content="Bản của tôi", reason="Gõ thiếu")
    services.correct_directive(
        directive=directive,
        by=cast.second_secretary,
        at=at(3),
        reason="Sai tên",
        changes={"given_by": "Bộ trưởng"},
    )

    stale = client.post(url, typed)

    assert "Trần Thư Ký Hai lúc 09:00 03/06/2023" in errors(stale)["__all__"][0]
    page = words(stale)
    assert "09:00 03/06/2023 – Trần Thư Ký Hai: Sai tên" in page
    assert "Người giao: <del>Bộ Y tế</del>" in page
    assert "<ins>Bộ trưởng</ins>" in page
    assert address("directive_history", directive.pk) in page
    assert "Bản của tôi" in page


def test_a_draft_edited_meanwhile_shows_what_the_other_wrote(cast: Cast, client: Client) -> None:
    draft = cast.draft(units=[cast.hanoi])
    signed_in(client, cast.secretary)
    url = address("directive_edit", draft.pk)
    typed = filled(client.get(url), content="Bản của tôi")
    theirs = Directive.objects.get(pk=draft.pk)
    theirs.content = "Bản của người kia"
    services.save_directive(directive=theirs, by=cast.second_secretary, at=at(3))

    page = words(client.post(url, typed))

    assert "<ins>Bản của người kia</ins>" in page
    assert "Trần Thư Ký Hai lúc 09:00 03/06/2023" in page
    assert "Bản của tôi" in page


def test_a_document_edited_meanwhile_shows_what_the_other_wrote(cast: Cast, client: Client) -> None:
    document = cast.document()
    signed_in(client, cast.secretary)
    url = address("document_edit", document.pk)
    typed = filled(client.get(url), subject="Bản của tôi")
    document.subject = "Bản của người kia"
    services.save_document(document=document, by=cast.second_secretary, at=at(3))

    page = words(client.post(url, typed))

    assert "<ins>Bản của người kia</ins>" in page
    assert address("document_history", document.pk) in page


def test_many_rows_chosen_together_are_each_refused_when_they_moved(cast: Cast, client: Client) -> None:
    rows = [cast.assignment(ordinal=number) for number in (1, 2)]
    signed_in(client, cast.secretary)
    services.accept(assignment=rows[0], by=cast.officer, at=at(2))
    chosen = ",".join(f"{row.pk}:1" for row in rows)

    page = words(
        client.post(address("assignment_bulk"), {"viec": "suspend", "chosen": chosen, "reason": "Chờ"})
    )

    assert "Đỗ Chuyên Viên lúc 09:00 02/06/2023, Chưa tiếp nhận → Đang thực hiện" in page
    kept = Assignment.objects.in_bulk([row.pk for row in rows])
    assert [kept[row.pk].status for row in rows] == ["in_progress", "suspended"]
