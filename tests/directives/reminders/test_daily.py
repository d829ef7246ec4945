"""The day's work as a whole: the right people, one digest each, once; and again after an extension."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from threading import Event, Thread

import pytest
import time_machine
from django.db import connection

from accounts.audit.context import Act
from accounts.audit.in_bulk import bulk_create_recorded
from accounts.models import User
from directives import services
from directives.models import Message, Reminder, ReminderPolicy, ReminderRun
from directives.reminders.compose import compose, groups
from directives.reminders.daily import Report, is_missing, rehearse, run_day
from directives.reminders.plan import plan
from directives.reminders.presence import at_it
from directives.tasks import remind, send_mail
from steering.models import CalendarDay, Unit
from tests.cast import Cast, at
from tests.directives.reminders.post_office import ACCEPTED, PATIENCE_SECONDS, PostOffice
from tests.directives.reminders.test_plan import DAY_BEFORE, DUE, MONDAY_AFTER, made

WEDNESDAY = date(2023, 6, 28)


def day(on: date) -> Report:
    return run_day(on=on, at=at(1, 8))


def posted(office: PostOffice) -> Counter[str]:
    """Return to whom mails went since the last call."""
    found = Counter(office.addresses)
    office.accepted.clear()
    return found


def test_before_on_and_after_the_date_the_right_people_get_one_digest_each(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    cast.assignment()
    unit = {cast.officer.email, cast.hanoi.mailbox}
    day(date(2023, 6, 26))
    assert posted(smtp) == Counter(unit | {cast.committee.mailbox})
    for on, expected in (
        (DAY_BEFORE, unit),
        (DUE, unit),
        (MONDAY_AFTER, unit | {cast.head.email, cast.member.email, cast.committee.mailbox}),
        (date(2023, 7, 4), set()),
    ):
        day(on)
        assert posted(smtp) == Counter(expected), on
        again = day(on)
        assert (again.planned, again.composed, again.sent) == (0, 0, 0)
        assert posted(smtp) == Counter()


def test_after_an_extension_the_new_date_is_reminded(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    work = cast.assignment()
    day(DAY_BEFORE)
    posted(smtp)
    request = services.ask_extension(
        assignment=work, by=cast.officer, at=at(29), due_on=date(2023, 7, 14), reason="Chờ góp ý"
    )
    services.decide_extension(
        request=request,
        by=cast.secretary,
        at=at(29),
        granted=True,
        due_on=date(2023, 7, 12),
        decided_by="Trần Văn Thuấn",
    )
    day(DUE)
    assert posted(smtp) == Counter()
    day(date(2023, 7, 11))
    assert {cast.officer.email, cast.hanoi.mailbox} <= set(posted(smtp))
    mail = Message.objects.get(recipient_key=f"user:{cast.officer.pk}", on=date(2023, 7, 11))
    assert "Thời hạn 12/07/2023 – còn 1 ngày" in mail.text


def test_nothing_goes_out_on_a_day_off_and_all_of_it_on_the_next_working_day(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    cast.assignment()
    made(CalendarDay, day=MONDAY_AFTER, kind=CalendarDay.Kind.DAY_OFF, name="Nghỉ")
    for on in (date(2023, 7, 1), date(2023, 7, 2), MONDAY_AFTER):
        report = day(on)
        assert not report.working_day
        assert report.next_working_day in (MONDAY_AFTER, date(2023, 7, 4))
    assert not Reminder.objects.filter(occasion=None).exists()
    assert not ReminderRun.objects.exists()
    assert day(date(2023, 7, 4)).sent == 5
    texts = Message.objects.filter(kind=Message.Kind.DIGEST).values_list("text", flat=True)
    assert all("quá hạn 4 ngày" in text for text in texts)


def test_a_make_up_saturday_is_a_working_day(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> None:
    cast.assignment()
    made(CalendarDay, day=date(2023, 7, 1), kind=CalendarDay.Kind.MAKE_UP, name="Làm bù")
    day(date(2023, 7, 1))
    assert cast.head.email in posted(smtp)


def test_the_report_says_what_became_of_each(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> None:
    cast.assignment()
    cast.assignment(cast.quangnam)
    refused = cast.member.email
    smtp.answer_recipient = lambda address: "550 no such user" if address == refused else ACCEPTED
    report = day(MONDAY_AFTER)
    assert report.skipped == {"vacant": 1}
    assert report.planned == sum(mail.reminders.count() for mail in Message.objects.all())
    assert report.composed == report.sent + report.failed == Message.objects.count()
    assert report.errors == {refused: "Máy chủ thư từ chối địa chỉ này: “550 no such user”"}
    run = ReminderRun.objects.get()
    assert (run.planned, run.composed, run.sent, run.failed) == (
        report.planned,
        report.composed,
        report.sent,
        1,
    )
    assert run.skipped == {"vacant": 1}
    assert run.finished_at is not None
    assert run.started_by == User.objects.system()


def test_a_rehearsal_tells_exactly_what_the_run_does_and_leaves_no_trace(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    cast.assignment()
    cast.issued(units=[cast.danang, cast.quangnam, cast.vnpt])
    told = rehearse(on=MONDAY_AFTER, at=at(1, 8))
    assert not Reminder.objects.filter(occasion=None).exists()
    assert not Message.objects.exists()
    assert not ReminderRun.objects.exists()
    done = day(MONDAY_AFTER)
    assert (told.planned, told.skipped, told.composed) == (done.planned, done.skipped, done.composed)
    written = {(mail.address, mail.subject, mail.text) for mail in Message.objects.all()}
    assert {(mail.address, mail.subject, mail.text) for mail in told.mails} == written
    assert smtp.accepted


def test_however_many_there_are_all_are_planned(cast: Cast, ladder: ReminderPolicy) -> None:
    by = User.objects.system()
    units = bulk_create_recorded(
        Unit,
        [
            Unit(
                code=f"tram.{n}",
                name=f"Trạm y tế {n}",
                kind=cast.hanoi.kind,
                order=n,
                mailbox=f"t{n}@x.example",
            )
            for n in range(700)
        ],
        Act(by=by, reason="Thử"),
    )
    cast.issued(units=units)
    # A mailbox each, and each in the secretariat's letter; nobody in office.
    assert plan(ladder, on=DUE).planned == 1400
    assert Reminder.objects.count() == 2100
    written = [
        compose(group, on=DUE, at=at(1, 8), by=by) for group in groups(on=DUE) if group.kind == "weekly"
    ]
    assert [result.carried for result in written] == [700]


# --- The clock --------------------------------------------------------------------------------------------------


def test_today_is_the_day_in_hanoi(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> None:
    """07:30 in Hà Nội is 00:30 in UTC; 06:45 on Friday there is still Thursday in UTC."""
    cast.assignment()
    with time_machine.travel(datetime(2023, 6, 29, 23, 45, tzinfo=UTC), tick=False):
        remind()
    assert ReminderRun.objects.get().on == DUE
    assert "1 đến hạn hôm nay – 30/06/2023" in Message.objects.first().subject  # type: ignore[union-attr]


@pytest.fixture
def yesterdays(ladder: ReminderPolicy) -> ReminderPolicy:
    """A policy that was there before the mornings in question: they lie ahead of the database's own clock."""
    return ladder


def instant(hour: int, minute: int = 0, on: date = date(2099, 6, 24)) -> datetime:
    """Return an instant of a Wednesday far ahead, Hà Nội time."""
    return datetime(on.year, on.month, on.day, hour - 7, minute, tzinfo=UTC)


def test_a_run_that_never_happened_is_noticed(yesterdays: ReminderPolicy) -> None:
    system = User.objects.system()
    assert not is_missing(at=instant(7, 35))
    assert is_missing(at=instant(7, 41))
    assert is_missing(at=instant(15))
    assert not is_missing(at=instant(15, on=date(2099, 6, 27)))
    run = ReminderRun.objects.create(on=date(2099, 6, 24), started_at=instant(7, 30), started_by=system)
    began, end = Event(), Event()
    worker = Thread(target=_hold, args=(began, end))
    worker.start()
    assert began.wait(PATIENCE_SECONDS)
    assert not is_missing(at=instant(8))
    end.set()
    worker.join()
    # It began and never ended, and nobody is at it: its worker was killed.
    assert is_missing(at=instant(8))
    run.finished_at = instant(8, 46)
    run.save()
    assert not is_missing(at=instant(9))


def _hold(began: Event, end: Event) -> None:
    """Be another process at work."""
    try:
        with at_it():
            began.set()
            end.wait(PATIENCE_SECONDS)
    finally:
        connection.close()


def test_an_installation_of_this_morning_missed_nothing(yesterdays: ReminderPolicy) -> None:
    assert not is_missing(at=instant(15, on=date(2023, 6, 28)))


def test_the_sweep_makes_up_for_a_lost_run(cast: Cast, yesterdays: ReminderPolicy, smtp: PostOffice) -> None:
    cast.assignment()
    with time_machine.travel(instant(9), tick=False):
        send_mail()
        first = posted(smtp)
        assert cast.officer.email in first
        send_mail()
    assert posted(smtp) == Counter()
    assert ReminderRun.objects.count() == 1


def test_the_schedule_runs_once_a_morning_hanoi_time() -> None:
    from config.celery import app
    from directives.reminders.daily import RUNS_AT

    entry = app.conf.beat_schedule["remind"]
    assert entry["task"] == remind.name
    assert (entry["schedule"].hour, entry["schedule"].minute) == ({RUNS_AT.hour}, {RUNS_AT.minute})
    assert app.conf.timezone == "Asia/Ho_Chi_Minh"
    assert app.conf.beat_schedule["send-mail"]["task"] == send_mail.name
    assert {remind.name, send_mail.name} <= set(app.tasks)
