"""Several of everything at the same time: nobody does another's work again."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.chaos.conftest import Record
from tests.chaos.ledger import check
from tests.chaos.post import Script
from tests.chaos.sector import give
from tests.chaos.site import Site

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_plan_and_four_deliver(site: Site, cast: Cast, record: Record) -> None:
    expected = give(cast, more=50)
    site.post.follow(Script(mail_seconds=0.01))
    site.ask("remind", times=2)
    site.ask("send_mail", times=4)
    site.worker(concurrency=6)
    site.settle()
    figures = check(site, expected)
    assert not figures.repeats
    record("two planners and four deliverers at once", figures)


@pytest.mark.slow
def test_two_commands_beside_two_workers(site: Site, cast: Cast, record: Record) -> None:
    expected = give(cast, more=300)
    site.ask("remind", times=2)
    site.ask("send_mail", times=2)
    site.worker(concurrency=2)
    commands = [site.remind(), site.remind()]
    site.worker(concurrency=2)
    assert [command.wait(300) for command in commands] == [0, 0], site.said()
    site.settle()
    figures = check(site, expected)
    assert not figures.repeats
    record("two commands beside two workers", figures)


@pytest.mark.slow
def test_two_beats(site: Site, cast: Cast, record: Record) -> None:
    """Each gives out every task every second, for some rounds."""
    expected = give(cast, more=50)
    for _n in range(2):
        site.beat(1)
        site.worker(concurrency=2)
    site.until(lambda: not any(site.left().values()), "done")
    done = len(site.post.journal())
    site.set_clock(site.now)
    site.until(lambda: _runs(site) >= 10, "ten rounds")
    assert len(site.post.journal()) == done
    record("two beats", check(site, expected))


def _runs(site: Site) -> int:
    from directives.models import ReminderRun

    return ReminderRun.objects.filter(finished_at__isnull=False).count()
