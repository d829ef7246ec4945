"""The screen of mails: as the recipient sees them, sent again only on purpose, tomorrow's before they are sent."""

from __future__ import annotations

from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client

from directives.models import AddressProblem, Message, MessageEvent, Reminder, ReminderPolicy, ReminderRun
from directives.reminders.addresses import resolve
from directives.reminders.again import send_again
from directives.reminders.daily import run_day
from directives.reminders.deliver import deliver
from tests.cast import Cast, at
from tests.directives.admin.asking import address, queries, words
from tests.directives.reminders.post_office import ACCEPTED, PostOffice
from tests.directives.reminders.test_plan import DUE, MONDAY_AFTER, edit

READERS = ("secretary", "auditor", "administrator")
OTHERS = ("officer", "head", "member", "chair", "stranger")


@pytest.fixture
def secretary(cast: Cast, client: Client) -> Client:
    client.force_login(cast.secretary)
    return client


@pytest.fixture
def mails(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> list[Message]:
    """The mails of the due date; that to the officer could not be delivered."""
    cast.assignment()
    refused = cast.officer.email
    smtp.answer_recipient = lambda found: "550 5.1.1 no such user" if found == refused else ACCEPTED
    run_day(on=DUE, at=at(30))
    return list(Message.objects.order_by("pk"))


def failed() -> Message:
    return Message.objects.get(state="failed", resend_of=None)


@pytest.mark.parametrize("name", READERS)
def test_who_reads_mails(cast: Cast, client: Client, mails: list[Message], name: str) -> None:
    client.force_login(getattr(cast, name))
    pages = [
        address("message_changelist"),
        address("message_change", failed().pk),
        address("message_preview"),
    ]
    assert [client.get(page).status_code for page in pages] == [200] * 3


@pytest.mark.parametrize("name", OTHERS)
def test_who_does_not(cast: Cast, client: Client, mails: list[Message], name: str) -> None:
    client.force_login(getattr(cast, name))
    pages = [
        address("message_changelist"),
        address("message_change", failed().pk),
        address("message_preview"),
    ]
    assert {client.get(page).status_code for page in pages} <= {403, 404}
    assert client.post(address("message_send_again", failed().pk)).status_code in (403, 404)
    assert Message.objects.count() == len(mails)


def test_a_secretariat_reads_the_mails_of_its_own_committee_only(
    cast: Cast, secretary: Client, mails: list[Message]
) -> None:
    from directives.models import Directive
    from steering.models import Committee, CommitteeStaff
    from tests.directives.reminders.test_plan import made

    other = made(Committee, code="khac", name="Ban khác", short_name="BCĐ khác")
    CommitteeStaff.objects.filter(user=cast.secretary).delete()
    made(CommitteeStaff, committee=other, user=cast.secretary)
    assert not Directive.objects.filter(committee=other).exists()
    assert secretary.get(address("message_change", failed().pk)).status_code == 404
    assert failed().subject not in words(secretary.get(address("message_changelist")))


def test_tabs_narrow_the_list_by_state(cast: Cast, secretary: Client, mails: list[Message]) -> None:
    page = address("message_changelist")
    assert cast.officer.email in words(secretary.get(page))
    assert cast.hanoi.mailbox in words(secretary.get(page))
    undelivered = words(secretary.get(page, {"muc": "undelivered"}))
    assert cast.officer.email in undelivered
    assert cast.hanoi.mailbox not in undelivered
    assert "Không gửi được" in undelivered
    assert cast.officer.email not in words(secretary.get(page, {"muc": "sent"}))
    assert cast.officer.email not in words(secretary.get(page, {"muc": "queued"}))


def test_recipients_are_found_without_accents(cast: Cast, secretary: Client, mails: list[Message]) -> None:
    page = address("message_changelist")
    assert cast.hanoi.mailbox in words(secretary.get(page, {"q": "ha noi so y te"}))
    found = words(secretary.get(page, {"q": "do chuyen"}))
    assert cast.officer.email in found
    assert cast.hanoi.mailbox not in found


def test_a_mail_is_shown_as_its_recipient_sees_it(
    cast: Cast, secretary: Client, mails: list[Message]
) -> None:
    mail = failed()
    content = secretary.get(address("message_change", mail.pk)).content.decode()
    frame = content.split("<iframe", 1)[1].split("</iframe>", 1)[0]
    assert 'sandbox=""' in frame
    assert unescape(frame.split('srcdoc="', 1)[1].split('"', 1)[0]) == mail.html
    page = unescape(content)
    for told in (
        mail.subject,
        mail.address,
        mail.message_id,
        "550 5.1.1 no such user",
        "Bắt đầu gửi",
    ):
        assert told in page, told
    assert "BCĐ CĐS <dondoc@dondoc.example>" in page
    assert f"Tổ thư ký <{cast.committee.mailbox}>" in page
    assert "đúng hạn" in page
    assert "1710/QĐ-BYT" in page
    plain = secretary.get(address("message_change", mail.pk), {"xem": "chu"}).content.decode()
    assert mail.text in unescape(plain)
    assert "<iframe" not in plain


def test_why_a_mail_did_not_go_out_is_told_in_words_and_in_technical_terms_to_who_looks_for_the_cause(
    cast: Cast, client: Client, mails: list[Message], smtp: PostOffice
) -> None:
    smtp.close()
    resolve(AddressProblem.objects.get(), by=cast.secretary, at=at(30), note="Đã mở lại hộp thư")
    send_again(message=failed(), by=cast.secretary, at=at(30))
    deliver()
    waiting = address("message_change", Message.objects.get(state="queued").pk)
    refused = address("message_change", failed().pk)
    for name in READERS:
        client.force_login(getattr(cast, name))
        page = words(client.get(waiting))
        assert "Tạm chưa gửi được. Không kết nối được máy chủ thư" in page
        assert ("ConnectionRefusedError" in page) is (name != "secretary")
        page = words(client.get(refused))
        assert "Không gửi được. Máy chủ thư từ chối địa chỉ này: “550 5.1.1 no such user”" in page


def test_sending_again_asks_first_and_makes_a_row_of_its_own(
    cast: Cast, secretary: Client, mails: list[Message], smtp: PostOffice
) -> None:
    mail, before = failed(), len(smtp.accepted)
    dialog = address("message_send_again", mail.pk)
    assert mail.subject in words(secretary.get(dialog))
    assert Message.objects.count() == len(mails)

    smtp.answer_recipient = lambda found: ACCEPTED
    edit(cast.officer, email="dung@cast.example")
    response = secretary.post(dialog)
    copy = Message.objects.get(resend_of=mail)
    assert response.headers["Location"] == address("message_change", copy.pk)
    assert (copy.subject, copy.text, copy.html) == (mail.subject, mail.text, mail.html)
    assert copy.address == "dung@cast.example"
    assert copy.message_id != mail.message_id
    assert [event.kind for event in copy.events.all()] == ["composed"]
    assert copy.events.get().by == cast.secretary
    assert MessageEvent.objects.filter(message=mail, kind="resent", by=cast.secretary).exists()
    assert deliver().sent == [copy.pk]
    assert len(smtp.accepted) == before + 1
    # What was sent again no longer asks for attention.
    page = words(secretary.get(address("message_changelist"), {"muc": "undelivered"}))
    assert mail.subject not in page
    assert "Thư này đã được gửi lại" in words(secretary.get(address("message_change", mail.pk)))


def test_a_mail_is_not_sent_again_twice_or_while_it_waits_or_to_nobody(
    cast: Cast, secretary: Client, mails: list[Message]
) -> None:
    mail = failed()
    edit(cast.officer, email="")
    dialog = address("message_send_again", mail.pk)
    assert "chưa có địa chỉ thư hợp lệ" in words(secretary.post(dialog))
    edit(cast.officer, email="dung@cast.example")
    secretary.post(dialog)
    assert "đã được gửi lại" in words(secretary.post(dialog))
    copy = Message.objects.get(resend_of=mail)
    assert "đang chờ gửi" in words(secretary.post(address("message_send_again", copy.pk)))
    assert Message.objects.count() == len(mails) + 1


@pytest.mark.parametrize("name", ["auditor", "administrator"])
def test_only_the_secretariat_sends_again(
    cast: Cast, client: Client, mails: list[Message], name: str
) -> None:
    client.force_login(getattr(cast, name))
    assert "Gửi lại" not in words(client.get(address("message_change", failed().pk)))
    assert client.get(address("message_send_again", failed().pk)).status_code == 403
    assert client.post(address("message_send_again", failed().pk)).status_code == 403
    assert Message.objects.count() == len(mails)


def test_mails_have_no_versions_and_are_not_edited(
    cast: Cast, secretary: Client, mails: list[Message]
) -> None:
    page = address("message_change", failed().pk)
    before = list(Message.objects.order_by("pk").values())
    secretary.post(page, {"subject": "khác", "state": "sent"})
    assert list(Message.objects.order_by("pk").values()) == before
    assert secretary.get(address("message_history", failed().pk)).status_code == 404
    assert secretary.get(address("message_delete", failed().pk)).status_code in (403, 404)


def test_the_list_is_exported(cast: Cast, secretary: Client, mails: list[Message]) -> None:
    response = secretary.get(address("message_export"))
    assert response.status_code == 200
    assert "spreadsheetml" in response.headers["Content-Type"]
    response.close()


def test_the_number_of_queries_does_not_depend_on_the_mails(
    cast: Cast, ladder: ReminderPolicy, secretary: Client, smtp: PostOffice
) -> None:
    pages = [address("message_changelist"), address("message_preview")]
    cast.issued(units=[cast.hanoi])
    run_day(on=DUE, at=at(30))
    few = [queries(secretary, page) for page in pages[:1]]
    cast.issued(units=[cast.hanoi, cast.danang, cast.quangnam, cast.office, cast.ministry])
    run_day(on=MONDAY_AFTER, at=at(3, 7))
    assert [queries(secretary, page) for page in pages[:1]] == few
    mail = Message.objects.filter(kind="weekly").latest("pk")
    assert mail.reminders.count() > 2
    one = queries(secretary, address("message_change", Message.objects.earliest("pk").pk))
    assert queries(secretary, address("message_change", mail.pk)) == one


# --- Tomorrow ---------------------------------------------------------------------------------------------------


def test_tomorrows_mails_are_shown_before_anything_is_sent(
    cast: Cast, ladder: ReminderPolicy, secretary: Client, smtp: PostOffice
) -> None:
    """On Friday, tomorrow is Monday."""
    cast.assignment(content="Nội dung <b>không phải mã</b>")
    cast.assignment(cast.quangnam)
    with time_machine.travel(datetime(2023, 6, 30, 3, 0, tzinfo=UTC), tick=False):
        secretary.force_login(cast.secretary)
        response = secretary.get(address("message_preview"))
    page = words(response)
    assert "Thư sẽ gửi sáng thứ Hai 03/07/2023" in page
    for told in (cast.officer.email, cast.head.email, cast.hanoi.mailbox, cast.quangnam.mailbox):
        assert told in page, told
    assert "[BCĐ CĐS] 1 quá hạn – 03/07/2023" in page
    assert "Không gửi: Chưa có người giữ vị trí" in page
    content = response.content.decode()
    assert "<b>không" not in content
    frames = [unescape(part.split('"', 1)[0]) for part in content.split('srcdoc="')[1:]]
    assert any("Nội dung &lt;b&gt;không phải mã&lt;/b&gt;" in frame for frame in frames)
    assert not Reminder.objects.exists()
    assert not Message.objects.exists()
    assert not ReminderRun.objects.exists()
    assert not smtp.seen


def test_the_preview_shows_a_page_at_a_time(
    cast: Cast, ladder: ReminderPolicy, secretary: Client, monkeypatch: Any
) -> None:
    from directives.admin import mail_preview

    monkeypatch.setattr(mail_preview, "MAILS_A_PAGE", 2)
    cast.assignment()
    with time_machine.travel(datetime(2023, 6, 30, 3, 0, tzinfo=UTC), tick=False):
        secretary.force_login(cast.secretary)
        first = words(secretary.get(address("message_preview")))
        second = words(secretary.get(address("message_preview"), {"trang": "2"}))
        strange = secretary.get(address("message_preview"), {"trang": "9x"})
    assert "Trang 1/3" in first
    assert "Trang 2/3" in second
    assert strange.status_code == 200
    people = [
        cast.officer.email,
        cast.head.email,
        cast.member.email,
        cast.hanoi.mailbox,
        cast.committee.mailbox,
    ]
    assert [(mail in first) + (mail in second) for mail in people].count(1) == 4


def test_nothing_happens_when_a_link_is_only_opened(
    cast: Cast, secretary: Client, mails: list[Message]
) -> None:
    """Mail scanners open every link (TRAPS 10)."""
    before = (
        list(Message.objects.order_by("pk").values()),
        MessageEvent.objects.count(),
        Reminder.objects.count(),
    )
    for page in (address("message_send_again", failed().pk), address("message_preview")):
        secretary.get(page)
        secretary.head(page)
    after = (
        list(Message.objects.order_by("pk").values()),
        MessageEvent.objects.count(),
        Reminder.objects.count(),
    )
    assert after == before


# --- Another day ------------------------------------------------------------------------------------------------


def _preview(cast: Cast, client: Client, **query: str) -> Any:
    """As the page is seen on Wednesday 28 June 2023."""
    with time_machine.travel(datetime(2023, 6, 28, 3, 0, tzinfo=UTC), tick=False):
        client.force_login(cast.secretary)
        return client.get(address("message_preview"), query)


def test_the_preview_of_a_chosen_day(cast: Cast, ladder: ReminderPolicy, client: Client) -> None:
    cast.assignment()
    tomorrow, monday = _preview(cast, client), _preview(cast, client, ngay="03/07/2023")
    assert "thứ Năm 29/06/2023" in words(tomorrow)
    assert cast.head.email not in words(tomorrow)
    assert "thứ Hai 03/07/2023" in words(monday)
    assert cast.head.email in words(monday)
    past = _preview(cast, client, ngay="23/06/2023")
    assert "thứ Sáu 23/06/2023" in words(past)
    assert cast.officer.email in words(past)
    assert not Reminder.objects.exists()


def test_the_preview_of_a_day_off_shows_what_is_express_and_says_so(
    cast: Cast, ladder: ReminderPolicy, client: Client
) -> None:
    cast.assignment(cast.danang)
    page = words(_preview(cast, client, ngay="01/07/2023"))
    assert "Ngày nghỉ: chỉ nhắc việc hỏa tốc được gửi." in page
    assert "Không có thư nào sẽ gửi." in page
    cast.assignment(urgency="express")
    page = words(_preview(cast, client, ngay="01/07/2023"))
    assert cast.hanoi.mailbox in page
    assert cast.danang.mailbox not in page


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("31/02/2023", "Ngày không đúng"),
        ("01/07/2025", "Chọn một ngày trong vòng một năm"),
        ("01/01/0001", "Chọn một ngày trong vòng một năm"),
        ("x", "Ngày không đúng"),
    ],
)
def test_a_day_that_cannot_be_is_said_and_the_next_working_day_is_shown(
    cast: Cast, ladder: ReminderPolicy, client: Client, day: str, told: str
) -> None:
    page = words(_preview(cast, client, ngay=day))
    assert told in page
    assert "thứ Năm 29/06/2023" in page


def test_the_chosen_day_goes_along_from_page_to_page(
    cast: Cast, ladder: ReminderPolicy, client: Client, monkeypatch: Any
) -> None:
    from directives.admin import mail_preview

    monkeypatch.setattr(mail_preview, "MAILS_A_PAGE", 2)
    cast.assignment()
    page = words(_preview(cast, client, ngay="03/07/2023"))
    assert "?ngay=03%2F07%2F2023&trang=2" in page
