"""Midnight in the middle of a run, and days on which nothing ran."""

from __future__ import annotations

from datetime import timedelta

import pytest

from directives.models import Message, Reminder
from tests.cast import Cast
from tests.chaos.conftest import Record
from tests.chaos.ledger import check
from tests.chaos.post import Script
from tests.chaos.sector import GIVEN_AT, give
from tests.chaos.site import DAY, Site, instant

pytestmark = pytest.mark.django_db(transaction=True)
TOMORROW = DAY + timedelta(days=1)


def test_midnight_passes_in_the_middle_of_a_run(site: Site, cast: Cast, record: Record) -> None:
    """What was composed for the day is still sent, the new day has letters of its own: one a day."""
    expected = give(cast, more=10, news=False)
    # Falls due the day after tomorrow: the step of the day before is tomorrow's.
    cast.issued(
        units=[cast.hanoi, cast.danang, cast.office], due_on=TOMORROW + timedelta(days=1), at=GIVEN_AT
    )
    site.set_clock(instant(23, 59, 50))
    site.post.follow(Script(hold_at=5))
    site.worker(concurrency=2)
    site.ask("remind")
    site.until(lambda: bool(site.post.journal("held")), "held")
    site.set_clock(instant(0, 1, day=TOMORROW))
    site.post.open_gate()
    site.ask("send_mail")
    site.ask("remind")
    site.settle()
    days = Message.objects.filter(recipient_key=f"user:{cast.officer.pk}").values_list("on", flat=True)
    assert sorted(days) == [DAY, TOMORROW]
    record("clock: 23:59 to 00:01 in the middle of a run", check(site, expected))


def test_nothing_ran_for_three_days(site: Site, cast: Cast, record: Record) -> None:
    """The sweep makes up for it: what is late goes, what was ahead of its date and missed for long is skipped."""
    expected = give(cast, more=10)
    thursday = DAY + timedelta(days=3)
    # Seven days before its date was Monday; three days before it is still ahead.
    ahead = cast.issued(units=[cast.hanoi], due_on=DAY + timedelta(days=7), at=GIVEN_AT)
    due = cast.issued(units=[cast.danang], due_on=DAY + timedelta(days=1), at=GIVEN_AT)
    site.set_clock(instant(9, day=thursday))
    site.worker()
    site.settle()
    steps = Reminder.objects.filter(step__audience__in=("officers", "mailbox"))
    missed = steps.filter(assignment__directive=ahead)
    assert set(missed.values_list("skip", "step__offset_days")) == {("too_old", -7)}
    late = steps.filter(assignment__directive=due, message__state="sent")
    assert set(late.values_list("step__offset_days", flat=True)) == {1}
    record("beat: stopped for three days", check(site, expected))
