"""When and how fast mails go out: the hours of sending, the pace of the relay, and mails that end their senders."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from directives.models import Message, MessageEvent, ReminderPolicy
from directives.reminders import deliver as delivery
from directives.reminders.claim import MOST_ABANDONED, claim
from directives.reminders.compose import compose, groups
from directives.reminders.deliver import MINUTE, deliver
from directives.reminders.envelope import envelope
from directives.reminders.plan import plan
from steering.models import CalendarDay
from tests.cast import Cast, at
from tests.directives.reminders.post_office import ACCEPTED, PostOffice
from tests.directives.reminders.test_deliver import NOW, Clock, states
from tests.directives.reminders.test_plan import DUE, made

HOURS = "07:30-17:30"
SENDERS = 4


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queued(cast: Cast, ladder: ReminderPolicy) -> list[Message]:
    """Five mails to be sent."""
    cast.issued(units=[cast.hanoi, cast.danang, cast.office])
    return _composed()


def _composed() -> list[Message]:
    plan(ReminderPolicy.objects.get(), on=DUE)
    for group in groups(on=DUE):
        if group.kind == Message.Kind.DIGEST:
            compose(group, on=DUE, at=NOW, by=User.objects.system())
    return list(Message.objects.order_by("pk"))


def _attempts() -> list[datetime]:
    rows = MessageEvent.objects.filter(kind=MessageEvent.Kind.ATTEMPT).order_by("at")
    return list(rows.values_list("at", flat=True))


# --- Hours ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instant", "goes"),
    [
        (at(30, hour=7), False),
        (at(30, hour=7) + timedelta(minutes=30), True),
        (at(30, hour=17) + timedelta(minutes=29), True),
        (at(30, hour=17) + timedelta(minutes=30), False),
        (at(30, hour=23), False),
        # A Saturday, and the day of the Independence.
        (at(1, 7), False),
        (at(4, 9), False),
        (at(5, 9), True),
    ],
)
def test_mails_go_out_in_the_hours_only(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any, instant: datetime, goes: bool
) -> None:
    settings.MAIL_WINDOW = HOURS
    made(CalendarDay, day=date(2023, 9, 4), kind="day_off", name="Quốc khánh")
    Message.objects.update(next_attempt_at=NOW - timedelta(days=3))
    clock.now = instant
    assert len(deliver(clock=clock).sent) == (5 if goes else 0)
    assert len(smtp.seen) == (5 if goes else 0)


def test_what_waits_for_no_hour_goes_at_night_alone(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any
) -> None:
    settings.MAIL_WINDOW = HOURS
    clock.now = at(30, hour=22)
    Message.objects.filter(pk=queued[0].pk).update(at_any_hour=True)
    assert deliver(clock=clock).sent == [queued[0].pk]
    assert smtp.addresses == [queued[0].address]
    assert len(deliver(clock=clock, any_hour=True).sent) == 4


def test_a_mail_about_what_is_express_waits_for_no_hour(cast: Cast, ladder: ReminderPolicy) -> None:
    cast.issued(units=[cast.hanoi], urgency="express")
    cast.issued(units=[cast.danang])
    hours = dict.fromkeys([False, True], 0)
    for mail in _composed():
        hours[mail.at_any_hour] += 1
        assert mail.at_any_hour == (mail.address in (cast.officer.email, cast.hanoi.mailbox)), mail.address
    assert hours == {True: 2, False: 2}


def test_the_hours_that_end_amid_a_run_end_it(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any
) -> None:
    """A batch of one at a time; each mail takes the relay a minute."""
    settings.MAIL_WINDOW, settings.MAIL_BATCH = HOURS, 1
    clock.now = at(30, hour=17) + timedelta(minutes=28)

    def slowly(_address: str) -> str:
        clock.on(minutes=1)
        return ACCEPTED

    smtp.answer_data = slowly
    assert len(deliver(clock=clock).sent) == 2
    assert len(smtp.seen) == 2


# --- Pace -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 2, 3])
def test_two_senders_in_turn_keep_the_pace_in_any_minute(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any, most: int
) -> None:
    """The clock moves on by odd seconds; both senders try at each instant."""
    settings.MAIL_PER_MINUTE, settings.MAIL_BATCH = most, 2
    started = clock.now
    while Message.objects.filter(state="queued").exists():
        deliver(clock=clock)
        deliver(clock=clock)
        clock.on(seconds=7)
        assert clock.now - started < timedelta(minutes=10)
    tried = _attempts()
    assert len(tried) == len(smtp.accepted) == 5
    for first in tried:
        assert sum(first <= other < first + MINUTE for other in tried) <= most
    # Not slower than it may be either: to seven seconds.
    assert tried[-1] - tried[0] <= (5 - 1) // most * (MINUTE + timedelta(seconds=7))


@pytest.mark.django_db(transaction=True)
def test_senders_at_once_keep_the_pace(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any
) -> None:
    """Each with a connection of its own; each minute all ask for its one mail together."""
    settings.MAIL_PER_MINUTE, settings.MAIL_BATCH = 1, 1
    minutes = len(queued)
    together = threading.Barrier(SENDERS, action=lambda: clock.on(minutes=1))

    def sender() -> list[int]:
        try:
            # The first look opens the connection, so that they meet afterwards.
            Message.objects.exists()
            sent = []
            for _minute in range(minutes):
                together.wait()
                sent.append(len(deliver(clock=clock).sent))
            return sent
        finally:
            connection.close()

    with ThreadPoolExecutor(SENDERS) as pool:
        sent = [done.result() for done in [pool.submit(sender) for _sender in range(SENDERS)]]
    assert [sum(minute) for minute in zip(*sent, strict=True)] == [1] * minutes
    assert len(smtp.accepted) == len(_attempts()) == minutes


def test_what_the_pace_holds_back_is_nobodys_and_not_an_attempt(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any
) -> None:
    settings.MAIL_PER_MINUTE = 2
    assert len(deliver(clock=clock).sent) == 2
    assert deliver(clock=clock).sent == []
    waiting = Message.objects.filter(state="queued")
    assert set(waiting.values_list("leased_until", "attempts", "abandoned", "error")) == {(None, 0, 0, "")}
    clock.on(seconds=59)
    assert deliver(clock=clock).sent == []
    clock.on(seconds=1)
    assert len(deliver(clock=clock).sent) == 2


def test_an_attempt_that_was_refused_counts_for_the_pace(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any
) -> None:
    settings.MAIL_PER_MINUTE = 2
    smtp.answer_recipient = lambda _address: "451 not now"
    assert len(deliver(clock=clock).deferred) == 2
    assert deliver(clock=clock).deferred == []


def test_without_a_pace_all_go_at_once(queued: list[Message], smtp: PostOffice, clock: Clock) -> None:
    assert len(deliver(clock=clock).sent) == 5


# --- What ends its senders --------------------------------------------------------------------------------------


def test_a_mail_whose_senders_are_never_heard_of_again_is_set_aside(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any
) -> None:
    poison = queued[0]
    others = Message.objects.exclude(pk=poison.pk)
    others.update(next_attempt_at=NOW + timedelta(days=1))
    for _time in range(MOST_ABANDONED):
        assert [held.message for held in claim(at=clock.now, size=5)] == [poison.pk]
        clock.on(seconds=settings.MAIL_LEASE_SECONDS + 1)
    assert claim(at=clock.now, size=5) == []
    poison.refresh_from_db()
    assert (poison.state, poison.leased_until) == ("failed", None)
    assert f"{MOST_ABANDONED} lần" in poison.error
    assert poison.events.filter(kind="failed").count() == 1
    clock.on(days=1)
    assert len(deliver(clock=clock).sent) == 4
    assert poison.address not in smtp.addresses


def test_the_others_of_its_batch_are_not_set_aside(
    queued: list[Message], smtp: PostOffice, clock: Clock, settings: Any
) -> None:
    """One that is sent in between has been heard of: its count begins anew."""
    for _time in range(MOST_ABANDONED - 1):
        claim(at=clock.now, size=5)
        clock.on(seconds=settings.MAIL_LEASE_SECONDS + 1)
    assert len(deliver(clock=clock).sent) == 5
    assert set(states().values()) == {"sent"}
    assert set(Message.objects.values_list("abandoned", flat=True)) == {0}


def test_a_fault_that_nobody_foresaw_stops_neither_batch_nor_mail(
    queued: list[Message], smtp: PostOffice, clock: Clock, monkeypatch: Any
) -> None:
    """The mail itself is tried again later, and its row says what happened in words."""
    broken = queued[2]

    def failing(message: Message) -> Any:
        if message.pk == broken.pk:
            raise ZeroDivisionError("unforeseen")
        return envelope(message)

    monkeypatch.setattr(delivery, "envelope", failing)
    done = deliver(clock=clock)
    assert (len(done.sent), done.deferred, done.failed) == (4, [broken.pk], [])
    broken.refresh_from_db()
    assert (broken.state, broken.leased_until) == ("queued", None)
    assert broken.error.startswith("Lỗi của hệ thống khi gửi thư này")
    monkeypatch.setattr(delivery, "envelope", envelope)
    clock.on(hours=2)
    assert deliver(clock=clock).sent == [broken.pk]
