"""Why anybody did, did not, or will get a mail: the future that is shown is the one that comes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from directives.models import (
    Assignment,
    Message,
    Occasion,
    PolicyStep,
    Reminder,
    ReminderPolicy,
    ReminderRun,
)
from directives.reminders.daily import run_day
from directives.reminders.explain import of_assignment, of_person
from directives.reminders.wording import reader_in_words, step_in_words
from steering.models import CalendarDay, Posting
from steering.postings import appoint, end
from tests.cast import Cast, at
from tests.directives.reminders.post_office import PostOffice
from tests.directives.reminders.test_plan import DUE, MONDAY_AFTER, edit, made

Line = tuple[date, str, str, str]


def told(rows: Any) -> set[Line]:
    return {(row.on, row.step, row.recipient, row.skip) for row in rows}


def happened(assignment: Assignment, *, after: date) -> set[Line]:
    """What the ledger holds of the runs after a day: the day of the mail, else that of the plan."""
    found = of_assignment(assignment, at=at(1, 1, 2030), size=1000)
    return {line for line in told(found.past) if line[0] > after}


def run_all(first: date, last: date) -> None:
    """Each day's run, as the schedule starts it."""
    day = first
    while day <= last:
        run_day(on=day, at=at(day.day, day.month, day.year))
        day += timedelta(days=1)


def told_long_ago() -> None:
    """That the work was given is no news any more: only the ladder is looked at."""
    Occasion.objects.update(told_at=at(1))


def state() -> tuple[int, ...]:
    return Reminder.objects.count(), Message.objects.count(), ReminderRun.objects.count()


def test_what_is_foreseen_is_what_the_runs_then_do(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    """Twenty days around the date, a day off among them, people who come and go, a mute, an address that is none."""
    work = cast.assignment()
    other = cast.assignment(cast.quangnam)
    told_long_ago()
    made(CalendarDay, day=MONDAY_AFTER, kind="day_off", name="Nghỉ bù")
    made(PolicyStep, policy=ladder, audience="head", offset_days=-2, day_kind="working", may_mute=True)
    made(PolicyStep, policy=ladder, audience="officers", offset_days=2, day_kind="working",
         repeat_every_days=3)  # fmt: skip
    made(PolicyStep, policy=ladder, audience="superior_head", offset_days=3)
    edit(cast.member, email="không phải địa chỉ")
    appoint(user=cast.stranger, unit=cast.hanoi, duty=Posting.Duty.DEPUTY, by=cast.administrator)
    appoint(user=cast.second_secretary, unit=cast.hanoi, duty=Posting.Duty.HEAD, by=cast.administrator,
            valid_from=date(2023, 7, 5))  # fmt: skip
    from directives.models import MailPreference

    made(MailPreference, user=cast.head, mutes=True)
    start = at(20)
    foreseen = {row.pk: of_assignment(row, at=start, days=19) for row in (work, other)}
    before = state()
    assert before == (0, 0, 0), "nothing of what was foreseen stays"
    run_all(date(2023, 6, 20), date(2023, 7, 9))
    for row in (work, other):
        coming = told(foreseen[row.pk].coming)
        assert coming == happened(row, after=date(2023, 6, 19)), row
        assert {line[0] for line in coming} >= {date(2023, 6, 23), DUE, date(2023, 7, 4)}
    skips = {line[3] for line in told(foreseen[work.pk].coming)}
    assert {"Người nhận đã tắt nhắc việc này", "Không có đơn vị cấp trên để báo", ""} <= skips
    steps = {line[1] for line in told(foreseen[work.pk].coming)}
    assert {
        "trước hạn 2 ngày làm việc",
        "sau hạn 2 ngày làm việc",
        "đúng hạn",
        "thư tuần 26/06/2023",
    } <= steps


def test_what_was_done_today_is_not_foreseen_again(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    work = cast.assignment()
    told_long_ago()
    assert DUE in {row.on for row in of_assignment(work, at=at(30)).coming}
    run_day(on=DUE, at=at(30))
    found = of_assignment(work, at=at(30))
    assert DUE not in {row.on for row in found.coming}
    assert {row.on for row in found.past} == {DUE}
    assert {row.state for row in found.past} == {
        row.state for row in found.past if row.state.startswith("Đã gửi lúc")
    }


def test_hoa_toc_is_foreseen_on_a_day_off(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> None:
    work = cast.assignment(urgency="express", due_on=date(2023, 7, 1))
    told_long_ago()
    coming = told(of_assignment(work, at=at(29), days=6).coming)
    assert date(2023, 7, 1) in {line[0] for line in coming}
    run_all(date(2023, 6, 29), date(2023, 7, 5))
    assert coming == happened(work, after=date(2023, 6, 28))


def test_only_the_policies_of_the_directive_are_looked_at(cast: Cast, ladder: ReminderPolicy) -> None:
    own = made(ReminderPolicy, committee=cast.committee, name="Riêng", is_general=False)
    made(PolicyStep, policy=own, audience="mailbox", offset_days=-5)
    work = cast.assignment()
    edit(work.directive, reminder_policy=own)
    coming = of_assignment(Assignment.objects.get(pk=work.pk), at=at(20)).coming
    assert [(row.on, row.step) for row in coming] == [(date(2023, 6, 26), "trước hạn 5 ngày")]


def test_skips_are_told_with_their_reason(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> None:
    edit(cast.hanoi, mailbox="")
    work = cast.assignment()
    run_day(on=DUE, at=at(30))
    found = of_assignment(work, at=at(30))
    assert ("đúng hạn", cast.hanoi.name, "Không có địa chỉ thư") in {
        (row.step, row.recipient, row.skip) for row in found.past
    }


def test_who_is_written_to_instead_is_told(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> None:
    posting = Posting.objects.get(user=cast.head)
    end(posting=posting, on=date(2023, 6, 1), by=cast.administrator)
    appoint(user=cast.stranger, unit=cast.hanoi, duty=Posting.Duty.DEPUTY, by=cast.administrator)
    work = cast.assignment()
    run_day(on=date(2023, 7, 3), at=at(3, 7))
    row = Reminder.objects.get(assignment=work, step__audience="head")
    assert reader_in_words(row) == "Thủ trưởng đơn vị (gửi phó thủ trưởng, vì chưa có thủ trưởng)"
    assert reader_in_words(row) in {line.reader for line in of_assignment(work, at=at(3, 7)).past}


def test_news_are_told_by_what_happened(cast: Cast, ladder: ReminderPolicy) -> None:
    work = cast.assignment()
    occasion = Occasion.objects.create(
        kind="comment", assignment=work, text="Khẩn trương", at=at(5), by=cast.chair
    )
    row = Reminder.objects.create(
        assignment=work, occasion=occasion, falls_on=date(2023, 6, 5), planned_on=date(2023, 6, 5),
        recipient_key=f"user:{cast.officer.pk}", skip="not_visible",
    )  # fmt: skip
    assert step_in_words(row) == "Ý kiến của lãnh đạo"
    assert reader_in_words(row) == ""
    past = of_assignment(work, at=at(6)).past
    assert [(line.step, line.recipient, line.skip) for line in past if line.skip] == [
        ("Ý kiến của lãnh đạo", cast.officer.full_name, "Người nhận không được xem nhiệm vụ này")
    ]


# --- Of a person ------------------------------------------------------------------------------------------------


def mails(found: Any) -> set[tuple[date, str]]:
    return {(day.on, mail.subject) for day in found.coming for mail in day.mails}


@pytest.mark.parametrize("name", ["officer", "head", "member", "danang_officer", "secretary"])
def test_a_persons_coming_week_is_the_one_that_comes(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice, name: str
) -> None:
    edit(cast.committee, mailbox="")
    cast.assignment()
    cast.assignment(due_on=date(2023, 7, 3))
    cast.assignment(cast.danang, due_on=date(2023, 7, 1))
    person = cast.people[name]
    foreseen = of_person(person, reader=person, at=at(29))
    assert Message.objects.count() == Reminder.objects.count() == 0
    run_all(date(2023, 6, 29), date(2023, 7, 5))
    rows = Message.objects.filter(user=person).values_list("on", "subject")
    assert mails(foreseen) == set(rows)
    assert rows
    counted = {(day.on, mail.subject): len(mail.rows) for day in foreseen.coming for mail in day.mails}
    assert counted == {
        (mail.on, mail.subject): mail.reminders.count() for mail in Message.objects.filter(user=person)
    }
    assert foreseen.until == date(2023, 7, 5)


def test_a_coming_mail_is_counted_by_group(cast: Cast, ladder: ReminderPolicy) -> None:
    cast.assignment()
    cast.assignment(due_on=date(2023, 7, 1))
    cast.assignment(due_on=date(2023, 6, 29))
    found = of_person(cast.officer, reader=cast.officer, at=at(30))
    assert [(str(label), count) for label, count in found.coming[0].mails[0].sections] == [
        ("Quá hạn", 1),
        ("Đến hạn hôm nay", 1),
        ("Sắp đến hạn", 1),
    ]


def test_a_person_reads_why_something_was_not_sent(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    work = cast.assignment()
    told_long_ago()
    edit(cast.officer, email="")
    run_day(on=DUE, at=at(30))
    found = of_person(cast.officer, reader=cast.officer, at=at(30))
    assert [(row.assignment, row.step, row.skip) for row in found.skipped] == [
        (work, "đúng hạn", "Không có địa chỉ thư")
    ]
    assert found.mails == []


def test_of_others_only_what_one_sees_is_told(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> None:
    """Restricted matter is no administrator's, another committee's work no secretariat's."""
    from steering.models import Committee, CommitteeStaff

    cast.assignment(is_restricted=True)
    run_day(on=DUE, at=at(30))
    own = of_person(cast.officer, reader=cast.officer, at=at(30))
    assert len(own.mails) == 1
    assert own.mails[0][2] is False, "who gets a mail does not read the mails' screen"
    assert own.coming
    theirs = of_person(cast.officer, reader=cast.secretary, at=at(30))
    assert len(theirs.mails) == 1
    assert theirs.mails[0][2] is True
    assert mails(theirs) == mails(own)
    hidden = of_person(cast.officer, reader=cast.administrator, at=at(30))
    assert (hidden.mails, hidden.skipped, mails(hidden)) == ([], [], set())

    other = made(Committee, code="khac", name="Ban khác", short_name="BCĐ khác")
    CommitteeStaff.objects.filter(user=cast.second_secretary).delete()
    made(CommitteeStaff, committee=other, user=cast.second_secretary)
    foreign = of_person(cast.officer, reader=cast.second_secretary, at=at(30))
    assert (foreign.mails, foreign.skipped, foreign.coming) == ([], [], [])


def test_what_is_foreseen_is_only_read(cast: Cast, ladder: ReminderPolicy) -> None:
    """The database itself refuses to write meanwhile."""
    work = cast.assignment()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        assert of_assignment(work, at=at(29)).coming
        assert of_person(cast.officer, reader=cast.officer, at=at(29)).coming
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
            )
            assert cursor.fetchone() == (0,)
        transaction.set_rollback(True)


# --- Speed ------------------------------------------------------------------------------------------------------


def count(call: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def fresh(user: Any) -> Any:
    return type(user).objects.get(pk=user.pk)


def test_the_number_of_queries_does_not_depend_on_the_work(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    work = cast.assignment()
    run_day(on=date(2023, 6, 29), at=at(29))
    member = cast.member

    def both() -> tuple[int, int]:
        row = Assignment.objects.select_related("directive").get(pk=work.pk)
        return (
            count(lambda: of_assignment(row, at=at(29))),
            count(lambda: of_person(fresh(member), reader=fresh(member), at=at(29))),
        )

    one = both()
    assert max(one) <= 36
    row = Assignment.objects.select_related("directive").get(pk=work.pk)
    assert count(lambda: of_assignment(row, at=at(29), days=90)) == one[0]
    for unit in (cast.hanoi, cast.danang, cast.office, cast.quangnam, cast.ministry):
        cast.assignment(unit)
    run_day(on=DUE, at=at(30))
    assert both()[0] <= one[0] + 1
    assert both()[1] <= one[1] + 1
