"""One directive to very many units."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction

from accounts.audit.context import acting, current_act
from accounts.audit.in_bulk import MANY, bulk_create_recorded
from directives import services
from directives.models import Assignment, DeadlineEntry
from steering.models import Unit, UnitKind
from tests.cast import START, Cast
from tests.config.superuser import superuser

TABLES = ("directives_assignment", "directives_historicalassignment", "directives_deadlineentry")


def _stations(cast: Cast, count: int) -> list[Unit]:
    with transaction.atomic(), acting(by=cast.secretary, reason="Chuẩn bị"):
        kind = UnitKind.objects.create(code="tram", name="Trạm y tế", order=20)
        units = [Unit(code=f"tyt.{n}", name=f"Trạm {n}", kind=kind, order=1000 + n) for n in range(count)]
        return bulk_create_recorded(Unit, units, current_act())


def _reads_of_whole_tables() -> dict[str, int]:
    """How often the present transaction read each table from end to end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE relname = ANY (%s)", [list(TABLES)]
        )
        return dict(cursor.fetchall())


def test_each_unit_has_its_row_its_history_and_its_first_date(cast: Cast) -> None:
    directive = cast.draft(units=[cast.hanoi, cast.danang, cast.office])
    directive.addressees.filter(unit=cast.danang).update(due_on="2023-06-15")
    services.issue(directive=directive, by=cast.secretary, at=START)
    rows = list(directive.assignments.select_related("unit").order_by("pk"))
    assert [row.unit.order for row in rows] == sorted(row.unit.order for row in rows)
    assert {str(row.due_on) for row in rows if row.unit == cast.danang} == {"2023-06-15"}
    for row in rows:
        assert (row.version, row.status, row.progress, row.part) == (1, "assigned", 0, "each")
        assert row.due_on == row.original_due_on
        assert row.created_at is not None
        first = row.history.get()
        assert (first.history_type, first.history_user, first.door) == ("+", cast.secretary, "job")
        assert (first.history_change_reason, first.history_date) == ("Giao", START)
        assert (first.due_on, first.unit_id, first.assigned_on) == (row.due_on, row.unit_id, row.assigned_on)
        entry = row.deadlines.get()
        assert (entry.kind, entry.due_on, entry.at) == ("original", row.due_on, START)
        assert (entry.recorded_by, entry.basis) == (cast.secretary, directive.document)
    assert not directive.addressees.exists()


@pytest.mark.django_db(transaction=True)
def test_the_checks_of_many_rows_are_not_planned_for_few(
    cast: Cast, django_assert_max_num_queries: Callable[..., object]
) -> None:
    """A session that gave small directives while the tables were small, and was told so by ANALYZE."""
    units = _stations(cast, MANY)
    for ordinal in range(3):
        cast.issued(units=[cast.hanoi, cast.danang, cast.office], ordinal=ordinal + 1)
    with superuser(str(connection.settings_dict["NAME"])) as admin:
        for table in TABLES:
            admin.execute(f"ANALYZE {table}".encode())
    for ordinal in range(6):
        cast.issued(units=[cast.hanoi, cast.danang, cast.office], ordinal=ordinal + 11)
    draft = cast.draft(units=units, ordinal=99)
    with transaction.atomic():
        before = _reads_of_whole_tables()
        services.issue(directive=draft, by=cast.secretary, at=START)
        after = _reads_of_whole_tables()
    assert Assignment.objects.filter(directive=draft).count() == MANY
    assert DeadlineEntry.objects.filter(assignment__directive=draft).count() == MANY
    more = {table: after[table] - before.get(table, 0) for table in after}
    assert max(more.values()) < 20, more
