"""A standby answers figures and exports, shows nobody anything older than the primary, and may fail."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import time_machine
from django.core.cache import cache
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from structlog.testing import capture_logs

from accounts import replica
from accounts.models import User
from accounts.replica import ALIAS, from_replica
from directives import counters, services
from directives.lifecycle import Status
from directives.models import Assignment
from directives.rights import rights
from steering.postings import end
from tests.cast import Cast
from tests.chaos.site import Site
from tests.directives.spread import AT, ON
from tests.scaling.machines import Machine, Visitor, let_sign_in
from tests.scaling.standby import Standby

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "replica"])
UNITS, UNITS_BOOK, PAST = "figures_units", "figures_units_export", "figures_past"
EXPORT = "admin:directives_assignment_export"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def exported(client: Client, user: Any) -> set[str]:
    """What a person's *Xuất Excel* of all assignments contains, as one set of texts."""
    client.force_login(user)
    response = client.get(reverse(EXPORT), {"muc": "all"})
    assert response.status_code == 200
    sheet = load_workbook(io.BytesIO(response.getvalue())).worksheets[0]
    return {str(value) for row in sheet.iter_rows(values_only=True) for value in row if value}


def tables(queries: CaptureQueriesContext) -> str:
    return "\n".join(query["sql"] for query in queries.captured_queries)


@pytest.mark.usefixtures("spread")
def test_figures_and_exports_are_answered_by_the_standby_and_rights_are_not(
    cast: Cast, client: Client, asked: CaptureQueriesContext
) -> None:
    content = cast.issued(units=[cast.hanoi], ordinal=90, content="Vừa giao xong").content
    client.force_login(cast.secretary)
    past = {"luc": "09/07/2023 17:00", "theo": "dated"}
    with CaptureQueriesContext(connection) as primary:
        for name, query in ((UNITS, {}), (UNITS_BOOK, {}), (PAST, past)):
            cache.clear()
            before = tables(asked).count("GROUP BY")
            response = client.get(reverse(name), query)
            response.close()
            assert response.status_code == 200
            assert tables(asked).count("GROUP BY") == before + 1
        assert content in exported(client, cast.secretary)
    assert "GROUP BY" not in tables(primary)
    # The rows of the list itself are fetched from both: the screen is the primary's, the spreadsheet is not.
    assert '"directives_assignment"."id" IN' in tables(asked) or "CURSOR" in tables(asked)
    for table in ("permission", "django_session", "accesslog", "steering_posting", "committeestaff"):
        assert table not in tables(asked)


def test_what_was_restricted_or_taken_away_a_moment_ago_is_not_exported(
    cast: Cast, client: Client, replicated: Standby
) -> None:
    directive = cast.issued(units=[cast.hanoi_hospital], content="Việc sắp hạn chế")
    other = cast.issued(units=[cast.hanoi], ordinal=2, content="Việc của Sở")
    assert {directive.content, other.content} <= exported(client, cast.officer)
    replicated.hold_back()
    services.correct_directive(
        directive=directive, by=cast.secretary, at=AT, reason="Mật", changes={"is_restricted": True}
    )
    with capture_logs() as logs:
        seen = exported(client, cast.officer)
    assert other.content in seen
    assert directive.content not in seen
    assert [line["event"] for line in logs if line["event"] == "replica_passed_over"]


@pytest.mark.slow
def test_ones_own_change_is_in_the_next_figures(
    cast: Cast, client: Client, asked: CaptureQueriesContext
) -> None:
    row = cast.assignment()
    for number in range(2):
        found = counters.figures(cast.secretary, on=ON, at=AT)
        cast.assignment(ordinal=10 + number)
        counters.touch(cast.secretary)
        later = counters.figures(cast.secretary, on=ON, at=AT)
        assert later.tabs["all"] == found.tabs["all"] + 1
    assert tables(asked).count("GROUP BY") == 3
    assert row.status == Status.ASSIGNED


def test_nothing_is_written_to_the_standby(cast: Cast, replicated: Standby) -> None:
    row = cast.assignment()

    def accept() -> str:
        assert Assignment.objects.get(pk=row.pk)._state.db == ALIAS
        services.accept(assignment=Assignment.objects.get(pk=row.pk), by=cast.officer, at=AT)
        return Assignment.objects.using("default").get(pk=row.pk).status

    assert from_replica(accept) == Status.IN_PROGRESS
    with pytest.raises(DatabaseError, match="read-only"):
        Assignment.objects.using(ALIAS).update(progress=1)


@pytest.mark.slow
def test_rights_are_read_from_the_primary(cast: Cast, asked: CaptureQueriesContext) -> None:
    for person in cast.people.values():
        expected = rights(User.objects.get(pk=person.pk), on=ON)
        assert from_replica(lambda: rights(User.objects.get(pk=person.pk), on=ON)) == expected  # noqa: B023
    assert {query["sql"].split()[1] for query in asked.captured_queries} == {"system_identifier::text,"}


@pytest.mark.slow
def test_within_a_transaction_the_primary_answers(cast: Cast, asked: CaptureQueriesContext) -> None:
    cast.assignment()
    with transaction.atomic():
        assert from_replica(Assignment.objects.count) == 1
    assert not asked.captured_queries


@pytest.mark.slow
def test_a_standby_that_ends_in_the_middle_is_asked_no_more(cast: Cast, replicated: Standby) -> None:
    cast.assignment()
    answered_by = []

    def read() -> int:
        if replica.is_reading():
            with connections[ALIAS].cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                replicated.run(f"SELECT pg_terminate_backend({cursor.fetchone()[0]}, 5000)")
        rows = Assignment.objects.all()
        answered_by.append(rows.db)
        return rows.count()

    with capture_logs() as logs:
        assert [from_replica(read), from_replica(read)] == [1, 1]
    assert answered_by == [ALIAS, "default", "default"]
    assert [line["event"] for line in logs] == ["replica_passed_over"]


@pytest.mark.slow
def test_a_page_is_shown_without_the_standby_and_it_answers_again_when_it_is_back(
    cast: Cast, client: Client, replicated: Standby
) -> None:
    cast.assignment()
    client.force_login(cast.secretary)
    replicated.stop()
    connections[ALIAS].close()
    with capture_logs() as logs:
        assert client.get(reverse(UNITS)).status_code == 200
        cache.clear()
        assert client.get(reverse(UNITS)).status_code == 200
    assert [line["event"] for line in logs].count("replica_passed_over") == 1
    replicated.start()
    replica.ask_again()
    assert from_replica(lambda: Assignment.objects.all().db) == ALIAS


@pytest.mark.slow
def test_another_server_is_not_taken_for_the_standby(cast: Cast, replicated: Standby) -> None:
    connections[ALIAS].close()
    connections[ALIAS].settings_dict["HOST"] = connection.settings_dict["HOST"]
    with capture_logs() as logs:
        assert from_replica(lambda: Assignment.objects.all().db) == "default"
    assert "no standby" in logs[0]["reason"]


@pytest.mark.slow
def test_rights_that_ended_open_no_export(cast: Cast, client: Client, replicated: Standby) -> None:
    directive = cast.issued(units=[cast.danang], content="Việc của Đà Nẵng")
    assert directive.content in exported(client, cast.danang_officer)
    replicated.hold_back()
    for posting in cast.danang_officer.postings.all():
        end(posting=posting, on=ON - timedelta(days=1), by=cast.administrator)
    assert directive.content not in exported(client, cast.danang_officer)


@pytest.mark.slow
def test_a_web_process_asks_the_standby_that_replica_url_names(
    cast: Cast,
    replicated: Standby,
    site: Site,
) -> None:
    let_sign_in(cast)
    site.set_clock(AT)
    cast.assignment()
    there = replicated.url_for(site.database_url)
    machine = Machine(site, "reading", REPLICA_URL=there).wait()
    visitor = Visitor(machine).signed_in(cast.secretary.username)
    assert visitor.ask(reverse(UNITS)).status_code == 200
    with psycopg.connect(there, autocommit=True) as connection:
        last = connection.execute(
            "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    assert any("directives_assignment" in query or "directives_message" in query for (query,) in last)
    # Killed; the page is shown all the same.
    replicated.stop()
    cache.clear()
    site.forget_all()
    assert visitor.ask(reverse(UNITS)).status_code == 200
    assert "replica_passed_over" in site.said()
