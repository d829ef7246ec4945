"""What stands on the envelope and above a mail: where it returns to, its thread, its list, its folded subject."""

from __future__ import annotations

import io
from email.generator import BytesGenerator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as installed
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.text import nfc
from directives.models import Message
from directives.reminders.deliver import deliver
from directives.reminders.envelope import envelope
from directives.reminders.files import bytes_of
from directives.reminders.threads import thread_root
from directives.reminders.verp import return_address, signed_for
from steering.models import Committee
from tests.cast import Cast, at
from tests.directives.reminders.post_office import PostOffice, parsed
from tests.directives.reminders.test_plan import edit

NOW = at(30)


def unsaved(committee: Committee, **fields: Any) -> Message:
    values: dict[str, Any] = {
        "pk": 7,
        "kind": "digest",
        "on": NOW.date(),
        "recipient_key": "user:1",
        "recipient_name": "Nguyễn Văn Đơn Vị",
        "address": "ai@don-vi.example",
        "subject": "Nhắc việc",
        "text": "Nội dung\n",
        "html": "<p>Nội dung</p>",
        "message_id": "<7@dondoc.example>",
        "composed_at": NOW,
        "next_attempt_at": NOW,
    }
    return Message(committee=committee, **values | fields)


def committee(**fields: Any) -> Committee:
    return Committee(**{"pk": 1, "code": "bcd-cds", "name": "Ban Chỉ đạo", "short_name": "BCĐ CĐS"} | fields)


@pytest.fixture
def queued(cast: Cast) -> Message:
    message = unsaved(cast.committee, pk=None)
    message.save()
    return message


def test_a_mail_returns_to_an_address_of_its_own_and_people_see_the_sender(
    cast: Cast, queued: Message, smtp: PostOffice, settings: Any
) -> None:
    settings.BOUNCE_ADDRESS = "tra-lai@dondoc.example"
    deliver(clock=lambda: NOW)
    (sender,) = smtp.senders
    assert sender.startswith(f"tra-lai+{queued.pk}.")
    assert sender.endswith("@dondoc.example")
    assert signed_for([sender]) == queued.pk
    (mail,) = smtp.mails
    (origin,) = mail["From"].addresses
    assert (origin.display_name, origin.addr_spec) == (cast.committee.short_name, "dondoc@dondoc.example")
    assert "Return-Path" not in mail


def test_without_the_setting_mails_return_to_the_sender(queued: Message, smtp: PostOffice) -> None:
    deliver(clock=lambda: NOW)
    assert smtp.senders == ["dondoc@dondoc.example"]


def test_a_mail_as_a_file_says_where_it_returns_to(queued: Message, settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "directives.reminders.files.EmlFileBackend"
    settings.MAIL_DIR, settings.BOUNCE_ADDRESS = tmp_path, "tra-lai@dondoc.example"
    deliver(clock=lambda: NOW)
    (path,) = tmp_path.iterdir()
    assert parsed(path.read_bytes())["Return-Path"] == f"<{return_address(queued.pk)}>"
    settings.BOUNCE_ADDRESS = ""
    Message.objects.filter(pk=queued.pk).update(state="queued")
    deliver(clock=lambda: NOW)
    assert "Return-Path" not in parsed(path.read_bytes())


def test_only_what_was_signed_here_is_believed(settings: Any) -> None:
    settings.BOUNCE_ADDRESS = "tra-lai@dondoc.example"
    good = return_address(123)
    assert len(good.partition("@")[0]) <= 64
    # Servers write it as they like.
    assert signed_for(["khac@x.example", f" {good.upper()} "]) == 123
    signature = good.split(".")[1].partition("@")[0]
    for wrong in (
        f"tra-lai+124.{signature}@dondoc.example",
        f"tra-lai+123.{signature[:-1]}@dondoc.example",
        f"tra-lai+123.{'0' * 16}@dondoc.example",
        f"khac+123.{signature}@dondoc.example",
        f"tra-lai+123.{signature}@khac.example",
        f"tra-lai+{'9' * 30}.{signature}@dondoc.example",
        "tra-lai@dondoc.example",
    ):
        assert signed_for([wrong]) is None
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [installed.SECRET_KEY], "moi" * 20
    assert signed_for([good]) == 123
    assert return_address(123) != good
    settings.SECRET_KEY_FALLBACKS = []
    assert signed_for([good]) is None


def test_a_committee_s_mails_are_a_list_and_a_directive_s_a_thread(queued: Message, smtp: PostOffice) -> None:
    root = thread_root(5)
    values = {f.attname: getattr(queued, f.attname) for f in Message._meta.fields if f.attname != "id"}
    Message.objects.create(**values | {"message_id": "<8@x>", "in_reply_to": root, "resend_of_id": queued.pk})
    deliver(clock=lambda: NOW)
    alone, answer = smtp.mails
    code = queued.committee.code
    assert alone["List-Id"] == f"{queued.committee.short_name} <{code}.dondoc.example>"
    assert "In-Reply-To" not in alone
    assert "References" not in alone
    assert answer["In-Reply-To"] == answer["References"] == root
    assert thread_root(5) == root != thread_root(6)


def test_a_long_name_of_a_committee_is_folded(cast: Cast, queued: Message, smtp: PostOffice) -> None:
    edit(cast.committee, short_name="Ban Chỉ đạo chuyển đổi số và cải cách hành chính ngành Y tế")
    deliver(clock=lambda: NOW)
    (content,) = smtp.accepted
    (mail,) = smtp.mails
    assert str(mail["List-Id"]).startswith("Ban Chỉ đạo chuyển đổi số và cải cách hành chính ngành Y tế <")
    lines = content.partition(b"List-Id:")[2].split(b"X-Reminder-Day:")[0].split(b"\r\n")
    assert len(lines) > 2
    assert max(map(len, lines)) <= 78


def test_the_thread_is_part_of_what_cannot_change(queued: Message) -> None:
    from django.db import DatabaseError, transaction

    with pytest.raises(DatabaseError, match="cannot change"), transaction.atomic():
        Message.objects.filter(pk=queued.pk).update(in_reply_to="<khac@x>")


# What a subject may hold: one line, as `LineField` keeps it.
_LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyAĐÊỞỮ ộặểễỹ0123456789[]()–“”…,.:;!?%/\\\"'<>=_@#&*+-😀"
_SUBJECTS = st.text(st.sampled_from(_LETTERS) | st.characters(exclude_categories=["C", "Z"]), max_size=255)


# A busy machine is no failure.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_SUBJECTS.map(lambda text: nfc(text, one_line=True)).filter(bool))
@example("Đ" * 255)
@example("[BCĐ CĐS] " + "chữ " * 61)
@example("=?utf-8?q?gi=E1=BA=A3?=")
@example("a" * 255)
def test_any_subject_is_read_as_it_was_written(subject: str) -> None:
    content = bytes_of(envelope(unsaved(committee(), subject=subject)))
    assert content.isascii()
    assert str(parsed(content)["Subject"]) == subject
    assert max(map(len, content.split(b"\r\n"))) <= 998


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")).map(lambda text: text + "\n")
)
@example("Dòng rất dài " * 200 + "\n")
@example(".\n..\nFrom người gửi\n cuối dòng có dấu cách \n\tthẻ=\n")
def test_any_text_travels_in_seven_bits_and_short_lines(text: str) -> None:
    raw = bytes_of(envelope(unsaved(committee(), text=text)))
    body = parsed(raw).get_body(("plain",))
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) <= 78
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == text


def test_nobody_can_slip_a_header_in(cast: Cast) -> None:
    with pytest.raises(ValueError, match="newline"):
        bytes_of(
            envelope(
                unsaved(cast.committee, subject="a\nBcc: b@c.example", in_reply_to="<a@b>\nBcc: x@y.example")
            )
        )


@example(text="Dòng dài: " + "ạ" * 300 + "\n", subject="Một tiêu đề dài " * 9, linesep="\r\n")
@example(text="a\r\nb\rc\n\n", subject="ngắn", linesep="\n")
@given(
    text=st.text(st.characters(exclude_categories=["Cs"])),
    subject=st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=120),
    linesep=st.sampled_from(["\r\n", "\n"]),
)
def test_the_bytes_are_those_that_the_email_package_writes(text: str, subject: str, linesep: str) -> None:
    mime = envelope(unsaved(committee(), text=text, html=text, subject=subject)).message()
    written = io.BytesIO()
    BytesGenerator(written, mangle_from_=False).flatten(mime, linesep=linesep)
    assert mime.as_bytes(linesep=linesep) == written.getvalue()
