"""deploy/partition_history.sql: the guards, the seals and the readers of the history notice nothing."""

from __future__ import annotations

import os
import subprocess

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.audit.owner import as_owner
from accounts.audit.seals.sealing import seal
from accounts.audit.seals.verify import verify
from accounts.models import User
from directives import services
from directives.as_of import as_of
from directives.models import Assignment
from tests.cast import Cast, at
from tests.chaos.post import ROOT
from tests.config.superuser import psql_program

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
HISTORY = "directives_historicalassignment"


@pytest.fixture
def partitioned(spread: dict[str, Assignment]) -> dict[str, Assignment]:
    """Assignments with a sealed history, which is then partitioned; the next two are in the second partition."""
    assert seal(by=User.objects.system())
    bound = max(Assignment.objects.values_list("pk", flat=True)) + 1
    connection.close()
    done = subprocess.run(
        [
            psql_program(), "-X", "-q", "-v", f"bound={bound}", "-v", f"next={bound + 2}",
            "-f", "deploy/partition_history.sql", os.environ["DATABASE_OWNER_URL"],
        ],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    # As after each release: the guards are installed again.
    call_command("migrate", verbosity=0)
    return spread


def rows_by_partition() -> dict[str, int]:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"SELECT tableoid::regclass::text, count(*) FROM {HISTORY} GROUP BY 1")
        return {name.rpartition("_")[2]: count for name, count in cursor.fetchall()}


def test_work_goes_on_and_the_history_is_read_as_before(
    cast: Cast, client: Client, partitioned: dict[str, Assignment]
) -> None:
    before = rows_by_partition()
    assert set(before) == {"1"}
    services.accept(assignment=partitioned["overdue"], by=cast.officer, at=at(11, 7))
    fresh = [cast.assignment(ordinal=50 + n, at=at(11, 7)) for n in range(4)]
    services.accept(assignment=fresh[0], by=cast.officer, at=at(12, 7))
    assert rows_by_partition() == {"1": before["1"] + 1, "2": 3, "rest": 2}
    assert fresh[0].history.count() == 2
    assert as_of(Assignment, fresh[3].history.get().recorded_at).count() == Assignment.objects.count()
    client.force_login(cast.secretary)
    for row in (partitioned["late"], fresh[0]):
        page = client.get(reverse("admin:directives_assignment_change", args=[row.pk]))
        assert page.status_code == 200
    made = seal(by=User.objects.system())
    assert made is not None
    report = verify()
    assert (report.found, report.unsealed) == (0, 0)


def test_the_story_of_one_is_read_from_one_partition_by_an_index(partitioned: dict[str, Assignment]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(
            f"EXPLAIN SELECT * FROM {HISTORY} h WHERE h.id = {partitioned['late'].pk} AND h.version = 1"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")
    assert "Index" in plan
    assert "assignment_1" in plan
    assert "assignment_2" not in plan
    assert "assignment_rest" not in plan


def test_the_guards_refuse_what_they_refused(cast: Cast, partitioned: dict[str, Assignment]) -> None:
    row = partitioned["late"]
    fresh = cast.assignment(ordinal=60, at=at(11, 7))
    parts = [
        HISTORY,
        "history_parts.assignment_1",
        "history_parts.assignment_2",
        "history_parts.assignment_rest",
    ]
    attacks = [
        *(f"UPDATE {part} SET progress = 1" for part in parts),
        *(f"DELETE FROM {part}" for part in parts),
        *(f"TRUNCATE {part}" for part in parts),
    ]
    changes = [
        f"UPDATE directives_assignment SET progress = 99 WHERE id = {row.pk}",
        f"UPDATE directives_assignment SET progress = 99, version = version + 1 WHERE id = {row.pk}",
    ]
    for statement in attacks:
        refused(statement, "permission denied")
    for statement in changes:
        refused(statement, "without a new version|no history row")
    # The owner has the rights, but the triggers of each partition refuse it.
    with as_owner():
        for statement in attacks:
            if "TRUNCATE" in statement or "_rest" not in statement:
                refused(statement, "its rows are written once")
    columns = ", ".join(
        f'"{field.column}"'
        for field in Assignment.history.model._meta.concrete_fields
        if not field.primary_key
    )
    for one in (row, fresh):
        again = f"SELECT {columns} FROM {HISTORY} WHERE id = {one.pk} AND version = 1"
        refused(f"INSERT INTO {HISTORY} ({columns}) {again}", "duplicate key")
    assert Assignment.objects.get(pk=row.pk).version == row.history.count()


def refused(statement: str, why: str) -> None:
    """The database refuses it, at once or at the commit."""
    with pytest.raises(DatabaseError, match=why), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
