"""A web server whose broker refuses, or takes up and never answers: people hardly notice, and their mails go later."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
import requests
from django.urls import reverse

from accounts.clock import now, today
from config.embedded_broker import Broker
from directives import services
from directives.lifecycle import Status
from directives.models import Assignment, Message, Occasion
from tests.cast import Cast, pdf
from tests.chaos.site import Site
from tests.chaos.wire import Wire
from tests.scaling.machines import Machine, Visitor, let_sign_in

pytestmark = pytest.mark.django_db(transaction=True)
# What a broker that is away may add to any one answer.
MOST_SECONDS = 1.0
# The secretariat reads the unit's report and asks for more: the unit is told by mail, at once.
ASKED = "Thiếu phụ lục số liệu"


@pytest.fixture
def wire(broker: Broker) -> Iterator[Wire]:
    """What stands between the web server and the broker."""
    with Wire(broker.socket) as wire:
        yield wire


@pytest.fixture
def machine(site: Site, cast: Cast, wire: Wire) -> Machine:
    """A web server at the wire."""
    let_sign_in(cast)
    site.set_clock(now())
    return Machine(site, "web", REDIS_URL=wire.url, WEB_CONCURRENCY="1").wait()


def reported(cast: Cast, count: int) -> list[Assignment]:
    """Work that its unit has reported as done; what is hỏa tốc is told on days off, too."""
    rows = []
    for ordinal in range(1, count + 1):
        row = cast.assignment(
            at=now(), ordinal=ordinal, urgency="express", due_on=today(), deadline_words="hôm nay"
        )
        rows.append(handed_in(cast, row))
    Occasion.objects.update(told_at=now())
    return rows


def handed_in(cast: Cast, row: Assignment) -> Assignment:
    """The same, reported as done by whoever is the head of its unit."""
    head = cast.head if row.unit == cast.hanoi else cast.danang_head
    services.accept(assignment=row, by=head, at=now())
    services.submit(assignment=row, by=head, at=now(), text="Đã xong", uploads=[pdf()])
    return row


def timed(seconds: list[float], ask: Callable[[], requests.Response]) -> requests.Response:
    begun = time.monotonic()
    answer = ask()
    seconds.append(time.monotonic() - begun)
    return answer


def send_back(machine: Machine, cast: Cast, row: Assignment) -> list[float]:
    """Sign in and ask for more, as a browser does; return the seconds of each answer."""
    seconds: list[float] = []
    secretary = Visitor(machine)
    login, dialog = reverse("account_login"), reverse("admin:directives_assignment_send_back", args=[row.pk])
    page = timed(seconds, lambda: secretary.ask(login))
    typed = secretary.fill(page, login=cast.secretary.username, password="Mat-khau-cua-vai-2023")
    assert timed(seconds, lambda: secretary.ask(login, typed)).status_code == 302
    page = timed(seconds, lambda: secretary.ask(dialog))
    typed = secretary.fill(page, reason=ASKED)
    answer = timed(seconds, lambda: secretary.ask(dialog, typed))
    assert answer.status_code == 302, answer.text[-3000:]
    # Pages of figures that are kept at the broker.
    for address in (reverse("admin:index"), reverse("admin:directives_assignment_changelist")):
        assert timed(seconds, lambda: secretary.ask(address)).status_code == 200  # noqa: B023 - asked at once
    return seconds


def assert_kept(row: Assignment) -> None:
    """The change, its history and what is to be told stand in the database."""
    row.refresh_from_db()
    assert row.status == Status.IN_PROGRESS
    latest = row.history.latest()
    assert (latest.status, latest.history_change_reason) == (Status.IN_PROGRESS, ASKED)
    occasion = Occasion.objects.get(assignment=row, kind=Occasion.Kind.SENT_BACK)
    assert occasion.told_at is None


def assert_hardly_longer(seconds: list[float], than: list[float]) -> None:
    assert all(one < base + MOST_SECONDS for one, base in zip(seconds, than, strict=True)), (seconds, than)


@pytest.mark.slow
def test_a_change_is_made_and_told_later(
    cast: Cast, site: Site, wire: Wire, machine: Machine, broker: Broker
) -> None:
    warm, first, second, third = reported(cast, 4)
    send_back(machine, cast, warm)
    usual = send_back(machine, cast, first)
    wire.refuse()
    refused = send_back(machine, cast, second)
    wire.fall_silent()
    silent = send_back(machine, cast, third)
    for row in (first, second, third):
        assert_kept(row)
    assert_hardly_longer(refused, usual)
    assert_hardly_longer(silent, usual)
    # It is back: whoever asks for the sweep next gets everything out.
    wire.relay()
    assert not site.post.journal()
    site.worker()
    site.ask("send_mail")
    site.until(lambda: len(site.post.journal()) == 2 and not site.left()["due"], "told")
    mail = Message.objects.get(user=cast.officer, kind=Message.Kind.EVENT)
    assert mail.state == Message.State.SENT
    assert {row.assignment_id for row in mail.reminders.all()} == {warm.pk, first.pk, second.pk, third.pk}
    assert [line.to for line in site.post.journal()].count(cast.officer.email) == 1


@pytest.mark.slow
def test_a_mail_is_asked_for_and_goes_later(cast: Cast, site: Site, wire: Wire, machine: Machine) -> None:
    """This one knocks at the broker in the request itself."""
    for unit in (cast.hanoi, cast.danang):
        row = cast.issued(units=[unit], at=now(), urgency="express", due_on=today()).assignments.get()
        services.send_back(assignment=handed_in(cast, row), by=cast.secretary, at=now(), reason=ASKED)
    assert site.remind(today()).wait(60) == 0, site.said()
    mails = list(Message.objects.filter(kind=Message.Kind.EVENT, state=Message.State.SENT)[:4])
    assert len(mails) == 4
    secretary = Visitor(machine).signed_in(cast.secretary.username)

    def again(mail: Message) -> list[float]:
        seconds: list[float] = []
        address = reverse("admin:directives_message_send_again", args=[mail.pk])
        typed = secretary.fill(timed(seconds, lambda: secretary.ask(address)))
        answer = timed(seconds, lambda: secretary.ask(address, typed))
        assert answer.status_code == 302, answer.text[-3000:]
        assert Message.objects.get(resend_of=mail).state == Message.State.QUEUED
        return seconds

    again(mails[0])
    usual = again(mails[1])
    wire.refuse()
    refused = again(mails[2])
    wire.fall_silent()
    silent = again(mails[3])
    assert_hardly_longer(refused, usual)
    assert_hardly_longer(silent, usual)
    wire.relay()
    site.worker()
    site.ask("send_mail")
    copies = Message.objects.filter(resend_of__in=mails, state=Message.State.SENT)
    site.until(lambda: copies.count() == 4, "sent")
