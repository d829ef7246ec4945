"""What is foreseen without being done is what plan and compose then do: of each assignment, and to each person."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

import pytest

from accounts.models import User
from directives import services
from directives.models import Assignment, MailPreference, Message, Note, PolicyStep, Reminder, ReminderPolicy
from directives.reminders.candidates import Line
from directives.reminders.daily import run_day
from directives.reminders.explain import of_person
from directives.reminders.news import tell_all
from directives.reminders.outlook import first_day, outlook_of_person, outlook_of_work, policies_of
from directives.reminders.plan import plan
from steering.models import (
    Assistant,
    CalendarDay,
    Committee,
    CommitteeStaff,
    Posting,
    SeatHolding,
    Succession,
)
from steering.postings import appoint, end
from tests.cast import Cast, at
from tests.directives.reminders.post_office import PostOffice
from tests.directives.reminders.runs import runs
from tests.directives.reminders.test_plan import edit, made

MONDAY = date(2023, 7, 10)
WEEK = [MONDAY + timedelta(days=n) for n in range(7)]
# What is told of a reminder: of which work, by which step or news, of which day and date, for whom, and why not.
Told = tuple[int, int | None, int | None, date, date | None, str, bool, str, str]


@pytest.fixture
def rich(cast: Cast, ladder: ReminderPolicy, spread: dict[str, Assignment]) -> Cast:
    """A week in which everything happens: steps of each audience, people who come and go, days off, mutes, news."""
    edit(cast.committee, mailbox="")
    made(PolicyStep, policy=ladder, audience="superior_head", offset_days=3, repeat_every_days=2)
    made(PolicyStep, policy=ladder, audience="chair", offset_days=5, repeat_every_days=5)
    made(PolicyStep, policy=ladder, audience="secretariat_day", offset_days=1)
    made(PolicyStep, policy=ladder, audience="person", person=cast.stranger, offset_days=1)
    made(PolicyStep, policy=ladder, audience="person", person=cast.officer, offset_days=2)
    made(PolicyStep, policy=ladder, audience="mailbox", offset_days=9, kinds=["request"])
    made(PolicyStep, policy=ladder, audience="officers", offset_days=-1, parts=["coordinating"])
    made(PolicyStep, policy=ladder, audience="officers", offset_days=1, day_kind="working",
         repeat_every_days=2, urgencies=["express"])  # fmt: skip
    made(PolicyStep, policy=ladder, audience="head", offset_days=-2, day_kind="working", may_mute=True)
    own = made(ReminderPolicy, committee=cast.committee, name="Riêng", is_general=False)
    made(PolicyStep, policy=own, audience="head", offset_days=-5)
    cast.assignment(urgency="express", due_on=date(2023, 7, 15), ordinal=50)
    cast.assignment(is_restricted=True, due_on=date(2023, 7, 12), ordinal=51)
    edit(cast.assignment(due_on=date(2023, 7, 14), ordinal=52).directive, reminder_policy=own)
    cast.assignment(cast.danang, due_on=date(2023, 7, 13), ordinal=53)
    cast.assignment(due_on=date(2023, 7, 18), ordinal=54, at=at(9, 7))
    made(CalendarDay, day=date(2023, 7, 13), kind="day_off", name="Nghỉ bù")
    made(MailPreference, user=cast.head, mutes=True)
    appoint(user=cast.stranger, unit=cast.hanoi, duty=Posting.Duty.DEPUTY, by=cast.administrator)
    end(posting=Posting.objects.get(user=cast.head), on=date(2023, 7, 12), by=cast.administrator)
    appoint(user=cast.second_secretary, unit=cast.hanoi, duty=Posting.Duty.HEAD, by=cast.administrator,
            valid_from=date(2023, 7, 14))  # fmt: skip
    made(Succession, from_unit=cast.hanoi_hospital, to_unit=cast.danang, takes_effect_on=date(2023, 7, 12))
    cast.assignment(cast.hanoi_hospital, due_on=date(2023, 7, 11), ordinal=55)
    return cast


def told(rows: Iterable[Line | Reminder]) -> set[Told]:
    return {
        (row.assignment, row.step, row.occasion, row.falls_on, row.due_on, row.key, row.watching, row.fallback,
         row.skip)
        if isinstance(row, Line)
        else (row.assignment_id, row.step_id, row.occasion_id, row.falls_on, row.due_on, row.recipient_key,
              row.watching, row.fallback, row.skip)
        for row in rows
    }  # fmt: skip


def assert_equal_to_each(cast: Cast, policies: list[ReminderPolicy], *, people: Collection[str] = ()) -> int:
    """Hold each person (of `people` alone, when they are named) and each assignment on each day of the week against the
    runs; returns how much was told."""
    done = runs(policies, days=WEEK)
    before = Reminder.objects.count(), Message.objects.count()
    count = 0
    for name in people or cast.people:
        person = cast.people[name]
        key = f"user:{person.pk}"
        coming = outlook_of_person(person.pk, policies, first=WEEK[0], last=WEEK[-1])
        reader = User.objects.get(pk=person.pk)
        page = of_person(reader, reader=reader, at=at(10, 7, hour=7))
        for day in WEEK:
            mails = {
                (one.kind, one.subject): told(one.rows) for one in done if one.on == day and one.key == key
            }
            foreseen = {
                one.group.kind: told(one.lines) for one in coming if one.on == day and one.group is not None
            }
            assert foreseen == {kind: rows for (kind, _subject), rows in mails.items()}, (name, day)
            skipped = {
                row
                for one in done
                if one.on == day and not one.key
                for row in told(one.rows)
                if row[5] == key
            }
            left_out = [one.lines for one in coming if one.on == day and one.group is None]
            assert {row for rows in left_out for row in told(rows)} == skipped, (name, day)
            if day >= first_day(MONDAY):
                shown = {mail.subject for one in page.coming if one.on == day for mail in one.mails}
                assert shown == {subject for _kind, subject in mails}, (name, day)
            count += len(mails) + len(skipped)
    for work in Assignment.objects.select_related("directive"):
        its = outlook_of_work(work, policies_of(work), first=WEEK[0], last=WEEK[-1])
        for day in WEEK:
            expected = {row for one in done if one.on == day for row in told(one.rows) if row[0] == work.pk}
            assert {row for one in its if one.on == day for row in told(one.lines)} == expected, (work, day)
            count += len(expected)
    assert (Reminder.objects.count(), Message.objects.count()) == before
    return count


def in_use() -> list[ReminderPolicy]:
    return list(ReminderPolicy.objects.filter(is_active=True).select_related("committee").order_by("pk"))


def test_a_week_of_each_person_and_of_each_assignment_is_foreseen_as_it_is_done(rich: Cast) -> None:
    assert assert_equal_to_each(rich, in_use()) > 200


@pytest.mark.slow
def test_what_was_told_and_what_waits_is_known(rich: Cast, smtp: PostOffice) -> None:
    """After the runs of some days, with news that wait for tomorrow and a digest that is out already."""
    for day in (date(2023, 7, 6), date(2023, 7, 7), date(2023, 7, 8)):
        run_day(on=day, at=at(day.day, 7))
    made(MailPreference, user=rich.officer, events="digest")
    for ordinal, words in ((53, "Khẩn trương"), (54, "Báo cáo ngay")):
        services.add_note(
            assignment=Assignment.objects.get(directive__ordinal=ordinal),
            by=rich.chair,
            at=at(10, 7, hour=7),
            kind=Note.Kind.OPINION,
            held_on=MONDAY,
            text=words,
        )
    tell_all(at=at(10, 7, hour=7))
    assert Reminder.objects.filter(message=None, skip="").exists()
    assert assert_equal_to_each(rich, in_use()) > 100


def test_who_has_had_the_mail_of_the_day_waits_for_the_next(rich: Cast, smtp: PostOffice) -> None:
    """A step was planned and not mailed, a later one falls; work given after the digest is out stands in the next."""
    rich.assignment(due_on=date(2023, 7, 11), ordinal=56)
    general = ReminderPolicy.objects.get(is_general=True)
    plan(general, on=date(2023, 7, 9))
    # What was not mailed is the same for everybody; the units' people are told of the steps.
    people = ("officer", "head", "danang_officer")
    assert assert_equal_to_each(rich, in_use(), people=people) > 150
    run_day(on=MONDAY, at=at(10, 7, hour=7))
    rich.assignment(due_on=date(2023, 7, 13), ordinal=57, at=at(10, 7))
    rich.assignment(due_on=date(2023, 7, 10), ordinal=58, at=at(10, 7))
    found = outlook_of_person(rich.officer.pk, in_use(), first=MONDAY, last=WEEK[-1])
    assert not [one for one in found if one.on == MONDAY and one.group and one.group.kind == "digest"]
    assert assert_equal_to_each(rich, in_use(), people=people) > 100


@pytest.mark.slow
def test_the_week_of_who_has_parts_in_two_committees(rich: Cast) -> None:
    """A mail for each committee, and of each what its own ladder wants."""
    other = made(Committee, code="khac", name="Ban khác", short_name="BCĐ khác")
    made(CommitteeStaff, committee=other, user=rich.secretary, valid_from=date(2023, 1, 1))
    rich.people["secretary"] = User.objects.get(pk=rich.secretary.pk)
    second = made(ReminderPolicy, committee=other, name="Nhắc việc")
    made(PolicyStep, policy=second, audience="officers", offset_days=-3)
    made(PolicyStep, policy=second, audience="secretariat", offset_days=0)
    document = rich.document(committee=other, number="99/QĐ-BYT")
    rich.assignment(document=document, due_on=date(2023, 7, 14), supervisor=None)
    holding = SeatHolding.objects.filter(user=rich.member).first()
    made(Assistant, holding=holding, user=rich.auditor, person=rich.auditor.full_name,
         valid_from=date(2023, 7, 11), valid_until=date(2023, 7, 12))  # fmt: skip
    assert assert_equal_to_each(rich, in_use()) > 200
