"""Sending, against a real SMTP server: nothing lost, nobody held up by another, every outcome told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from django.utils import translation

from accounts.allow_list import is_allowed
from accounts.models import User
from directives.models import Message, MessageEvent, ReminderPolicy
from directives.reminders.claim import claim, held_by_others
from directives.reminders.compose import compose, groups
from directives.reminders.deliver import JITTER, LONGEST_PAUSE, MOST_ATTEMPTS, deliver
from directives.reminders.envelope import envelope
from directives.reminders.plan import plan
from tests.cast import Cast, at
from tests.directives.reminders.post_office import ACCEPTED, PostOffice, parsed
from tests.directives.reminders.test_plan import DUE, edit

NOW = at(30)


class Clock:
    """An explicit clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def on(self, **step: float) -> None:
        self.now += timedelta(**step)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queued(cast: Cast, ladder: ReminderPolicy) -> list[Message]:
    """Mails to three units' mailboxes and two officers, to be sent."""
    cast.issued(units=[cast.hanoi, cast.danang, cast.office])
    plan(ladder, on=DUE)
    for group in groups(on=DUE):
        if group.kind == Message.Kind.DIGEST:
            compose(group, on=DUE, at=NOW, by=User.objects.system())
    return list(Message.objects.order_by("pk"))


def states() -> dict[str, str]:
    return dict(Message.objects.values_list("address", "state"))


def story(address: str) -> list[str]:
    rows = MessageEvent.objects.filter(message__address=address).order_by("pk")
    return list(rows.values_list("kind", flat=True))


def refusing(address: str, reply: str) -> Callable[[str], str]:
    return lambda found: reply if found == address else ACCEPTED


def test_every_mail_arrives_once_over_one_connection(
    queued: list[Message], smtp: PostOffice, clock: Clock
) -> None:
    assert len(queued) == 5
    assert len(deliver(clock=clock).sent) == 5
    assert sorted(smtp.addresses) == sorted(mail.address for mail in queued)
    assert smtp.connections == 1
    assert set(states().values()) == {"sent"}
    assert story(queued[0].address) == ["composed", "attempt", "sent"]
    assert deliver(clock=clock).sent == []
    assert len(smtp.accepted) == 5


def test_what_goes_over_the_wire_is_well_formed(
    cast: Cast, queued: list[Message], smtp: PostOffice, clock: Clock
) -> None:
    deliver(clock=clock)
    for content, mail in zip(smtp.accepted, smtp.mails, strict=True):
        assert content.isascii()
        assert max(map(len, content.split(b"\r\n"))) <= 998
        row = Message.objects.get(message_id=mail["Message-ID"])
        assert mail["Subject"] == row.subject == "[BCĐ CĐS] 1 đến hạn hôm nay – 30/06/2023"
        (sender,) = mail["From"].addresses
        assert (sender.display_name, sender.addr_spec) == ("BCĐ CĐS", "dondoc@dondoc.example")
        (reply,) = mail["Reply-To"].addresses
        assert (reply.display_name, reply.addr_spec) == ("Tổ thư ký", cast.committee.mailbox)
        (to,) = mail["To"].addresses
        assert (to.display_name, to.addr_spec) == (row.recipient_name, row.address)
        assert mail["Auto-Submitted"] == "auto-generated"
        assert parsedate_to_datetime(str(mail["Date"])) == row.composed_at
        assert str(mail["Date"]).endswith("+0700")
        assert mail.get_content_type() == "multipart/alternative"
        text, html = mail.iter_parts()
        assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
        assert text.get_content().replace("\r\n", "\n") == row.text
        assert html.get_content().replace("\r\n", "\n").strip() == row.html.strip()
        assert len(content) < 100_000


def test_one_refused_address_does_not_hold_up_the_others(
    queued: list[Message], smtp: PostOffice, clock: Clock
) -> None:
    refused = queued[1].address
    smtp.answer_recipient = refusing(refused, "550 5.1.1 no such mailbox")
    result = deliver(clock=clock)
    assert (len(result.sent), result.failed) == (4, [queued[1].pk])
    assert states()[refused] == "failed"
    assert "550 5.1.1 no such mailbox" in Message.objects.get(address=refused).error
    assert story(refused) == ["composed", "attempt", "failed"]


def test_a_content_the_server_will_not_take_fails_alone(
    queued: list[Message], smtp: PostOffice, clock: Clock
) -> None:
    smtp.answer_data = refusing(queued[0].address, "554 5.7.1 looks like spam")
    result = deliver(clock=clock)
    assert (len(result.sent), result.failed) == (4, [queued[0].pk])


def test_not_now_means_later_with_growing_pauses(
    queued: list[Message], smtp: PostOffice, clock: Clock
) -> None:
    slow = queued[2].address
    smtp.answer_recipient = refusing(slow, "451 4.7.1 greylisted, try again")
    assert deliver(clock=clock).deferred == [queued[2].pk]
    pauses = []
    for _n in range(4):
        row = Message.objects.get(address=slow)
        pauses.append(row.next_attempt_at - clock.now)
        assert deliver(clock=clock).deferred == []
        clock.now = row.next_attempt_at
        assert deliver(clock=clock).deferred == [row.pk]
    for pause, minutes in zip(pauses, (1, 2, 4, 8), strict=True):
        assert abs(pause / timedelta(minutes=minutes) - 1) <= JITTER
    smtp.answer_recipient = lambda address: ACCEPTED
    clock.on(hours=1)
    assert deliver(clock=clock).sent == [queued[2].pk]
    assert story(slow) == ["composed", *["attempt", "deferred"] * 5, "attempt", "sent"]
    assert Message.objects.get(address=slow).error == ""


def test_a_mail_nobody_takes_for_a_day_is_set_aside(
    queued: list[Message], smtp: PostOffice, clock: Clock
) -> None:
    smtp.answer_recipient = refusing(queued[0].address, "450 mailbox busy")
    deliver(clock=clock)
    for _n in range(60):
        row = Message.objects.get(pk=queued[0].pk)
        if row.state != "queued":
            break
        assert row.next_attempt_at - clock.now <= LONGEST_PAUSE * (1 + JITTER)
        clock.now = row.next_attempt_at
        deliver(clock=clock)
    assert row.state == "failed"
    assert row.attempts > MOST_ATTEMPTS
    assert timedelta(hours=24) <= clock.now - NOW < timedelta(hours=26)


def test_a_server_that_is_away_fails_nothing(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any
) -> None:
    smtp.close()
    assert len(deliver(clock=clock).deferred) == 5
    assert set(states().values()) == {"queued"}
    office = PostOffice().open()
    settings.EMAIL_PORT = office.port
    clock.on(minutes=2)
    assert len(deliver(clock=clock).sent) == 5
    office.close()


def test_a_server_that_closes_the_connection_gets_a_new_one(
    queued: list[Message], smtp: PostOffice, clock: Clock
) -> None:
    smtp.answer_recipient = refusing(queued[1].address, "421 too many mails")
    result = deliver(clock=clock)
    assert (len(result.sent), len(result.deferred)) == (4, 1)
    assert smtp.connections == 2


def test_an_address_that_cannot_be_written_fails_alone(
    cast: Cast, queued: list[Message], smtp: PostOffice, clock: Clock
) -> None:
    wrong = Message.objects.get(pk=queued[0].pk)
    values = {
        field.attname: getattr(wrong, field.attname)
        for field in Message._meta.fields
        if field.attname != "id"
    }
    Message.objects.create(**values | {"address": "a b@@c", "message_id": "<x@y>", "resend_of_id": wrong.pk})
    result = deliver(clock=clock)
    assert (len(result.sent), len(result.failed)) == (5, 1)
    words, raw = told()
    assert words == "Địa chỉ hoặc tiêu đề của thư không viết được thành thư điện tử"
    assert raw.startswith("ValueError: ")


def test_nobody_outside_the_list_of_a_test_installation_is_written_to(
    cast: Cast, queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any
) -> None:
    edit(cast.officer, email="X@Noi-Khac.example")
    allowed = [cast.hanoi.mailbox, cast.danang_officer.email]
    settings.MAIL_ONLY_TO = allowed
    result = deliver(clock=clock)
    assert sorted(smtp.addresses) == sorted(allowed)
    assert (len(result.sent), len(result.failed)) == (2, 3)
    refused = Message.objects.filter(state="failed")
    assert {mail.address for mail in refused} == {mail.address for mail in queued} - set(allowed)
    for mail in refused:
        assert mail.error == (
            f"Địa chỉ không nằm trong MAIL_ONLY_TO của bản cài đặt này, nên thư không được gửi: {mail.address}"
        )
        assert mail.events.get(kind="failed").detail == "not in MAIL_ONLY_TO"


def test_a_list_of_domains_lets_their_own_addresses_through(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any
) -> None:
    settings.MAIL_ONLY_TO = ["cast.example"]
    assert len(deliver(clock=clock).sent) == 5


@pytest.mark.parametrize(
    ("address", "only_to", "allowed"),
    [
        ("a@x.vn", [], True),
        ("a@x.vn", ["a@x.vn"], True),
        ("A@X.VN", ["a@x.vn"], True),
        ("b@x.vn", ["a@x.vn"], False),
        ("b@x.vn", ["a@x.vn", "x.vn"], True),
        ("b@x.vn", ["@x.vn"], True),
        ("b@sub.x.vn", ["x.vn"], False),
        ("b@evilx.vn", ["x.vn"], False),
        ("x.vn@evil.vn", ["x.vn"], False),
        ('"a@x.vn"@evil.vn', ["x.vn", "a@x.vn"], False),
    ],
)
def test_who_is_in_the_list(address: str, only_to: list[str], allowed: bool) -> None:
    assert is_allowed(address, only_to) is allowed


# --- What people and operators are told ---------------------------------------------------------------------------


@contextmanager
def endless_greeting() -> Iterator[int]:
    """A server that does not come to the end of its first answer in ten seconds of letters; gives its port."""
    ended = threading.Event()

    def greet() -> None:
        connection, _address = listening.accept()
        with connection, suppress(OSError):
            for letter in islice(cycle(b"220-Welcome\r\n"), 500):
                connection.sendall(bytes([letter]))
                if ended.wait(0.02):
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=greet)
        server.start()
        yield listening.getsockname()[1]
        ended.set()
        server.join()


def test_a_server_that_never_ends_its_answer_holds_no_mail_beyond_its_lease(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any
) -> None:
    """Each letter comes in time, so that no time-out of the socket ends it."""
    settings.MAIL_LEASE_SECONDS = 1
    with endless_greeting() as settings.EMAIL_PORT:
        assert len(deliver(clock=clock).deferred) == 5
    assert told_of_all()[0] == "Máy chủ thư không trả lời trong thời gian chờ"


def told() -> tuple[str, str]:
    """Return what the one mail that did not go out says to people, and its last event to the operator."""
    (mail,) = Message.objects.exclude(error="")
    return mail.error, mail.events.latest("pk").detail


def told_of_all() -> tuple[str, str]:
    """Return the same of mails of which none went out, for the same reason."""
    (pair,) = {(mail.error, mail.events.latest("pk").detail) for mail in Message.objects.all()}
    return pair


@pytest.mark.parametrize(
    ("of_recipient", "of_content", "sentence"),
    [
        ("550 5.1.1 no such user", ACCEPTED, "Máy chủ thư từ chối địa chỉ này"),
        ("451 4.7.1 greylisted", ACCEPTED, "Máy chủ thư tạm chưa nhận thư đến địa chỉ này"),
        (ACCEPTED, "554 5.7.1 looks like spam", "Máy chủ thư từ chối thư này"),
        (ACCEPTED, "452 4.3.1 disk full", "Máy chủ thư tạm chưa nhận thư này"),
        ("421 too many mails", ACCEPTED, "Máy chủ thư tạm ngừng phục vụ"),
    ],
)
def test_a_servers_answer_is_told_in_words_and_quoted(
    queued: list[Message],
    smtp: PostOffice,
    clock: Clock,
    of_recipient: str,
    of_content: str,
    sentence: str,
) -> None:
    smtp.answer_recipient = refusing(queued[0].address, of_recipient)
    smtp.answer_data = refusing(queued[0].address, of_content)
    deliver(clock=clock)
    answer = of_recipient if of_content == ACCEPTED else of_content
    assert told() == (f"{sentence}: “{answer}”", answer)


def test_a_server_that_is_away_is_told_so(queued: list[Message], smtp: PostOffice, clock: Clock) -> None:
    smtp.close()
    assert len(deliver(clock=clock).deferred) == 5
    words, raw = told_of_all()
    assert words == "Không kết nối được máy chủ thư"
    assert raw.startswith("ConnectionRefusedError: ")


def test_a_name_that_leads_to_no_server_is_told_so(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any
) -> None:
    settings.EMAIL_HOST = "khong-co.invalid"
    deliver(clock=clock)
    words, raw = told_of_all()
    assert words == "Không tìm thấy máy chủ thư theo tên đã cấu hình"
    assert raw.startswith("gaierror: ")


def test_a_connection_cut_in_the_middle_of_a_mail_is_told_so_and_opened_again(
    queued: list[Message], smtp: PostOffice, clock: Clock
) -> None:
    smtp.hangs_up = lambda address: address == queued[0].address
    result = deliver(clock=clock)
    assert (len(result.sent), result.deferred) == (4, [queued[0].pk])
    assert smtp.connections == 2
    words, raw = told()
    assert words == "Máy chủ thư ngắt kết nối giữa chừng"
    assert raw.startswith(("SMTPServerDisconnected: ", "ConnectionResetError: "))


def test_a_server_that_does_not_answer_is_told_so(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any
) -> None:
    settings.EMAIL_TIMEOUT = 1
    smtp.holds = lambda number: number == 1
    assert queued[0].pk in deliver(clock=clock).deferred
    mail = Message.objects.get(pk=queued[0].pk)
    assert mail.error == "Máy chủ thư không trả lời trong thời gian chờ"


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        (
            "sai",
            "Máy chủ thư không chấp nhận tên đăng nhập, mật khẩu đã cấu hình: “535 5.7.8 wrong password”",
        ),
        ("mật khẩu", "Tên đăng nhập hoặc mật khẩu máy chủ thư đã cấu hình không hợp lệ"),
    ],
)
def test_a_wrong_password_is_no_mails_fault(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any, password: str, sentence: str
) -> None:
    smtp.authenticator = lambda *_found: AuthResult(
        success=False, message="535 5.7.8 wrong password", handled=False
    )
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "dondoc", password
    assert len(deliver(clock=clock).deferred) == 5
    assert told_of_all()[0] == sentence
    # Tried once for all of the batch: an account would be locked for guessing.
    assert smtp.connections == 1


def test_a_server_without_what_is_configured_is_no_mails_fault(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any
) -> None:
    settings.EMAIL_USE_TLS = True
    assert len(deliver(clock=clock).deferred) == 5
    assert told_of_all()[0] == "Máy chủ thư không hỗ trợ cách đăng nhập hoặc mã hóa đã cấu hình"
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = False, True
    clock.on(minutes=2)
    assert len(deliver(clock=clock).deferred) == 5
    assert told_of_all()[0] == "Không thiết lập được kết nối mã hóa với máy chủ thư"


def test_a_refused_sender_is_no_mails_fault(queued: list[Message], smtp: PostOffice, clock: Clock) -> None:
    async def refuse(server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        return "550 sender not allowed"

    smtp.handle_MAIL = refuse  # type: ignore[attr-defined]
    assert len(deliver(clock=clock).deferred) == 5
    answer = "550 sender not allowed"
    assert told_of_all() == (f"Máy chủ thư từ chối địa chỉ người gửi: “{answer}”", answer)


def test_what_is_kept_of_it_is_in_the_language_of_the_records(
    queued: list[Message], smtp: PostOffice, clock: Clock
) -> None:
    smtp.close()
    with translation.override("en"):
        deliver(clock=clock)
    assert told_of_all()[0] == "Không kết nối được máy chủ thư"


# --- Claims -----------------------------------------------------------------------------------------------------


def test_what_one_process_holds_no_other_takes(queued: list[Message], smtp: PostOffice, clock: Clock) -> None:
    held = claim(at=clock(), size=2)
    assert len(held) == 2
    assert len(deliver(clock=clock).sent) == 3
    assert held_by_others(at=clock()) == held[0].leased_until


def test_what_a_crash_left_is_sent_when_its_lease_is_over(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any
) -> None:
    held = claim(at=clock(), size=5)
    assert deliver(clock=clock).sent == []
    clock.on(seconds=settings.MAIL_LEASE_SECONDS + 1)
    assert sorted(deliver(clock=clock).sent) == sorted(row.message for row in held)
    assert held_by_others(at=clock()) is None


def test_who_lost_the_lease_does_not_send(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any
) -> None:
    """A process that was suspended for longer than its lease finds that another took its mails."""
    from directives.reminders import deliver as module

    late = claim(at=clock(), size=5)
    clock.on(seconds=settings.MAIL_LEASE_SECONDS + 1)
    assert len(deliver(clock=clock).sent) == 5
    result = module.Delivered()
    module._send_batch(late, clock, result)
    assert result == module.Delivered()
    assert len(smtp.accepted) == 5


def test_batches_go_on_until_nothing_is_left(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any
) -> None:
    settings.MAIL_BATCH = 2
    assert len(deliver(clock=clock).sent) == 5
    assert smtp.connections == 3


# --- Files ------------------------------------------------------------------------------------------------------


def test_without_a_server_each_mail_is_a_file(
    cast: Cast, queued: list[Message], settings: Any, tmp_path: Path, clock: Clock
) -> None:
    settings.EMAIL_BACKEND = "directives.reminders.files.EmlFileBackend"
    settings.MAIL_DIR = tmp_path / "thư đi"
    assert len(deliver(clock=clock).sent) == 5
    files = sorted((tmp_path / "thư đi").iterdir())
    assert len(files) == 5
    assert all(path.suffix == ".eml" and path.name.startswith("2023-06-30-") for path in files)
    assert any("syt-hanoi-cast-example" in path.name for path in files)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)
    Message.objects.update(state="queued")
    deliver(clock=clock)
    assert sorted((tmp_path / "thư đi").iterdir()) == files


def test_a_folder_that_cannot_be_written_defers(
    queued: list[Message], settings: Any, tmp_path: Path, clock: Clock
) -> None:
    settings.EMAIL_BACKEND = "directives.reminders.files.EmlFileBackend"
    settings.MAIL_DIR = tmp_path / "file"
    settings.MAIL_DIR.write_text("")
    assert len(deliver(clock=clock).deferred) == 5
    words, raw = told_of_all()
    assert words == "Không ghi được tệp thư vào thư mục MAIL_DIR"
    assert raw.startswith("FileExistsError: ")


def test_a_long_name_and_subject_fold_and_read_back(cast: Cast, post_office: PostOffice) -> None:
    words = "Trung tâm Thông tin y tế quốc gia, Ban Chỉ đạo chuyển đổi số ngành y tế "
    for length in range(10, 230, 11):
        row = Message(
            committee=cast.committee,
            subject=(words * 4)[:length].strip(),
            recipient_name=(words * 4)[:length].strip(),
            address="dia.chi@cast.example",
            text="x",
            html="x",
            message_id="<a@b>",
            composed_at=NOW,
            on=DUE,
        )
        mail = parsed(envelope(row).message().as_bytes(linesep="\r\n"))
        assert mail["Subject"] == row.subject
        (to,) = mail["To"].addresses
        assert (to.display_name, to.addr_spec) == (row.recipient_name, row.address)


def test_a_name_in_any_letters_is_written(
    cast: Cast, queued: list[Message], smtp: PostOffice, clock: Clock
) -> None:
    edit(cast.committee, short_name='BCĐ "CĐS", ngành y tế')
    deliver(clock=clock)
    assert smtp.mails[0]["From"].addresses[0].display_name == 'BCĐ "CĐS", ngành y tế'
