"""The pages that explain mails: who opens them, and what they show."""

from __future__ import annotations

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from directives.models import Message, Reminder, ReminderPolicy
from directives.reminders.daily import run_day
from tests.cast import Cast, at
from tests.directives.admin.asking import address, queries, words
from tests.directives.reminders.post_office import PostOffice
from tests.directives.reminders.test_plan import DUE, MONDAY_AFTER, edit


def of(person: object) -> str:
    return reverse("person_mails", args=[person.pk])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("secretary", 200), ("auditor", 200), ("administrator", 200), ("officer", 200), ("head", 200),
        ("member", 200), ("chair", 200), ("danang_officer", 404), ("stranger", 403),
    ],
)  # fmt: skip
def test_who_opens_the_page_of_an_assignment(
    cast: Cast, ladder: ReminderPolicy, client: Client, name: str, status: int
) -> None:
    work = cast.assignment()
    client.force_login(cast.people[name])
    assert client.get(address("assignment_mails", work.pk)).status_code == status
    if status == 200:
        assert address("assignment_mails", work.pk) in words(
            client.get(address("assignment_change", work.pk))
        )


def test_a_coordinator_does_not_read_the_mails_of_the_lead(
    cast: Cast, ladder: ReminderPolicy, client: Client
) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang])
    lead = directive.assignments.get(part="lead")
    client.force_login(cast.danang_officer)
    assert client.get(address("assignment_change", lead.pk)).status_code == 200
    assert "Thư nhắc việc" not in words(client.get(address("assignment_change", lead.pk)))
    assert client.get(address("assignment_mails", lead.pk)).status_code == 403


def test_restricted_matter_is_not_the_administrators_and_logged_of_auditors(
    cast: Cast, ladder: ReminderPolicy, client: Client
) -> None:
    from accounts.audit.models import AccessLog

    work = cast.assignment(is_restricted=True)
    client.force_login(cast.administrator)
    assert client.get(address("assignment_mails", work.pk)).status_code == 404
    client.force_login(cast.auditor)
    assert client.get(address("assignment_mails", work.pk)).status_code == 200
    assert AccessLog.objects.filter(kind=AccessLog.Kind.VIEW, actor=cast.auditor).count() == 1


def test_the_page_of_an_assignment_says_who_by_which_step_and_why_not(
    cast: Cast, ladder: ReminderPolicy, client: Client, smtp: PostOffice
) -> None:
    work = cast.assignment()
    edit(cast.hanoi, mailbox="")
    run_day(on=DUE, at=at(30))
    with time_machine.travel(at(30, hour=10), tick=False):
        client.force_login(cast.secretary)
        page = words(client.get(address("assignment_mails", work.pk)))
        client.force_login(cast.officer)
        unit = words(client.get(address("assignment_mails", work.pk)))
    for text in (
        "Thư sẽ gửi đến 30/07/2023", "sau hạn 3 ngày", "sau hạn 10 ngày", cast.head.full_name,
        "Không gửi: Không có địa chỉ thư", "Sẽ không gửi: Không có địa chỉ thư", "đúng hạn", "Đã gửi lúc",
    ):  # fmt: skip
        assert text in page, text
    mail = Message.objects.get(user=cast.officer)
    assert address("message_change", mail.pk) in page
    assert address("message_change", mail.pk) not in unit
    assert Reminder.objects.filter(planned_on__gt=DUE).count() == 0


def test_everybody_reads_their_own(
    cast: Cast, ladder: ReminderPolicy, client: Client, smtp: PostOffice
) -> None:
    work = cast.assignment()
    run_day(on=DUE, at=at(30))
    own = Message.objects.get(user=cast.officer)
    with time_machine.travel(at(30, hour=10), tick=False):
        client.force_login(cast.officer)
        page = words(client.get(reverse("own_mails")))
        client.force_login(cast.danang_officer)
        other = words(client.get(reverse("own_mails")))
    assert own.subject in page
    assert "Thư sẽ gửi đến 07/07/2023" in page
    assert "1 quá hạn" in page
    assert work.directive.code in page
    assert own.subject not in other
    assert work.directive.code not in other


@pytest.mark.parametrize("name", ["officer", "head", "member", "chair", "stranger"])
def test_nobody_reads_anothers(cast: Cast, ladder: ReminderPolicy, client: Client, name: str) -> None:
    client.force_login(cast.people[name])
    assert client.get(of(cast.danang_officer)).status_code == 403


def test_a_secretariat_reads_of_the_people_it_writes_to(
    cast: Cast, ladder: ReminderPolicy, client: Client, smtp: PostOffice
) -> None:
    cast.assignment()
    run_day(on=DUE, at=at(30))
    client.force_login(cast.secretary)
    assert client.get(of(cast.officer)).status_code == 200
    assert client.get(of(cast.stranger)).status_code == 404
    assert of(cast.officer) in words(
        client.get(address("message_change", Message.objects.get(user=cast.officer).pk))
    )
    client.force_login(cast.administrator)
    assert of(cast.officer) in words(
        client.get(reverse("admin:accounts_user_change", args=[cast.officer.pk]))
    )


def test_the_number_of_queries_does_not_depend_on_the_mails(
    cast: Cast, ladder: ReminderPolicy, client: Client, smtp: PostOffice
) -> None:
    work = cast.assignment()
    run_day(on=DUE, at=at(30))
    client.force_login(cast.secretary)
    pages = [address("assignment_mails", work.pk), of(cast.member), of(cast.officer)]
    cast.assignment(cast.danang)
    run_day(on=MONDAY_AFTER, at=at(3, 7))
    with time_machine.travel(at(3, 7, hour=10), tick=False):
        client.force_login(cast.secretary)
        cast.assignment()
        few = [queries(client, page) for page in pages]
        for unit in (cast.hanoi, cast.danang, cast.office, cast.hanoi):
            cast.assignment(unit)
        many = [queries(client, page) for page in pages]
    assert many == few
