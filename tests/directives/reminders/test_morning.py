"""The banner of a morning without reminders, its button, and the page of what the reconciliation found."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from structlog.testing import capture_logs

from accounts.models import User
from config.celery import app
from config.installation import ROOT
from directives.models import Message, Reconciliation, Reminder, ReminderPolicy, ReminderRun
from directives.reminders import watch
from directives.reminders.daily import run_day
from directives.reminders.reconcile import reconcile
from directives.tasks import reconcile as task
from directives.tasks import remind
from steering.models import CalendarDay
from tests.cast import Cast, at
from tests.directives.admin.asking import words
from tests.directives.reminders.post_office import ACCEPTED, PostOffice
from tests.directives.reminders.test_plan import MONDAY_AFTER, edit, made

# A Wednesday ahead of the database's own clock: the policy was there the day before.
ON = date(2099, 6, 24)
BANNER = "Hôm nay chưa chạy nhắc việc"
TOLD, NOT_TOLD = ("secretary", "administrator"), ("auditor", "chair", "member", "officer", "head", "stranger")


def instant(hour: int, minute: int = 0, on: date = ON) -> datetime:
    return datetime(on.year, on.month, on.day, hour - 7, minute, tzinfo=UTC)


def finished(on: date = ON) -> ReminderRun:
    return ReminderRun.objects.create(
        on=on, started_at=instant(7, 30), finished_at=instant(7, 45), started_by=User.objects.system()
    )


def page(client: Client, user: User, when: datetime, name: str = "admin:index") -> str:
    with time_machine.travel(when, tick=False):
        client.force_login(user)
        return words(client.get(reverse(name)))


@pytest.mark.parametrize("person", TOLD)
def test_from_nine_on_every_page_says_that_nothing_went_out(
    cast: Cast, ladder: ReminderPolicy, client: Client, person: str
) -> None:
    user = getattr(cast, person)
    assert BANNER not in page(client, user, instant(8, 59))
    for name in ("admin:index", "admin:directives_message_changelist", "reconciliation"):
        assert BANNER in page(client, user, instant(9), name)
    assert BANNER not in page(client, user, instant(9, on=date(2099, 6, 27))), "a Saturday"
    made(CalendarDay, day=ON, kind=CalendarDay.Kind.DAY_OFF, name="Nghỉ")
    assert BANNER not in page(client, user, instant(9))


def test_a_run_that_finished_ends_it(cast: Cast, ladder: ReminderPolicy, client: Client) -> None:
    run = finished()
    ReminderRun.objects.filter(pk=run.pk).update(finished_at=None)
    assert BANNER in page(client, cast.secretary, instant(9))
    ReminderRun.objects.filter(pk=run.pk).update(finished_at=instant(9, 5))
    assert BANNER not in page(client, cast.secretary, instant(9, 6))


@pytest.mark.parametrize("person", NOT_TOLD)
def test_nobody_else_is_alarmed(cast: Cast, ladder: ReminderPolicy, client: Client, person: str) -> None:
    assert BANNER not in page(client, getattr(cast, person), instant(10))


def test_an_installation_of_this_morning_is_not_alarmed(
    cast: Cast, ladder: ReminderPolicy, client: Client
) -> None:
    assert BANNER not in page(client, cast.secretary, at(28))


def test_the_banner_costs_a_page_one_query(
    cast: Cast, ladder: ReminderPolicy, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        watch.has_not_run(at=instant(10))


# --- The button -------------------------------------------------------------------------------------------------


def test_the_button_asks_a_worker_after_a_confirmation(
    cast: Cast,
    ladder: ReminderPolicy,
    client: Client,
    smtp: PostOffice,
) -> None:
    app.control.purge()
    assert reverse("run_reminders") in client_html(client, cast.secretary, instant(9))
    with time_machine.travel(instant(9), tick=False):
        assert "24/06/2099" in words(client.get(reverse("run_reminders")))
        assert app.control.purge() == 0, "looking asks for nothing"
        answer = client.post(reverse("run_reminders"), follow=True)
    assert "Đã yêu cầu chạy nhắc việc hôm nay" in words(answer)
    assert app.control.purge() == 1
    with time_machine.travel(instant(9, 1), tick=False):
        remind()
    assert BANNER not in page(client, cast.secretary, instant(9, 2))
    assert Reconciliation.objects.get().missing == 0, "a run that comes late is compared at once"


def client_html(client: Client, user: User, when: datetime) -> str:
    with time_machine.travel(when, tick=False):
        client.force_login(user)
        return client.get(reverse("admin:index")).content.decode()


def test_a_forged_post_asks_for_nothing(cast: Cast, ladder: ReminderPolicy) -> None:
    app.control.purge()
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.secretary)
    assert client.post(reverse("run_reminders")).status_code == 403
    assert app.control.purge() == 0


def test_without_a_broker_the_page_names_the_command(
    cast: Cast, ladder: ReminderPolicy, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("directives.admin.reconciliation.run_soon", lambda: False)
    client.force_login(cast.administrator)
    told = words(client.post(reverse("run_reminders"), follow=True))
    assert "manage.py remind" in told
    assert "Đã yêu cầu" not in told


def test_a_broker_that_is_away_is_said_to_be_within_a_moment() -> None:
    code = (
        "import django, time; django.setup()\n"
        "from directives.tasks import run_soon\n"
        "begin = time.monotonic()\n"
        "print(run_soon(), time.monotonic() - begin)\n"
    )
    environment = os.environ | {
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "ERROR",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, text=True, capture_output=True, check=True
    )
    asked, seconds = done.stdout.split()
    assert asked == "False"
    assert float(seconds) < 2


# --- At nine ----------------------------------------------------------------------------------------------------


def _task_at(when: datetime) -> list[Any]:
    with time_machine.travel(when, tick=False), capture_logs() as logs:
        task()
    return [(entry["event"], entry["log_level"]) for entry in logs]


def test_each_hour_until_a_run_has_finished(cast: Cast, ladder: ReminderPolicy) -> None:
    assert _task_at(instant(8, 59)) == []
    assert _task_at(instant(9)) == [("reminders_not_run", "error")]
    assert _task_at(instant(10)) == [("reminders_not_run", "error")]
    finished()
    assert _task_at(instant(11)) == [("reminders_reconciled", "info")]
    assert _task_at(instant(12)) == []
    assert [made_row.run is None for made_row in Reconciliation.objects.order_by("at")] == [True, True, False]


def test_on_a_day_off_nothing_is_compared(cast: Cast, ladder: ReminderPolicy) -> None:
    assert _task_at(instant(9, on=date(2099, 6, 27))) == []
    assert not Reconciliation.objects.exists()


def test_what_is_missing_is_said_at_error_level(
    cast: Cast,
    ladder: ReminderPolicy,
    smtp: PostOffice,
) -> None:
    cast.assignment()
    with time_machine.travel(instant(8), tick=False):
        remind()
    Reminder.objects.filter(step__audience="head").delete()
    assert _task_at(instant(9)) == [("reminders_missing", "error")]
    assert _task_at(instant(10)) == [("reminders_missing", "error")]


def test_the_schedule_is_of_each_hour_from_nine() -> None:
    entry = app.conf.beat_schedule["reconcile"]
    assert entry["task"] == task.name
    assert min(entry["schedule"].hour) == watch.CHECKED_AT.hour
    assert entry["schedule"].minute == {0}


# --- The page and the command -----------------------------------------------------------------------------------


@pytest.fixture
def monday(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> Reconciliation:
    """A run of which one row was lost, one mail refused, and one unit has no mailbox."""
    cast.assignment()
    edit(cast.hanoi, mailbox="")
    smtp.answer_recipient = lambda to: "550 no such user" if to == cast.member.email else ACCEPTED
    run_day(on=MONDAY_AFTER, at=at(3, 7), any_hour=True)
    Reminder.objects.get(step__audience="head").delete()
    return reconcile(on=MONDAY_AFTER, at=at(3, 7))


@pytest.mark.parametrize("person", TOLD)
def test_the_landing_page_tells_the_result_and_leads_to_it(
    cast: Cast, monday: Reconciliation, client: Client, person: str
) -> None:
    told = page(client, getattr(cast, person), at(3, 7, hour=10))
    assert "Đối chiếu 09:00 ngày 03/07/2023" in told
    assert "1 thiếu, 1 không gửi được, 1 không có địa chỉ" in told
    assert f'href="{reverse("reconciliation")}"' in told


def test_the_page_names_what_is_missing_and_leads_to_it(
    cast: Cast, monday: Reconciliation, client: Client
) -> None:
    told = page(client, cast.secretary, at(3, 7, hour=10), "reconciliation")
    missing = monday.details["missing"][0]["assignment"]
    assert reverse("admin:directives_assignment_change", args=[missing]) in told
    assert cast.head.full_name in told
    assert "Chưa được lập" in told
    refused = Message.objects.get(state=Message.State.FAILED)
    assert reverse("admin:directives_message_change", args=[refused.pk]) in told
    assert cast.hanoi.name in told
    assert "Các lần trước" not in told


def test_what_a_reader_does_not_see_is_only_counted(
    cast: Cast, ladder: ReminderPolicy, client: Client
) -> None:
    hidden = cast.assignment(is_restricted=True)
    reconcile(on=MONDAY_AFTER, at=at(3, 7))
    address = reverse("admin:directives_assignment_change", args=[hidden.pk])
    assert address in page(client, cast.secretary, at(3, 7, hour=10), "reconciliation")
    told = page(client, cast.administrator, at(3, 7, hour=10), "reconciliation")
    assert address not in told
    assert "và 5 nhắc việc khác" in told


def test_before_the_first_the_page_says_so(cast: Cast, client: Client) -> None:
    assert "Chưa đối chiếu lần nào" in page(client, cast.auditor, at(3, 7, hour=10), "reconciliation")


def test_the_command_exits_with_one_until_all_is_well(
    cast: Cast,
    ladder: ReminderPolicy,
    smtp: PostOffice,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cast.assignment()
    with pytest.raises(CommandError, match="No run of 2023-07-03 has finished"):
        call_command("reconcile", "--on", "2023-07-03")
    assert "missing     5 reminders" in capsys.readouterr().out
    run_day(on=MONDAY_AFTER, at=at(3, 7), any_hour=True)
    call_command("reconcile", "--on", "2023-07-03", "--json")
    assert '"missing": 0' in capsys.readouterr().out
    Reminder.objects.get(step__audience="head").delete()
    with pytest.raises(CommandError, match="1 reminders are missing") as caught:
        call_command("reconcile", "--on", "2023-07-03")
    assert caught.value.returncode == 1
    with pytest.raises(CommandError, match="lies ahead"):
        call_command("reconcile", "--on", "2999-01-01")


# --- /healthz/reminders -----------------------------------------------------------------------------------------


def health(client: Client, when: datetime) -> tuple[int, dict[str, str]]:
    with time_machine.travel(when, tick=False):
        answer = client.get("/healthz/reminders")
    return answer.status_code, answer.json()


WELL = {"run": "ok", "reconciliation": "ok", "queue": "ok"}


def test_the_run_of_the_day_is_asked_for_from_nine(
    cast: Cast, ladder: ReminderPolicy, client: Client
) -> None:
    assert health(client, instant(8, 59)) == (200, WELL)
    assert health(client, instant(9)) == (503, WELL | {"run": "unavailable"})
    assert health(client, instant(9, on=date(2099, 6, 27))) == (200, WELL)
    finished()
    assert health(client, instant(9)) == (200, WELL)


def test_what_is_missing_fails_until_it_is_found(
    cast: Cast,
    ladder: ReminderPolicy,
    client: Client,
    smtp: PostOffice,
) -> None:
    cast.assignment()
    reconcile(on=MONDAY_AFTER, at=at(3, 7))
    assert health(client, at(3, 7, hour=9)) == (503, WELL | {"reconciliation": "unavailable"})
    run_day(on=MONDAY_AFTER, at=at(3, 7), any_hour=True)
    reconcile(on=MONDAY_AFTER, at=at(3, 7, hour=10))
    assert health(client, at(3, 7, hour=10)) == (200, WELL)


def test_a_mail_that_waits_for_an_hour_of_sending_fails(
    cast: Cast, ladder: ReminderPolicy, client: Client, settings: Settings
) -> None:
    settings.MAIL_WINDOW = "07:30-17:30"
    cast.assignment()
    run_day(on=MONDAY_AFTER, at=at(3, 7, hour=7), seconds=0)
    stuck = WELL | {"queue": "unavailable"}
    assert health(client, at(3, 7, hour=8)) == (200, WELL)
    assert health(client, at(3, 7, hour=9)) == (503, stuck)
    assert health(client, at(3, 7, hour=20)) == (200, WELL), "nothing goes out in the evening"
    assert health(client, at(4, 7, hour=8)) == (200, WELL), "the hours of sending have just begun"
    assert health(client, at(4, 7, hour=9)) == (503, stuck)
    assert health(client, at(8, 7, hour=9)) == (200, WELL), "a Saturday"


def test_the_health_of_reminders_is_only_read(client: Client) -> None:
    assert client.post("/healthz/reminders").status_code == 405
