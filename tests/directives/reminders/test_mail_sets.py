"""Several mails sent at once or again: counted and named before, done once, and by nobody else."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.audit.models import AccessLog
from accounts.clock import now
from directives.models import Message, MessageEvent, ReminderPolicy
from directives.reminders.daily import run_day
from directives.reminders.deliver import deliver
from directives.reminders.envelope import envelope
from directives.reminders.files import bytes_of
from tests.cast import Cast, at
from tests.directives.admin.asking import address, queries, words
from tests.directives.reminders.post_office import ACCEPTED, PostOffice
from tests.directives.reminders.test_plan import DUE, edit, made

NIGHT = at(30, hour=20)


@pytest.fixture
def secretary(cast: Cast, client: Client) -> Client:
    client.force_login(cast.secretary)
    return client


@pytest.fixture
def waiting(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice, settings: Any) -> list[Message]:
    """Mails of a Friday evening, which wait for the hours of sending."""
    settings.MAIL_WINDOW = "07:30-17:30"
    cast.assignment()
    run_day(on=DUE, at=NIGHT, clock=lambda: NIGHT)
    return list(Message.objects.order_by("pk"))


@pytest.fixture
def refused(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> list[Message]:
    """Mails none of which was taken, though the addresses are well."""
    cast.assignment()
    smtp.answer_data = lambda found: "554 5.6.0 not like this"
    run_day(on=DUE, at=at(30))
    smtp.answer_data = lambda found: ACCEPTED
    return list(Message.objects.order_by("pk"))


def ticked(mails: list[Message], act: str) -> dict[str, Any]:
    return {"viec": act, "chon": [str(mail.pk) for mail in mails]}


def confirmed(response: Any) -> dict[str, str]:
    content = response.content.decode()
    return {
        name: content.split(f'name="{name}" value="', 1)[1].split('"', 1)[0] for name in ("viec", "chosen")
    }


def test_what_waits_leaves_at_once_outside_the_hours(
    cast: Cast, secretary: Client, waiting: list[Message], smtp: PostOffice
) -> None:
    assert smtp.accepted == []
    page = secretary.post(address("message_set"), ticked(waiting, "gui-ngay"))
    said = words(page)
    assert f"{len(waiting)} thư sẽ được gửi" in said
    assert all(mail.address in said for mail in waiting)
    assert not MessageEvent.objects.filter(kind="released").exists(), "asked, not done"
    response = secretary.post(address("message_set"), confirmed(page))
    assert response.headers["Location"] == address("message_changelist")
    assert f"Đã cho gửi ngay {len(waiting)} thư." in words(secretary.get(response.headers["Location"]))
    events = MessageEvent.objects.filter(kind="released")
    assert {(event.message_id, event.by_id) for event in events} == {
        (mail.pk, cast.secretary.pk) for mail in waiting
    }
    late = now()
    assert sorted(deliver(clock=lambda: max(late, now())).sent) == [mail.pk for mail in waiting]
    assert len(smtp.accepted) == len(waiting)


def test_released_mails_do_not_wait_for_the_hours_and_others_do(
    cast: Cast, secretary: Client, waiting: list[Message], smtp: PostOffice
) -> None:
    first, *others = waiting
    assert others
    with time_machine.travel(NIGHT + timedelta(minutes=5), tick=False):
        secretary.force_login(cast.secretary)
        page = secretary.post(address("message_set"), ticked([first], "gui-ngay"))
        secretary.post(address("message_set"), confirmed(page))
    assert deliver(clock=lambda: NIGHT + timedelta(minutes=6)).sent == [first.pk]


def test_what_is_left_out_is_counted_with_the_reason(
    cast: Cast, secretary: Client, waiting: list[Message]
) -> None:
    sent, failed, held, *rest = waiting
    Message.objects.filter(pk=sent.pk).update(state="sent")
    Message.objects.filter(pk=failed.pk).update(state="failed")
    Message.objects.filter(pk=held.pk).update(leased_until=now() + timedelta(minutes=5))
    page = secretary.post(address("message_set"), ticked(waiting, "gui-ngay"))
    said = words(page)
    assert "3 thư bị bỏ qua" in said
    for why in ("đã gửi", "không gửi được; hãy dùng “Gửi lại”", "đang gửi"):
        assert f">{why}<" in page.content.decode().replace("&quot;", '"'), why
    assert confirmed(page)["chosen"] == ",".join(str(mail.pk) for mail in rest)


def test_what_was_sent_meanwhile_is_not_released(
    cast: Cast, secretary: Client, waiting: list[Message]
) -> None:
    page = secretary.post(address("message_set"), ticked(waiting, "gui-ngay"))
    Message.objects.filter(pk=waiting[0].pk).update(state="sent")
    response = secretary.post(address("message_set"), confirmed(page), follow=True)
    said = words(response)
    assert f"Đã cho gửi ngay {len(waiting) - 1} thư." in said
    assert "Bỏ qua 1 thư vì tình trạng đã thay đổi: đã gửi." in said
    assert not MessageEvent.objects.filter(kind="released", message=waiting[0]).exists()


def test_failed_mails_are_sent_again_to_the_address_of_now(
    cast: Cast, secretary: Client, refused: list[Message], smtp: PostOffice
) -> None:
    edit(cast.officer, email="moi@cast.example")
    page = secretary.post(address("message_set"), ticked(refused, "gui-lai"))
    assert f"{len(refused)} thư sẽ được gửi" in words(page)
    assert not Message.objects.filter(resend_of__isnull=False).exists()
    data = confirmed(page)
    secretary.post(address("message_set"), data)
    copies = Message.objects.filter(resend_of__in=refused)
    assert copies.count() == len(refused)
    assert "moi@cast.example" in copies.values_list("address", flat=True)
    assert MessageEvent.objects.filter(kind="resent", by=cast.secretary).count() == len(refused)
    # Pressed twice: nothing goes twice.
    said = words(secretary.post(address("message_set"), data, follow=True))
    assert "Đã xếp 0 thư vào hàng chờ gửi." in said
    assert "đã được gửi lại" in said
    assert Message.objects.filter(resend_of__in=refused).count() == len(refused)


def test_all_pages_of_the_list_are_taken_as_they_are_filtered(
    cast: Cast, secretary: Client, waiting: list[Message]
) -> None:
    Message.objects.filter(pk=waiting[0].pk).update(state="sent")
    url = address("message_set") + "?muc=queued"
    page = secretary.post(url, {"viec": "gui-ngay", "tat_ca": "1"})
    assert confirmed(page)["chosen"] == ",".join(str(mail.pk) for mail in waiting[1:])
    assert "bị bỏ qua" not in words(page)


def test_too_many_or_none_are_refused_in_words(
    cast: Cast, secretary: Client, waiting: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    from directives.admin import mail_sets

    def said(data: dict[str, Any]) -> str:
        return words(secretary.post(address("message_set"), data, follow=True))

    assert "Chưa chọn thư nào." in said({"viec": "gui-ngay"})
    assert "Chưa chọn thư nào." in said({"viec": "gui-ngay", "chon": ["x", "9" * 30]})
    assert "Hãy chọn việc cần làm với các thư đã chọn." in said({"viec": "xoa", "chon": ["1"]})
    monkeypatch.setattr(mail_sets, "MOST", 1)
    assert "Mỗi lần làm được nhiều nhất 1 thư; hãy lọc bớt." in said(ticked(waiting, "gui-ngay"))
    assert not MessageEvent.objects.filter(kind="released").exists()


def test_nothing_happens_on_get(cast: Cast, secretary: Client, waiting: list[Message]) -> None:
    url = address("message_set") + f"?viec=gui-ngay&chosen={waiting[0].pk}&chon={waiting[0].pk}"
    assert secretary.get(url).status_code == 302
    assert not MessageEvent.objects.filter(kind="released").exists()
    assert set(Message.objects.values_list("at_any_hour", flat=True)) == {False}


@pytest.mark.parametrize("name", ["auditor", "administrator", "officer", "member", "chair", "stranger"])
def test_nobody_else_sends(cast: Cast, client: Client, waiting: list[Message], name: str) -> None:
    client.force_login(cast.people[name])
    for act in ("gui-ngay", "gui-lai"):
        assert client.post(address("message_set"), ticked(waiting, act)).status_code == 403
        data = {"viec": act, "chosen": ",".join(str(mail.pk) for mail in waiting)}
        assert client.post(address("message_set"), data).status_code == 403
    assert not MessageEvent.objects.filter(kind__in=["released", "resent"]).exists()
    if name in ("auditor", "administrator"):
        assert 'name="chon"' not in client.get(address("message_changelist")).content.decode()


def test_mails_of_another_committee_are_left_alone(
    cast: Cast, client: Client, waiting: list[Message]
) -> None:
    from steering.models import Committee, CommitteeStaff

    other = made(Committee, code="khac", name="Ban khác", short_name="BCĐ khác")
    CommitteeStaff.objects.filter(user=cast.secretary).delete()
    made(CommitteeStaff, committee=other, user=cast.secretary)
    client.force_login(cast.secretary)
    data = {"viec": "gui-ngay", "chosen": ",".join(str(mail.pk) for mail in waiting)}
    assert "Đã cho gửi ngay 0 thư." in words(client.post(address("message_set"), data, follow=True))
    # Who also audits sees them, and still does not send them.
    from django.contrib.auth.models import Group

    cast.secretary.groups.add(Group.objects.get(name="auditor"))
    assert "thư của Ban Chỉ đạo khác" in words(
        client.post(address("message_set"), ticked(waiting, "gui-ngay"))
    )
    client.post(address("message_set"), data)
    assert not MessageEvent.objects.filter(kind="released").exists()


def test_a_queued_mail_says_what_it_waits_for(cast: Cast, secretary: Client, waiting: list[Message]) -> None:
    mail = waiting[0]

    def said(minutes: int = 0) -> tuple[str, str]:
        with time_machine.travel(NIGHT + timedelta(minutes=minutes), tick=False):
            secretary.force_login(cast.secretary)
            one = words(secretary.get(address("message_change", mail.pk)))
            return one, words(secretary.get(address("message_changelist"), {"muc": "held_back"}))

    for page in said():
        assert "chờ giờ gửi thư (07:30 thứ Hai 03/07/2023)" in page
    Message.objects.filter(pk=mail.pk).update(
        at_any_hour=True, next_attempt_at=NIGHT + timedelta(minutes=10), attempts=1
    )
    one, listed = said()
    assert "thử lại lúc 20:10 thứ Sáu 30/06/2023" in one
    assert mail.address not in listed
    Message.objects.filter(pk=mail.pk).update(leased_until=NIGHT + timedelta(minutes=1))
    assert "đang gửi" in said()[0]
    assert "chờ đến lượt gửi" in said(11)[0]
    # During the hours nothing waits for them.
    with time_machine.travel(at(3, 7), tick=False):
        secretary.force_login(cast.secretary)
        assert waiting[1].address not in words(
            secretary.get(address("message_changelist"), {"muc": "held_back"})
        )


def test_what_was_set_aside_has_a_tab(cast: Cast, secretary: Client, refused: list[Message]) -> None:
    aside, *others = refused
    Message.objects.filter(pk=aside.pk).update(abandoned=5)
    page = words(secretary.get(address("message_changelist"), {"muc": "set_aside"}))
    assert aside.address in page
    assert all(mail.address not in page for mail in others)


def test_the_list_is_narrowed_by_day_and_kind(cast: Cast, secretary: Client, refused: list[Message]) -> None:
    page = address("message_changelist")
    mail = refused[0]
    assert mail.address in words(secretary.get(page, {"on_from": "30/06/2023", "on_to": "30/06/2023"}))
    assert mail.address not in words(secretary.get(page, {"on_from": "01/07/2023"}))
    assert mail.address not in words(secretary.get(page, {"kind__exact": "seal"}))


def test_the_source_is_what_goes_over_the_wire(
    cast: Cast, secretary: Client, waiting: list[Message], smtp: PostOffice
) -> None:
    mail = waiting[0]
    shown = secretary.get(address("message_change", mail.pk), {"xem": "nguon"}).content.decode()
    source = unescape(shown.split('mail-source">', 1)[1].split("</pre>", 1)[0])
    response = secretary.get(address("message_file", mail.pk))
    assert response.headers["Content-Type"] == "message/rfc822"
    assert ".eml" in response.headers["Content-Disposition"]
    assert response.content == bytes_of(envelope(mail))
    assert source.splitlines() == response.content.decode("ascii").splitlines()
    parsed = message_from_bytes(response.content, policy=policy.SMTP.clone(raise_on_defect=True))
    assert parsed["Message-ID"] == mail.message_id
    assert AccessLog.objects.filter(kind=AccessLog.Kind.DOWNLOAD, actor=cast.secretary).count() == 1
    # Word for word what the server is given.
    deliver(any_hour=True)
    assert response.content.rstrip() in {content.rstrip() for content in smtp.accepted}


@pytest.mark.parametrize("name", ["officer", "member", "chair", "stranger"])
def test_who_gets_no_source(cast: Cast, client: Client, waiting: list[Message], name: str) -> None:
    client.force_login(cast.people[name])
    assert client.get(address("message_file", waiting[0].pk)).status_code in (403, 404)


def _chosen(act: str, mails: list[Message]) -> dict[str, str]:
    return {"viec": act, "chosen": ",".join(str(mail.pk) for mail in mails)}


def test_the_number_of_queries_does_not_depend_on_how_many(
    cast: Cast, ladder: ReminderPolicy, secretary: Client, smtp: PostOffice, settings: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    settings.MAIL_WINDOW = "07:30-17:30"
    cast.issued(units=[cast.hanoi, cast.danang, cast.office, cast.ministry])
    smtp.answer_recipient = lambda found: "550 no such user"
    run_day(on=DUE, at=NIGHT, clock=lambda: NIGHT)
    mails = list(Message.objects.order_by("pk"))
    assert len(mails) > 5
    secretary.get(address("message_changelist"))

    def asked(data: dict[str, Any]) -> int:
        with CaptureQueriesContext(connection) as captured:
            secretary.post(address("message_set"), data)
        return len(captured)

    for act in ("gui-ngay", "gui-lai"):
        Message.objects.update(state="queued" if act == "gui-ngay" else "failed")
        # Kinds of recipients are asked for once each: both choices have a mailbox, a person, a secretariat.
        kinds = {mail.recipient_key.partition(":")[0]: mail for mail in mails}
        few = list(kinds.values())
        many = [mail for mail in mails if mail not in few] + few[-1:]
        assert len(kinds) == 3
        assert asked(ticked(few, act)) == asked(ticked(mails, act))
        two, rest = _chosen(act, few), _chosen(act, many)
        first = asked(two)
        assert asked(rest) <= first
    assert queries(secretary, address("message_changelist")) < 40
