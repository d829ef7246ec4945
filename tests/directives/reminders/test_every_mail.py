"""Every kind of mail as a mail program reads it: whole, the same in both parts, small, its links leading somewhere."""

from __future__ import annotations

import re
from typing import Any

import pytest

from directives.models import Message, ReminderPolicy
from directives.reminders.envelope import envelope
from directives.reminders.files import bytes_of
from tests.cast import Cast
from tests.directives.reminders.every_mail import every_mail
from tests.directives.reminders.post_office import parsed
from tests.directives.reminders.test_compose import Words, folded, plain

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_kind_is_read_by_a_strict_parser_and_both_parts_say_the_same(
    cast: Cast, ladder: ReminderPolicy, settings: Any
) -> None:
    mails = every_mail(cast, settings)
    assert {mail.kind for mail in mails} == set(Message.Kind.values)
    assert {mail.state for mail in mails} == {"queued"}
    for mail in mails:
        content = bytes_of(envelope(mail))
        assert len(content) < 100_000, (mail.kind, len(content))
        read = parsed(content)
        assert read["Subject"] == mail.subject
        assert read["Message-ID"] == mail.message_id
        assert read["Auto-Submitted"] == "auto-generated"
        assert read["List-Id"]
        for name in ("plain", "html"):
            body = read.get_body((name,))
            assert body is not None, (mail.kind, name)
        shown = Words(mail.html)
        links = {link for link in shown.links if not link.startswith("cid:")}
        assert links <= set(re.findall(r"https?://\S+", mail.text)), mail.kind
        assert all(link.startswith("http://127.0.0.1:8000/") for link in links), mail.kind
        if mail.kind in (Message.Kind.DIGEST, Message.Kind.EVENT, Message.Kind.WEEKLY):
            told = [word for word in shown.words if not word.startswith("http")]
            assert folded(told) == folded(plain(mail.text)), mail.subject


def test_news_of_one_directive_stand_in_its_thread(cast: Cast, ladder: ReminderPolicy, settings: Any) -> None:
    every_mail(cast, settings)
    alone = Message.objects.filter(kind="event", subject__contains=": ")
    assert alone
    for mail in alone:
        read = parsed(bytes_of(envelope(mail)))
        assert read["In-Reply-To"] == read["References"] == mail.in_reply_to != ""
        assert mail.in_reply_to != mail.message_id
    roots = {mail.in_reply_to for mail in alone}
    assert len(roots) < len(alone), "officer and mailbox of one unit read one thread"
