"""The morning's reconciliation finds weekly letters and news that are not in the log, too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.audit.owner import as_owner
from accounts.clock import now
from accounts.models import User
from directives import services
from directives.models import (
    Assignment,
    MailPreference,
    Message,
    Note,
    Occasion,
    Reminder,
    ReminderPolicy,
)
from directives.reminders import weekly
from directives.reminders.daily import run_day
from directives.reminders.deliver import deliver
from directives.reminders.news import tell_all
from directives.reminders.portions import compose_waiting
from directives.reminders.reconcile import compare, reconcile
from steering.models import Assistant, Posting, SeatHolding
from steering.postings import appoint
from tests.cast import Cast, at
from tests.directives.admin.asking import words
from tests.directives.reminders.post_office import PostOffice
from tests.directives.reminders.test_plan import edit, made

MONDAY, TUESDAY = date(2023, 7, 3), date(2023, 7, 4)


def run(on: date) -> None:
    run_day(on=on, at=at(on.day, on.month, hour=8), any_hour=True)


def missing(on: date, instant: datetime | None = None) -> set[tuple[str, str]]:
    """Return the recipient and the reason of all that is missing."""
    found = compare(on=on, at=instant)
    assert found.missing == len(found.named)
    return {(row["to"], row["why"]) for row in found.named}


# --- Weekly letters ---------------------------------------------------------------------------------------------


@pytest.fixture
def lettered(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice, settings: Any) -> Cast:
    """Work that a member supervises, and the letters switched on."""
    settings.WEEKLY_LETTERS = True
    cast.assignment()
    return cast


def letter(cast: Cast, name: str) -> tuple[str, str]:
    return f"user:{cast.people[name].pk}", "uncomposed"


def test_after_a_run_no_letter_is_missing(lettered: Cast) -> None:
    for holding in SeatHolding.objects.filter(user=lettered.member):
        made(Assistant, holding=holding, person="Trợ lý", email="troly@cast.example")
    run(MONDAY)
    letters = Message.objects.filter(kind__in=("member", "chair"))
    assert letters.filter(recipient_key__startswith="assistant:").exists()
    found = compare(on=MONDAY)
    assert (found.missing, found.named) == (0, [])
    assert found.sent == set(Message.objects.values_list("pk", flat=True))
    # On the day after they are there, and not counted again.
    run(TUESDAY)
    assert not compare(on=TUESDAY).missing
    assert not compare(on=TUESDAY).sent & set(letters.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["member", "chair"])
def test_a_letter_that_is_taken_out_of_the_log_is_missing(lettered: Cast, name: str) -> None:
    run(MONDAY)
    (mail,) = Message.objects.filter(kind=name, user=lettered.people[name])
    with as_owner(), _unguarded(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM directives_messageevent WHERE message_id = %s", [mail.pk])
        cursor.execute("DELETE FROM directives_message WHERE id = %s", [mail.pk])
    for on in (MONDAY, date(2023, 7, 5)):
        assert letter(lettered, name) in missing(on)
    told = [row for row in compare(on=MONDAY).named if "letter" in row]
    assert [(row["letter"], row["committee"], row["falls_on"]) for row in told] == [
        (name, lettered.committee.pk, "2023-07-03")
    ]


@contextmanager
def _unguarded() -> Iterator[None]:
    tables = ("directives_message", "directives_messageevent")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            yield
        finally:
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_a_desk_that_forgets_somebody_is_noticed(lettered: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = weekly.addressees

    def forgetful(*arguments: Any, **named: Any) -> list[weekly.Addressed]:
        return [one for one in whole(*arguments, **named) if one.kind != "chair"]

    monkeypatch.setattr(weekly, "addressees", forgetful)
    run(MONDAY)
    assert missing(MONDAY) == {letter(lettered, "chair")}


def test_without_letters_nobody_expects_any(lettered: Cast, settings: Any) -> None:
    settings.WEEKLY_LETTERS = False
    run(MONDAY)
    assert missing(MONDAY) == set()


def test_a_letter_that_cannot_be_written_has_its_reason(lettered: Cast) -> None:
    edit(lettered.member, email="")
    edit(SeatHolding.objects.get(user=lettered.member), email="")
    run(MONDAY)
    found = compare(on=MONDAY)
    assert (found.missing, found.no_address) == (0, {f"user:{lettered.member.pk}"})


def test_who_takes_a_seat_after_the_run_waits(lettered: Cast) -> None:
    with time_machine.travel(at(3, 7, hour=8), tick=True):
        run_day(on=MONDAY, at=at(3, 7, hour=8), any_hour=True)
    with time_machine.travel(at(3, 7, hour=9), tick=True):
        made(
            SeatHolding, seat=lettered.member_seat, user=lettered.second_secretary, person="Người mới",
            valid_from=MONDAY,
        )  # fmt: skip
        assert missing(MONDAY) == set()


# --- News -------------------------------------------------------------------------------------------------------


@pytest.fixture
def commented(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> Assignment:
    """A leader's opinion on Monday morning, after the run."""
    row = cast.assignment(due_on=None, deadline_words="tới đây")
    Occasion.objects.update(told_at=at(1))
    run(MONDAY)
    services.add_note(
        assignment=row, by=cast.chair, at=at(3, 7), kind=Note.Kind.OPINION, held_on=MONDAY, text="Khẩn trương"
    )
    return row


def tell(instant: datetime) -> None:
    """What the sweep of each minute does."""
    tell_all(at=instant)
    # The cast came into office just now: what the news are about is known to whoever was there before.
    Occasion.objects.filter(told_at=instant).update(told_at=now())
    compose_waiting(at=instant, by=User.objects.system())
    deliver(any_hour=True)


def test_news_that_were_told_are_there(cast: Cast, commented: Assignment) -> None:
    tell(at(3, 7))
    found = compare(on=MONDAY)
    assert (found.missing, found.named) == (0, [])
    assert found.sent == set(Message.objects.values_list("pk", flat=True))
    assert len(found.sent) == 2


def test_news_that_nobody_was_told_of_are_missing(cast: Cast, commented: Assignment) -> None:
    """Within some minutes they may be on their way."""
    assert missing(MONDAY, at(3, 7, hour=9)) == set()
    told = {(f"user:{cast.officer.pk}", "unplanned"), (f"unit:{cast.hanoi.pk}", "unplanned")}
    assert missing(MONDAY, at(3, 7, hour=10)) == told
    assert missing(TUESDAY, at(4, 7)) == told


def test_news_that_concern_nobody_are_not_missing(cast: Cast, commented: Assignment) -> None:
    """The unit has no mailbox, and its one officer did it."""
    edit(cast.hanoi, mailbox="")
    Occasion.objects.filter(kind=Occasion.Kind.COMMENT).update(by=cast.officer)
    assert missing(MONDAY) == set()


def test_news_taken_out_of_the_log_are_missing(cast: Cast, commented: Assignment) -> None:
    tell(at(3, 7))
    Reminder.objects.get(recipient_key=f"user:{cast.officer.pk}").delete()
    assert missing(MONDAY) == {(f"user:{cast.officer.pk}", "unplanned")}


@pytest.mark.django_db(transaction=True)
def test_a_mail_of_news_taken_out_of_the_log_is_missing(cast: Cast, commented: Assignment) -> None:
    tell(at(3, 7))
    mail = Message.objects.get(user=cast.officer)
    Reminder.objects.filter(message=mail).update(message=None)
    with as_owner(), _unguarded(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM directives_messageevent WHERE message_id = %s", [mail.pk])
        cursor.execute("DELETE FROM directives_message WHERE id = %s", [mail.pk])
    assert missing(MONDAY) == {(f"user:{cast.officer.pk}", "uncomposed")}


def test_what_is_for_the_digest_waits_for_it(cast: Cast, commented: Assignment) -> None:
    made(MailPreference, user=cast.officer, events="digest")
    tell(at(3, 7))
    found = compare(on=MONDAY)
    assert (found.missing, found.waiting) == (0, 1)
    # The next morning's digest took it not up.
    assert missing(TUESDAY) == {(f"user:{cast.officer.pk}", "uncomposed")}
    run(TUESDAY)
    assert missing(TUESDAY) == set()


def test_who_came_later_is_not_expected_to_know(cast: Cast, commented: Assignment) -> None:
    tell(at(3, 7))
    appoint(user=cast.stranger, unit=cast.hanoi, duty=Posting.Duty.OFFICER, by=cast.administrator)
    found = compare(on=MONDAY)
    assert (found.missing, found.came_later) == (0, 1)


def test_work_given_to_many_is_expected_of_each(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> None:
    run(MONDAY)
    given = cast.issued(units=[cast.hanoi, cast.danang, cast.office], at=at(3, 7), due_on=None)
    tell(at(3, 7))
    assert missing(MONDAY) == set()
    services.add_units(
        directive=given, units=[cast.hanoi_hospital], by=cast.secretary, at=at(3, 7, hour=11), reason="Thêm"
    )
    tell(at(3, 7, hour=11))
    assert missing(MONDAY) == set()
    lost = Reminder.objects.filter(recipient_key=f"unit:{cast.danang.pk}")
    lost.delete()
    assert missing(MONDAY) == {(f"unit:{cast.danang.pk}", "unplanned")}


def test_the_page_names_them(cast: Cast, commented: Assignment, client: Client, settings: Any) -> None:
    settings.WEEKLY_LETTERS = True
    cast.assignment(ordinal=7)
    reconcile(on=MONDAY, at=at(3, 7, hour=10))
    with time_machine.travel(at(3, 7, hour=11), tick=False):
        client.force_login(cast.secretary)
        page = words(client.get(reverse("reconciliation")))
    assert "Ý kiến của lãnh đạo" in page
    assert str(Message.Kind.CHAIR.label) in page
    assert cast.chair.full_name in page
