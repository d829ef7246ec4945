"""The morning's reconciliation: nothing is missing after a run, and whatever is lost or left out is found."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import ProgrammingError, transaction

from accounts.clock import now
from accounts.models import User
from directives import services
from directives.models import (
    Message,
    PolicyStep,
    Reconciliation,
    Reminder,
    ReminderPolicy,
    ReminderRun,
)
from directives.reminders import plan as planner
from directives.reminders.again import send_again
from directives.reminders.daily import run_day
from directives.reminders.deliver import deliver
from directives.reminders.reconcile import compare, reconcile
from steering.models import Posting
from steering.postings import appoint
from tests.cast import Cast, at
from tests.directives.reminders.post_office import ACCEPTED, PostOffice
from tests.directives.reminders.test_plan import DAY_BEFORE, DUE, MONDAY_AFTER, edit, made

Audience = PolicyStep.Audience
DAYS = (DAY_BEFORE, DUE, MONDAY_AFTER, date(2023, 7, 10))


def day(on: date) -> None:
    run_day(on=on, at=at(1, 8), any_hour=True)


@pytest.mark.parametrize("on", DAYS)
def test_after_a_run_nothing_is_missing(
    spread: Any, ladder: ReminderPolicy, smtp: PostOffice, on: date
) -> None:
    """Of work in every state, at once and day by day."""
    day(on)
    found = compare(on=on)
    assert (found.missing, found.named, found.waiting) == (0, [], 0)
    assert found.sent == set(Message.objects.filter(on=on).values_list("pk", flat=True))
    assert found.sent


def test_day_by_day_nothing_is_missing_either(spread: Any, ladder: ReminderPolicy, smtp: PostOffice) -> None:
    for on in DAYS:
        day(on)
        found = compare(on=on)
        assert (found.missing, found.named) == (0, []), on


# --- What is lost is found --------------------------------------------------------------------------------------


def test_without_a_run_everybody_is_missing(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment()
    made_now = reconcile(on=DAY_BEFORE, at=at(29))
    assert (made_now.run, made_now.missing, made_now.sent) == (None, 3, 0)
    told = {(row["assignment"], row["to"]) for row in made_now.details["missing"]}
    keys = (f"user:{cast.officer.pk}", f"unit:{cast.hanoi.pk}", f"committee:{cast.committee.pk}")
    assert told == {(work.pk, key) for key in keys}
    assert {row["why"] for row in made_now.details["missing"]} == {"unplanned"}


def test_a_row_lost_from_the_log_is_missing(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> None:
    cast.assignment()
    day(MONDAY_AFTER)
    Reminder.objects.get(step__audience=Audience.HEAD).delete()
    found = compare(on=MONDAY_AFTER)
    lost = [(f"user:{cast.head.pk}", "unplanned")]
    assert [(row["to"], row["why"]) for row in found.named] == lost
    # What others were given meanwhile explains nothing.
    cast.assignment(cast.danang, ordinal=9)
    edit(cast.danang, mailbox="khac@cast.example")
    assert [
        (row["to"], row["why"]) for row in compare(on=MONDAY_AFTER).named if row["to"] == lost[0][0]
    ] == lost


def test_a_reminder_that_never_became_a_mail_is_missing(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    cast.assignment()
    planner.plan(ladder, on=MONDAY_AFTER)
    found = compare(on=MONDAY_AFTER)
    assert found.missing == Reminder.objects.count() == 5
    assert {row["why"] for row in found.named} == {"uncomposed"}


@pytest.mark.parametrize("audience", ["officers", "mailbox", "head", "supervisor", "secretariat"])
def test_a_planner_that_forgets_an_audience_is_noticed(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice, monkeypatch: pytest.MonkeyPatch, audience: str
) -> None:
    cast.assignment()
    whole = planner._Plan._of_reader

    def forgetful(self: Any, of: Any, steps: Any, dates: Any) -> planner.Planned:
        return planner.Planned() if of == audience else whole(self, of, steps, dates)

    monkeypatch.setattr(planner._Plan, "_of_reader", forgetful)
    day(MONDAY_AFTER)
    found = compare(on=MONDAY_AFTER)
    steps = PolicyStep.objects.in_bulk({row["step"] for row in found.named})
    assert {step.audience for step in steps.values()} == {audience}


def test_a_planner_that_looks_only_at_what_falls_today_is_noticed(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRAPS 10: due means "falls on or before the day", not "falls today"."""
    cast.assignment()
    whole = planner.fallen
    monkeypatch.setattr(
        planner,
        "fallen",
        lambda *asked, on, **more: (row for row in whole(*asked, on=on, **more) if row.falls == on),
    )
    day(date(2023, 7, 4))
    assert compare(on=date(2023, 7, 4)).missing == 5


def test_another_due_date_is_another_duty(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> None:
    work = cast.assignment()
    day(date(2023, 7, 7))
    request = services.ask_extension(
        assignment=work, by=cast.officer, at=at(7, 7), due_on=date(2023, 7, 11), reason="Chờ góp ý"
    )
    services.decide_extension(
        request=request, by=cast.secretary, at=at(7, 7), granted=True, decided_by="Trần Văn Thuấn"
    )
    keys = {row["to"] for row in compare(on=date(2023, 7, 10)).named}
    assert keys == {f"user:{cast.officer.pk}", f"unit:{cast.hanoi.pk}", f"committee:{cast.committee.pk}"}
    day(date(2023, 7, 10))
    assert compare(on=date(2023, 7, 10)).missing == 0


# --- What is not missing ----------------------------------------------------------------------------------------


def test_what_a_server_refused_and_who_has_no_address_is_told(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    cast.assignment()
    edit(cast.hanoi, mailbox="")
    refused = cast.member.email
    smtp.answer_recipient = lambda address: "550 no such user" if address == refused else ACCEPTED
    day(MONDAY_AFTER)
    made_now = reconcile(on=MONDAY_AFTER, at=at(3, 7))
    assert (made_now.missing, made_now.failed, made_now.no_address, made_now.sent) == (0, 1, 1, 3)
    assert made_now.run == ReminderRun.objects.get()
    assert made_now.skipped == {"no_address": 1}
    assert made_now.details["failed"] == [Message.objects.get(state=Message.State.FAILED).pk]
    assert made_now.details["no_address"] == [f"unit:{cast.hanoi.pk}"]


def test_a_mail_that_was_sent_again_is_not_undelivered(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    cast.assignment()
    refused = cast.member.email
    smtp.answer_recipient = lambda address: "550 no such user" if address == refused else ACCEPTED
    day(MONDAY_AFTER)
    edit(cast.member, email="moi@cast.example")
    copy = send_again(message=Message.objects.get(state="failed"), by=cast.secretary, at=at(3, 7))
    found = compare(on=MONDAY_AFTER)
    assert (found.failed, found.waiting) == (set(), 1)
    smtp.answer_recipient = lambda address: ACCEPTED
    deliver(any_hour=True)
    copy.refresh_from_db()
    assert copy.state == Message.State.SENT
    found = compare(on=MONDAY_AFTER)
    assert (found.failed, found.waiting, len(found.sent)) == (set(), 0, 5)


def test_what_is_planned_after_the_days_mail_waits_for_tomorrows(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    cast.assignment()
    day(MONDAY_AFTER)
    cast.assignment(ordinal=7)
    day(MONDAY_AFTER)
    found = compare(on=MONDAY_AFTER)
    assert (found.missing, found.waiting) == (0, 5)


def test_what_came_up_after_the_run_waits_for_the_next(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    """Work given at eight, a head appointed at eight: the plan of half past seven could not know."""
    cast.assignment()
    day(MONDAY_AFTER)
    cast.assignment(ordinal=7, at=now(), due_on=date(2023, 7, 4))
    system = User.objects.system()
    appoint(user=cast.stranger, unit=cast.hanoi, duty=Posting.Duty.HEAD, by=system)
    found = compare(on=MONDAY_AFTER)
    assert (found.missing, found.named) == (0, [])
    assert found.came_later == found.waiting == 3


def test_a_queued_mail_is_waiting(cast: Cast, ladder: ReminderPolicy) -> None:
    cast.assignment()
    run_day(on=MONDAY_AFTER, at=at(3, 7), seconds=0)
    found = compare(on=MONDAY_AFTER)
    assert (found.missing, found.waiting, found.sent) == (0, 5, set())


def test_what_was_settled_earlier_is_not_counted_again(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    cast.assignment()
    edit(cast.hanoi, mailbox="")
    day(MONDAY_AFTER)
    day(date(2023, 7, 4))
    made_now = reconcile(on=date(2023, 7, 4), at=at(4, 7))
    assert (made_now.missing, made_now.sent, made_now.no_address, made_now.skipped) == (0, 0, 0, {})


def test_on_a_day_off_only_what_is_most_urgent_is_a_duty(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    saturday = date(2023, 7, 1)
    cast.assignment()
    assert compare(on=saturday).missing == 0
    urgent = cast.assignment(urgency="express", ordinal=7)
    assert {row["assignment"] for row in compare(on=saturday).named} == {urgent.pk}
    day(saturday)
    assert compare(on=saturday).missing == 0


def test_a_committee_without_a_chairs_seat_is_said_to_be_so(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    """It must not keep the rest of the policy from being planned."""
    made(PolicyStep, policy=ladder, audience=Audience.CHAIR, offset_days=0)
    edit(cast.chair_seat, role="member")
    cast.assignment()
    day(MONDAY_AFTER)
    assert Reminder.objects.get(step__audience=Audience.CHAIR).skip == "vacant"
    assert compare(on=MONDAY_AFTER).missing == 0


def test_the_number_of_queries_does_not_depend_on_the_rows(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        cast.assignment(ordinal=20 + n)
    day(MONDAY_AFTER)
    with django_assert_max_num_queries(45):
        assert compare(on=MONDAY_AFTER).missing == 0


def test_a_result_is_written_once(cast: Cast, ladder: ReminderPolicy) -> None:
    made_now = reconcile(on=DUE, at=at(30))
    made_now.missing = 0
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        made_now.save()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Reconciliation.objects.all().delete()
