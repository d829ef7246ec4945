"""Who is reminded when: the rows that a plan adds."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounts.audit.context import acting
from accounts.models import User
from directives import services
from directives.models import Assignment, Directive, PolicyStep, Reminder, ReminderPolicy
from directives.reminders.plan import Planned, plan
from steering.models import (
    Assistant,
    Committee,
    CommitteeStaff,
    Posting,
    SeatHolding,
    Succession,
    Unit,
)
from steering.postings import appoint, end
from tests.cast import Cast, at, pdf

# The cast's work is due on Friday 30 June 2023 and was given on 1 June.
DAY_BEFORE, DUE, MONDAY_AFTER = date(2023, 6, 29), date(2023, 6, 30), date(2023, 7, 3)
Audience = PolicyStep.Audience
OFFICERS, MAILBOX, HEAD = Audience.OFFICERS, Audience.MAILBOX, Audience.HEAD
SUPERVISOR, SECRETARIAT = Audience.SUPERVISOR, Audience.SECRETARIAT


def rows(assignment: Assignment, **only: Any) -> set[tuple[str, str, str]]:
    """Return (audience, recipient, reason) of an assignment's reminders."""
    found = Reminder.objects.filter(assignment=assignment, **only)
    return set(found.values_list("step__audience", "recipient_key", "skip"))


def recipients(assignment: Assignment, **only: Any) -> set[str]:
    return {key for _audience, key, skip in rows(assignment, **only) if not skip}


def edit(row: Any, **values: Any) -> None:
    with acting(by=User.objects.system(), reason="Thử"):
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def made(model: Any, **values: Any) -> Any:
    with acting(by=User.objects.system(), reason="Thử"):
        return model.objects.create(**values)


def test_before_the_date_officers_and_mailbox_are_reminded(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment()
    result = plan(ladder, on=DAY_BEFORE)
    assert rows(work) == {
        (OFFICERS, f"user:{cast.officer.pk}", ""),
        (MAILBOX, f"unit:{cast.hanoi.pk}", ""),
        (SECRETARIAT, f"committee:{cast.committee.pk}", ""),
    }
    assert (result.planned, result.skipped) == (3, {})
    weekly = Reminder.objects.get(step__audience=SECRETARIAT)
    assert weekly.falls_on == date(2023, 6, 26)


def test_the_head_is_told_from_the_day_after_and_the_supervising_member_from_the_third(
    cast: Cast, ladder: ReminderPolicy
) -> None:
    work = cast.assignment()
    head, member = f"user:{cast.head.pk}", f"user:{cast.member.pk}"
    plan(ladder, on=DUE)
    assert not {head, member} & recipients(work)
    plan(ladder, on=date(2023, 7, 1))
    assert head in recipients(work)
    assert member not in recipients(work)
    plan(ladder, on=MONDAY_AFTER)
    assert member in recipients(work)


def test_a_second_run_adds_nothing(cast: Cast, ladder: ReminderPolicy) -> None:
    cast.assignment()
    assert plan(ladder, on=MONDAY_AFTER).planned == 5
    before = list(Reminder.objects.order_by("pk").values())
    assert plan(ladder, on=MONDAY_AFTER) == Planned()
    assert list(Reminder.objects.order_by("pk").values()) == before


def test_after_missed_runs_only_the_latest_step_is_planned(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment()
    plan(ladder, on=date(2023, 6, 28))
    officers = Reminder.objects.get(assignment=work, step__audience=OFFICERS)
    assert officers.step is not None
    assert (officers.falls_on, officers.step.offset_days) == (date(2023, 6, 27), -3)
    # Nothing fell on 28 June; a run of each following day adds what fell since, once.
    plan(ladder, on=date(2023, 7, 18))
    falls = Reminder.objects.filter(assignment=work, step__audience=OFFICERS).values_list(
        "falls_on", flat=True
    )
    assert sorted(falls) == [date(2023, 6, 27), date(2023, 7, 17)]


def test_a_step_that_fell_before_the_work_was_given_is_skipped_with_that_reason(
    cast: Cast, ladder: ReminderPolicy
) -> None:
    """Given on Wednesday, two days before the date; the step of Tuesday stood then, that of Thursday is the first."""
    work = cast.assignment(at=at(28))
    officer, mailbox = f"user:{cast.officer.pk}", f"unit:{cast.hanoi.pk}"
    result = plan(ladder, on=date(2023, 6, 28))
    assert (result.planned, result.skipped) == (0, {"before_given": 2})
    early = {(OFFICERS, officer, "before_given"), (MAILBOX, mailbox, "before_given")}
    assert rows(work) == early
    assert plan(ladder, on=date(2023, 6, 28)) == Planned()
    assert plan(ladder, on=DAY_BEFORE).planned == 2
    assert rows(work) == early | {(OFFICERS, officer, ""), (MAILBOX, mailbox, "")}


def test_before_it_was_given_comes_before_any_other_reason(cast: Cast, ladder: ReminderPolicy) -> None:
    """Given eleven days after its date: the step of the tenth day stands, for the member who supervises, too."""
    vacant = cast.assignment(cast.quangnam, at=at(11, 7))
    outside = cast.assignment(cast.vnpt, at=at(11, 7))
    plan(ladder, on=date(2023, 7, 11))
    for work in (vacant, outside):
        told = rows(work, step__audience__in=[OFFICERS, HEAD, MAILBOX, SUPERVISOR])
        assert {audience for audience, _key, _skip in told} == {OFFICERS, HEAD, MAILBOX, SUPERVISOR}
        assert {skip for _audience, _key, skip in told} == {"before_given"}


def test_the_weekly_letter_leaves_out_nothing_that_was_given_since_monday(
    cast: Cast, ladder: ReminderPolicy
) -> None:
    work = cast.assignment(at=at(28))
    plan(ladder, on=date(2023, 6, 28))
    assert not rows(work, step__audience=SECRETARIAT)
    plan(ladder, on=MONDAY_AFTER)
    assert rows(work, step__audience=SECRETARIAT) == {
        (SECRETARIAT, f"committee:{cast.committee.pk}", ""),
    }


def test_a_new_due_date_starts_the_ladder_again(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment()
    plan(ladder, on=DAY_BEFORE)
    request = services.ask_extension(
        assignment=work, by=cast.officer, at=at(29), due_on=date(2023, 7, 14), reason="Chờ góp ý"
    )
    services.decide_extension(
        request=request, by=cast.secretary, at=at(29), granted=True, decided_by="Trần Văn Thuấn"
    )
    plan(ladder, on=DUE)
    new = Reminder.objects.filter(assignment=work, due_on=date(2023, 7, 14))
    assert set(new.values_list("step__audience", flat=True)) == set()
    plan(ladder, on=date(2023, 7, 13))
    assert f"user:{cast.officer.pk}" in recipients(work, due_on=date(2023, 7, 14))


def _suspended(cast: Cast, work: Assignment) -> None:
    services.suspend(assignment=work, by=cast.secretary, at=at(5), reason="Chờ văn bản")


def _declined(cast: Cast, work: Assignment) -> None:
    services.decline(assignment=work, by=cast.head, at=at(5), reason="Không đúng chức năng")


def _confirmed(cast: Cast, work: Assignment) -> None:
    services.submit(assignment=work, by=cast.head, at=at(5), text="Xong", uploads=[pdf()])
    services.confirm(assignment=work, by=cast.secretary, at=at(6))


def _revoked(cast: Cast, work: Assignment) -> None:
    services.revoke(assignment=work, by=cast.secretary, at=at(5), reason="Trùng")


@pytest.mark.parametrize("done", [_suspended, _confirmed, _revoked])
def test_nobody_is_reminded_of_what_is_closed_or_suspended(
    cast: Cast, ladder: ReminderPolicy, done: Any
) -> None:
    done(cast, cast.assignment())
    assert plan(ladder, on=MONDAY_AFTER) == Planned()


def test_drafts_standing_work_and_work_without_a_date_are_not_reminded(
    cast: Cast, ladder: ReminderPolicy
) -> None:
    cast.draft(units=[cast.hanoi])
    cast.assignment(is_standing=True, due_on=None)
    cast.assignment(due_on=None)
    assert plan(ladder, on=MONDAY_AFTER) == Planned()


def test_what_a_unit_handed_back_reminds_those_who_watch(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment()
    _declined(cast, work)
    plan(ladder, on=MONDAY_AFTER)
    assert recipients(work) == {f"user:{cast.member.pk}", f"committee:{cast.committee.pk}"}


def test_a_report_in_time_reminds_the_secretariat_only(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment()
    services.submit(assignment=work, by=cast.head, at=at(20), text="Xong", uploads=[pdf()])
    plan(ladder, on=MONDAY_AFTER)
    assert recipients(work) == {f"committee:{cast.committee.pk}"}


def test_a_report_far_ahead_of_its_date_waits_in_the_weekly_letter(
    cast: Cast, ladder: ReminderPolicy
) -> None:
    work = cast.assignment(due_on=date(2023, 12, 31))
    services.submit(assignment=work, by=cast.head, at=at(20), text="Xong", uploads=[pdf()])
    plan(ladder, on=DUE)
    assert recipients(work) == {f"committee:{cast.committee.pk}"}


def test_a_late_report_reminds_those_who_watch_not_the_unit(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment()
    services.submit(assignment=work, by=cast.head, at=at(3, 7), text="Xong", uploads=[pdf()])
    plan(ladder, on=date(2023, 7, 10))
    assert recipients(work) == {f"user:{cast.member.pk}", f"committee:{cast.committee.pk}"}


def test_a_coordinating_unit_is_reminded_and_its_part_is_not_watched(
    cast: Cast, ladder: ReminderPolicy
) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang])
    plan(ladder, on=MONDAY_AFTER)
    part = directive.assignments.get(unit=cast.danang)
    assert recipients(part) == {
        f"unit:{cast.danang.pk}",
        f"user:{cast.danang_officer.pk}",
        f"user:{cast.danang_head.pk}",
    }


# --- Succession -------------------------------------------------------------------------------------------------


def test_the_successor_is_reminded_from_its_day_on(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment(cast.quangnam)
    plan(ladder, on=MONDAY_AFTER)
    assert (MAILBOX, f"unit:{cast.quangnam.pk}", "") in rows(work)
    # Nobody heads it and nobody stands above it: the secretariat is told in the place of a head.
    assert (HEAD, f"committee:{cast.committee.pk}", "") in rows(work, fallback="secretariat")
    plan(ladder, on=date(2025, 7, 7))
    assert {f"unit:{cast.danang.pk}", f"user:{cast.danang_head.pk}"} <= recipients(work)


def test_of_several_successors_the_chosen_one_is_reminded(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment(cast.quangnam)
    made(Succession, from_unit=cast.quangnam, to_unit=cast.hanoi, takes_effect_on=date(2025, 7, 1))
    plan(ladder, on=date(2025, 7, 7))
    skipped = {(audience, f"unit:{cast.quangnam.pk}", "undecided") for audience in (OFFICERS, MAILBOX, HEAD)}
    assert {row for row in rows(work) if row[0] in (OFFICERS, MAILBOX, HEAD)} == skipped
    services.choose_answering_unit(
        assignment=work, unit=cast.hanoi, by=cast.secretary, at=at(7, 7, 2025), reason="Theo địa bàn"
    )
    plan(ladder, on=date(2025, 7, 7))
    assert {f"unit:{cast.hanoi.pk}", f"user:{cast.officer.pk}", f"user:{cast.head.pk}"} <= recipients(work)


def test_a_chain_of_successions_is_followed_to_its_end(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment(cast.quangnam)
    made(Succession, from_unit=cast.danang, to_unit=cast.hanoi, takes_effect_on=date(2025, 8, 1))
    plan(ladder, on=date(2025, 8, 4))
    assert f"unit:{cast.hanoi.pk}" in recipients(work)


# --- Who is there -----------------------------------------------------------------------------------------------


def test_without_a_head_the_deputies_are_told(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment()
    system = User.objects.system()
    end(posting=Posting.objects.get(user=cast.head), on=date(2023, 6, 30), by=system)
    appoint(user=cast.stranger, unit=cast.hanoi, duty=Posting.Duty.DEPUTY, by=system)
    plan(ladder, on=MONDAY_AFTER)
    assert (HEAD, f"user:{cast.stranger.pk}", "") in rows(work)
    assert f"user:{cast.head.pk}" not in recipients(work)


def test_a_head_in_office_stands_before_the_deputies(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment()
    appoint(user=cast.stranger, unit=cast.hanoi, duty=Posting.Duty.DEPUTY, by=User.objects.system())
    plan(ladder, on=MONDAY_AFTER)
    assert [key for audience, key, _skip in rows(work) if audience == HEAD] == [f"user:{cast.head.pk}"]


def test_a_locked_account_and_a_missing_address_are_told_apart(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment()
    edit(cast.officer, is_active=False)
    edit(cast.head, email="")
    edit(cast.hanoi, mailbox="")
    result = plan(ladder, on=MONDAY_AFTER)
    assert {row for row in rows(work) if row[2]} == {
        (OFFICERS, f"user:{cast.officer.pk}", "inactive"),
        (HEAD, f"user:{cast.head.pk}", "no_address"),
        (MAILBOX, f"unit:{cast.hanoi.pk}", "no_address"),
    }
    assert result.skipped == {"inactive": 1, "no_address": 2}


def test_postings_are_those_of_the_day(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment()
    end(posting=Posting.objects.get(user=cast.officer), on=date(2023, 6, 28), by=User.objects.system())
    plan(ladder, on=date(2023, 6, 28))
    assert f"user:{cast.officer.pk}" in recipients(work)
    plan(ladder, on=DAY_BEFORE)
    assert (OFFICERS, f"officers:{cast.hanoi.pk}", "vacant") in rows(work)


def test_a_unit_outside_the_sector_gets_mail_only_when_switched_on(
    cast: Cast, ladder: ReminderPolicy
) -> None:
    work = cast.assignment(cast.vnpt)
    plan(ladder, on=DAY_BEFORE)
    assert {row for row in rows(work) if row[0] != SECRETARIAT} == {
        (OFFICERS, f"unit:{cast.vnpt.pk}", "outside_sector"),
        (MAILBOX, f"unit:{cast.vnpt.pk}", "outside_sector"),
    }
    edit(cast.vnpt, automatic_mail=True)
    plan(ladder, on=DUE)
    assert f"unit:{cast.vnpt.pk}" in recipients(work)


def test_the_seat_is_told_through_its_holder_of_the_day_and_the_assistants(
    cast: Cast, ladder: ReminderPolicy
) -> None:
    work = cast.assignment()
    holding = SeatHolding.objects.get(user=cast.member)
    edit(holding, valid_until=date(2023, 7, 4))
    new = made(
        SeatHolding,
        seat=cast.member_seat,
        person="Cao Kế Nhiệm",
        email="ke.nhiem@cast.example",
        valid_from=date(2023, 7, 5),
    )
    made(Assistant, holding=holding, person="Lâm Giúp Việc", email="giup.viec@cast.example")
    plan(ladder, on=MONDAY_AFTER)
    assistant = Assistant.objects.get()
    watched = {key for audience, key, _skip in rows(work) if audience == SUPERVISOR}
    assert watched == {f"user:{cast.member.pk}", f"assistant:{assistant.pk}"}
    plan(ladder, on=date(2023, 7, 10))
    watched = {
        key for audience, key, _skip in rows(work, falls_on=date(2023, 7, 10)) if audience == SUPERVISOR
    }
    assert watched == {f"holding:{new.pk}"}


def test_an_empty_seat_is_said_to_be_vacant(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment()
    edit(SeatHolding.objects.get(user=cast.member), valid_until=date(2023, 6, 1))
    plan(ladder, on=MONDAY_AFTER)
    assert (SUPERVISOR, f"seat:{cast.member_seat.pk}", "vacant") in rows(work)


# --- The secretariat --------------------------------------------------------------------------------------------


def test_the_secretariat_is_told_once_a_week(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment()
    for day in (26, 27, 28, 29, 30):
        plan(ladder, on=date(2023, 6, day))
    assert Reminder.objects.filter(assignment=work, step__audience=SECRETARIAT).count() == 1
    plan(ladder, on=MONDAY_AFTER)
    assert Reminder.objects.filter(assignment=work, step__audience=SECRETARIAT).count() == 2


def test_without_a_mailbox_each_secretary_is_told(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment()
    edit(cast.committee, mailbox="")
    ladder.refresh_from_db()
    plan(ladder, on=DAY_BEFORE)
    secretaries = {f"user:{person.pk}" for person in (cast.secretary, cast.second_secretary)}
    assert {key for audience, key, _skip in rows(work) if audience == SECRETARIAT} == secretaries


def test_a_secretariat_nobody_can_write_to_is_said_so(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment()
    edit(cast.committee, mailbox="")
    for staff in CommitteeStaff.objects.all():
        edit(staff, valid_until=date(2023, 6, 1))
    ladder.refresh_from_db()
    plan(ladder, on=DAY_BEFORE)
    assert (SECRETARIAT, f"committee:{cast.committee.pk}", "no_address") in rows(work)


def test_a_policy_reminds_of_its_own_committee_only(cast: Cast, ladder: ReminderPolicy) -> None:
    other = made(Committee, code="khac", name="Ban khác", short_name="BCĐ khác")
    empty = made(ReminderPolicy, committee=other, name="Khác")
    made(PolicyStep, policy=empty, audience=OFFICERS, offset_days=-1)
    cast.assignment()
    assert plan(empty, on=DAY_BEFORE) == Planned()


def test_a_switched_off_step_plans_nothing(cast: Cast, ladder: ReminderPolicy) -> None:
    cast.assignment()
    for step in ladder.steps.all():
        edit(step, is_active=False)
    assert plan(ladder, on=MONDAY_AFTER) == Planned()


def test_the_number_of_statements_does_not_depend_on_the_rows(
    cast: Cast, ladder: ReminderPolicy, django_assert_max_num_queries: Any
) -> None:
    kind = cast.hanoi.kind
    units = [made(Unit, code=f"syt.{n}", name=f"Sở Y tế số {n}", kind=kind, order=100 + n) for n in range(40)]
    cast.issued(units=[*units, cast.hanoi], kind=Directive.Kind.ORDER)
    with django_assert_max_num_queries(22):
        assert plan(ladder, on=MONDAY_AFTER).skipped["vacant"] == 40
