"""The broker forgets, restarts, is away: it decides nothing, so nothing is lost, and nobody waits for it."""

from __future__ import annotations

import subprocess

import pytest

from config.embedded_broker import Broker
from directives.models import Message
from tests.cast import Cast
from tests.chaos.conftest import Record
from tests.chaos.ledger import check
from tests.chaos.post import Script
from tests.chaos.sector import give
from tests.chaos.site import Site

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_forgets_all_in_the_middle(site: Site, cast: Cast, record: Record) -> None:
    expected = give(cast, more=20)
    site.post.follow(Script(hold_at=5))
    site.worker()
    site.ask("remind")
    site.ask("send_mail", times=3)
    site.until(lambda: bool(site.post.journal("held")), "held")
    site.forget_all()
    site.post.open_gate()
    site.settle()
    record("Valkey: FLUSHALL in the middle", check(site, expected))


@pytest.mark.slow
def test_beat_and_worker_go_on_after_it_forgot_all(site: Site, cast: Cast, record: Record) -> None:
    """Both are connected all the while: what they agreed on with the broker is gone, too."""
    expected = give(cast, more=20)
    site.post.follow(Script(hold_at=5))
    site.worker()
    site.beat(1)
    site.until(lambda: bool(site.post.journal("held")), "held")
    site.forget_all()
    site.post.open_gate()
    site.until(lambda: not any(site.left().values()), "done by beat and worker alone")
    give_again = cast.issued(units=[cast.hanoi], at=site.now, due_on=None)
    site.until(lambda: not any(site.left().values()), "done by beat and worker alone")
    assert give_again.occasions.exclude(told_at=None).exists()
    record("Valkey: FLUSHALL beside beat and worker", check(site, expected))


@pytest.mark.slow
def test_it_restarts_in_the_middle(site: Site, cast: Cast, broker: Broker, record: Record) -> None:
    expected = give(cast, more=20)
    site.post.follow(Script(hold_at=5))
    site.worker()
    site.beat(1)
    site.until(lambda: bool(site.post.journal("held")), "held")
    broker.stop()
    site.post.open_gate()
    site.until_accepted(6)
    broker.start()
    site.until(lambda: not any(site.left().values()), "done by beat and worker alone")
    record("Valkey: restarted in the middle", check(site, expected))


def test_without_it_requests_are_answered_and_the_command_sends(
    site: Site, cast: Cast, broker: Broker, record: Record
) -> None:
    """A request that queues a mail takes at most a second longer than with a broker."""
    expected = give(cast)
    broker.stop()
    assert site.remind().wait(60) == 0, site.said()
    broker.start()
    mails = Message.objects.filter(state="sent", kind="digest").exclude(address=cast.committee.mailbox)
    first, second, third, fourth = mails.order_by("pk").values_list("pk", flat=True)[:4]
    web = site.start("tests.chaos.request", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    seconds = {}
    for pk in (first, second):
        seconds["with"] = send_again(web, pk)
    assert site.tasks() == (2, 0)
    broker.stop()
    for pk in (third, fourth):
        seconds["without"] = send_again(web, pk)
        assert seconds["without"] < seconds["with"] + 1, seconds
    assert site.remind().wait(60) == 0, site.said()
    assert Message.objects.filter(resend_of__isnull=False, state="sent").count() == 4
    record("Valkey: stopped; requests answered, `manage.py remind` sends", check(site, expected))


@pytest.mark.slow
def test_mails_flow_when_it_is_back(site: Site, cast: Cast, broker: Broker, record: Record) -> None:
    expected = give(cast)
    broker.stop()
    web = site.start("tests.chaos.request", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    site.worker()
    site.beat(1)
    assert site.remind().wait(60) == 0, site.said()
    mail = Message.objects.filter(state="sent", kind="digest", user=cast.officer).get()
    send_again(web, mail.pk)
    assert Message.objects.get(resend_of=mail).state == "queued"
    broker.start()
    site.until(lambda: not any(site.left().values()), "sent by beat and worker alone")
    record("Valkey: stopped, then back", check(site, expected))


def send_again(web: subprocess.Popen[bytes], mail: int) -> float:
    """Post the secretariat's "send again" of a mail; return the seconds until the answer."""
    assert web.stdin and web.stdout
    web.stdin.write(b"%d\n" % mail)
    web.stdin.flush()
    status, seconds = web.stdout.readline().split()
    assert int(status) == 302
    return float(seconds)
