"""The dialogs of a unit's verbs, and what all dialogs share: whose they are, stale forms, errors at the field."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from directives import services
from directives.admin.dialog import Dialog
from directives.admin.dialogs import DIALOGS
from directives.lifecycle import Status
from directives.models import Assignment, ExtensionRequest, ProgressReport
from steering.models import Succession
from tests.access.kept_person import PERSON, middleware
from tests.cast import Cast, at, pdf
from tests.directives.admin.asking import address, errors, filled, words


@pytest.fixture(autouse=True)
def _on_the_tenth_of_june() -> Iterator[None]:
    with time_machine.travel(at(10), tick=False):
        yield


def dialog(row: Assignment, slug: str) -> str:
    return address(f"assignment_{slug.replace('-', '_')}", row.pk)


def do(client: Client, row: Assignment, slug: str, **changes: Any) -> Any:
    """Open a dialog, fill it in and send it."""
    shown = client.get(dialog(row, slug))
    assert shown.status_code == 200, (slug, shown.status_code, shown.headers.get("Location"))
    return client.post(dialog(row, slug), filled(shown, **changes))


def done(response: Any, row: Assignment) -> Assignment:
    """The dialog led back to the assignment's page: return the row as it is now."""
    assert response.status_code == 302, errors(response)
    assert response["Location"] == address("assignment_change", row.pk)
    row.refresh_from_db()
    return row


def test_a_units_way_from_accepting_to_submitting(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    client.force_login(cast.officer)
    assert done(do(client, row, "accept"), row).status == Status.IN_PROGRESS

    done(
        do(
            client,
            row,
            "report",
            percent="60",
            text="Đã dự thảo",
            obstacles="Thiếu kinh phí",
            uploads=[pdf("1.pdf"), pdf("2.pdf")],
        ),
        row,
    )
    assert row.progress == 60
    report = row.reports.get()
    assert (report.author, report.obstacles, report.files.count()) == (cast.officer, "Thiếu kinh phí", 2)

    done(do(client, row, "present", text="Trình ký", uploads=[pdf("trinh.pdf")]), row)
    assert row.with_head_since is not None

    client.force_login(cast.head)
    shown = client.get(dialog(row, "submit"))
    assert shown.context["form"].initial["text"] == "Trình ký"
    assert "trinh.pdf" in words(shown)
    done(client.post(dialog(row, "submit"), filled(shown)), row)
    assert (row.status, row.submitted_on, row.progress) == (Status.SUBMITTED, date(2023, 6, 10), 100)
    assert row.result is not None
    assert row.result.based_on is not None

    done(do(client, row, "withdraw"), row)
    assert row.status == Status.IN_PROGRESS


def test_the_head_gives_a_result_back_with_a_reason(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    services.present_to_head(assignment=row, by=cast.officer, at=at(2), text="Trình", uploads=[pdf()])
    client.force_login(cast.head)

    done(do(client, row, "give_back", reason="Sửa mục 2"), row)

    assert row.with_head_since is None
    assert row.reports.latest("pk").text == "Sửa mục 2"


def test_an_officer_submits_only_with_the_signed_document(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    client.force_login(cast.officer)

    refused = do(client, row, "submit", text="Xong", uploads=[pdf()])
    assert errors(refused) == {
        "result_number": ["Hãy nhập số, ký hiệu của văn bản đã ký."],
        "result_on": ["Hãy nhập ngày của văn bản đã ký."],
        "result_signer": ["Hãy nhập người ký văn bản."],
    }
    signed = {"result_number": "12/KH-SYT", "result_on": "08/06/2023", "result_signer": "Vũ Giám Đốc"}
    done(do(client, row, "submit", text="Xong", **signed), row)
    assert row.status == Status.SUBMITTED
    assert row.result is not None
    assert row.result.result_on == date(2023, 6, 8)


def test_the_head_needs_a_file_or_a_number(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    client.force_login(cast.head)

    refused = do(client, row, "submit", text="Xong")

    assert errors(refused) == {"uploads": ["Hãy đính kèm tệp kết quả hoặc nhập số văn bản kết quả."]}
    done(do(client, row, "submit", text="Xong", result_number="12/KH-SYT"), row)


def test_the_head_declines_with_a_reason(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    client.force_login(cast.head)

    assert errors(do(client, row, "decline", reason="  ")) == {"reason": ["Hãy ghi lý do."]}
    assert done(do(client, row, "decline", reason="Không thuộc chức năng"), row).status == Status.DECLINED


def test_a_unit_asks_for_a_later_date_once(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    client.force_login(cast.officer)

    early = do(client, row, "extend", due_on="30/06/2023", reason="Chờ")
    assert list(errors(early)) == ["due_on"]
    done(do(client, row, "extend", due_on="15.7.23", reason="Chờ ý kiến", uploads=[pdf()]), row)
    request = ExtensionRequest.objects.get()
    assert (request.requested_due_on, request.asked_by) == (date(2023, 7, 15), cast.officer)
    again = client.get(dialog(row, "extend"), follow=True)
    assert again.redirect_chain == [(address("assignment_change", row.pk), 302)]
    assert "Hiện không thể “Đề nghị gia hạn”" in words(again)


def test_the_unit_names_its_officer_and_only_colleagues_are_offered(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    client.force_login(cast.head)

    shown = client.get(dialog(row, "people"))
    form = shown.context["form"]
    assert {value for value, _label in form.fields["officer"].choices} == {"", cast.officer.pk, cast.head.pk}
    assert "assignee" not in form.fields
    assert "officer" in errors(do(client, row, "people", officer=str(cast.danang_officer.pk)))
    assert done(do(client, row, "people", officer=str(cast.officer.pk)), row).officer == cast.officer
    assert done(do(client, row, "people", officer=""), row).officer is None


def test_a_note_is_kept_with_its_kind_and_day(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    client.force_login(cast.chair)

    assert "held_on" in errors(do(client, row, "note", text="Gọi", held_on="11/06/2023"))
    done(do(client, row, "note", kind="meeting", held_on="09/06/2023", text="Đã họp"), row)

    note = row.notes.get()
    assert (note.author, note.kind, note.held_on) == (cast.chair, "meeting", date(2023, 6, 9))


@pytest.mark.parametrize(
    ("upload", "said"),
    [
        (
            SimpleUploadedFile("a.pdf", b"<html>", content_type="application/pdf"),
            "không thuộc loại được nhận",
        ),
        (SimpleUploadedFile("a.docx", b"%PDF-1.4 x"), "đổi đuôi thành .pdf"),
        (SimpleUploadedFile("a.pdf", b""), "rỗng"),
    ],
)
def test_a_refused_file_is_said_at_its_field_and_nothing_typed_is_lost(
    cast: Cast, client: Client, upload: SimpleUploadedFile, said: str
) -> None:
    row = cast.assignment()
    client.force_login(cast.officer)

    refused = do(client, row, "report", percent="60", text="Đã dự thảo <b>", uploads=[pdf("tot.pdf"), upload])

    assert list(errors(refused)) == ["uploads"]
    assert said in errors(refused)["uploads"][0]
    page = words(refused)
    assert "Đã dự thảo <b>" in page
    assert 'value="60"' in page
    assert "Tệp đã chọn cần chọn lại." in page
    assert not ProgressReport.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"percent": "101"}, "percent"),
        ({"percent": "-1"}, "percent"),
        ({"percent": "sáu mươi"}, "percent"),
        ({"percent": ""}, "percent"),
        ({"text": ""}, "text"),
        ({"text": "\x00"}, "text"),
    ],
)
def test_wrong_input_is_one_sentence_at_its_field(
    cast: Cast, client: Client, changes: dict[str, str], field: str
) -> None:
    row = cast.assignment()
    client.force_login(cast.officer)

    refused = do(client, row, "report", **({"percent": "5", "text": "Việc"} | changes))

    assert refused.status_code == 200
    assert list(errors(refused)) == [field]
    assert len(errors(refused)[field]) == 1


@pytest.mark.parametrize("typed", ["31/02/2023", "2023-13-01", "abc", "1/1/99999", "12/31/2023"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_day_is_read_as_it_is_written_here_in_either_language(
    cast: Cast, client: Client, typed: str, language: str
) -> None:
    row = cast.assignment()
    client.force_login(cast.officer)
    client.cookies["django_language"] = language

    assert "due_on" in errors(do(client, row, "extend", due_on=typed, reason="Chờ"))
    done(do(client, row, "extend", due_on="03/07/2023", reason="Chờ"), row)
    assert ExtensionRequest.objects.get().requested_due_on == date(2023, 7, 3)


def test_too_long_a_line_is_refused_at_its_field(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    client.force_login(cast.head)

    refused = do(client, row, "submit", text="Xong", result_number="1" * 61, result_signer="x" * 151)

    assert set(errors(refused)) == {"result_number", "result_signer"}


def test_a_form_opened_before_a_change_is_refused_with_what_changed(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    client.force_login(cast.officer)
    shown = client.get(dialog(row, "report"))
    services.accept(assignment=row, by=cast.head, at=at(9))

    refused = client.post(dialog(row, "report"), filled(shown, percent="40", text="Viết từ trước"))

    assert "Nhiệm vụ đã thay đổi" in errors(refused)["__all__"][0]
    page = words(refused)
    assert "09:00 09/06/2023 – Vũ Giám Đốc: Tiếp nhận (Chưa tiếp nhận → Đang thực hiện)" in page
    assert "Viết từ trước" in page
    # Having read it, the person sends the same form again.
    done(client.post(dialog(row, "report"), filled(refused)), row)
    assert (row.progress, row.reports.get().text) == (40, "Viết từ trước")


def test_sending_twice_does_it_once(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    client.force_login(cast.officer)
    data = filled(client.get(dialog(row, "report")), percent="40", text="Một lần")

    done(client.post(dialog(row, "report"), data), row)
    again = client.post(dialog(row, "report"), data)

    assert again.status_code == 200
    assert ProgressReport.objects.count() == 1


def test_a_dialog_whose_time_has_passed_leads_back_and_a_late_post_is_told_why(
    cast: Cast, client: Client
) -> None:
    row = cast.assignment()
    services.accept(assignment=row, by=cast.officer, at=at(2))
    client.force_login(cast.officer)

    back = client.get(dialog(row, "accept"), follow=True)
    assert back.redirect_chain == [(address("assignment_change", row.pk), 302)]
    assert "Hiện không thể “Tiếp nhận”: nhiệm vụ đang ở trạng thái “Đang thực hiện”" in words(back)
    late = client.post(dialog(row, "accept"), {"version": "2"})
    assert "Không thể “Tiếp nhận”" in errors(late)["__all__"][0]


@pytest.mark.parametrize("version", ["", "abc", "0", "-1", "99999999999999999999999"])
def test_an_odd_version_does_not_break_a_dialog(cast: Cast, client: Client, version: str) -> None:
    row = cast.assignment()
    client.force_login(cast.officer)

    assert client.post(dialog(row, "accept"), {"version": version}).status_code in (200, 302)


# Whose each dialog is; nobody else's but the notes of member and chair.
UNITS = {"accept", "report", "submit", "withdraw", "extend", "people"}
HEADS = UNITS | {"give_back", "decline"}
SECRETARIATS = {
    "confirm", "send_back", "decide-extension", "reissue", "resume", "transfer", "answering-unit", "correct-due",
    "suspend", "revoke", "reopen", "people",
}  # fmt: skip
SEEING = {"secretary", "head", "officer", "member", "chair", "auditor", "administrator"}


def _may(person: str, entry: Dialog) -> bool:
    if entry.by_letter:
        return person == "secretary"
    if entry.slug == "note":
        return person in SEEING - {"auditor", "administrator"}
    theirs = {"secretary": SECRETARIATS, "head": HEADS, "officer": UNITS | {"present"}}
    return entry.slug in theirs.get(person, ())


def test_whose_each_dialog_is_and_that_a_get_changes_nothing(cast: Cast, settings: Any) -> None:
    row = cast.assignment()
    settings.MIDDLEWARE = middleware()
    for person in (*sorted(SEEING), "danang_head", "other_member", "stranger"):
        known: dict[str, Any] = {PERSON: cast.people[person]}
        client = Client(**known)
        for entry in DIALOGS:
            url = entry.url(row.pk)
            if _may(person, entry):
                shown = client.get(url, {"reason": "x", "version": "1"})
                assert shown.status_code in (200, 302), (person, entry.name)
            else:
                # The stranger has no role that opens the screen.
                refused = 403 if person in SEEING | {"stranger"} else 404
                sent = client.post(url, {"version": "1", "reason": "x", "text": "x", "percent": "1"})
                assert sent.status_code == refused, (person, entry.name)
    row.refresh_from_db()
    assert (row.status, row.version) == ("assigned", 1)


def test_the_successors_people_act_for_the_former_unit(cast: Cast, client: Client) -> None:
    row = cast.assignment(cast.quangnam, due_on=date(2025, 9, 30), deadline_words="")
    client.force_login(cast.danang_officer)
    assert client.get(dialog(row, "accept")).status_code == 404, "not before the succession"
    with time_machine.travel(at(1, month=8, year=2025), tick=False):
        client.force_login(cast.danang_officer)
        assert done(do(client, row, "accept"), row).status == Status.IN_PROGRESS
        done(do(client, row, "report", percent="10", text="Tiếp tục"), row)
        assert row.reports.get().unit == cast.quangnam


def test_of_several_successors_the_chosen_one_acts(cast: Cast, client: Client) -> None:
    row = cast.assignment(cast.quangnam, due_on=date(2025, 9, 30), deadline_words="")
    Succession.objects.create(from_unit=cast.quangnam, to_unit=cast.hanoi, takes_effect_on=date(2025, 7, 1))
    with time_machine.travel(at(1, month=8, year=2025), tick=False):
        client.force_login(cast.danang_officer)
        assert client.get(dialog(row, "accept")).status_code == 403
        client.force_login(cast.secretary)
        shown = client.get(dialog(row, "answering-unit"))
        units = list(shown.context["form"].fields["unit"].queryset)
        assert units == [cast.hanoi, cast.danang]
        assert "unit" in errors(do(client, row, "answering-unit", unit=str(cast.office.pk)))
        done(do(client, row, "answering-unit", unit=str(cast.danang.pk)), row)
        client.force_login(cast.danang_officer)
        assert done(do(client, row, "accept"), row).status == Status.IN_PROGRESS
        client.force_login(cast.officer)
        assert client.get(dialog(row, "report")).status_code == 403


def test_a_dialog_takes_as_many_queries_however_much_there_is(cast: Cast, client: Client) -> None:
    quiet, busy = cast.assignment(), cast.assignment()
    for row, times in ((quiet, 1), (busy, 8)):
        for number in range(times):
            services.report(
                assignment=row, by=cast.officer, at=at(2), percent=number, text="Việc", uploads=[pdf(), pdf()]
            )
        services.present_to_head(assignment=row, by=cast.officer, at=at(3), text="Trình", uploads=[pdf()])
    for person in ("secretary", "head"):
        client.force_login(getattr(cast, person))
        client.get(address("assignment_change", quiet.pk))
        for entry in (entry for entry in DIALOGS if _may(person, entry)):
            few, many = (_queries(client, entry.url(row.pk)) for row in (quiet, busy))
            assert few == many <= 25, (person, entry.name)


def _queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    return len(captured)
