"""The mail server refuses, defers, hangs, cuts, slows down: each mail goes in once or has the reason why not."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.chaos.conftest import Record
from tests.chaos.ledger import check
from tests.chaos.post import PHASES, Script
from tests.chaos.sector import give
from tests.chaos.site import Site

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_third_is_refused_and_every_third_deferred(site: Site, cast: Cast, record: Record) -> None:
    expected = give(cast, more=20)
    site.post.follow(Script(refuse_every=3, defer_every=3))
    site.worker()
    site.ask("remind")
    site.settle()
    assert site.post.journal("deferred")
    figures = check(site, expected)
    assert figures.failed and not figures.repeats
    record("SMTP: every third address 550, every third 451 at first", figures)


def test_connections_are_cut_instead_of_an_answer(site: Site, cast: Cast, record: Record) -> None:
    expected = give(cast, more=20)
    site.post.follow(Script(drop_every=4, close_after=3))
    site.worker()
    site.ask("remind")
    site.settle()
    figures = check(site, expected)
    assert figures.repeats == len(site.post.journal("unanswered")) > 0
    record("SMTP: cut after DATA at every fourth mail, 421 after three in a connection", figures)


@pytest.mark.slow
@pytest.mark.parametrize("phase", PHASES)
def test_it_falls_silent(site: Site, cast: Cast, record: Record, phase: str) -> None:
    """Longer than EMAIL_TIMEOUT, once, in one phase of the conversation."""
    expected = give(cast)
    site.environment["EMAIL_TIMEOUT"] = "2"
    site.post.follow(Script(hang_in=phase, hang_at=1 if phase in ("banner", "ehlo") else 4))
    site.worker()
    site.ask("remind")
    site.settle()
    assert len(site.post.journal("hung")) == 1
    figures = check(site, expected)
    assert figures.repeats == (phase == "end")
    record(f"SMTP: silent at {phase}", figures)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "lease_seconds"), [("everywhere", 5), ("after the content", 5), ("after the content", 20)]
)
def test_it_answers_a_byte_a_second(
    site: Site, cast: Cast, record: Record, where: str, lease_seconds: int
) -> None:
    """Each byte comes in time, the answer as a whole may not: nobody may take the mail over meanwhile.

    "250 OK" takes eight seconds. Of a lease of twenty that is no more than it may take, of one of five it is given up,
    taken as the mail was: it comes once more, as the same mail.
    """
    expected = give(cast)
    site.environment |= {"EMAIL_TIMEOUT": "2", "MAIL_LEASE_SECONDS": str(lease_seconds)}
    site.post.follow(Script(byte_seconds=1.0, slow_at_end=where != "everywhere"))
    site.worker(concurrency=2)
    site.ask("remind")
    site.until(lambda: site.left()["due"] > 0, "composed")
    # Whoever finds a mail free now sends it.
    site.ask("send_mail", times=20)
    site.until(lambda: len(site.post.journal()) >= 3 or not site.left()["due"], "three taken or all given up")
    site.post.follow(Script())
    site.settle()
    figures = check(site, expected)
    in_time = lease_seconds == 20
    assert bool(figures.repeats) == (where == "after the content" and not in_time)
    record(f"SMTP: answers a byte a second {where}, lease of {lease_seconds} s", figures)
