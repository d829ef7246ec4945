"""Addresses that take no mail: closed by what a server says of them, left out, and opened again by people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from directives.access import visible_to
from directives.errors import NotAllowed, Refused
from directives.models import AddressProblem, Message, Reminder, ReminderPolicy
from directives.reminders.addresses import bearers, note_problem, resolve, suppressed
from directives.reminders.again import send_again
from directives.reminders.compose import compose, groups
from directives.reminders.daily import run_day
from directives.reminders.deliver import deliver
from directives.reminders.plan import plan
from directives.reminders.portions import compose_portions
from steering.models import SeatHolding
from tests.cast import Cast, at
from tests.directives.reminders.post_office import ACCEPTED, PostOffice
from tests.directives.reminders.test_plan import DUE, edit

NOW = at(30)


def refusing(address: str, reply: str) -> Callable[[str], str]:
    return lambda found: reply if found == address else ACCEPTED


@pytest.fixture
def queued(cast: Cast, ladder: ReminderPolicy) -> list[Message]:
    cast.assignment()
    plan(ladder, on=DUE)
    for group in groups(on=DUE):
        if group.kind == Message.Kind.DIGEST:
            compose(group, on=DUE, at=NOW, by=User.objects.system())
    return list(Message.objects.order_by("pk"))


def closed(address: str) -> AddressProblem:
    return note_problem(
        address, kind=AddressProblem.Kind.BOUNCED, said="Thư bị trả lại", detail="550 no", at=NOW
    )


def test_an_address_the_server_refuses_is_noted_with_the_failure(
    cast: Cast, queued: list[Message], smtp: PostOffice
) -> None:
    # As a person may have typed it.
    address = cast.officer.email
    smtp.answer_recipient = refusing(address, "550 5.1.1 no such mailbox")
    deliver(clock=lambda: NOW)
    problem = AddressProblem.objects.get()
    assert (problem.address, problem.kind, problem.noted_at) == (address.lower(), "refused", NOW)
    assert problem.message == Message.objects.get(address=address, state="failed")
    assert problem.said == "Máy chủ thư từ chối địa chỉ này: “550 5.1.1 no such mailbox”"
    assert problem.detail == "550 5.1.1 no such mailbox"
    kept = problem.history.get()
    assert (kept.history_user, kept.history_change_reason) == (
        User.objects.system(),
        "Máy chủ thư từ chối địa chỉ",
    )


@pytest.mark.parametrize(
    ("where", "reply"),
    [
        ("answer_recipient", "451 4.7.1 try again"),
        ("answer_recipient", "421 too many mails"),
        ("answer_recipient", "554 5.7.1 relay access denied"),
        ("answer_data", "554 5.7.1 looks like spam"),
        ("answer_data", "550 5.1.1 said too late"),
    ],
)
def test_what_says_nothing_of_an_address_closes_none(
    cast: Cast, queued: list[Message], smtp: PostOffice, where: str, reply: str
) -> None:
    setattr(smtp, where, refusing(cast.officer.email, reply))
    deliver(clock=lambda: NOW)
    assert not AddressProblem.objects.exists()


def test_a_closed_address_gets_nothing_and_the_reminder_says_why(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    cast.assignment()
    closed(cast.hanoi.mailbox.upper())
    report = run_day(on=DUE, at=NOW)
    assert report.skipped["bounced"] == 1
    assert cast.hanoi.mailbox not in smtp.addresses
    assert cast.officer.email in smtp.addresses
    reminder = Reminder.objects.get(occasion=None, recipient_key=f"unit:{cast.hanoi.pk}")
    assert reminder.get_skip_display() == "Địa chỉ không nhận được thư, chờ Tổ thư ký sửa"


def test_a_mail_that_waited_while_its_address_was_closed_is_not_sent(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    cast.assignment()
    plan(ladder, on=DUE)
    list(compose_portions(groups(on=DUE), on=DUE, at=NOW, by=User.objects.system()))
    closed(cast.hanoi.mailbox)
    deliver(clock=lambda: NOW)
    assert cast.hanoi.mailbox not in smtp.addresses
    mail = Message.objects.get(address=cast.hanoi.mailbox)
    assert (mail.state, mail.error) == ("failed", "Địa chỉ không nhận được thư, chờ Tổ thư ký sửa")


def test_another_address_is_written_to_at_once(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> None:
    cast.assignment()
    closed(cast.hanoi.mailbox)
    edit(cast.hanoi, mailbox="vanthu.moi@cast.example")
    run_day(on=DUE, at=NOW)
    assert "vanthu.moi@cast.example" in smtp.addresses


def test_an_address_put_right_is_written_to_again_and_may_be_closed_again(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    cast.assignment()
    resolve(closed(cast.hanoi.mailbox), by=cast.administrator, at=NOW, note="Đã mở lại hộp thư")
    run_day(on=DUE, at=NOW)
    assert cast.hanoi.mailbox in smtp.addresses
    closed(cast.hanoi.mailbox)
    assert AddressProblem.objects.filter(address=cast.hanoi.mailbox.lower()).count() == 2
    assert suppressed([cast.hanoi.mailbox])


def test_one_open_row_an_address(cast: Cast, django_assert_num_queries: Any) -> None:
    first = closed("Hop.Thu@don-vi.example")
    assert closed(" hop.thu@DON-VI.example ") == first
    with django_assert_num_queries(1):
        assert suppressed(["HOP.thu@don-vi.example", "khac@don-vi.example", ""]) == {"HOP.thu@don-vi.example"}
    with django_assert_num_queries(0):
        assert suppressed([""]) == set()


def test_who_may_say_that_an_address_is_put_right(
    cast: Cast, queued: list[Message], smtp: PostOffice
) -> None:
    smtp.answer_recipient = refusing(cast.officer.email, "550 5.1.1 no such mailbox")
    deliver(clock=lambda: NOW)
    problem = AddressProblem.objects.get()
    for person in (cast.officer, cast.head, cast.member, cast.chair, cast.auditor):
        with pytest.raises(NotAllowed):
            resolve(problem, by=person, at=NOW, note="Đã sửa")
    with pytest.raises(Refused) as refused:
        resolve(problem, by=cast.secretary, at=NOW, note="  ")
    assert refused.value.field == "note"
    resolve(problem, by=cast.secretary, at=NOW, note="Đã mở lại")
    problem.refresh_from_db()
    assert (problem.resolved_at, problem.resolved_by, problem.resolution) == (
        NOW,
        cast.secretary,
        "Đã mở lại",
    )
    assert problem.history.first().history_change_reason == "Đã mở lại"
    with pytest.raises(Refused, match="đã được đánh dấu"):
        resolve(problem, by=cast.secretary, at=NOW, note="Lần nữa")


def test_a_mail_is_sent_again_only_when_the_address_takes_mails(
    cast: Cast, queued: list[Message], smtp: PostOffice
) -> None:
    smtp.answer_recipient = refusing(cast.officer.email, "550 5.1.1 no such mailbox")
    deliver(clock=lambda: NOW)
    failed = Message.objects.get(state="failed")
    with pytest.raises(Refused, match=f"{cast.officer.email} không nhận được thư"):
        send_again(message=failed, by=cast.secretary, at=NOW)
    resolve(AddressProblem.objects.get(), by=cast.secretary, at=NOW, note="Đã mở lại")
    assert send_again(message=failed, by=cast.secretary, at=NOW).state == "queued"


def test_who_has_an_address(cast: Cast, django_assert_num_queries: Any) -> None:
    edit(cast.hanoi, mailbox="Chung@Cast.example")
    edit(cast.officer, email="chung@cast.example")
    holding = SeatHolding.objects.get(seat=cast.member_seat)
    edit(holding, email="CHUNG@cast.example")
    with django_assert_num_queries(5):
        found = bearers(["chung@cast.example", "khong-ai@cast.example"], on=DUE)
    assert [(bearer.name, str(bearer.label)) for bearer in found["chung@cast.example"]] == [
        (cast.officer.full_name, "Tài khoản"),
        (cast.hanoi.name, "Hộp thư của đơn vị"),
        (holding.person, "Người giữ vị trí"),
    ]
    assert "khong-ai@cast.example" not in found


def test_a_secretariat_sees_the_addresses_of_its_own_mails_only(
    cast: Cast, queued: list[Message], smtp: PostOffice
) -> None:
    smtp.answer_recipient = refusing(cast.officer.email, "550 5.1.1 no such mailbox")
    deliver(clock=lambda: NOW)
    unknown = closed("khong-ro@cast.example")
    own = AddressProblem.objects.exclude(pk=unknown.pk).get()
    seen = {
        name: set(visible_to(person, AddressProblem, on=DUE).values_list("pk", flat=True))
        for name, person in cast.people.items()
    }
    assert seen.pop("secretary") == seen.pop("second_secretary") == {own.pk}
    assert seen.pop("auditor") == seen.pop("administrator") == {own.pk, unknown.pk}
    assert set().union(*seen.values()) == set()
