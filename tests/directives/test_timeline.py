"""Quá trình xử lý tells the whole story, in order, with names, posts, reasons and dates."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from directives import files, services
from directives.models import Assignment, Attachment, ReminderPolicy
from directives.services import LetterData
from directives.there_is import ThereIs, there_is
from directives.timeline import PAGE_SIZE, timeline
from directives.timeline_entries import Entry
from tests.cast import Cast, at, pdf


def story(assignment: Assignment, **options: Any) -> list[Entry]:
    """Return the entries, oldest first."""
    options = {"inside": True, "newest_first": False} | options
    return list(timeline(assignment, found=found(assignment), **options).entries)


def found(assignment: Assignment) -> ThereIs:
    row = Assignment.objects.select_related("directive", "unit").get(pk=assignment.pk)
    return there_is(row, on=date(2023, 6, 30))


def text_of(entry: Entry) -> dict[str, str]:
    return {line.label: line.text for line in entry.lines}


def test_the_story_of_a_returned_and_confirmed_result(cast: Cast) -> None:
    row = cast.assignment()
    services.accept(assignment=row, by=cast.officer, at=at(2))
    services.report(
        assignment=row,
        by=cast.officer,
        at=at(5),
        percent=60,
        text="Đã dự thảo",
        obstacles="Thiếu kinh phí",
        uploads=[pdf("du-thao.pdf")],
    )
    services.submit(assignment=row, by=cast.head, at=at(20), text="Đã ban hành", uploads=[pdf()])
    services.send_back(assignment=row, by=cast.secretary, at=at(21), reason="Thiếu dấu")
    services.submit(assignment=row, by=cast.head, at=at(22), text="Đã bổ sung", uploads=[pdf()])
    services.withdraw(assignment=row, by=cast.head, at=at(23))
    services.submit(
        assignment=row,
        by=cast.head,
        at=at(24),
        text="Đã ký lại",
        result_number="12/KH-SYT",
        result_on=date(2023, 6, 19),
        result_signer="Vũ Giám Đốc",
    )
    services.confirm(
        assignment=row, by=cast.secretary, at=at(26), completed_on=date(2023, 6, 20), reason="Nộp lần đầu"
    )

    told = story(row)

    assert [(e.title, e.who, e.came_from, e.went_to, e.reason) for e in told] == [
        ("Giao", "Nguyễn Thư Ký", "", "", ""),
        ("Tiếp nhận", "Đỗ Chuyên Viên", "Chưa tiếp nhận", "Đang thực hiện", ""),
        ("Báo cáo tiến độ", "Đỗ Chuyên Viên", "", "", ""),
        ("Báo cáo hoàn thành", "Vũ Giám Đốc", "Đang thực hiện", "Chờ xác nhận", ""),
        ("Yêu cầu bổ sung, hoàn thiện", "Nguyễn Thư Ký", "Chờ xác nhận", "Đang thực hiện", "Thiếu dấu"),
        ("Báo cáo hoàn thành", "Vũ Giám Đốc", "Đang thực hiện", "Chờ xác nhận", ""),
        ("Rút báo cáo", "Vũ Giám Đốc", "Chờ xác nhận", "Đang thực hiện", ""),
        ("Báo cáo hoàn thành", "Vũ Giám Đốc", "Đang thực hiện", "Chờ xác nhận", ""),
        ("Xác nhận hoàn thành", "Nguyễn Thư Ký", "Chờ xác nhận", "Hoàn thành", "Nộp lần đầu"),
    ]
    assert text_of(told[0])["Thời hạn – ban đầu"] == "30/06/2023 (“trước 1/7/2023”)"
    assert text_of(told[2]) == {
        "Tiến độ": "60%",
        "Kết quả thực hiện": "Đã dự thảo",
        "Khó khăn, vướng mắc": "Thiếu kinh phí",
    }
    assert [file.name for file in told[2].files] == ["du-thao.pdf"]
    assert text_of(told[7])["Văn bản kết quả"] == "số 12/KH-SYT ngày 19/06/2023, người ký: Vũ Giám Đốc"
    assert text_of(told[8])["Ngày được tính là hoàn thành"] == "20/06/2023"
    assert (told[1].post, told[3].post) == (
        "Chuyên viên đầu mối, Sở Y tế thành phố Hà Nội",
        "Giám đốc, Sở Y tế thành phố Hà Nội",
    )
    assert told[8].post == "Tổ thư ký"
    assert {entry.door for entry in told} == {"Tự động"}, "outside a request the door is the job's"


def test_newest_first_is_the_same_story_backwards(cast: Cast) -> None:
    row = cast.assignment()
    services.accept(assignment=row, by=cast.officer, at=at(2))
    services.report(assignment=row, by=cast.officer, at=at(5), percent=20, text="Bắt đầu")

    forwards = [entry.title for entry in story(row)]

    assert [entry.title for entry in story(row, newest_first=True)] == forwards[::-1]


def test_dates_and_requests_are_told_with_what_they_were(cast: Cast) -> None:
    row = cast.assignment()
    services.correct_due_date(
        assignment=row, by=cast.secretary, at=at(2), due_on=date(2023, 6, 25), reason="Gõ nhầm"
    )
    request = services.ask_extension(
        assignment=row,
        by=cast.officer,
        at=at(3),
        due_on=date(2023, 7, 10),
        reason="Chờ ý kiến",
        uploads=[pdf("cv.pdf")],
    )
    services.decide_extension(
        request=request,
        by=cast.secretary,
        at=at(4),
        granted=True,
        due_on=date(2023, 7, 5),
        decided_by="Lê Trưởng Ban",
        basis="Công văn 9/BCĐ",
    )

    told = story(row)

    assert [entry.title for entry in told] == [
        "Giao",
        "Đính chính thời hạn",
        "Đề nghị gia hạn",
        "Đề nghị gia hạn: Đồng ý với thời hạn khác",
    ]
    assert text_of(told[1]) == {"Thời hạn – đính chính": "30/06/2023 → 25/06/2023"}
    assert text_of(told[2]) == {"Thời hạn đề nghị": "25/06/2023 → 10/07/2023"}
    assert told[2].reason == "Chờ ý kiến"
    assert [file.name for file in told[2].files] == ["cv.pdf"]
    assert text_of(told[3]) == {
        "Thời hạn – gia hạn": "25/06/2023 → 05/07/2023",
        "Người quyết định": "Lê Trưởng Ban",
        "Căn cứ": "Công văn 9/BCĐ",
        "Đề nghị": "10/07/2023",
    }


def test_what_a_letter_says_is_the_units_and_names_who_recorded_it(cast: Cast) -> None:
    row = cast.assignment(cast.vnpt)
    letter = LetterData("45/VNPT-CNTT", date(2023, 6, 9), "Trần Văn Ký", [pdf("vnpt.pdf")])
    services.report(
        assignment=row, by=cast.secretary, at=at(10), percent=40, text="Đã thí điểm", letter=letter
    )

    told = story(row)[-1]

    assert (told.title, told.who, told.door) == ("Báo cáo tiến độ", "Nguyễn Thư Ký", "Ghi nhận theo văn bản")
    assert told.on_behalf == (
        "Tập đoàn Bưu chính Viễn thông Việt Nam, theo văn bản số 45/VNPT-CNTT ngày 09/06/2023 (Trần Văn Ký)"
    )
    assert [file.name for file in told.files] == ["vnpt.pdf"]


def test_notes_and_removed_files_are_told(cast: Cast) -> None:
    row = cast.assignment()
    services.report(assignment=row, by=cast.officer, at=at(5), percent=5, text="Nhầm", uploads=[pdf("a.pdf")])
    services.add_note(
        assignment=row,
        by=cast.chair,
        at=at(6),
        kind="phone",
        held_on=date(2023, 6, 5),
        text="Đã nhắc qua điện thoại",
    )
    files.remove(
        attachment=Attachment.objects.get(name="a.pdf"), by=cast.secretary, at=at(7), reason="Tải nhầm tệp"
    )

    note, removal = story(row)[-2:]

    assert (note.title, note.who, note.post) == ("Trao đổi", "Lê Trưởng Ban", "Bộ trưởng")
    assert text_of(note) == {"Hình thức": "Điện thoại, 05/06/2023", "Nội dung": "Đã nhắc qua điện thoại"}
    assert (removal.title, removal.who, removal.reason) == ("Gỡ tệp", "Nguyễn Thư Ký", "Tải nhầm tệp")
    assert text_of(removal)["Tên tệp"] == "a.pdf"


def test_a_mail_and_a_reminder_that_found_no_address_are_told(cast: Cast) -> None:
    row = cast.assignment()
    _mail(cast, row, user=cast.officer)
    step = ReminderPolicy.objects.get().steps.get()
    row.reminders.create(
        step=step,
        falls_on=date(2023, 6, 27),
        due_on=date(2023, 6, 30),
        recipient_key="user:0",
        planned_on=date(2023, 6, 27),
        skip="no_address",
    )

    mail, skipped = story(row)[-2:]

    assert (mail.title, skipped.title) == ("Nhắc việc", "Không gửi nhắc việc")
    assert text_of(mail) == {"Người nhận": "Đỗ Chuyên Viên", "Thư điện tử": "Đã gửi lúc 07:30 23/06/2023"}
    assert text_of(skipped)["Lý do"] == "Không có địa chỉ thư"


def _mail(cast: Cast, row: Assignment, *, user: User) -> None:
    policy = ReminderPolicy.objects.create(committee=cast.committee, name="Chung")
    step = policy.steps.create(audience="officers", offset_days=-7)
    sent_at = at(23, hour=7).replace(minute=30)
    message = cast.committee.messages.create(
        kind="digest",
        on=date(2023, 6, 23),
        recipient_key=f"user:{user.pk}",
        recipient_name=str(user),
        address=user.email,
        subject="Nhắc việc",
        text="…",
        html="…",
        message_id="1@cast.example",
        composed_at=sent_at,
        next_attempt_at=sent_at,
        sent_at=sent_at,
        state="sent",
    )
    row.reminders.create(
        step=step,
        falls_on=date(2023, 6, 23),
        due_on=date(2023, 6, 30),
        recipient_key=message.recipient_key,
        planned_on=date(2023, 6, 23),
        message=message,
    )


def test_a_coordinating_unit_reads_the_leads_reports_but_not_its_exchanges(cast: Cast) -> None:
    lead = cast.issued(lead=cast.hanoi, units=[cast.danang]).assignments.get(part="lead")
    services.report(assignment=lead, by=cast.officer, at=at(5), percent=5, text="Bắt đầu")
    services.ask_extension(assignment=lead, by=cast.officer, at=at(6), due_on=date(2023, 7, 30), reason="Chờ")
    services.add_note(
        assignment=lead, by=cast.secretary, at=at(7), kind="phone", held_on=date(2023, 6, 7), text="Riêng"
    )

    letter = LetterData("1/SYT", date(2023, 6, 7), "", [pdf("thu.pdf")])
    services.report(assignment=lead, by=cast.secretary, at=at(8), percent=9, text="Theo thư", letter=letter)

    told = story(lead, inside=False)

    assert [entry.title for entry in told] == ["Giao", "Báo cáo tiến độ", "Báo cáo tiến độ"]
    assert [file.name for file in told[-1].files] == ["thu.pdf"], "the letter is the report's"


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_long_story_comes_in_pages_without_a_gap(cast: Cast, newest_first: bool) -> None:
    row = cast.assignment()
    for number in range(PAGE_SIZE + 5):
        services.report(
            assignment=row, by=cast.officer, at=at(2 + number // 3), percent=number, text=f"Lần {number}"
        )

    first = timeline(row, found=found(row), inside=True, newest_first=newest_first)
    second = timeline(row, found=found(row), inside=True, newest_first=newest_first, page=2)

    assert (len(first.entries), first.has_more) == (PAGE_SIZE, True)
    assert (len(second.entries), second.has_more) == (6, False)
    told = [text_of(entry).get("Tiến độ", "giao") for entry in (*first.entries, *second.entries)]
    expected = ["giao", *(f"{number}%" for number in range(PAGE_SIZE + 5))]
    assert told == (expected[::-1] if newest_first else expected)


def test_a_long_story_takes_no_more_queries_than_a_short_one(cast: Cast) -> None:
    def queries(row: Assignment) -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            timeline(row, found=found(row), inside=True)
        return len(caught)

    short, long = cast.assignment(), cast.assignment(cast.danang)
    services.report(assignment=short, by=cast.officer, at=at(3), percent=1, text="Một", uploads=[pdf()])
    for number in range(8):
        services.report(
            assignment=long, by=cast.danang_officer, at=at(3 + number), percent=1, text="Một", uploads=[pdf()]
        )

    assert queries(short) == queries(long) <= 11
