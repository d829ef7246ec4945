"""A ladder tried out over some days: the same mails as the runs of these days, and no trace."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from directives.models import (
    MailPreference,
    Message,
    PolicyStep,
    Reminder,
    ReminderPolicy,
    ReminderRun,
)
from directives.reminders.daily import run_day
from directives.reminders.rehearsal import rehearse_days
from steering.models import Posting
from steering.postings import end
from tests.cast import Cast, at
from tests.directives.admin.asking import address, errors, words
from tests.directives.reminders.post_office import PostOffice
from tests.directives.reminders.test_ladder_rules import SYSTEM
from tests.directives.reminders.test_plan import MONDAY_AFTER, edit, made

FIRST, LAST = date(2023, 6, 20), date(2023, 7, 14)


@pytest.fixture
def work(cast: Cast) -> None:
    """Some work of every kind that a rehearsal may get wrong."""
    cast.issued(units=[cast.hanoi, cast.danang, cast.quangnam, cast.vnpt])
    cast.assignment(content="Hỏa tốc", urgency="express", due_on=date(2023, 7, 1))
    cast.issued(units=[cast.hanoi_hospital], is_restricted=True)
    cast.assignment(cast.office, due_on=date(2023, 7, 5))
    end(posting=Posting.objects.get(user=cast.danang_head), on=date(2023, 7, 7), by=SYSTEM())
    made(MailPreference, user=cast.officer, mutes=True)


def everything() -> list[Any]:
    models = (Message, Reminder, ReminderRun, ReminderPolicy, PolicyStep)
    return [list(model.objects.order_by("pk").values()) for model in models] + [
        list(PolicyStep.history.order_by("history_id").values()),
        list(ReminderPolicy.history.order_by("history_id").values()),
    ]


def test_it_tells_the_mails_of_every_day_as_the_runs_then_send_them(
    cast: Cast, ladder: ReminderPolicy, work: None, smtp: PostOffice
) -> None:
    for step in ladder.steps.filter(offset_days__in=(-7, -1)):
        edit(step, may_mute=True)
    made(PolicyStep, policy=ladder, audience="person", person=cast.stranger, offset_days=1)
    made(PolicyStep, policy=ladder, audience="chair", offset_days=2, day_kind="working", repeat_every_days=3)
    before = everything()
    rehearsal = rehearse_days([ladder], first=FIRST, last=LAST)
    assert everything() == before
    assert [day.on for day in rehearsal.days] == [FIRST + timedelta(days=n) for n in range(25)]
    on, sent = FIRST, Counter[date]()
    while on <= LAST:
        with time_machine.travel(at(on.day, on.month), tick=False):
            run_day(on=on, at=at(on.day, on.month))
        on += timedelta(days=1)
    for message in Message.objects.all():
        sent[message.on] += 1
    assert {day.on: day.mails for day in rehearsal.days if day.mails} == dict(sent)
    weekly = Message.objects.filter(kind=Message.Kind.WEEKLY)
    assert {day.on for day in rehearsal.days if day.weekly} == set(weekly.values_list("on", flat=True))
    assert (
        sum(day.reminders for day in rehearsal.days) == Reminder.objects.filter(message__isnull=False).count()
    )
    by_person = Counter(Message.objects.values_list("recipient_key", flat=True))
    assert {person.key: person.mails for person in rehearsal.persons} == dict(by_person)
    skipped = Counter(Reminder.objects.filter(occasion=None).exclude(skip="").values_list("skip", flat=True))
    assert rehearsal.skipped == skipped
    assert {"muted", "vacant", "outside_sector", "not_visible"} <= set(skipped)


def test_a_policy_that_is_not_active_yet_is_tried_out(cast: Cast, ladder: ReminderPolicy, work: None) -> None:
    before = rehearse_days([ladder], first=FIRST, last=LAST)
    edit(ladder, is_active=False)
    assert rehearse_days([ladder], first=FIRST, last=LAST).mails == before.mails > 0


def test_what_was_sent_since_its_first_day_is_left_out_of_account(
    cast: Cast, ladder: ReminderPolicy, work: None
) -> None:
    """Days that are over are tried out as they would have been; what was told before them counts."""
    fresh = rehearse_days([ladder], first=FIRST, last=LAST)
    tuesday = {"first": date(2023, 7, 4), "last": date(2023, 7, 4)}
    assert rehearse_days([ladder], **tuesday).mails > 0
    for day in (FIRST, date(2023, 6, 23), MONDAY_AFTER):
        with time_machine.travel(at(day.day, day.month), tick=False):
            run_day(on=day, at=at(day.day, day.month))
    assert rehearse_days([ladder], first=FIRST, last=LAST) == fresh
    # Monday's run told all but what falls on Tuesday itself: the third day after one date, the day before another.
    told = rehearse_days([ladder], **tuesday).days[0]
    assert (told.mails, told.reminders) == (5, 5)


def test_a_directives_own_policy_is_tried_out_about_that_directive(
    cast: Cast, ladder: ReminderPolicy
) -> None:
    own = made(ReminderPolicy, committee=cast.committee, name="Riêng", is_general=False, is_active=False)
    made(PolicyStep, policy=own, audience="mailbox", offset_days=0)
    cast.assignment(reminder_policy=own)
    cast.assignment(cast.danang)
    (person,) = rehearse_days([own], first=FIRST, last=LAST).persons
    assert (person.key, person.mails, person.reminders) == (f"unit:{cast.hanoi.pk}", 1, 1)
    assert f"unit:{cast.hanoi.pk}" not in {
        person.key for person in rehearse_days([ladder], first=FIRST, last=LAST).persons
    }


@pytest.mark.parametrize(("first", "last"), [(LAST, FIRST), (FIRST, date(2024, 6, 30))])
def test_days_out_of_order_or_too_many_are_refused(
    cast: Cast, ladder: ReminderPolicy, first: date, last: date
) -> None:
    with pytest.raises(ValueError, match="1 to 366 days"):
        rehearse_days([ladder], first=first, last=last)


# --- The command ------------------------------------------------------------------------------------------------


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("rehearse", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_days_and_persons(cast: Cast, ladder: ReminderPolicy, work: None) -> None:
    edit(ladder, is_active=False)
    period = ("--from", "2023-06-20", "--to", "2023-07-14")
    assert "0 mails" in told(*period)
    text = told(*period, "--policy", str(ladder.pk))
    result = rehearse_days([ladder], first=FIRST, last=LAST)
    assert f"{result.mails} mails" in text
    assert "2023-06-25      0" in text
    assert f"{cast.hanoi.name} <{cast.hanoi.mailbox}>" in text
    data = json.loads(told(*period, "--policy", str(ladder.pk), "--json"))
    assert data["mails"] == result.mails == sum(day["mails"] for day in data["days"])
    assert data["days"][0]["on"] == "2023-06-20"
    assert sum(person["mails"] for person in data["persons"]) == result.mails


def test_the_command_says_what_is_wrong(ladder: ReminderPolicy) -> None:
    with pytest.raises(CommandError, match=f"No policy 999; there are: {ladder.pk} Nhắc việc mặc định"):
        told("--from", "2023-06-20", "--to", "2023-07-14", "--policy", "999")
    with pytest.raises(CommandError, match="1 to 366 days"):
        told("--from", "2023-07-14", "--to", "2023-06-20")


# --- The page ---------------------------------------------------------------------------------------------------


def test_the_page_shows_days_and_persons_and_writes_nothing(
    cast: Cast, ladder: ReminderPolicy, work: None, client: Client
) -> None:
    client.force_login(cast.secretary)
    page = address("reminderpolicy_rehearse", ladder.pk)
    assert "Số thư theo ngày" not in words(client.get(page))
    before = everything()
    response = client.get(page, {"tu": "20/06/2023", "den": "14/07/2023"})
    assert everything() == before
    text = words(response)
    assert "thứ Bảy 01/07/2023 (ngày nghỉ: chỉ hỏa tốc)" in text
    assert cast.hanoi.mailbox in text
    assert response.context["result"] == rehearse_days([ladder], first=FIRST, last=LAST)
    assert client.post(page).status_code == 405


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"tu": "14/07/2023", "den": "20/06/2023"}, "den"),
        ({"tu": "01/06/2023", "den": "02/08/2023"}, "den"),
        ({"tu": "31/02/2023", "den": "01/03/2023"}, "tu"),
        ({"tu": "01/06/2023"}, "den"),
    ],
)
def test_days_that_cannot_be_are_said_at_the_field(
    cast: Cast, ladder: ReminderPolicy, client: Client, query: dict[str, str], field: str
) -> None:
    client.force_login(cast.secretary)
    response = client.get(address("reminderpolicy_rehearse", ladder.pk), query)
    assert list(errors(response)) == [field]
    assert response.context["result"] is None


def test_sixty_two_days_are_taken(cast: Cast, ladder: ReminderPolicy, client: Client) -> None:
    client.force_login(cast.secretary)
    query = {"tu": "01/06/2023", "den": "01/08/2023"}
    response = client.get(address("reminderpolicy_rehearse", ladder.pk), query)
    assert len(response.context["result"].days) == 62
