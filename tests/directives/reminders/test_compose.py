"""What a planned reminder becomes: one mail a recipient, checked against the case as it stands."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from directives import services
from directives.models import Assignment, Directive, Message, Reminder, ReminderPolicy
from directives.reminders.compose import Composed, compose, groups
from directives.reminders.plan import plan
from steering.models import Assistant, Posting, SeatHolding, Unit
from steering.postings import end
from tests.cast import Cast, at, pdf
from tests.directives.reminders.test_plan import DAY_BEFORE, DUE, MONDAY_AFTER, edit, made


def write(on: date) -> list[Composed]:
    by = User.objects.system()
    return [compose(group, on=on, at=at(1, 8), by=by) for group in groups(on=on)]


def mail_to(key: str) -> Message:
    return Message.objects.get(recipient_key=key, kind=Message.Kind.DIGEST)


def skips(assignment: Assignment) -> dict[str, str]:
    rows = Reminder.objects.filter(assignment=assignment).exclude(skip="")
    return dict(rows.values_list("recipient_key", "skip"))


class Words(HTMLParser):
    """Collects the words and the addresses that a reader of the HTML part sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in ("title", "style")
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("title", "style")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.words += data.split()


def plain(text: str) -> list[str]:
    """Return the words of the text part, addresses and the mark before the foot left out."""
    return re.sub(r"https?://\S+", "", text).replace("\n--\n", "\n").split()


def folded(words: list[str]) -> str:
    return re.sub(r"[:.\s]+", " ", " ".join(words).lower())


def test_one_digest_for_each_recipient_of_a_day(cast: Cast, ladder: ReminderPolicy) -> None:
    cast.assignment()
    cast.assignment()
    plan(ladder, on=DAY_BEFORE)
    assert {result.carried for result in write(DAY_BEFORE)} == {2}
    mail = mail_to(f"user:{cast.officer.pk}")
    assert mail.subject == "[BCĐ CĐS] 2 sắp đến hạn – 29/06/2023"
    assert (mail.address, mail.user, mail.state) == (cast.officer.email, cast.officer, Message.State.QUEUED)
    assert mail.text.startswith("Kính gửi: Đồng chí Đỗ Chuyên Viên, ")
    assert "Thời hạn 30/06/2023 – còn 1 ngày" in mail.text
    assert "Thư nhắc tự động, không thay thế văn bản hành chính." in mail.text
    assert [event.kind for event in mail.events.all()] == ["composed"]


def test_a_second_run_writes_nothing_and_the_next_day_what_waited(cast: Cast, ladder: ReminderPolicy) -> None:
    cast.assignment()
    plan(ladder, on=DAY_BEFORE)
    write(DAY_BEFORE)
    before = Message.objects.count()
    later = cast.assignment(content="Việc giao sau", at=at(20))
    plan(ladder, on=DAY_BEFORE)
    assert [result.message for result in write(DAY_BEFORE)] == [None] * 3
    assert Message.objects.count() == before
    plan(ladder, on=DUE)
    write(DUE)
    mail = Message.objects.get(recipient_key=f"user:{cast.officer.pk}", on=DUE)
    assert mail.subject == "[BCĐ CĐS] 2 đến hạn hôm nay – 30/06/2023"
    # The step that waited gave way to the one that fell since.
    assert list(
        Reminder.objects.filter(assignment=later, skip="superseded").values_list("falls_on", flat=True)
    ) == [
        DAY_BEFORE,
        DAY_BEFORE,
    ]


def test_both_parts_say_the_same_and_every_link_is_absolute(cast: Cast, ladder: ReminderPolicy) -> None:
    for n in range(12):
        cast.assignment(content=f"Nội dung <b>{n}</b> & “ngoặc”", due_on=date(2023, 6, 28) if n % 2 else DUE)
    cast.issued(lead=cast.danang, units=[cast.hanoi])
    cast.issued(units=[cast.hanoi, cast.danang, cast.hanoi_hospital, cast.office])
    plan(ladder, on=MONDAY_AFTER)
    write(MONDAY_AFTER)
    mails = list(Message.objects.all())
    assert {mail.kind for mail in mails} == {"digest", "weekly"}
    for mail in mails:
        read = Words(mail.html)
        assert folded(read.words) == folded(plain(mail.text)), mail.subject
        assert set(read.links) == set(re.findall(r"https?://\S+", mail.text))
        assert all(link.startswith("http://127.0.0.1:8000/quan-tri/") for link in read.links)
        assert len(mail.html.encode()) < 100_000


def test_the_number_of_statements_of_a_mail_does_not_depend_on_its_lines(
    cast: Cast, ladder: ReminderPolicy
) -> None:
    """A mailbox and an account; the account has a post, so nothing more is looked up for the greeting."""
    edit(cast.officer, post="Chuyên viên")
    by, counted = User.objects.system(), []
    for on, more in ((DAY_BEFORE, 1), (DUE, 12)):
        for _n in range(more):
            cast.assignment()
        plan(ladder, on=on)
        for key in (f"unit:{cast.hanoi.pk}", f"user:{cast.officer.pk}"):
            (group,) = [group for group in groups(on=on) if group.key == key]
            with CaptureQueriesContext(connection) as captured:
                assert compose(group, on=on, at=at(1, 8), by=by).message is not None
            counted.append(len(captured))
    assert counted[:2] == counted[2:]
    assert max(counted) <= 24


def test_at_most_thirty_lines_then_a_link(cast: Cast, ladder: ReminderPolicy) -> None:
    for _n in range(33):
        cast.assignment()
    plan(ladder, on=DUE)
    write(DUE)
    mail = mail_to(f"unit:{cast.hanoi.pk}")
    assert mail.subject.startswith("[BCĐ CĐS] 33 đến hạn hôm nay")
    assert "\n30. " in mail.text
    assert "\n31. " not in mail.text
    assert "Còn 3 nhiệm vụ khác: http://" in mail.text
    assert mail.reminders.count() == 33


def test_the_secretariat_reads_a_fan_out_as_one_line(cast: Cast, ladder: ReminderPolicy) -> None:
    units = [
        made(Unit, code=f"syt.{n}", name=f"Sở Y tế số {n}", kind=cast.hanoi.kind, order=100 + n)
        for n in range(41)
    ]
    cast.issued(units=[cast.hanoi, *units])
    plan(ladder, on=MONDAY_AFTER)
    write(MONDAY_AFTER)
    weekly = Message.objects.get(kind=Message.Kind.WEEKLY)
    assert weekly.address == cast.committee.mailbox
    assert weekly.subject == "[BCĐ CĐS] Thư tuần: 42 quá hạn – 03/07/2023"
    assert (
        "42 đơn vị chưa hoàn thành: Sở Y tế thành phố Hà Nội, Sở Y tế số 0, Sở Y tế số 1 và 39 đơn vị khác"
        in weekly.text
    )
    assert weekly.text.count("1. 1710/QĐ-BYT") == 1
    assert "42 đơn vị" in mail_to(f"user:{cast.member.pk}").text


def test_the_weekly_letter_names_what_waits_for_the_secretariat(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment()
    services.submit(assignment=work, by=cast.head, at=at(20), text="Xong", uploads=[pdf()])
    other = cast.assignment()
    services.ask_extension(
        assignment=other, by=cast.officer, at=at(20), due_on=date(2023, 8, 1), reason="Chờ góp ý"
    )
    plan(ladder, on=MONDAY_AFTER)
    write(MONDAY_AFTER)
    text = Message.objects.get(kind=Message.Kind.WEEKLY).text
    assert "- Chờ xác nhận: 1\n" in text
    assert "- Đề nghị gia hạn: 1\n" in text
    assert "CHỜ XÁC NHẬN (1)" in text
    assert "QUÁ HẠN (1)" in text


def test_the_weekly_letter_goes_once_a_week(cast: Cast, ladder: ReminderPolicy) -> None:
    cast.assignment()
    plan(ladder, on=MONDAY_AFTER)
    write(MONDAY_AFTER)
    cast.assignment(at=at(2, 7), due_on=date(2023, 7, 6))
    for day in (4, 5, 6, 7):
        plan(ladder, on=date(2023, 7, day))
        write(date(2023, 7, day))
    assert Message.objects.filter(kind=Message.Kind.WEEKLY).count() == 1


def test_a_request_is_worded_as_one(cast: Cast, ladder: ReminderPolicy) -> None:
    edit(cast.vnpt, automatic_mail=True)
    cast.assignment(cast.vnpt, kind=Directive.Kind.REQUEST, content="hỗ trợ xây dựng Dashboard")
    cast.assignment()
    plan(ladder, on=DUE)
    write(DUE)
    asked = mail_to(f"unit:{cast.vnpt.pk}").text
    assert "1710/QĐ-BYT – 01: Đề nghị: hỗ trợ xây dựng Dashboard" in asked
    assert "Đề nghị Quý cơ quan quan tâm thực hiện" in asked
    assert "Yêu cầu" not in asked
    assert "Yêu cầu đơn vị thực hiện đúng thời hạn" in mail_to(f"unit:{cast.hanoi.pk}").text


def test_the_successor_reads_from_whom_it_took_the_work_over(cast: Cast, ladder: ReminderPolicy) -> None:
    cast.assignment(cast.quangnam)
    plan(ladder, on=date(2025, 7, 7))
    write(date(2025, 7, 7))
    mail = mail_to(f"unit:{cast.danang.pk}")
    assert mail.text.startswith("Kính gửi: Sở Y tế thành phố Đà Nẵng\n")
    assert "(nhiệm vụ tiếp nhận từ Sở Y tế tỉnh Quảng Nam)" in mail.text


def test_an_assistant_reads_whose_copy_it_is(cast: Cast, ladder: ReminderPolicy) -> None:
    cast.assignment()
    holding = SeatHolding.objects.get(user=cast.member)
    assistant = made(Assistant, holding=holding, person="Lâm Giúp Việc", email="giup.viec@cast.example")
    plan(ladder, on=MONDAY_AFTER)
    write(MONDAY_AFTER)
    text = mail_to(f"assistant:{assistant.pk}").text
    assert text.startswith("Kính gửi: Đồng chí Lâm Giúp Việc\n(Bản sao thư gửi Đồng chí Phạm Ủy Viên)\n")


def test_the_demo_says_so_at_the_top_and_at_the_foot(
    cast: Cast, ladder: ReminderPolicy, settings: Any
) -> None:
    settings.DEMO = True
    cast.assignment()
    plan(ladder, on=DUE)
    write(DUE)
    for mail in Message.objects.all():
        assert mail.text.startswith("DỮ LIỆU MINH HỌA\n")
        assert mail.text.endswith("Dữ liệu minh họa\n")
        assert "DỮ LIỆU MINH HỌA" in mail.html


# --- What changed between plan and mail -------------------------------------------------------------------------


def _closed(cast: Cast, work: Assignment) -> None:
    services.revoke(assignment=work, by=cast.secretary, at=at(29), reason="Trùng")


def _suspended(cast: Cast, work: Assignment) -> None:
    services.suspend(assignment=work, by=cast.secretary, at=at(29), reason="Chờ văn bản")


def _declined(cast: Cast, work: Assignment) -> None:
    services.decline(assignment=work, by=cast.head, at=at(29), reason="Không đúng chức năng")


def _submitted(cast: Cast, work: Assignment) -> None:
    services.submit(assignment=work, by=cast.head, at=at(29), text="Xong", uploads=[pdf()])


def _corrected(cast: Cast, work: Assignment) -> None:
    services.correct_due_date(
        assignment=work, by=cast.secretary, at=at(29), due_on=date(2023, 8, 30), reason="Gõ nhầm"
    )


def _locked(cast: Cast, work: Assignment) -> None:
    edit(cast.officer, is_active=False)


def _unreachable(cast: Cast, work: Assignment) -> None:
    edit(cast.officer, email="khong phai dia chi")


def _transferred_away(cast: Cast, work: Assignment) -> None:
    """The posting, and the rights with it, ended: nobody writes about work to who may no longer see it."""
    end(posting=Posting.objects.get(user=cast.officer), on=date(2023, 6, 28), by=User.objects.system())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_closed, "closed"),
        (_suspended, "suspended"),
        (_declined, "declined"),
        (_submitted, "submitted"),
        (_corrected, "due_changed"),
        (_locked, "inactive"),
        (_unreachable, "no_address"),
        (_transferred_away, "not_visible"),
    ],
)
def test_a_reminder_that_no_longer_holds_gets_its_reason_and_no_mail(
    cast: Cast, ladder: ReminderPolicy, change: Any, reason: str
) -> None:
    work = cast.assignment()
    plan(ladder, on=DAY_BEFORE)
    change(cast, work)
    write(DAY_BEFORE)
    officer = f"user:{cast.officer.pk}"
    assert skips(work)[officer] == reason
    assert not Message.objects.filter(recipient_key=officer).exists()


def test_a_restricted_directive_is_told_only_to_who_may_see_it(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment(is_restricted=True)
    cast.member.groups.clear()
    plan(ladder, on=MONDAY_AFTER)
    write(MONDAY_AFTER)
    assert skips(work) == {f"user:{cast.member.pk}": "not_visible"}
    assert mail_to(f"user:{cast.officer.pk}")


# --- The row ----------------------------------------------------------------------------------------------------


def test_a_composed_mail_cannot_be_changed_or_removed(cast: Cast, ladder: ReminderPolicy) -> None:
    cast.assignment()
    plan(ladder, on=DUE)
    write(DUE)
    mail = mail_to(f"user:{cast.officer.pk}")
    for change in ({"text": "khác"}, {"address": "khac@cast.example"}, {"message_id": "<x@y>"}):
        with pytest.raises(DatabaseError, match="cannot change"), transaction.atomic():
            Message.objects.filter(pk=mail.pk).update(**change)
    with pytest.raises(DatabaseError, match="cannot change"), transaction.atomic():
        Message.objects.filter(pk=mail.pk)._raw_delete(using="default")


def test_the_message_id_comes_from_the_key_of_the_row(cast: Cast, ladder: ReminderPolicy) -> None:
    cast.assignment()
    plan(ladder, on=DUE)
    seen: list[str] = []
    for _n in range(2):
        with transaction.atomic():
            write(DUE)
            seen.append(mail_to(f"user:{cast.officer.pk}").message_id)
            transaction.set_rollback(True)
    assert seen[0] == seen[1]
    assert re.fullmatch(r"<[0-9a-f]{32}@dondoc\.example>", seen[0])
    write(DUE)
    ids = list(Message.objects.values_list("message_id", flat=True))
    assert len(set(ids)) == len(ids)
