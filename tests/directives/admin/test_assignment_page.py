"""The page of an assignment: what is to be done, by when, how it stands, what one may do, and its story."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from directives import services
from directives.models import Assignment, Directive
from directives.services import LetterData
from directives.timeline import PAGE_SIZE
from tests.cast import Cast, at, pdf
from tests.directives.admin.asking import address, queries, words


@pytest.fixture(autouse=True)
def _on_the_tenth_of_june() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(at(10), tick=False):
        yield


def page(client: Client, row: Assignment, query: str = "") -> Any:
    response = client.get(address("assignment_change", row.pk) + query)
    assert response.status_code == 200, response.status_code
    return response


def buttons(response: Any) -> tuple[str, list[str], list[str], list[str]]:
    """Return the slugs of the main button, those beside it, those in the menu, and those from a letter."""
    offers = response.context["offers"]
    main = offers.main.slug if offers.main else ""
    return main, *(
        [button.slug for button in found] for found in (offers.beside, offers.more, offers.letters)
    )  # type: ignore[return-value]


def test_it_says_what_by_whom_until_when_and_where_it_comes_from(cast: Cast, client: Client) -> None:
    row = cast.assignment(deliverable="Kế hoạch được ban hành", urgency="urgent")
    services.name_people(assignment=row, by=cast.officer, at=at(2), officer=cast.officer)
    client.force_login(cast.officer)

    text = words(page(client, row))

    for said in (
        "1710/QĐ-BYT – 01",
        "Xây dựng kế hoạch triển khai Nghị quyết số 157",
        "Kế hoạch được ban hành",
        "Bộ Y tế",
        "Sở Y tế thành phố Hà Nội",
        "Phạm Ủy Viên",
        "Đỗ Chuyên Viên",
        "Chỉ đạo",
        "Khẩn",
        "30/06/2023",
        "còn 20 ngày",
        "Kế hoạch hành động thực hiện Nghị quyết 157",
    ):
        assert said in text, said
    assert address("document_change", row.directive.document_id) in text


def test_all_dates_and_both_verdicts_stand_beside_each_other(cast: Cast, client: Client) -> None:
    row = cast.assignment(due_on=date(2023, 6, 5), deadline_words="chậm nhất 5/6")
    services.correct_due_date(
        assignment=row, by=cast.secretary, at=at(2), due_on=date(2023, 6, 6), reason="Gõ nhầm", words="06/6"
    )
    request = services.ask_extension(
        assignment=row, by=cast.officer, at=at(3), due_on=date(2023, 6, 20), reason="Chờ"
    )
    services.decide_extension(
        request=request, by=cast.secretary, at=at(4), granted=True, decided_by="Lê Trưởng Ban", basis="CV 9"
    )
    client.force_login(cast.secretary)

    response = page(client, row)

    text = words(response)
    for said in ("05/06/2023", "06/06/2023", "20/06/2023", "Gõ nhầm", "Lê Trưởng Ban, CV 9", "“06/6”"):
        assert said in text, said
    assert str(response.context["verdict"].text) == "Chưa hoàn thành, trong hạn"
    assert str(response.context["verdict_original"].text) == "Chưa hoàn thành, quá hạn"


def test_standing_work_is_outside_the_cells_and_has_no_verdict(cast: Cast, client: Client) -> None:
    row = cast.assignment(is_standing=True, due_on=None, deadline_words="thường xuyên")
    client.force_login(cast.secretary)
    response = page(client, row)
    assert response.context["verdict"] is None
    assert response.context["verdict_original"] is None


def test_a_joint_directive_shows_the_other_parts_linked_only_where_they_are_seen(
    cast: Cast, client: Client
) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang, cast.office])
    lead = directive.assignments.get(part="lead")
    other = directive.assignments.get(unit=cast.danang)

    client.force_login(cast.officer)
    text = words(page(client, lead))
    assert "Sở Y tế thành phố Đà Nẵng" in text
    assert address("assignment_change", other.pk) not in text

    client.force_login(cast.danang_officer)
    assert address("assignment_change", lead.pk) in words(page(client, other))

    client.force_login(cast.secretary)
    assert address("assignment_change", other.pk) in words(page(client, lead))


def test_an_each_directive_does_not_show_other_units(cast: Cast, client: Client) -> None:
    directive = cast.issued(units=[cast.hanoi, cast.danang])
    client.force_login(cast.officer)

    assert "Đà Nẵng" not in words(page(client, directive.assignments.get(unit=cast.hanoi)))


def test_a_unit_has_one_main_button_that_goes_with_the_work(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    client.force_login(cast.officer)
    assert buttons(page(client, row))[:2] == ("accept", ["report"])

    services.accept(assignment=row, by=cast.officer, at=at(2))
    main, beside, more, letters = buttons(page(client, row))
    assert (main, beside, letters) == ("report", ["submit", "present"], [])
    assert set(more) == {"extend", "people", "note"}, "a unit's officer declines nothing"

    services.report(assignment=row, by=cast.officer, at=at(3), percent=100, text="Xong")
    assert buttons(page(client, row))[0] == "present"
    client.force_login(cast.head)
    assert buttons(page(client, row))[0] == "submit"
    assert "decline" in buttons(page(client, row))[2]

    services.present_to_head(assignment=row, by=cast.officer, at=at(4), text="Trình", uploads=[pdf()])
    assert buttons(page(client, row))[:2] == ("submit", ["give_back", "report"])
    assert "Chờ thủ trưởng từ 09:00 04/06/2023" in words(page(client, row))
    client.force_login(cast.officer)
    assert buttons(page(client, row))[0] == "note", "the officer waits for the head"

    services.submit(assignment=row, by=cast.head, at=at(5), text="Xong", uploads=[pdf()])
    main, beside, more, _letters = buttons(page(client, row))
    assert (main, set(more)) == ("note", {"withdraw", "people"})


def test_the_secretariats_main_button_is_what_waits_for_it(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    client.force_login(cast.secretary)
    main, _beside, more, letters = buttons(page(client, row))
    assert main == "note"
    assert set(more) == {"transfer", "correct-due", "suspend", "revoke", "people"}
    assert letters == ["accept", "report", "submit", "extend", "decline"]

    services.ask_extension(assignment=row, by=cast.officer, at=at(2), due_on=date(2023, 7, 9), reason="Chờ")
    response = page(client, row)
    assert buttons(response)[0] == "decide-extension"
    assert "Đang đề nghị gia hạn đến 09/07/2023: Chờ" in words(response)

    services.submit(assignment=row, by=cast.head, at=at(3), text="Xong", uploads=[pdf("ket-qua.pdf")])
    response = page(client, row)
    assert buttons(response)[:2] == ("confirm", ["send_back"])
    assert "ket-qua.pdf" in words(response)

    services.confirm(assignment=row, by=cast.secretary, at=at(4))
    response = page(client, row)
    assert (buttons(response)[0], buttons(response)[2]) == ("", ["correct-due", "reopen", "note"])
    assert "Ngày được tính là hoàn thành" in words(response)


def test_a_lead_is_not_offered_to_be_revoked_alone(cast: Cast, client: Client) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang])
    client.force_login(cast.secretary)

    assert "revoke" not in buttons(page(client, directive.assignments.get(part="lead")))[2]
    assert "revoke" in buttons(page(client, directive.assignments.get(unit=cast.danang)))[2]


@pytest.mark.parametrize("person", ["member", "chair"])
def test_a_member_and_a_leader_may_say_a_word(cast: Cast, client: Client, person: str) -> None:
    row = cast.assignment()
    client.force_login(getattr(cast, person))

    assert buttons(page(client, row)) == ("note", [], [], [])


@pytest.mark.parametrize("person", ["auditor", "administrator", "ministry_officer"])
def test_who_only_reads_gets_no_button(cast: Cast, client: Client, person: str) -> None:
    row = cast.assignment(cast.office if person == "ministry_officer" else None)
    client.force_login(getattr(cast, person))

    assert buttons(page(client, row)) == ("", [], [], [])


def test_the_auditor_reads_the_whole_story(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    services.report(assignment=row, by=cast.officer, at=at(2), percent=30, text="Đang làm", uploads=[pdf()])
    services.add_note(
        assignment=row, by=cast.secretary, at=at(3), kind="phone", held_on=date(2023, 6, 3), text="Đã gọi"
    )
    client.force_login(cast.auditor)

    response = page(client, row)

    text = words(response)
    for said in ("Giao", "Báo cáo tiến độ", "Đang làm", "Đã gọi", "bao-cao.pdf", "09:00 02/06/2023"):
        assert said in text, said
    assert "Gỡ tệp" not in text
    history = client.get(address("assignment_history", row.pk))
    assert history["Location"] == address("assignment_change", row.pk) + "#qua-trinh"


def test_the_story_turns_round_and_has_pages(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    for number in range(PAGE_SIZE + 1):
        services.report(assignment=row, by=cast.officer, at=at(2), percent=number, text=f"Lần {number}")
    client.force_login(cast.officer)

    newest, oldest = page(client, row), page(client, row, "?thu-tu=cu")

    assert f"Lần {PAGE_SIZE}" in words(newest)
    assert "Lần 0" not in words(newest)
    assert "Lần 0" in words(oldest)
    assert "Lần 0" in words(page(client, row, "?trang=2"))
    for odd in ("?trang=0", "?trang=-1", "?trang=x", "?trang=99999999999", "?trang=³"):
        page(client, row, odd)


def test_a_coordinating_unit_reads_the_leads_page_without_its_exchange(cast: Cast, client: Client) -> None:
    lead = cast.issued(lead=cast.hanoi, units=[cast.danang]).assignments.get(part="lead")
    services.add_note(
        assignment=lead, by=cast.secretary, at=at(3), kind="phone", held_on=date(2023, 6, 3), text="Nói riêng"
    )
    services.ask_extension(assignment=lead, by=cast.officer, at=at(4), due_on=date(2023, 7, 30), reason="Khó")
    client.force_login(cast.danang_officer)

    text = words(page(client, lead))

    assert "Nói riêng" not in text
    assert "Khó" not in text
    assert buttons(page(client, lead)) == ("", [], [], [])


def test_a_transferred_row_leads_to_where_it_went(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    new = services.transfer(
        assignment=row, unit=cast.danang, by=cast.secretary, at=at(2), reason="Nhầm", basis="CV 1"
    )
    client.force_login(cast.secretary)

    assert address("assignment_change", new.pk) in words(page(client, row))
    assert address("assignment_change", row.pk) in words(page(client, new))
    client.force_login(cast.danang_officer)
    text = words(page(client, new))
    assert "Chuyển từ: Sở Y tế thành phố Hà Nội" in text
    assert address("assignment_change", row.pk) not in text


def test_what_is_not_visible_is_not_found(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    client.force_login(cast.danang_officer)
    for name in ("change", "history", "slip", "accept", "note", "report_by_letter"):
        assert client.get(address(f"assignment_{name}", row.pk)).status_code == 404, name
        assert client.post(address(f"assignment_{name}", row.pk)).status_code in (404, 405), name
    client.force_login(cast.secretary)
    draft = cast.draft(units=[cast.hanoi])
    assert Directive.objects.get(pk=draft.pk).assignments.count() == 0
    assert client.get(address("assignment_change", 999_999_999)).status_code == 404
    assert client.get("/quan-tri/directives/assignment/abc/change/").status_code == 404
    assert client.get("/quan-tri/directives/assignment/99999999999999999999/change/").status_code == 404
    assert client.get("/quan-tri/directives/assignment/add/").status_code == 403
    assert client.get(f"/quan-tri/directives/assignment/{row.pk}/delete/").status_code == 404


def test_nothing_is_written_by_opening_or_posting_to_the_page(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    client.force_login(cast.secretary)

    page(client, row)
    assert client.post(address("assignment_change", row.pk), {"status": "completed"}).status_code == 405
    row.refresh_from_db()
    assert (row.status, row.version) == ("assigned", 1)


def test_a_busy_page_takes_no_more_queries_than_a_quiet_one(cast: Cast, client: Client) -> None:
    quiet = cast.issued(lead=cast.hanoi, units=[cast.danang]).assignments.get(part="lead")
    busy = cast.issued(lead=cast.hanoi, units=[cast.danang, cast.quangnam, cast.office, cast.vnpt])
    lead = busy.assignments.get(part="lead")
    # Of each kind the one has one and the other several: what there is nothing of is not asked for.
    for row, count in ((quiet, 1), (lead, 8)):
        for number in range(count):
            services.report(
                assignment=row,
                by=cast.officer,
                at=at(2),
                percent=number,
                text=f"Lần {number}",
                uploads=[pdf()],
            )
            services.add_note(
                assignment=row,
                by=cast.secretary,
                at=at(3),
                kind="phone",
                held_on=date(2023, 6, 3),
                text="Gọi",
            )
        letter = LetterData("1/X", date(2023, 6, 2), "", [pdf()])
        services.ask_extension(
            assignment=row, by=cast.secretary, at=at(4), due_on=date(2023, 7, 9), reason="Chờ", letter=letter
        )

    for person in ("secretary", "officer", "head", "chair", "auditor"):
        client.force_login(getattr(cast, person))
        few, many = (queries(client, address("assignment_change", row.pk)) for row in (quiet, lead))
        assert few == many, person
        assert many <= 45, (person, many)


@pytest.mark.parametrize("query", ["", "?trang=2", "?thu-tu=cu"])
def test_the_result_dates_and_files_are_told_however_long_the_story_is(
    cast: Cast, client: Client, query: str
) -> None:
    document = cast.document(number="98/QĐ-BYT")
    services.save_document(document=document, by=cast.secretary, at=at(1), uploads=[pdf("van-ban.pdf")])
    row = cast.assignment(document=document)
    for number in range(2 * PAGE_SIZE + 5):
        services.report(assignment=row, by=cast.officer, at=at(2), percent=1, text=f"Lần {number}")
    services.submit(
        assignment=row, by=cast.head, at=at(9), text="Đã ban hành kế hoạch", uploads=[pdf("ket-qua.pdf")]
    )
    client.force_login(cast.secretary)

    found = page(client, row, query).context

    assert [file.name for file in found["document_files"]] == ["van-ban.pdf"]
    assert found["result"].text == "Đã ban hành kế hoạch"
    assert [file.name for file in found["result_files"]] == ["ket-qua.pdf"]
    assert [entry.due_on for entry in found["dates"]] == [row.due_on]
