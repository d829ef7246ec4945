"""The secretariat's dialogs: decisions, and what it records for a unit from the unit's letter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.audit.context import acting
from accounts.models import User
from directives import services
from directives.lifecycle import Status
from directives.models import Assignment, ExtensionRequest, Note, UnitLetter
from directives.services import LetterData
from directives.timeliness import Timeliness, timeliness
from steering.models import Posting
from steering.postings import appoint
from tests.cast import Cast, at, pdf
from tests.directives.admin.asking import address, errors, filled, words
from tests.directives.admin.test_verbs import dialog, do, done


@pytest.fixture(autouse=True)
def _on_the_tenth_of_june() -> Iterator[None]:
    with time_machine.travel(at(10), tick=False):
        yield


@pytest.fixture
def secretary(cast: Cast, client: Client) -> Client:
    client.force_login(cast.secretary)
    return client


def submitted(cast: Cast, day: int = 5, **fields: Any) -> Assignment:
    row = cast.assignment()
    services.submit(
        assignment=row, by=cast.head, at=at(day), text="Đã ban hành", uploads=[pdf("ket-qua.pdf")], **fields
    )
    row.refresh_from_db()
    return row


def test_confirming_shows_the_result_and_counts_the_day_of_the_report(cast: Cast, secretary: Client) -> None:
    row = submitted(cast)

    page = words(secretary.get(dialog(row, "confirm")))
    for said in ("Đã ban hành", "ket-qua.pdf", "09:00 05/06/2023"):
        assert said in page, said
    done(do(secretary, row, "confirm"), row)

    assert (row.status, row.completed_on) == (Status.COMPLETED, date(2023, 6, 5))


def test_an_earlier_day_is_proposed_and_needs_a_reason(cast: Cast, secretary: Client) -> None:
    row = submitted(cast, 3)
    services.send_back(assignment=row, by=cast.secretary, at=at(4), reason="Thiếu dấu")
    services.submit(
        assignment=row,
        by=cast.head,
        at=at(8),
        text="Đủ dấu",
        result_number="12/KH-SYT",
        result_on=date(2023, 6, 2),
        result_signer="Vũ",
    )

    form = secretary.get(dialog(row, "confirm")).context["form"]
    assert [label for _value, label in form.fields["completed_on"].choices] == [
        "08/06/2023 – ngày báo cáo hoàn thành",
        "03/06/2023 – ngày báo cáo hoàn thành lần đầu",
        "02/06/2023 – ngày văn bản kết quả 12/KH-SYT",
    ]
    assert errors(do(secretary, row, "confirm", completed_on="2023-06-03")) == {"reason": ["Hãy ghi lý do."]}
    assert "completed_on" in errors(do(secretary, row, "confirm", completed_on="2023-06-01", reason="Khác"))
    done(do(secretary, row, "confirm", completed_on="2023-06-03", reason="Trả vì thiếu dấu"), row)
    assert row.completed_on == date(2023, 6, 3)


def test_nobody_confirms_their_own_report(cast: Cast, client: Client) -> None:
    appoint(user=cast.secretary, unit=cast.hanoi, duty=Posting.Duty.HEAD, by=User.objects.system())
    with acting(by=User.objects.system(), reason="Kiêm nhiệm"):
        cast.secretary.groups.add(*cast.head.groups.all())
    own = User.objects.get(pk=cast.secretary.pk)
    row = cast.assignment()
    services.submit(assignment=row, by=own, at=at(5), text="Tự báo cáo", uploads=[pdf()])
    row.refresh_from_db()
    client.force_login(own)

    refused = do(client, row, "confirm")

    assert refused.status_code == 403
    assert errors(refused) == {"__all__": ["Anh/chị không thể tự xác nhận báo cáo của chính mình."]}
    client.force_login(cast.second_secretary)
    done(do(client, row, "confirm"), row)


def test_a_result_is_sent_back_with_a_reason(cast: Cast, secretary: Client) -> None:
    row = submitted(cast)

    assert errors(do(secretary, row, "send_back")) == {"reason": ["Hãy ghi lý do."]}
    done(do(secretary, row, "send_back", reason="Thiếu phụ lục"), row)

    assert (row.status, row.submitted_on) == (Status.IN_PROGRESS, None)


def test_a_declined_one_is_given_again(cast: Cast, secretary: Client) -> None:
    row = cast.assignment()
    services.decline(assignment=row, by=cast.head, at=at(2), reason="Không thuộc chức năng")
    row.refresh_from_db()

    assert done(do(secretary, row, "reissue", reason="Đúng chức năng"), row).status == Status.ASSIGNED


def test_stopping_and_going_on_with_the_date_kept_set_or_taken_away(cast: Cast, secretary: Client) -> None:
    row = cast.assignment()
    assert done(do(secretary, row, "suspend", reason="Chờ"), row).status == Status.SUSPENDED
    done(do(secretary, row, "resume"), row)
    assert (row.status, row.due_on) == (Status.ASSIGNED, date(2023, 6, 30))

    done(do(secretary, row, "suspend", reason="Chờ"), row)
    assert errors(do(secretary, row, "resume", due_choice="new")) == {"due_on": ["Hãy nhập thời hạn mới."]}
    assert "due_choice" in errors(do(secretary, row, "resume", due_on="01/08/2023"))
    assert "due_on" in errors(do(secretary, row, "resume", due_choice="new", due_on="09/06/2023"))
    done(do(secretary, row, "resume", due_choice="new", due_on="01/08/2023", reason="Lùi"), row)
    assert (row.due_on, row.original_due_on) == (date(2023, 8, 1), date(2023, 6, 30))

    done(do(secretary, row, "suspend", reason="Chờ"), row)
    done(do(secretary, row, "resume", due_choice="none"), row)
    assert row.due_on is None


def test_a_confirmed_one_is_opened_again(cast: Cast, secretary: Client) -> None:
    row = submitted(cast)
    services.confirm(assignment=row, by=cast.secretary, at=at(6))
    row.refresh_from_db()

    done(do(secretary, row, "reopen", reason="Phát hiện thiếu"), row)

    assert (row.status, row.completed_on) == (Status.IN_PROGRESS, None)


def test_a_part_is_revoked_with_a_reason(cast: Cast, secretary: Client) -> None:
    row = cast.assignment()

    assert done(do(secretary, row, "revoke", reason="Giao nhầm"), row).status == Status.REVOKED


def test_a_transfer_leads_to_the_other_units_assignment(cast: Cast, secretary: Client) -> None:
    row = cast.assignment()

    missing = do(secretary, row, "transfer")
    assert set(errors(missing)) == {"unit", "basis", "reason"}
    odd = do(secretary, row, "transfer", unit="abc", basis="CV 1", reason="Nhầm")
    assert list(errors(odd)) == ["unit"]
    same = do(secretary, row, "transfer", unit=str(cast.hanoi.pk), basis="CV 1", reason="Nhầm")
    assert errors(same) == {"unit": ["Hãy chọn một đơn vị khác."]}
    assert "Sở Y tế thành phố Hà Nội" in words(same), "the chosen unit is still chosen"
    response = do(secretary, row, "transfer", unit=str(cast.danang.pk), basis="CV 1", reason="Nhầm")

    new = Assignment.objects.get(transferred_from=row)
    assert response["Location"] == address("assignment_change", new.pk)
    row.refresh_from_db()
    assert (row.status, new.unit, new.due_on) == (Status.TRANSFERRED, cast.danang, date(2023, 6, 30))


def test_a_unit_that_is_gone_is_not_given_a_transfer(cast: Cast, secretary: Client) -> None:
    row = cast.assignment()
    with time_machine.travel(at(1, month=8, year=2025), tick=False):
        secretary.force_login(cast.secretary)
        gone = do(secretary, row, "transfer", unit=str(cast.quangnam.pk), basis="CV", reason="Nhầm")

    assert errors(gone) == {"unit": ["Đơn vị này không còn hoạt động; hãy chọn đơn vị khác."]}


def test_a_mistyped_date_is_corrected_an_extension_granted_with_another_and_both_verdicts_show(
    cast: Cast, secretary: Client
) -> None:
    row = cast.assignment(due_on=date(2023, 6, 3), deadline_words="trước 4/6")
    assert "due_on" in errors(do(secretary, row, "correct-due", reason="Nhầm"))
    assert "no_due" in errors(
        do(secretary, row, "correct-due", reason="Nhầm", due_on="1/6/2023", no_due="on")
    )
    done(do(secretary, row, "correct-due", reason="Gõ nhầm", due_on="05/06/2023", words="trước 6/6"), row)
    assert (row.due_on, row.original_due_on) == (date(2023, 6, 5), date(2023, 6, 5))

    services.ask_extension(assignment=row, by=cast.officer, at=at(6), due_on=date(2023, 6, 25), reason="Chờ")
    page = words(secretary.get(dialog(row, "decide-extension")))
    for said in ("05/06/2023", "25/06/2023", "Đỗ Chuyên Viên"):
        assert said in page, said
    assert errors(do(secretary, row, "decide-extension")) == {"decision": ["Hãy chọn quyết định."]}
    late = do(secretary, row, "decide-extension", decision="other_date")
    assert errors(late) == {"due_on": ["Hãy nhập thời hạn mới."]}
    assert "due_on" in errors(do(secretary, row, "decide-extension", decision="granted", due_on="1/7/2023"))
    early = do(secretary, row, "decide-extension", decision="other_date", due_on="04/06/2023")
    assert list(errors(early)) == ["due_on"]
    done(
        do(secretary, row, "decide-extension", decision="other_date", due_on="20/06/2023", basis="CV 9"), row
    )

    request = ExtensionRequest.objects.get()
    assert (request.state, request.decided_by) == ("other_date", "Bộ Y tế")
    assert row.due_on == date(2023, 6, 20)
    on = date(2023, 6, 10)
    assert timeliness(row, on=on) == Timeliness.OPEN_IN_TIME
    assert timeliness(row, on=on, original=True) == Timeliness.OVERDUE
    page = words(secretary.get(address("assignment_change", row.pk)))
    for said in ("03/06/2023", "05/06/2023", "20/06/2023", "Chưa hoàn thành, quá hạn"):
        assert said in page, said


def test_a_refused_extension_needs_a_reason_and_leaves_the_date(cast: Cast, secretary: Client) -> None:
    row = cast.assignment()
    services.ask_extension(assignment=row, by=cast.officer, at=at(6), due_on=date(2023, 7, 25), reason="Chờ")

    assert "reason" in errors(do(secretary, row, "decide-extension", decision="refused"))
    done(do(secretary, row, "decide-extension", decision="refused", reason="Việc gấp"), row)

    assert row.due_on == date(2023, 6, 30)
    assert ExtensionRequest.objects.get().state == "refused"


def test_a_request_decided_meanwhile_is_not_decided_again(cast: Cast, secretary: Client) -> None:
    row = cast.assignment()
    request = services.ask_extension(
        assignment=row, by=cast.officer, at=at(6), due_on=date(2023, 7, 25), reason="Chờ"
    )
    data = filled(secretary.get(dialog(row, "decide-extension")), decision="granted")
    services.decide_extension(
        request=request, by=cast.second_secretary, at=at(7), granted=False, decided_by="Bộ", reason="Gấp"
    )

    late = secretary.post(dialog(row, "decide-extension"), data)

    assert "Đề nghị này đã được quyết định" in errors(late)["__all__"][0]
    data.pop("request_id")
    assert secretary.post(dialog(row, "decide-extension"), data).status_code == 200


def test_no_due_date_is_a_correction_too(cast: Cast, secretary: Client) -> None:
    row = cast.assignment()

    done(do(secretary, row, "correct-due", reason="Văn bản không ghi hạn", no_due="on"), row)

    assert (row.due_on, row.original_due_on) == (None, None)


def test_the_secretariat_names_the_person_whom_the_document_names(cast: Cast, secretary: Client) -> None:
    row = cast.assignment()

    done(do(secretary, row, "people", assignee=str(cast.head.pk), officer=str(cast.officer.pk)), row)

    assert (row.assignee, row.officer) == (cast.head, cast.officer)


LETTER = {"letter_number": "45/VNPT-CNTT", "letter_dated_on": "09/06/2023", "letter_signer": "Trần Văn Ký"}


def by_letter(slug: str) -> str:
    return f"{slug}_by_letter"


def test_vnpts_letter_is_recorded_as_its_report_and_confirmed(cast: Cast, secretary: Client) -> None:
    row = cast.assignment(cast.vnpt)
    page = words(secretary.get(dialog(row, by_letter("submit"))))
    assert "Ghi nhận theo văn bản: Báo cáo hoàn thành" in page

    done(
        do(
            secretary,
            row,
            by_letter("submit"),
            **LETTER,
            text="Đã bàn giao",
            letter_files=[pdf("vnpt.pdf")],
        ),
        row,
    )
    report = row.reports.get()
    assert (report.author, report.recorded_by, report.unit) == (None, cast.secretary, cast.vnpt)
    assert row.history.latest("version").door == "letter"
    done(do(secretary, row, "confirm"), row)
    assert row.status == Status.COMPLETED
    page = words(secretary.get(address("assignment_change", row.pk)))
    assert "Tập đoàn Bưu chính Viễn thông Việt Nam, theo văn bản số 45/VNPT-CNTT ngày 09/06/2023" in page
    assert "vnpt.pdf" in page


@pytest.mark.parametrize(
    ("slug", "more", "status"),
    [
        ("accept", {}, Status.IN_PROGRESS),
        ("report", {"percent": "40", "text": "Đang làm"}, Status.IN_PROGRESS),
        ("decline", {"reason": "Không thuộc chức năng"}, Status.DECLINED),
        ("extend", {"reason": "Chờ", "due_on": "30/07/2023"}, Status.ASSIGNED),
    ],
)
def test_each_of_a_units_verbs_is_recorded_from_its_letter(
    cast: Cast, secretary: Client, slug: str, more: dict[str, str], status: str
) -> None:
    row = cast.assignment(cast.vnpt)

    missing = do(secretary, row, by_letter(slug), **more)
    assert set(errors(missing)) == {"letter_number", "letter_dated_on", "letter_files"}
    future = do(
        secretary,
        row,
        by_letter(slug),
        **LETTER | {"letter_dated_on": "11/06/2023"},
        letter_files=[pdf()],
        **more,
    )
    assert list(errors(future)) == ["letter_dated_on"]
    done(do(secretary, row, by_letter(slug), **LETTER, letter_files=[pdf()], **more), row)

    letter = UnitLetter.objects.get()
    assert (letter.number, letter.signer, letter.files.count()) == ("45/VNPT-CNTT", "Trần Văn Ký", 1)
    assert row.status == status


def test_a_wrong_letter_file_is_said_at_its_own_field(cast: Cast, secretary: Client) -> None:
    row = cast.assignment(cast.vnpt)
    wrong = pdf("a.pdf")
    wrong.name = "a.docx"

    refused = do(secretary, row, by_letter("accept"), **LETTER, letter_files=[wrong])

    assert list(errors(refused)) == ["letter_files"]
    assert not UnitLetter.objects.exists()
    assert not Note.objects.exists()


def test_a_letter_recorded_by_a_secretary_may_be_confirmed_by_the_same(cast: Cast, secretary: Client) -> None:
    row = cast.assignment(cast.vnpt)
    letter = LetterData("1/VNPT", date(2023, 6, 2), "", [pdf()])
    services.submit(assignment=row, by=cast.secretary, at=at(3), text="Xong", letter=letter)
    row.refresh_from_db()

    done(do(secretary, row, "confirm"), row)
