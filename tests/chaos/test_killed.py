"""kill -9 of workers, at each step between plan and mark and at random: nothing is lost, and at most the mail that was
in flight comes in twice, as the same mail."""

from __future__ import annotations

from random import Random, randrange

import psutil
import pytest

from tests.cast import Cast
from tests.chaos.child import POINTS
from tests.chaos.conftest import Record
from tests.chaos.ledger import check
from tests.chaos.post import Script
from tests.chaos.sector import give
from tests.chaos.site import BATCH, Site

pytestmark = pytest.mark.django_db(transaction=True)
# The others are further forms of these three.
IN_FLIGHT = "after the mail was accepted"
# The one that may repeat a mail; the others are for `make chaos`.
FAST = (IN_FLIGHT,)
LONG = 900.0


@pytest.mark.parametrize(
    "point", [pytest.param(point, marks=() if point in FAST else pytest.mark.slow) for point in POINTS]
)
def test_a_process_of_the_worker_is_killed(site: Site, cast: Cast, record: Record, point: str) -> None:
    """The worker starts another and gives it the task again."""
    expected = give(cast, more=20)
    site.worker(die_at=point, nth=_nth(point))
    site.ask("remind")
    site.until_dead()
    site.settle()
    figures = check(site, expected, kills=1)
    assert figures.repeats == (point == IN_FLIGHT)
    record(f"process of a worker killed {point}", figures)


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_the_whole_worker_is_killed(site: Site, cast: Cast, record: Record, point: str) -> None:
    """The broker keeps its task for an hour; the sweep of another worker finds what it left."""
    expected = give(cast, more=20)
    worker = site.worker(die_at=point, nth=_nth(point), whole=True)
    site.ask("remind")
    site.until_dead()
    site.kill(worker)
    site.forget_all()
    site.worker()
    site.settle()
    figures = check(site, expected, kills=1)
    assert figures.repeats == (point == IN_FLIGHT)
    record(f"whole worker killed {point}", figures)


@pytest.mark.slow
@pytest.mark.parametrize(("more", "kills"), [(50, 3), (1990, 20)], ids=["60 mails", "2,000"])
def test_processes_of_a_worker_are_killed_at_random(
    site: Site, cast: Cast, record: Record, more: int, kills: int
) -> None:
    """It has two, and starts another for each that dies."""
    expected = give(cast, more=more)
    site.post.follow(Script(mail_seconds=0.01))
    worker = site.worker(concurrency=2)
    site.ask("remind")
    chance = random_with_seed()
    for number in moments(chance, more, kills):
        sweep_until_accepted(site, number)
        # Between one's death and the next one's birth there may be none.
        if at_work := psutil.Process(worker.pid).children():
            chance.choice(at_work).kill()
    site.settle(patience=LONG)
    record(f"{kills} processes killed at random, {more + 10:,} mails", check(site, expected, kills=kills))


@pytest.mark.slow
def test_two_workers_are_killed_at_random_twenty_times(site: Site, cast: Cast, record: Record) -> None:
    """With all their processes, and started again; in the end the broker forgets what it had given them, too."""
    expected = give(cast, more=1990)
    site.post.follow(Script(mail_seconds=0.01))
    workers = [site.worker(), site.worker()]
    site.ask("remind")
    chance = random_with_seed()
    for number in moments(chance, 1990, 20):
        sweep_until_accepted(site, number)
        victim = chance.randrange(2)
        site.kill(workers[victim])
        workers[victim] = site.worker()
    for worker in workers:
        site.kill(worker)
    site.forget_all()
    site.worker()
    site.settle(patience=LONG)
    record("two workers killed at random 20 times, 2,000 mails", check(site, expected, kills=22))


def _nth(point: str) -> int:
    """In the middle of the work, where there is one: of plan, portion and last mark there is one only."""
    return 1 if any(word in point for word in ("middle", "plan", "composing", "mark")) else 2


def random_with_seed() -> Random:
    """Return chance that can be repeated: a test that fails shows the seed."""
    seed = randrange(2**32)  # noqa: S311
    print(f"seed {seed}")
    return Random(seed)  # noqa: S311


def moments(chance: Random, mails: int, kills: int) -> list[int]:
    """Return after how many accepted mails to kill; each death keeps a batch from the others for a while."""
    return sorted(chance.sample(range(1, mails - kills * BATCH), kills))


def sweep_until_accepted(site: Site, number: int) -> None:
    """Wait for so many mails, with always a task for whoever is free."""

    def is_so() -> bool:
        if site.tasks()[0] == 0:
            site.ask("send_mail")
        return len(site.post.journal()) >= number

    site.until(is_so, f"{number} accepted", patience=LONG)
