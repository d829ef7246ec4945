"""What a policy's steps may say, and whom they reach: which work, which people, and why not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from accounts.audit.context import acting
from accounts.models import User
from directives import services
from directives.errors import Refused
from directives.models import MailPreference, Message, PolicyStep, Reminder, ReminderPolicy
from directives.reminders.compose import compose, groups
from directives.reminders.daily import run_day
from directives.reminders.plan import Planned, plan
from steering.models import Assistant, CalendarDay, Committee, Posting, SeatHolding, Unit, UnitParent
from steering.postings import appoint, end
from tests.cast import Cast, at, pdf
from tests.directives.reminders.post_office import PostOffice
from tests.directives.reminders.test_plan import DUE, MONDAY_AFTER, edit, made, recipients, rows

Audience = PolicyStep.Audience
SYSTEM = User.objects.system


@pytest.fixture
def policy(cast: Cast) -> ReminderPolicy:
    """A general policy without steps."""
    policy: ReminderPolicy = made(ReminderPolicy, committee=cast.committee, name="Thử")
    return policy


def step(policy: ReminderPolicy, offset: int = 0, audience: str = "mailbox", **values: Any) -> PolicyStep:
    found: PolicyStep = made(PolicyStep, policy=policy, audience=audience, offset_days=offset, **values)
    return found


def told() -> set[tuple[str, str]]:
    """Who is reminded of what: code and recipient."""
    found = Reminder.objects.filter(skip="").values_list("assignment__directive__content", "recipient_key")
    return set(found)


# --- When -------------------------------------------------------------------------------------------------------


def test_working_days_are_counted_over_days_off_and_make_up_saturdays(
    cast: Cast, policy: ReminderPolicy
) -> None:
    """Due on Friday 30 June; Thursday and Wednesday are off, Sunday 25 is worked: two working days before is Sunday."""
    for day, kind in ((29, "day_off"), (28, "day_off"), (25, "make_up")):
        made(CalendarDay, day=date(2023, 6, day), kind=kind, name="Thử")
    step(policy, -2, day_kind="working")
    work = cast.assignment()
    assert plan(policy, on=date(2023, 6, 25)) == Planned()
    plan(policy, on=date(2023, 6, 26))
    assert Reminder.objects.get(assignment=work).falls_on == date(2023, 6, 26)
    step(policy, -3, day_kind="working", audience="officers")
    plan(policy, on=date(2023, 6, 26))
    assert Reminder.objects.get(step__audience="officers").falls_on == date(2023, 6, 25)


def test_every_n_working_days_until_it_is_done(cast: Cast, policy: ReminderPolicy) -> None:
    step(policy, 1, day_kind="working", repeat_every_days=5)
    work = cast.assignment()
    for day in range(40):
        plan(policy, on=DUE + timedelta(days=day))
    assert list(work.reminders.order_by("falls_on").values_list("falls_on", flat=True)) == [
        date(2023, 7, 3), date(2023, 7, 10), date(2023, 7, 17), date(2023, 7, 24), date(2023, 7, 31),
        date(2023, 8, 7),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "skip"), [(21, ""), (23, ""), (26, "too_old"), (29, "too_old"), (30, "too_old")]
)
def test_what_was_missed_for_too_long_before_the_date_is_skipped_with_that_reason(
    cast: Cast, policy: ReminderPolicy, day: int, skip: str
) -> None:
    """Ten days before is Tuesday 20 June; two working days later it is still of use, on Monday no more."""
    step(policy, -9)
    work = cast.assignment()
    plan(policy, on=date(2023, 6, day))
    assert rows(work) == {("mailbox", f"unit:{cast.hanoi.pk}", skip)}


def test_what_is_overdue_goes_however_late_the_run_is(cast: Cast, policy: ReminderPolicy) -> None:
    step(policy, -9)
    step(policy, 1)
    work = cast.assignment()
    plan(policy, on=date(2023, 9, 5))
    assert rows(work) == {("mailbox", f"unit:{cast.hanoi.pk}", "")}


def test_with_no_later_step_an_old_one_before_the_date_still_tells_that_it_is_overdue(
    cast: Cast, policy: ReminderPolicy
) -> None:
    step(policy, -1)
    work = cast.assignment()
    plan(policy, on=MONDAY_AFTER)
    assert rows(work) == {("mailbox", f"unit:{cast.hanoi.pk}", "")}


# --- About which work -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {"khẩn", "đề nghị", "chủ trì", "văn bản"}),
        ({"urgencies": ["urgent", "express"]}, {"khẩn"}),
        ({"kinds": ["request", "commitment"]}, {"đề nghị"}),
        ({"parts": ["lead"]}, {"chủ trì"}),
        ({"statuses": ["in_progress"]}, {"khẩn"}),
        ({"urgencies": ["urgent"], "kinds": ["request"]}, set()),
        ({"urgencies": ["urgent"], "statuses": ["assigned"]}, set()),
        ({"document": "that"}, {"văn bản"}),
    ],
)
def test_a_step_is_about_the_work_that_it_names(
    cast: Cast, policy: ReminderPolicy, filters: dict[str, Any], expected: set[str]
) -> None:
    urgent = cast.assignment(content="khẩn", urgency="urgent")
    services.report(assignment=urgent, by=cast.officer, at=at(2), percent=10, text="Đang làm")
    cast.assignment(content="đề nghị", kind="request")
    cast.issued(content="chủ trì", lead=cast.hanoi)
    document = cast.document(number="99/KH-BYT")
    cast.assignment(content="văn bản", document=document)
    if filters.get("document"):
        filters = {"document": document}
    step(policy, 0, **filters)
    plan(policy, on=DUE)
    assert {content for content, _key in told()} == expected


def test_a_part_that_is_filtered_out_is_of_the_same_directive(cast: Cast, policy: ReminderPolicy) -> None:
    step(policy, 0, parts=["coordinating"])
    cast.issued(content="chung", lead=cast.hanoi, units=[cast.danang])
    plan(policy, on=DUE)
    assert told() == {("chung", f"unit:{cast.danang.pk}")}


def test_a_later_step_about_other_work_does_not_hide_an_earlier_one(
    cast: Cast, policy: ReminderPolicy
) -> None:
    step(policy, -3)
    step(policy, -1, urgencies=["express"])
    cast.assignment(content="thường")
    cast.assignment(content="hỏa tốc", urgency="express")
    plan(policy, on=date(2023, 6, 29))
    fallen = Reminder.objects.values_list("assignment__directive__content", "step__offset_days")
    assert set(fallen) == {("thường", -3), ("hỏa tốc", -1)}


# --- Several policies, and a directive's own --------------------------------------------------------------------


def test_several_general_policies_add_up_and_tell_nobody_the_same_twice(
    cast: Cast, policy: ReminderPolicy
) -> None:
    second = made(ReminderPolicy, committee=cast.committee, name="Thêm")
    step(policy, 0)
    step(second, 0)
    step(second, 0, audience="officers")
    work = cast.assignment()
    plan(policy, on=DUE)
    plan(second, on=DUE)
    assert sorted(key for _audience, key, _skip in rows(work)) == [
        f"unit:{cast.hanoi.pk}",
        f"user:{cast.officer.pk}",
    ]
    assert work.reminders.count() == 2


def test_a_directive_that_names_a_policy_is_reminded_by_that_alone(
    cast: Cast, policy: ReminderPolicy
) -> None:
    own = made(ReminderPolicy, committee=cast.committee, name="Riêng", is_general=False)
    step(policy, 0)
    step(own, -1, audience="officers")
    cast.assignment(content="chung")
    cast.assignment(content="riêng", reminder_policy=own)
    for on in (date(2023, 6, 29), DUE):
        plan(policy, on=on)
        plan(own, on=on)
    assert told() == {("chung", f"unit:{cast.hanoi.pk}"), ("riêng", f"user:{cast.officer.pk}")}


def test_a_general_policy_that_is_named_serves_both(cast: Cast, policy: ReminderPolicy) -> None:
    second = made(ReminderPolicy, committee=cast.committee, name="Thêm")
    step(policy, 0)
    step(second, 0, audience="officers")
    cast.assignment(content="chung")
    cast.assignment(content="riêng", reminder_policy=second)
    plan(policy, on=DUE)
    plan(second, on=DUE)
    mailbox, officer = f"unit:{cast.hanoi.pk}", f"user:{cast.officer.pk}"
    assert told() == {("chung", mailbox), ("chung", officer), ("riêng", officer)}


def test_a_policy_of_another_committee_is_refused(cast: Cast, policy: ReminderPolicy) -> None:
    other = made(Committee, code="khac", name="Ban khác", short_name="BCĐ khác")
    theirs = made(ReminderPolicy, committee=other, name="Khác")
    with pytest.raises(Refused, match="thuộc Ban Chỉ đạo khác") as refusal:
        cast.draft(units=[cast.hanoi], reminder_policy=theirs)
    assert refusal.value.field == "reminder_policy"
    directive = cast.issued(units=[cast.hanoi])
    with pytest.raises(Refused, match="thuộc Ban Chỉ đạo khác"):
        services.correct_directive(
            directive=directive,
            by=cast.secretary,
            at=at(2),
            reason="Thử",
            changes={"reminder_policy": theirs},
        )


def test_a_corrected_policy_is_in_the_history_and_goes_along_when_replaced(
    cast: Cast, policy: ReminderPolicy
) -> None:
    directive = cast.issued(units=[cast.hanoi])
    corrected = services.correct_directive(
        directive=directive, by=cast.secretary, at=at(2), reason="Gấp", changes={"reminder_policy": policy}
    )
    row = corrected.history.latest()
    assert (row.reminder_policy_id, row.history_change_reason) == (policy.pk, "Gấp")
    draft = services.replace_directive(directive=corrected, by=cast.secretary, at=at(3), reason="Thay")
    assert draft.reminder_policy == policy


# --- Whom -------------------------------------------------------------------------------------------------------


def _vacate(user: User) -> None:
    end(posting=Posting.objects.get(user=user), on=date(2023, 6, 2), by=SYSTEM())


def _post(user: User, unit: Unit, duty: str) -> None:
    appoint(user=user, unit=unit, duty=Posting.Duty(duty), by=SYSTEM())


def test_a_vacant_head_is_stood_in_for_by_the_deputy_then_the_superior_then_the_secretariat(
    cast: Cast, policy: ReminderPolicy
) -> None:
    step(policy, 1, audience="head", repeat_every_days=1)
    work = cast.assignment(cast.hanoi_hospital)
    head, secretariat = f"user:{cast.head.pk}", f"committee:{cast.committee.pk}"

    def who(day: int) -> set[tuple[str, str]]:
        plan(policy, on=date(2023, 7, day))
        found = work.reminders.filter(falls_on=date(2023, 7, day), skip="")
        return set(found.values_list("recipient_key", "fallback"))

    assert who(1) == {(head, "superior")}
    _post(cast.stranger, cast.hanoi_hospital, "deputy")
    assert who(2) == {(f"user:{cast.stranger.pk}", "deputy")}
    _vacate(cast.stranger)
    _vacate(cast.head)
    assert who(3) == {(secretariat, "secretariat")}
    # The deputy of the superior stands in for its head.
    _post(cast.other_member, cast.hanoi, "deputy")
    assert who(4) == {(f"user:{cast.other_member.pk}", "superior")}


def test_a_locked_head_is_told_as_the_reason_and_somebody_else_is_written_to(
    cast: Cast, policy: ReminderPolicy
) -> None:
    step(policy, 1, audience="head")
    edit(cast.head, is_active=False)
    work = cast.assignment()
    plan(policy, on=MONDAY_AFTER)
    assert rows(work) == {
        ("head", f"user:{cast.head.pk}", "inactive"),
        ("head", f"committee:{cast.committee.pk}", ""),
    }


def test_a_head_without_an_address_is_still_the_head(cast: Cast, policy: ReminderPolicy) -> None:
    step(policy, 1, audience="head")
    _post(cast.stranger, cast.hanoi, "deputy")
    edit(cast.head, email="")
    work = cast.assignment()
    plan(policy, on=MONDAY_AFTER)
    assert rows(work) == {("head", f"user:{cast.head.pk}", "no_address")}


@pytest.mark.parametrize("audience", ["head", "superior_head"])
def test_the_ministrys_own_head_is_never_told_of_a_department(
    cast: Cast, policy: ReminderPolicy, audience: str
) -> None:
    """Whoever heads the ministry, and whoever is its deputy."""
    _post(cast.chair, cast.ministry, "head")
    _post(cast.other_member, cast.ministry, "deputy")
    step(policy, 1, audience=audience)
    work = cast.assignment(cast.office)
    plan(policy, on=MONDAY_AFTER)
    if audience == "head":
        assert rows(work) == {("head", f"committee:{cast.committee.pk}", "")}
    else:
        assert rows(work) == {("superior_head", f"superior_head:{cast.office.pk}", "no_superior")}


def test_the_superiors_head_of_a_hospital_is_that_of_its_department_of_health(
    cast: Cast, policy: ReminderPolicy
) -> None:
    step(policy, 1, audience="superior_head")
    hospital, department = cast.assignment(cast.hanoi_hospital), cast.assignment(cast.hanoi)
    plan(policy, on=MONDAY_AFTER)
    assert rows(hospital) == {("superior_head", f"user:{cast.head.pk}", "")}
    assert rows(department) == {("superior_head", f"superior_head:{cast.hanoi.pk}", "no_superior")}


def test_a_chain_that_runs_in_a_circle_ends(cast: Cast, policy: ReminderPolicy) -> None:
    made(UnitParent, unit=cast.quangnam, parent=cast.vnpt)
    made(UnitParent, unit=cast.vnpt, parent=cast.quangnam)
    step(policy, 1, audience="head")
    work = cast.assignment(cast.quangnam)
    plan(policy, on=MONDAY_AFTER)
    assert recipients(work) == {f"committee:{cast.committee.pk}"}


def test_the_head_is_that_of_the_successor(cast: Cast, policy: ReminderPolicy) -> None:
    step(policy, 1, audience="head", repeat_every_days=1)
    work = cast.assignment(cast.quangnam)
    plan(policy, on=date(2025, 6, 30))
    assert recipients(work) == {f"committee:{cast.committee.pk}"}
    plan(policy, on=date(2025, 7, 1))
    assert f"user:{cast.danang_head.pk}" in recipients(work, falls_on=date(2025, 7, 1))


def test_the_chair_and_the_assistants_of_the_chair_are_told(cast: Cast, policy: ReminderPolicy) -> None:
    step(policy, 1, audience="chair")
    holding = SeatHolding.objects.get(seat=cast.chair_seat)
    helper = made(Assistant, holding=holding, person="Trợ Lý", email="tro.ly@cast.example")
    other = SeatHolding.objects.get(seat=cast.other_seat)
    made(Assistant, holding=other, person="Khác", email="khac@cast.example")
    work = cast.assignment()
    plan(policy, on=MONDAY_AFTER)
    assert recipients(work) == {f"user:{cast.chair.pk}", f"assistant:{helper.pk}"}
    assert set(work.reminders.values_list("watching", flat=True)) == {True}


def test_a_chair_that_is_vacant_is_said_so(cast: Cast, policy: ReminderPolicy) -> None:
    step(policy, 1, audience="chair")
    edit(SeatHolding.objects.get(seat=cast.chair_seat), valid_until=date(2023, 6, 1))
    work = cast.assignment()
    plan(policy, on=MONDAY_AFTER)
    assert rows(work) == {("chair", f"seat:{cast.chair_seat.pk}", "vacant")}


def test_named_persons_are_told_each(cast: Cast, policy: ReminderPolicy) -> None:
    for person in (cast.chair, cast.other_member):
        step(policy, 1, audience="person", person=person)
    edit(cast.other_member, is_active=False)
    work = cast.assignment()
    plan(policy, on=MONDAY_AFTER)
    assert rows(work) == {
        ("person", f"user:{cast.chair.pk}", ""),
        ("person", f"user:{cast.other_member.pk}", "inactive"),
    }


def test_a_named_person_who_may_not_read_it_gets_no_mail(cast: Cast, policy: ReminderPolicy) -> None:
    step(policy, 1, audience="person", person=cast.stranger)
    work = cast.assignment()
    plan(policy, on=MONDAY_AFTER)
    (group,) = groups(on=MONDAY_AFTER)
    assert compose(group, on=MONDAY_AFTER, at=at(3, 7), by=SYSTEM()).message is None
    assert rows(work) == {("person", f"user:{cast.stranger.pk}", "not_visible")}


def test_the_secretariats_daily_digest(cast: Cast, policy: ReminderPolicy) -> None:
    step(policy, 1, audience="secretariat_day")
    work = cast.assignment()
    plan(policy, on=MONDAY_AFTER)
    (group,) = groups(on=MONDAY_AFTER)
    assert (group.key, group.kind) == (f"committee:{cast.committee.pk}", Message.Kind.DIGEST)
    assert recipients(work) == {group.key}


@pytest.mark.parametrize("audience", ["officers", "mailbox", "head", "superior_head"])
def test_outside_the_sector_nobody_of_the_unit_is_written_to(
    cast: Cast, policy: ReminderPolicy, audience: str
) -> None:
    _post(cast.stranger, cast.vnpt, "head")
    step(policy, 1, audience=audience)
    work = cast.assignment(cast.vnpt)
    plan(policy, on=MONDAY_AFTER)
    assert rows(work) == {(audience, f"unit:{cast.vnpt.pk}", "outside_sector")}


# --- Muted ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("may_mute", "mutes", "day", "skip"),
    [
        (True, True, 29, "muted"),
        (True, True, 30, "muted"),
        (True, False, 29, ""),
        (False, True, 29, ""),
        # The step of the day before, told on the Monday after: it is overdue by now.
        (True, True, 33, ""),
    ],
)
def test_muted_before_the_date_never_when_overdue(
    cast: Cast, policy: ReminderPolicy, may_mute: bool, mutes: bool, day: int, skip: str
) -> None:
    step(policy, -1, audience="officers", may_mute=may_mute)
    made(MailPreference, user=cast.officer, mutes=mutes)
    work = cast.assignment()
    on = date(2023, 6, 1) + timedelta(days=day - 1)
    plan(policy, on=on)
    for group in groups(on=on):
        compose(group, on=on, at=at(30), by=SYSTEM())
    assert rows(work) == {("officers", f"user:{cast.officer.pk}", skip)}
    assert Message.objects.exists() == (not skip)


# --- Days off, and the mail of a superior -----------------------------------------------------------------------


def test_on_a_saturday_only_what_is_express_goes(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice, settings: Any
) -> None:
    settings.MAIL_WINDOW = "07:30-17:30"
    cast.assignment(content="Việc hỏa tốc", urgency="express")
    cast.assignment(cast.danang, content="Việc thường")
    saturday = at(1, 7)
    with time_machine.travel(saturday, tick=False):
        run_day(on=date(2023, 7, 1), at=saturday)
    assert sorted(smtp.addresses) == sorted([cast.hanoi.mailbox, cast.officer.email, cast.head.email])
    assert all("Việc hỏa tốc" in mail.get_body(("plain",)).get_content() for mail in smtp.mails)  # type: ignore[union-attr]
    ladder_rows = Reminder.objects.filter(occasion=None)
    assert not ladder_rows.filter(assignment__directive__content="Việc thường").exists()
    monday = at(3, 7)
    with time_machine.travel(monday, tick=False):
        run_day(on=MONDAY_AFTER, at=monday)
    assert cast.danang.mailbox in smtp.addresses


def test_the_letter_of_the_week_is_whole_though_its_monday_is_off(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    """What is hỏa tốc goes on the Monday; the secretariat's letter waits for Tuesday, and names both."""
    made(CalendarDay, day=MONDAY_AFTER, kind="day_off", name="Nghỉ")
    cast.assignment(content="Việc hỏa tốc", urgency="express")
    cast.assignment(cast.danang, content="Việc thường")
    for day in (3, 4):
        with time_machine.travel(at(day, 7), tick=False):
            run_day(on=date(2023, 7, day), at=at(day, 7))
    letter = Message.objects.get(kind=Message.Kind.WEEKLY)
    assert letter.on == date(2023, 7, 4)
    assert "Việc hỏa tốc" in letter.text
    assert "Việc thường" in letter.text


def test_no_part_of_the_weeks_letter_is_planned_or_composed_on_a_day_off(
    cast: Cast, ladder: ReminderPolicy
) -> None:
    """Planned on Friday by a run that was killed before it composed: Saturday leaves it to the next working day."""
    cast.assignment(urgency="express")
    saturday = date(2023, 7, 1)
    plan(ladder, on=saturday, express_only=True)
    assert Reminder.objects.exists()
    assert not Reminder.objects.filter(step__audience="secretariat").exists()
    plan(ladder, on=DUE)
    assert Message.Kind.WEEKLY in {group.kind for group in groups(on=saturday)}
    assert {group.kind for group in groups(on=saturday, express_only=True)} == {Message.Kind.DIGEST}


def test_who_watches_reads_a_fan_out_as_one_line(cast: Cast, policy: ReminderPolicy) -> None:
    """42 units of which none is done: one line for the directive, the first few named."""
    kind = cast.hanoi.kind
    units = [made(Unit, code=f"syt.{n}", name=f"Sở Y tế số {n}", kind=kind, order=100 + n) for n in range(40)]
    directive = cast.issued(units=[*units, cast.danang, cast.hanoi_hospital], content="Nộp kế hoạch")
    done = cast.issued(units=[cast.hanoi, cast.danang], content="Việc khác")
    services.submit(
        assignment=done.assignments.get(unit=cast.hanoi),
        by=cast.head,
        at=at(20),
        text="Xong",
        uploads=[pdf()],
    )
    step(policy, 3, audience="supervisor", repeat_every_days=7)
    plan(policy, on=MONDAY_AFTER)
    (group,) = groups(on=MONDAY_AFTER)
    mail = compose(group, on=MONDAY_AFTER, at=at(3, 7), by=SYSTEM()).message
    assert mail is not None
    assert "42 đơn vị chưa hoàn thành" in mail.text
    assert "39 đơn vị khác" in mail.text
    assert mail.text.count("Nộp kế hoạch") == mail.text.count("Việc khác") == 1
    assert mail.reminders.count() == directive.assignments.count() + 1


def test_a_superior_gets_one_mail_for_a_step_however_many_units_stand_below(
    cast: Cast, policy: ReminderPolicy
) -> None:
    kind = cast.hanoi.kind
    hospitals = [
        made(Unit, code=f"bv.{n}", name=f"Bệnh viện {n}", kind=kind, order=200 + n) for n in range(5)
    ]
    for hospital in hospitals:
        made(UnitParent, unit=hospital, parent=cast.hanoi)
    cast.issued(units=[*hospitals, cast.hanoi_hospital], content="Nộp kế hoạch")
    step(policy, 1, audience="superior_head")
    plan(policy, on=MONDAY_AFTER)
    (group,) = groups(on=MONDAY_AFTER)
    mail = compose(group, on=MONDAY_AFTER, at=at(3, 7), by=SYSTEM()).message
    assert mail is not None
    assert (mail.address, mail.reminders.count()) == (cast.head.email, 6)
    assert "6 đơn vị chưa hoàn thành" in mail.text
    with acting(by=SYSTEM(), reason="Thử"):
        assert plan(policy, on=MONDAY_AFTER) == Planned()
