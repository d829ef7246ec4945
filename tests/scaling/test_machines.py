"""Several web servers on one PostgreSQL and one Valkey, as on several machines; one of them is killed."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import psutil
import pytest
from django.db import connection
from django.urls import reverse

from accounts.clock import now, today
from directives.lifecycle import Status
from directives.models import Assignment
from tests.cast import PDF, Cast
from tests.chaos.site import Site
from tests.scaling.machines import Machine, Visitor, let_sign_in

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
INDEX = "/quan-tri/"


@pytest.fixture
def machines(site: Site, cast: Cast) -> tuple[Machine, Machine]:
    """Two web servers whose clock is ours, and the cast can sign in."""
    let_sign_in(cast)
    site.set_clock(now())
    first, second = Machine(site, "first"), Machine(site, "second")
    return first.wait(), second.wait()


def dialog(row: Assignment, slug: str) -> str:
    return reverse(f"admin:directives_assignment_{slug}", args=[row.pk])


def given(cast: Cast) -> Assignment:
    return cast.assignment(at=now(), due_on=today(), deadline_words="hôm nay")


def test_a_person_signs_in_once_and_sees_a_change_made_elsewhere_at_once(
    cast: Cast, machines: tuple[Machine, Machine]
) -> None:
    first, second = machines
    row = given(cast)
    officer = Visitor(first, second).signed_in(cast.officer.username)
    for machine in machines:
        page = officer.at(machine, INDEX)
        assert page.status_code == 200
        assert cast.officer.full_name in page.text
    tab = f"{reverse('admin:directives_assignment_changelist')}?muc=not_accepted"
    secretary = Visitor(first, second).signed_in(cast.secretary.username)
    assert row.directive.content in secretary.at(first, tab).text
    assert row.directive.content in secretary.at(second, tab).text
    # Opened on one machine, sent to the other.
    officer.do(dialog(row, "accept"))
    row.refresh_from_db()
    assert row.status == Status.IN_PROGRESS
    for machine in machines:
        assert row.directive.content not in secretary.at(machine, tab).text
    # Ended on one, ended on the other.
    officer.at(first, reverse("account_logout"), officer.fill(officer.at(first, INDEX)))
    assert officer.at(second, INDEX).status_code == 302


def test_ones_own_figures_follow_ones_own_change_on_every_machine(
    cast: Cast, machines: tuple[Machine, Machine]
) -> None:
    first, second = machines
    rows = [given(cast), cast.assignment(at=now(), ordinal=2, due_on=today())]
    officer = Visitor(first, second).signed_in(cast.officer.username)
    everything = f"{reverse('admin:directives_assignment_changelist')}?muc=all"
    before = {tabs(officer.at(machine, everything).text) for machine in machines}
    assert len(before) == 1, before
    officer.do(dialog(rows[0], "present"), text="Kính trình")
    after = {tabs(officer.at(machine, everything).text) for machine in machines}
    assert len(after) == 1
    assert () not in after
    assert after != before


def tabs(page: str) -> tuple[str, ...]:
    """The figures of a list's tabs, as the page shows them."""
    return tuple(re.findall(r'<span class="work-count">([0-9]+)</span>', page))


def test_wrong_passwords_are_counted_together(cast: Cast, machines: tuple[Machine, Machine]) -> None:
    stranger = Visitor(*machines)
    answers = [stranger.sign_in(cast.secretary.username, "sai-mat-khau").status_code for _n in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    for machine in machines:
        assert Visitor(machine).sign_in(cast.secretary.username).status_code == 429


def test_a_file_given_to_one_is_read_from_the_other_in_the_shared_folder(
    cast: Cast,
    site: Site,
    machines: tuple[Machine, Machine],
) -> None:
    first, second = machines
    row = given(cast)
    officer = Visitor(first, second).signed_in(cast.officer.username)
    officer.do(dialog(row, "accept"))
    page = officer.at(first, dialog(row, "report"))
    typed = officer.fill(page, percent="50", text="Đã dự thảo")
    sent = officer.at(
        first, dialog(row, "report"), typed, {"uploads": ("bao-cao.pdf", PDF, "application/pdf")}
    )
    assert sent.status_code == 302
    file = row.reports.get().files.get()
    address = reverse("admin:directives_attachment_download", args=[file.pk])
    assert officer.at(second, address).content == PDF
    # Without the shared folder a machine says so and does not fail.
    alone = Machine(site, "alone", FILES_DIR=str(site.folder / "of-its-own")).wait()
    assert officer.at(alone, address).status_code == 404
    kept = [path for machine in machines for path in files_in(machine.var)]
    assert kept == []


def files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_one_is_killed_and_the_others_answer(cast: Cast, machines: tuple[Machine, Machine]) -> None:
    first, second = machines
    row = given(cast)
    people = [Visitor(first, second).signed_in(cast.officer.username) for _n in range(4)]
    killed, ended = Event(), Event()

    def work(visitor: Visitor) -> list[int]:
        answers = []
        while not ended.is_set():
            answers.append(visitor.ask(INDEX).status_code)
            if killed.is_set() and answers.count(200) >= 20:
                break
        return answers

    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(work, visitor) for visitor in people]
        first.kill()
        killed.set()
        answers = [code for future in found for code in future.result(timeout=120)]
    assert set(answers) == {200}
    assert len(answers) >= 80
    assert not first.answers()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user"
        )
        # As many as it has threads, and this test's own.
        assert cursor.fetchone()[0] <= 2 * 4 + 1
    # Who was at work goes on, and who comes new comes in.
    people[0].do(dialog(row, "accept"))
    assert Visitor(first, second).signed_in(cast.secretary.username).ask(INDEX).status_code == 200
    # A web process alone is replaced by its own gunicorn.
    before = {child.pid for child in psutil.Process(second.process.pid).children()}
    for child in psutil.Process(second.process.pid).children()[:1]:
        child.kill()
    second.site.until(
        lambda: len({c.pid for c in psutil.Process(second.process.pid).children()} - before) == 1, "replaced"
    )
    assert people[0].ask(INDEX).status_code == 200
