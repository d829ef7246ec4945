"""An error nobody foresaw, provoked in the database itself: the others get their mails, and it is told of."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
import structlog
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from accounts.audit.context import acting
from accounts.audit.owner import as_owner
from directives import services
from directives.models import Assignment, Message, Reminder, ReminderPolicy, ReminderRun
from directives.reminders.daily import Report, rehearse, run_day
from directives.reminders.faults import in_words, open_faults
from directives.reminders.policy import ensure_default_policy
from steering.models import Committee, CommitteeStaff
from tests.cast import Cast, at
from tests.directives.admin.asking import address, words
from tests.directives.reminders.post_office import PostOffice
from tests.directives.reminders.test_plan import DAY_BEFORE, DUE, made

# DDL as the owner: nothing of it may be under way in a transaction, and the database is made anew afterwards.
pytestmark = pytest.mark.django_db(transaction=True)


def break_down(table: str, condition: str) -> None:
    """Let the database fail at each new row of a table for which a condition on NEW holds."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION break_down() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RAISE EXCEPTION 'disk on fire'; END $$"
        )
        cursor.execute(
            f"CREATE TRIGGER break_down BEFORE INSERT ON {table} FOR EACH ROW WHEN ({condition})"
            " EXECUTE FUNCTION break_down()"
        )


def mend(table: str) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER break_down ON {table}")
        cursor.execute("DROP FUNCTION break_down()")


def day(on: Any = DUE) -> Report:
    return run_day(on=on, at=at(1, 8))


def command() -> str:
    """Run the command, which has to fail with 1; return what it printed."""
    out = StringIO()
    with pytest.raises(CommandError) as failure:
        call_command("remind", "--on", "2023-06-30", stdout=out)
    assert failure.value.returncode == 1
    return f"{out.getvalue()}\n{failure.value}"


@pytest.fixture
def officer(cast: Cast, ladder: ReminderPolicy) -> str:
    """The key of a recipient whose mail cannot be written down; work for them and others is due."""
    cast.issued(units=[cast.hanoi, cast.danang])
    key = f"user:{cast.officer.pk}"
    break_down("directives_message", f"NEW.recipient_key = '{key}'")
    return key


@pytest.fixture
def other_committee(cast: Cast, ladder: ReminderPolicy) -> Committee:
    """A second committee with a policy and work of its own; planning the first one's fails."""
    first = ", ".join(str(step.pk) for step in ladder.steps.all())
    with transaction.atomic():
        other: Committee = made(
            Committee, code="khac", name="Ban khác", short_name="BCĐ khác", mailbox="k@cast.example"
        )
        made(CommitteeStaff, committee=other, user=cast.secretary)
        with acting(by=cast.secretary, reason="Thử"):
            ensure_default_policy(other)
    cast.assignment()
    cast.committee = other
    document = cast.document(number="2/QĐ-BYT")
    cast.issued(units=[cast.danang], document=document, supervisor=None)
    break_down("directives_reminder", f"NEW.step_id IN ({first})")
    return other


def test_one_mail_that_cannot_be_composed_stops_no_other(cast: Cast, officer: str, smtp: PostOffice) -> None:
    with structlog.testing.capture_logs() as logs:
        report = day()
    assert sorted(smtp.addresses) == sorted(
        [cast.hanoi.mailbox, cast.danang.mailbox, cast.danang_officer.email, cast.committee.mailbox]
    )
    (fault,) = report.uncomposed
    assert (fault.key, fault.committee) == (officer, cast.committee.pk)
    assert fault.error.endswith("disk on fire")
    assert (report.composed, report.sent, report.failed) == (4, 4, 0)
    (told,) = [entry for entry in logs if entry["event"] == "reminders_fault"]
    assert (told["log_level"], told["key"], told["committee"]) == ("error", officer, cast.committee.pk)
    assert told["exc_info"]


def test_what_could_not_be_composed_waits_and_is_told_until_it_is(
    cast: Cast, officer: str, smtp: PostOffice
) -> None:
    day()
    waiting = Reminder.objects.filter(message=None, skip="")
    assert set(waiting.values_list("recipient_key", flat=True)) == {officer}
    run = ReminderRun.objects.get()
    assert run.finished_at is not None
    assert [row["key"] for row in run.faults] == [officer]
    (sentence,) = in_words(open_faults([cast.committee.pk]))
    assert sentence == (
        "Chưa soạn được 1 thư nhắc việc (Đỗ Chuyên Viên) do lỗi của hệ thống; nhắc việc được giữ lại,"
        " lần chạy sau sẽ soạn. Quản trị hệ thống xem nhật ký để khắc phục."
    )
    assert open_faults([cast.committee.pk + 1]) == []

    mend("directives_message")
    assert day().composed == 1
    assert smtp.addresses[-1] == cast.officer.email
    assert not waiting.exists()
    assert open_faults(None) == []
    # A run of a day before says nothing of today.
    ReminderRun.objects.create(
        on=DAY_BEFORE, started_at=at(2, 8), started_by=cast.secretary, faults=run.faults
    )
    assert open_faults(None) == []


def test_the_command_tells_and_fails(cast: Cast, officer: str, smtp: PostOffice) -> None:
    told = command()
    assert "uncomposed 1 mails; their reminders wait for the next run" in told
    assert f"{officer} (committee {cast.committee.pk}): " in told
    assert "disk on fire" in told
    assert "0 failed, 0 deferred, 1 uncomposed, 0 unplanned." in told
    assert len(smtp.accepted) == 4


def test_a_rehearsal_goes_on_and_tells_too(cast: Cast, officer: str) -> None:
    report = rehearse(on=DUE, at=at(1, 8))
    assert [fault.key for fault in report.uncomposed] == [officer]
    assert len(report.mails) == report.composed == 4
    assert not Message.objects.exists()
    assert not Reminder.objects.exists()


def test_the_secretariat_reads_it_on_its_first_page_and_above_the_mails(
    cast: Cast, officer: str, smtp: PostOffice, client: Client
) -> None:
    day()
    client.force_login(cast.secretary)
    mails = address("message_changelist")
    first = client.get("/quan-tri/")
    assert f'href="{mails}"><strong>1</strong> Chưa soạn được thư</a>' in words(first)
    assert "Chưa soạn được 1 thư nhắc việc (Đỗ Chuyên Viên)" in words(client.get(mails))
    assert "disk on fire" not in words(client.get(mails))
    client.force_login(cast.administrator)
    assert "Nhắc việc chưa lập hoặc chưa soạn được" in words(client.get("/quan-tri/"))

    mend("directives_message")
    day()
    for name in ("secretary", "administrator"):
        client.force_login(getattr(cast, name))
        for page in ("/quan-tri/", mails):
            assert "hưa soạn được" not in words(client.get(page))


def test_the_preview_tells_whose_mail_will_not_be(cast: Cast, officer: str, client: Client) -> None:
    client.force_login(cast.secretary)
    page = words(client.get(address("message_preview")))
    assert "Chưa soạn được 1 thư nhắc việc (Đỗ Chuyên Viên)" in page
    assert cast.danang.mailbox in page


def test_a_policy_that_cannot_be_planned_stops_no_other_committee(
    cast: Cast, ladder: ReminderPolicy, other_committee: Committee, smtp: PostOffice
) -> None:
    report = day()
    (fault,) = report.unplanned
    assert (fault.work, fault.committee, fault.key) == ("plan", ladder.committee_id, str(ladder.pk))
    assert sorted(smtp.addresses) == sorted(
        [cast.danang.mailbox, cast.danang_officer.email, other_committee.mailbox]
    )
    (sentence,) = in_words(open_faults([ladder.committee_id]))
    assert sentence == (
        "Chưa lập được nhắc việc theo “Nhắc việc mặc định” do lỗi của hệ thống; lần chạy sau sẽ lập lại."
        " Quản trị hệ thống xem nhật ký để khắc phục."
    )
    assert open_faults([other_committee.pk]) == []
    told = command()
    assert "unplanned 1 policies" in told
    assert "0 failed, 0 deferred, 0 uncomposed, 1 unplanned." in told

    mend("directives_reminder")
    assert day().unplanned == []
    assert cast.officer.email in smtp.addresses


def test_what_cannot_be_noted_to_be_told_does_not_happen(cast: Cast) -> None:
    """The occasion is part of what happened: neither stands without the other."""
    draft = cast.draft(units=[cast.hanoi])
    break_down("directives_occasion", "true")
    with pytest.raises(DatabaseError, match="disk on fire"):
        services.issue(directive=draft, by=cast.secretary, at=at(1))
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert not Assignment.objects.exists()
