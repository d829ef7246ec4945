"""Reading what comes back: the reports of mail systems, and whatever else lies in a mailbox."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directives.reminders.returned import Says, read
from directives.reminders.status import is_of_address, meaning, status_in
from tests.directives.reminders import returned_mails as mails

ABOUT = "<0123456789abcdef@dondoc.example>"
UNKNOWN = "550 5.1.1 <ai@don-vi.example>: Recipient address rejected: User unknown"


@pytest.mark.parametrize(
    ("content", "says", "status", "answer"),
    [
        (mails.report(about=ABOUT), Says.FAILED, "5.1.1", UNKNOWN),
        (mails.report(about=ABOUT, action="delayed", status="4.4.1", answer="late"), Says.DELAYED, "4.4.1", "late"),
        (mails.report(about=ABOUT, status="4.4.1", answer="late"), Says.FAILED, "4.4.1", "late"),
        (mails.report(about=ABOUT, status="", answer="550 5.2.1 off"), Says.FAILED, "5.2.1", "550 5.2.1 off"),
        (mails.report_without_blank_line(about=ABOUT), Says.FAILED, "5.2.2", "552 5.2.2 mailbox full"),
        (mails.qmail(about=ABOUT), Says.FAILED, "5.1.1", "550 5.1.1 Sorry, no mailbox here by that name."),
        (mails.exim(about=ABOUT), Says.FAILED, "", ""),
        (mails.exchange(about=ABOUT), Says.FAILED, "5.1.1", "<EX01.don-vi.example #5.1.1>"),
        (mails.still_trying(about=ABOUT), Says.DELAYED, "", "Warning: message delayed 24 hours"),
    ],
    ids=["postfix", "delayed", "soft", "no-status", "run-together", "qmail", "exim", "exchange", "still-trying"],
)  # fmt: skip
def test_what_mail_systems_write(content: bytes, says: Says, status: str, answer: str) -> None:
    notice = read(content)
    assert (notice.says, notice.status, notice.answer) == (says, status, answer)
    assert ABOUT in notice.message_ids
    assert mails.OURS in notice.recipients


@pytest.mark.parametrize(
    ("make", "says"),
    [(mails.out_of_office, Says.AUTO_REPLY), (mails.a_person, Says.OTHER)],
)
def test_what_people_and_their_machines_write_is_no_bounce(make: Callable[..., bytes], says: Says) -> None:
    assert read(make(about=ABOUT)).says is says


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", ""])
def test_a_report_of_success_is_no_bounce(action: str) -> None:
    assert read(mails.report(action=action, status="2.0.0", answer="250 ok")).says in (
        Says.OTHER,
        Says.AUTO_REPLY,
    )


def test_of_several_recipients_the_one_that_failed_counts() -> None:
    content = mails.report(about=ABOUT, action="delayed", status="4.2.0", answer="later")
    failed = (
        b"Status: 4.2.0\r\n\r\nFinal-Recipient: rfc822; b@x.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    )
    notice = read(content.replace(b"Status: 4.2.0\r\n", failed, 1))
    assert (notice.says, notice.status) == (Says.FAILED, "5.1.1")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 1000,
        b"To: " + b"(" * 400_000,
        b"To: " + b'"' * 400_000,
        b"From: " + b"a@" * 400_000,
        b"From: mailer-daemon@x\n\n550 " + b"<a@" * 300_000,
        b"Content-Type: message/rfc822\n\n" * 20_000,
        b"".join(b"Content-Type: multipart/mixed; boundary=a%d\n\n--a%d\n" % (n, n) for n in range(5_000)),
        b"Content-Type: multipart/report; boundary=\n\n--\n",
        b"From: mailer-daemon@x\nContent-Type: text/plain; charset=khong-co\n\n550 5.1.1 no",
        b"From: mailer-daemon@x\nContent-Transfer-Encoding: base64\n\n550 5.1.1 no",
    ],
    ids=range(11),
)  # fmt: skip
def test_what_is_made_to_harm_is_read_to_its_end(content: bytes) -> None:
    assert read(content).says in Says


_LINES = st.sampled_from(
    [
        line + b"\r\n"
        for make in (mails.report, mails.qmail, mails.exim, mails.exchange)
        for line in make().split(b"\r\n")
    ]
)  # fmt: skip


@given(st.lists(_LINES | st.binary(max_size=40), max_size=80).map(b"".join))
def test_no_mix_of_lines_and_bytes_breaks_the_reader(content: bytes) -> None:
    notice = read(content)
    for text in (notice.status, notice.answer, *notice.recipients, *notice.message_ids):
        # What a database takes, on one line.
        assert text.encode() == text.encode("utf-8", "strict")
        assert "\0" not in text
        assert len(text.splitlines()) <= 1


@given(st.binary(max_size=2000))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    assert read(content).says in Says


@pytest.mark.parametrize(
    ("answer", "status", "of_address"),
    [
        ("550 5.1.1 no such user", "5.1.1", True),
        ("550 No such user", "", True),
        ("552 5.2.2 mailbox full", "5.2.2", True),
        ("550 5.4.1 Recipient address rejected: Access denied", "5.4.1", True),
        ("554 5.7.1 Relay access denied", "5.7.1", False),
        ("550 5.6.0 bad content", "5.6.0", False),
        ("552 5.3.4 too big", "5.3.4", False),
        ("550 from 10.5.1.1 refused", "", True),
    ],
)
def test_which_answers_are_about_the_address(answer: str, status: str, of_address: bool) -> None:
    assert status_in(answer) == status
    assert is_of_address(answer) is is_of_address(answer.encode()) is of_address


def test_codes_are_said_in_words() -> None:
    assert meaning("5.1.1") == "không có hộp thư này"
    assert meaning("5.1.10") == "tên miền của địa chỉ không có hoặc không nhận thư"
    assert meaning("") == meaning("9.9.9") == ""
