"""Web processes behind pgbouncer in transaction mode; whoever needs a session of its own refuses it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import Settings

from accounts.audit.seals.checks import check_what_was_asked_for
from accounts.audit.seals.sealing import seal
from accounts.clock import now, today
from accounts.models import User
from directives.lifecycle import Status
from directives.reminders.presence import at_it
from tests.cast import PDF, Cast
from tests.chaos.site import Site
from tests.scaling.machines import Machine, Visitor, let_sign_in
from tests.scaling.pooler import pooler

EXPORT = "/quan-tri/directives/assignment/xuat-excel/?muc=all"
SESSIONS = 3


@pytest.fixture
def address(cast: Cast, transactional_db: None) -> Iterator[str]:
    """Where pgbouncer answers for this test's database."""
    with pooler(SESSIONS) as there:
        yield there


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_main_flow_goes_through_it_by_few_sessions(site: Site, cast: Cast, address: str) -> None:
    let_sign_in(cast)
    site.set_clock(now())
    machine = Machine(
        site, "pooled", DATABASE_URL=address, DATABASE_TRANSACTION_POOL="1", LIMIT_EXPORT="1000"
    ).wait()
    row = cast.assignment(at=now(), due_on=today(), deadline_words="hôm nay")

    def dialog(slug: str) -> str:
        return reverse(f"admin:directives_assignment_{slug}", args=[row.pk])

    officer = Visitor(machine).signed_in(cast.officer.username)
    officer.do(dialog("accept"))
    officer.do(
        dialog("report"),
        {"uploads": ("bao-cao.pdf", PDF, "application/pdf")},
        percent="50",
        text="Đã dự thảo",
    )
    head = Visitor(machine).signed_in(cast.head.username)
    head.do(dialog("submit"), {"uploads": ("ket-qua.pdf", PDF, "application/pdf")}, text="Đã xong")
    secretary = Visitor(machine).signed_in(cast.secretary.username)
    secretary.do(dialog("confirm"), completed_on=f"{today():%d/%m/%Y}")
    row.refresh_from_db()
    assert row.status == Status.COMPLETED

    people = [Visitor(machine).signed_in(cast.secretary.username) for _n in range(8)]
    pages = ["/quan-tri/", reverse("figures_units"), EXPORT, dialog("change")] * 5
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda who: [who.ask(page).status_code for page in pages], people))
    assert {code for codes in answers for code in codes} == {200}
    book = load_workbook(io.BytesIO(secretary.ask(EXPORT).content))
    assert row.directive.content in {cell.value for line in book.worksheets[0].iter_rows() for cell in line}
    with psycopg.connect(site.database_url, autocommit=True) as connection:
        (sessions,) = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user"
            " AND pid <> pg_backend_pid()"
        ).fetchone() or (0,)
    # This test has one of its own.
    assert 1 <= sessions <= SESSIONS + 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_refuses_it(site: Site, cast: Cast) -> None:
    site.environment["DATABASE_TRANSACTION_POOL"] = "1"
    assert site.worker().wait(60) == 3
    assert "DATABASE_TRANSACTION_POOL is for web processes" in site.said()


@pytest.mark.django_db(transaction=True)
def test_whoever_needs_a_session_of_its_own_refuses_it(settings: Settings) -> None:
    settings.DATABASE_TRANSACTION_POOL = True
    with pytest.raises(ImproperlyConfigured):
        seal(by=User.objects.system())
    with pytest.raises(ImproperlyConfigured):
        check_what_was_asked_for()
    with pytest.raises(ImproperlyConfigured), at_it():
        pass
