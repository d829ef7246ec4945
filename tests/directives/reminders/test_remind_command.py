"""`manage.py remind`, and real processes of it that are killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.clock import now
from directives.models import Message, Reminder, ReminderPolicy
from directives.reminders.daily import Report, run_day
from tests.cast import Cast
from tests.directives.reminders.post_office import PATIENCE_SECONDS, PostOffice

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("remind", *arguments, "--json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_it_reports_what_was_planned_sent_and_skipped(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    cast.assignment()
    cast.assignment(cast.quangnam)
    report = run("--on", "2023-06-29")
    assert (report["planned"], report["skipped"], report["failed"]) == (5, {"vacant": 1}, 0)
    assert report["sent"] == report["composed"] == len(smtp.accepted) == 4
    again = run("--on", "2023-06-29")
    assert (again["planned"], again["sent"], len(smtp.accepted)) == (0, 0, 4)


def test_a_dry_run_lists_who_would_get_what_and_writes_nothing(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    cast.assignment()
    report = run("--on", "2023-06-30", "--dry-run")
    mails = {(mail["address"], mail["subject"]) for mail in report["mails"]}
    assert (cast.officer.email, "[BCĐ CĐS] 1 đến hạn hôm nay – 30/06/2023") in mails
    assert not Reminder.objects.filter(occasion=None).exists()
    assert not smtp.accepted
    out = StringIO()
    call_command("remind", "--on", "2023-06-30", "--dry-run", stdout=out)
    assert f"<{cast.officer.email}>: [BCĐ CĐS] 1 đến hạn hôm nay – 30/06/2023" in out.getvalue()


def test_a_future_day_can_only_be_rehearsed(cast: Cast, ladder: ReminderPolicy) -> None:
    cast.assignment()
    with pytest.raises(CommandError, match="--dry-run") as refusal:
        run("--on", "2099-06-24")
    assert refusal.value.returncode == 2
    assert run("--on", "2099-06-24", "--dry-run")["composed"] == 5


def test_a_day_off_is_said_to_be_one(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> None:
    cast.assignment()
    out = StringIO()
    call_command("remind", "--on", "2023-07-01", stdout=out)
    assert "2023-07-01 is a day off" in out.getvalue()
    assert "2023-07-03" in out.getvalue()
    assert not Reminder.objects.filter(occasion=None).exists()
    report = run("--on", "2023-07-01", "--any-day")
    assert (report["working_day"], report["sent"]) == (False, 4)


def test_it_fails_when_a_mail_was_not_taken(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> None:
    cast.assignment()
    smtp.answer_recipient = lambda address: "550 no such user"
    with pytest.raises(CommandError, match="3 failed") as failure:
        run("--on", "2023-06-30")
    assert failure.value.returncode == 1


# --- Processes --------------------------------------------------------------------------------------------------


def start(office: PostOffice, on: str) -> subprocess.Popen[str]:
    """Start the command as a process of its own, on this test's database, with a lease that is over soon."""
    environment = os.environ | {
        "EMAIL_URL": office.url,
        "SITE_URL": "http://127.0.0.1:8000",
        "MAIL_LEASE_SECONDS": "2",
        "LOG_LEVEL": "ERROR",
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "remind", "--on", on, "--json"],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
    )


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, _err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(out)
    return found


def everybody(cast: Cast) -> Counter[str]:
    """Who is written to, and how often: the secretariat reads its weekly letter and stands in for a missing head."""
    people = (cast.officer, cast.head, cast.danang_officer, cast.danang_head, cast.member)
    units = (cast.hanoi, cast.danang, cast.office)
    once = [*(person.email for person in people), *(unit.mailbox for unit in units)]
    return Counter([*once, cast.committee.mailbox, cast.committee.mailbox])


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_of_sending_every_mail_still_arrives(
    cast: Cast, ladder: ReminderPolicy, post_office: PostOffice
) -> None:
    cast.issued(units=[cast.hanoi, cast.danang, cast.office])
    post_office.holds = lambda number: number == 4
    worker = start(post_office, "2023-07-03")
    assert post_office.held.acquire(timeout=PATIENCE_SECONDS)
    worker.kill()
    worker.communicate()
    assert len(post_office.accepted) == 3
    assert Message.objects.filter(state="queued").count() == 7

    post_office.holds = lambda number: False
    report = finish(start(post_office, "2023-07-03"))
    assert (report["planned"], report["composed"], report["sent"]) == (0, 0, 7)
    assert Counter(post_office.addresses) == everybody(cast)
    # The mail that was being sent came in a second time, as the same mail.
    repeats = [number for number in Counter(post_office.seen_ids).values() if number > 1]
    assert repeats == [2]
    assert len(post_office.seen_ids) == everybody(cast).total() + 1
    assert not Reminder.objects.filter(message=None, skip="").exists()
    assert not Message.objects.exclude(state="sent").exists()


@pytest.mark.django_db(transaction=True)
def test_three_at_once_double_nothing(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> None:
    cast.issued(units=[cast.hanoi, cast.danang, cast.office])
    with ThreadPoolExecutor(3) as pool:
        reports = list(pool.map(_in_a_thread, [date(2023, 7, 3)] * 3))
    assert sum(report.composed for report in reports) == everybody(cast).total()
    assert Counter(smtp.addresses) == everybody(cast)
    assert len(set(smtp.seen_ids)) == len(smtp.seen_ids)


def _in_a_thread(on: date) -> Report:
    try:
        return run_day(on=on, at=now(), wait=True)
    finally:
        connection.close()


def test_without_a_broker_the_work_waits_for_the_sweep(cast: Cast) -> None:
    """Asking a worker fails within a moment and breaks nothing: the rows are what counts."""
    code = (
        "import django, time; django.setup()\n"
        "from django.db import transaction\n"
        "from directives.tasks import send_soon\n"
        "begin = time.monotonic()\n"
        "with transaction.atomic(): send_soon()\n"
        "print(time.monotonic() - begin)\n"
    )
    environment = os.environ | {
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "ERROR",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, text=True, capture_output=True, check=True
    )
    assert float(done.stdout) < 2
