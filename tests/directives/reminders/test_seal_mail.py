"""The seal of the night goes by mail: queued as rows like any other, once, to who has to keep it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.audit.models import Seal
from accounts.audit.recording import recorded
from accounts.audit.seals.sealing import seal
from accounts.clock import now
from accounts.models import User
from directives.models import Message, MessageEvent
from directives.reminders.deliver import deliver
from directives.reminders.seal_mail import seal_once_a_day, write_mails
from tests.cast import Cast
from tests.directives.reminders.post_office import PostOffice, parsed

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_secretariat_and_each_auditor_get_the_seal_once(cast: Cast) -> None:
    mails = seal_once_a_day(at=now())
    made = Seal.objects.get()
    assert {(mail.recipient_key, mail.address) for mail in mails} == {
        (f"committee:{cast.committee.pk}", "bcd@cast.example"),
        (f"user:{cast.auditor.pk}", "kiemtra@cast.example"),
    }
    for mail in mails:
        assert str(made) in mail.text and made.hash in mail.html
        assert mail.subject.startswith("[BCĐ CĐS] Mã niêm phong nhật ký số 1 – ")
        assert "/quan-tri/kiem-tra-toan-ven/" in mail.text
        assert [event.kind for event in mail.events.all()] == [MessageEvent.Kind.COMPOSED]
    assert seal_once_a_day(at=now()) == []
    assert (Seal.objects.count(), Message.objects.count()) == (1, 2)


def test_it_is_sent_when_the_server_takes_mail_again(
    cast: Cast, post_office: PostOffice, smtp: PostOffice
) -> None:
    smtp.answer_recipient = lambda address: "451 later"
    at = now()
    seal_once_a_day(at=at)
    assert len(deliver(clock=lambda: at).deferred) == 2
    smtp.answer_recipient = lambda address: "250 OK"
    deliver(clock=lambda: at + timedelta(minutes=2))
    kept = [parsed(content) for content in smtp.accepted]
    body = kept[0].get_body(("plain",))
    assert len(kept) == 2 and body is not None and str(Seal.objects.get()) in body.get_content()


def test_the_next_days_job_seals_again_and_a_job_after_a_crash_mails_what_was_sealed(cast: Cast) -> None:
    made = seal(by=User.objects.system())
    assert made is not None
    assert len(seal_once_a_day(at=now())) == 2
    later = seal_once_a_day(at=now() + timedelta(days=1))
    assert [mail.on for mail in later] == []
    assert Seal.objects.count() == 2


def test_an_auditor_without_an_address_or_account_is_passed_over(cast: Cast) -> None:
    auditor = cast.auditor
    made = seal(by=User.objects.system())
    assert made is not None
    with recorded(by=auditor, reason="Đổi"):
        auditor.email = ""
        auditor.save()
    mails = write_mails(made, at=now(), by=User.objects.system())
    assert [mail.recipient_key for mail in mails] == [f"committee:{cast.committee.pk}"]
