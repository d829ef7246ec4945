"""Mails that come back, in a real maildir and on a real IMAP server: what becomes of the mail and of its address."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from accounts.models import User
from directives import tasks
from directives.models import AddressProblem, Message, MessageEvent, ReminderPolicy
from directives.reminders import inbox
from directives.reminders.addresses import resolve
from directives.reminders.bounces import Readings, Verdict, read_bounces
from directives.reminders.claim import claim
from directives.reminders.compose import compose, groups
from directives.reminders.deliver import deliver
from directives.reminders.inbox import InboxError
from directives.reminders.plan import plan
from directives.reminders.verp import return_address, signed_for
from tests.cast import Cast, at
from tests.directives.reminders import returned_mails
from tests.directives.reminders.mailboxes import ImapBox, ImapServer, MaildirBox
from tests.directives.reminders.post_office import PostOffice
from tests.directives.reminders.test_plan import DUE

NOW = at(30)
LATER = NOW + timedelta(hours=1)
Box = MaildirBox | ImapBox


@pytest.fixture(scope="module")
def imap_server() -> Iterator[ImapServer]:
    server = ImapServer().start()
    yield server
    server.stop()


@pytest.fixture
def maildir(tmp_path: Path) -> MaildirBox:
    return MaildirBox(tmp_path / "thư trả lại %")


@pytest.fixture(params=["maildir", "imap"])
def box(request: pytest.FixtureRequest, maildir: MaildirBox) -> Box:
    return maildir if request.param == "maildir" else ImapBox(request.getfixturevalue("imap_server"))


@pytest.fixture(autouse=True)
def _return_address(settings: Any) -> None:
    settings.BOUNCE_ADDRESS = returned_mails.OURS


@pytest.fixture
def queued(cast: Cast, ladder: ReminderPolicy) -> list[Message]:
    cast.assignment()
    plan(ladder, on=DUE)
    for group in groups(on=DUE):
        if group.kind == Message.Kind.DIGEST:
            compose(group, on=DUE, at=NOW, by=User.objects.system())
    return list(Message.objects.order_by("pk"))


@pytest.fixture
def sent(cast: Cast, queued: list[Message], smtp: PostOffice) -> Message:
    """A mail to the officer that the server took, as it was sent."""
    deliver(clock=lambda: NOW)
    return Message.objects.get(recipient_key=f"user:{cast.officer.pk}")


def read(box: Box, **options: Any) -> Readings:
    return read_bounces(box.url, clock=lambda: LATER, **options)


def told(message: Message) -> list[str]:
    return list(MessageEvent.objects.filter(message=message).order_by("pk").values_list("kind", flat=True))


def test_a_mail_that_comes_back_has_failed_and_its_address_is_closed(box: Box, sent: Message) -> None:
    box.put(returned_mails.report(to=return_address(sent.pk)))
    result = read(box)
    assert (result.counts, result.bounced) == ({"bounced": 1}, [sent.pk])
    sent.refresh_from_db()
    assert sent.state == "failed"
    assert sent.error.startswith("Thư bị trả lại, không có hộp thư này: “550 5.1.1 ")
    assert told(sent) == ["composed", "attempt", "sent", "bounced"]
    event = sent.events.get(kind="bounced")
    assert event.detail == "550 5.1.1 <ai@don-vi.example>: Recipient address rejected: User unknown"
    problem = AddressProblem.objects.get()
    assert (problem.address, problem.kind, problem.message) == (sent.address.lower(), "bounced", sent)
    assert (problem.said, problem.detail, problem.noted_at) == (sent.error, event.detail, LATER)
    assert problem.history.get().history_user == User.objects.system()
    assert box.marks() == ["seen"]


def test_where_it_came_back_to_is_where_the_server_was_told_to_send_it(
    sent: Message, smtp: PostOffice
) -> None:
    """What a server does with the envelope that it was handed: the circle is closed without our own arithmetic."""
    envelopes = dict(zip((mail["Message-ID"] for mail in smtp.mails), smtp.senders, strict=True))
    assert signed_for([envelopes[sent.message_id]]) == sent.pk


@pytest.mark.parametrize("make", ["report", "report_without_blank_line", "qmail", "exim", "exchange"])
@pytest.mark.parametrize("by", ["address", "message_id"])
def test_each_way_of_returning_a_mail_is_matched(
    maildir: MaildirBox, sent: Message, settings: Any, make: str, by: str
) -> None:
    words = {"to": return_address(sent.pk), "about": "<khong-ro@x.example>"}
    if by == "message_id":
        # As where mails return to the mailbox of MAIL_FROM.
        words = {"to": "dondoc@dondoc.example", "about": sent.message_id}
    maildir.put(getattr(returned_mails, make)(**words))
    assert read(maildir).bounced == [sent.pk]
    assert AddressProblem.objects.get().address == sent.address.lower()


def test_the_same_report_twice_is_told_once(box: Box, sent: Message) -> None:
    content = returned_mails.report(to=return_address(sent.pk))
    box.put(content)
    box.put(content)
    assert read(box).counts == {"bounced": 1, "known": 1}
    assert read(box).counts == {}
    assert told(sent).count("bounced") == 1
    assert AddressProblem.objects.count() == 1
    assert box.marks() == ["seen", "seen"]


def test_a_delay_is_an_event_and_nothing_else(box: Box, sent: Message) -> None:
    late = {"action": "delayed", "status": "4.4.1", "answer": "connection timed out"}
    for content in (
        returned_mails.report(to=return_address(sent.pk), **late),
        returned_mails.report(to=return_address(sent.pk), **late),
        returned_mails.still_trying(to=return_address(sent.pk)),
    ):
        box.put(content)
    assert read(box).counts == {"delayed": 2, "known": 1}
    sent.refresh_from_db()
    assert sent.state == "sent"
    assert told(sent)[-2:] == ["delayed", "delayed"]
    assert sent.events.filter(kind="delayed")[0].detail == "4.4.1 connection timed out"
    assert not AddressProblem.objects.exists()


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        ("4.4.7", "delivery time expired", "không liên lạc được với máy chủ nơi nhận"),
        ("5.7.1", "550 5.7.1 looks like spam", "chặn thư theo chính sách bảo mật"),
        ("5.3.4", "552 5.3.4 message too big", "thư quá lớn"),
    ],
)
def test_what_is_not_the_address_s_fault_fails_the_mail_alone(
    maildir: MaildirBox, sent: Message, status: str, answer: str, words: str
) -> None:
    maildir.put(returned_mails.report(to=return_address(sent.pk), status=status, answer=answer))
    assert read(maildir).bounced == [sent.pk]
    sent.refresh_from_db()
    assert sent.state == "failed"
    assert words in sent.error
    assert not AddressProblem.objects.exists()


def test_what_is_no_bounce_of_ours_is_left_for_people(box: Box, sent: Message, settings: Any) -> None:
    ours = return_address(sent.pk)
    number, signature = ours.split("+")[1].split("@")[0].split(".")
    settings.BOUNCE_ADDRESS = ""
    contents = {
        Verdict.AUTO_REPLY: returned_mails.out_of_office(to=ours, about=sent.message_id),
        Verdict.OTHER: returned_mails.a_person(to=ours, about=sent.message_id),
        Verdict.UNMATCHED: returned_mails.report(),
        Verdict.TOO_LARGE: returned_mails.report(to=ours) + b" " * inbox.LARGEST_BYTES,
        Verdict.FORGED: returned_mails.report(
            to=f"tra-lai+{int(number) + 1}.{signature}@dondoc.example", about=sent.message_id
        ),
    }
    settings.BOUNCE_ADDRESS = returned_mails.OURS
    for content in contents.values():
        box.put(content)
    assert read(box).counts == {verdict.value: 1 for verdict in contents}
    assert box.marks() == ["flagged"] * len(contents)
    # Looked at once: not again, and not deleted.
    assert read(box).counts == {}
    assert told(sent) == ["composed", "attempt", "sent"]
    assert not AddressProblem.objects.exists()


def test_a_mail_that_takes_python_s_parser_down_is_set_aside(maildir: MaildirBox, sent: Message) -> None:
    nested = (b"Content-Type: multipart/mixed; boundary=a%d\r\n\r\n--a%d\r\n" % (n, n) for n in range(5000))
    maildir.put(b"".join(nested))
    maildir.put(returned_mails.report(to=return_address(sent.pk)))
    assert read(maildir).counts == {"unreadable": 1, "bounced": 1}
    assert maildir.marks() == ["flagged", "seen"]


def test_a_malformed_mail_does_not_hold_up_the_next(box: Box, sent: Message) -> None:
    box.put(b"From: mailer-daemon@x\r\nContent-Type: multipart/report; boundary=\r\n\r\n\xff\xfe")
    box.put(returned_mails.report(to=return_address(sent.pk)))
    assert read(box).bounced == [sent.pk]
    assert box.marks() == ["flagged", "seen"]


def test_so_many_at_a_time_and_the_rest_the_next_time(box: Box, sent: Message) -> None:
    for _n in range(3):
        box.put(returned_mails.report())
    assert read(box, most=2).counts == {"unmatched": 2}
    assert read(box, most=2).counts == {"unmatched": 1}


def test_a_mail_is_marked_only_after_its_effects_are_committed(
    box: Box, sent: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("connection lost")

    box.put(returned_mails.report(to=return_address(sent.pk)))
    with monkeypatch.context() as broken:
        broken.setattr("directives.reminders.bounces.note_problem", breaks)
        with pytest.raises(DatabaseError):
            read(box)
    assert box.marks() == [""]
    sent.refresh_from_db()
    assert sent.state == "sent"
    assert read(box).bounced == [sent.pk]
    assert box.marks() == ["seen"]


def test_what_was_done_stays_done_when_the_mailbox_is_lost(maildir: MaildirBox, sent: Message) -> None:
    maildir.put(returned_mails.report(to=return_address(sent.pk)))
    # A folder where the marked mail is to go.
    (maildir.path / "cur" / "0000000001.thu.may:2,S").mkdir()
    with pytest.raises(InboxError):
        read(maildir)
    sent.refresh_from_db()
    assert sent.state == "failed"
    (maildir.path / "cur" / "0000000001.thu.may:2,S").rmdir()
    assert read(maildir).counts == {"known": 1}
    assert told(sent).count("bounced") == 1


def test_a_mail_that_is_just_being_sent_waits_for_its_sender(
    maildir: MaildirBox, queued: list[Message], settings: Any
) -> None:
    settings.MAIL_LEASE_SECONDS = 7200
    (held, *_others) = claim(at=NOW, size=1)
    maildir.put(returned_mails.report(to=return_address(held.message)))
    assert read(maildir).counts == {"waiting": 1}
    assert maildir.marks() == [""]
    Message.objects.filter(pk=held.message).update(state="sent", sent_at=NOW, leased_until=None)
    assert read(maildir).bounced == [held.message]


def test_an_address_put_right_since_is_not_closed_by_an_older_mail(
    cast: Cast, maildir: MaildirBox, sent: Message
) -> None:
    maildir.put(returned_mails.report(to=return_address(sent.pk)))
    read(maildir)
    resolve(AddressProblem.objects.get(), by=cast.secretary, at=LATER, note="Đã mở lại")
    older = Message.objects.filter(address=sent.address).exclude(pk=sent.pk)
    assert not older.exists()
    values = {f.attname: getattr(sent, f.attname) for f in Message._meta.fields if f.attname != "id"}
    copy = Message.objects.create(
        **values | {"message_id": "<khac@x>", "resend_of_id": sent.pk, "state": "sent", "sent_at": NOW}
    )
    maildir.put(returned_mails.report(to=return_address(copy.pk)))
    assert read(maildir).bounced == [copy.pk]
    assert not AddressProblem.objects.filter(resolved_at=None).exists()


def test_mails_read_in_another_program_are_read_all_the_same(maildir: MaildirBox, sent: Message) -> None:
    maildir.put(returned_mails.report(to=return_address(sent.pk)))
    (path,) = (maildir.path / "new").iterdir()
    path.rename(maildir.path / "cur" / f"{path.name}:2,")
    assert read(maildir).bounced == [sent.pk]


def test_the_job_and_the_command(maildir: MaildirBox, sent: Message, settings: Any) -> None:
    settings.BOUNCE_URL = maildir.url
    maildir.put(returned_mails.report(to=return_address(sent.pk)))
    out = StringIO()
    call_command("read_bounces", "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert (said["read"], said["bounced"], said["messages"]) == (1, 1, [sent.pk])
    maildir.put(returned_mails.report())
    tasks.read_bounces()
    assert maildir.marks() == ["seen", "flagged"]
    maildir.put(returned_mails.report())
    out = StringIO()
    call_command("read_bounces", stdout=out)
    assert out.getvalue().split() == ["Read", "1", "mails", "unmatched", "1"]


@pytest.mark.parametrize(
    ("url", "code"),
    [("", 2), ("maildir:///khong/co", 1), ("imap://a:b@127.0.0.1:1/INBOX", 1), ("pop3://a:b@c", 1)],
)
def test_a_mailbox_that_cannot_be_read_is_said_and_the_job_goes_on(
    settings: Any, url: str, code: int
) -> None:
    settings.BOUNCE_URL = url
    with pytest.raises(CommandError) as refused:
        call_command("read_bounces")
    assert refused.value.returncode == code
    tasks.read_bounces()


def test_a_wrong_password_or_folder_is_said(imap_server: ImapServer) -> None:
    good = ImapBox(imap_server)
    user = good.url.split("//")[1].split(":")[0]
    for wrong, words in (
        (f"imap://{user}:sai@127.0.0.1:{imap_server.port}/INBOX", "AUTHENTICATIONFAILED"),
        (good.url.replace("INBOX", "KHONGCO"), "does not exist"),
        (f"imap://{user}:m%E1%BA%ADt@127.0.0.1:{imap_server.port}/INBOX", "UnicodeEncodeError"),
    ):
        with pytest.raises(InboxError, match=words):
            read_bounces(wrong)


def test_forty_reports_take_no_more_queries_each_than_one(
    maildir: MaildirBox, sent: Message, django_assert_max_num_queries: Any
) -> None:
    for _n in range(40):
        maildir.put(returned_mails.report(to=return_address(sent.pk)))
    with django_assert_max_num_queries(40 * 4 + 12):
        read(maildir)
