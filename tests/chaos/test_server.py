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
def test_it_answers_a_byte_at_a_time(site: Site, cast: Cast, record: Record) -> None:
    """Each byte comes in time, the answer as a whole does not: nobody may take the mail over meanwhile."""
    expected = give(cast)
    site.environment |= {"EMAIL_TIMEOUT": "1", "MAIL_LEASE_SECONDS": "5"}
    site.post.follow(Script(byte_seconds=0.1))
    site.worker(concurrency=2)
    site.ask("remind")
    site.until(lambda: site.left()["due"] > 0, "composed")
    # Whoever finds a mail free now sends it.
    site.ask("send_mail", times=20)
    site.until(lambda: len(site.post.journal()) >= 3 or not site.left()["due"], "three taken or all given up")
    site.post.follow(Script())
    site.settle()
    record("SMTP: answers a byte at a time", check(site, expected))
