"""The four cells: SQL against a plain recount, sums that agree in every table, rates with empty denominators."""

from __future__ import annotations

import json
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directives import services
from directives.lifecycle import Status
from directives.models import Assignment
from directives.models.directive import Part
from directives.statistics import (
    Cells,
    bucket,
    bucket_expression,
    cells,
    groups,
    percent,
    recount,
    total,
)
from directives.tables import (
    BY_DOCUMENT,
    BY_SUPERVISOR,
    BY_UNIT,
    UnitMap,
    by_document,
    by_supervisor,
    by_unit,
)
from tests.cast import Cast, at
from tests.directives.spread import ON, build_spread

DAYS = st.dates(date(2023, 6, 20), date(2023, 7, 12))
MAYBE = st.none() | DAYS


def counted(by: tuple[str, ...]) -> dict[tuple[Any, ...], Cells]:
    return {group.key: group.cells for group in groups(Assignment.objects.all(), on=ON, by=by)}


def everything() -> list[tuple[Assignment, bool]]:
    return [(row, row.directive.is_standing) for row in Assignment.objects.select_related("directive")]


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Any]:
    """The facts of a row that decide where it is counted, as the database allows them."""
    status = draw(st.sampled_from(list(Status)))
    is_standing = draw(st.booleans())
    return {
        "part": draw(st.sampled_from(list(Part))),
        "status": status,
        "is_standing": is_standing,
        "due_on": draw(MAYBE),
        "submitted_on": draw(DAYS if status == Status.SUBMITTED else MAYBE),
        "completed_on": draw(DAYS) if status == Status.COMPLETED else None,
    }


# The expression on rows that are made of parameters: no row of the database is needed, so any history is possible.
ROWS_SQL = """
SELECT {bucket} FROM (SELECT *, 1 AS directive_id FROM jsonb_to_recordset(%s) AS facts(
    n int, part text, status text, due_on date, submitted_on date, completed_on date, is_standing bool)
) AS directives_assignment, LATERAL (SELECT directives_assignment.is_standing) AS directives_directive ORDER BY n
"""


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(facts(), min_size=1, max_size=40), on=DAYS)
def test_the_expression_and_its_python_twin_agree(rows: list[dict[str, Any]], on: date) -> None:
    query = Assignment.objects.order_by().annotate(found=bucket_expression(on)).values_list("found")
    compiler = query.query.get_compiler("default")
    compiler.setup_query()
    sql, params = query.query.annotations["found"].as_sql(compiler, connection)
    payload = [
        {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
        | {"n": n}
        for n, row in enumerate(rows)
    ]
    with connection.cursor() as cursor:
        cursor.execute(ROWS_SQL.format(bucket=sql), [*params, json.dumps(payload)])
        found = [value for (value,) in cursor.fetchall()]
    twins: list[Any] = [SimpleNamespace(**row, original_due_on=None) for row in rows]
    assert found == [bucket(twin, is_standing=twin.is_standing, on=on) for twin in twins]


def plain(rows: list[dict[str, Any]], on: date) -> dict[str, int]:
    """A recount that knows nothing of buckets: DOMAIN §3 read aloud."""
    mine = [row for row in rows if row["part"] != "coordinating"]
    stopped = ("suspended", "revoked", "transferred", "ended")
    live = [row for row in mine if row["status"] not in stopped and not row["is_standing"]]
    done = [row for row in live if row["status"] == "completed"]
    late = [row for row in done if row["due_on"] and row["completed_on"] > row["due_on"]]
    left = [row for row in live if row["status"] != "completed"]
    over = [
        row
        for row in left
        if row["due_on"]
        and row["due_on"] < on
        and not (row["submitted_on"] and row["submitted_on"] <= row["due_on"])
    ]
    return {
        "given": len(mine),
        "counted": len(live),
        "done": len(done),
        "done_late": len(late),
        "not_done": len(left),
        "overdue": len(over),
        "no_date": sum(1 for row in left if not row["due_on"]),
        "standing": sum(1 for row in mine if row["is_standing"] and row["status"] not in stopped),
        "suspended": sum(1 for row in mine if row["status"] == "suspended"),
        "withdrawn": sum(1 for row in mine if row["status"] in stopped[1:]),
        "coordinating": sum(
            1
            for row in rows
            if row["part"] == "coordinating" and row["status"] not in ("revoked", "transferred")
        ),
    }


@settings(max_examples=100, deadline=None)
@given(rows=st.lists(facts(), max_size=40), on=DAYS)
def test_the_cells_are_what_a_plain_recount_gives(rows: list[dict[str, Any]], on: date) -> None:
    twins: list[Any] = [SimpleNamespace(**row, original_due_on=None) for row in rows]
    found = recount([(twin, twin.is_standing) for twin in twins], on=on)
    expected = plain(rows, on)
    assert {name: getattr(found, name) for name in expected} == expected
    assert found.given == found.counted + found.suspended + found.withdrawn + found.standing
    assert found.counted == found.done_on_time + found.done_late + found.open_in_time + found.overdue


def test_the_government_offices_figures_of_2017_add_up() -> None:
    found = Cells(done_on_time=14_068, done_late=1_983, open_in_time=5_640, overdue=223)
    assert (found.given, found.done, found.not_done) == (21_914, 16_051, 5_863)
    assert percent(found.done_rate) == "73,2%"
    assert percent(found.on_time_rate) == "87,6%"
    assert percent(found.overdue_rate) == "1,0%"


def test_an_empty_denominator_is_a_dash() -> None:
    empty = Cells(standing=4, suspended=2)
    assert [percent(rate) for rate in (empty.done_rate, empty.on_time_rate, empty.overdue_rate)] == ["–"] * 3
    assert percent(Cells(overdue=1).on_time_rate) == "–"
    assert percent(Cells(overdue=1).done_rate) == "0,0%"


@pytest.mark.usefixtures("spread")
def test_one_query_counts_what_the_services_left(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as captured:
        found = cells(Assignment.objects.all(), on=ON)
    assert len(captured) == 1
    assert found == recount(everything(), on=ON)
    assert found.given == Assignment.objects.exclude(part=Part.COORDINATING).count()


def test_suspending_moves_a_row_out_of_the_cells_but_not_out_of_the_total(cast: Cast) -> None:
    row = cast.assignment()
    before = cells(Assignment.objects.all(), on=ON)
    services.suspend(assignment=row, by=cast.secretary, at=at(9, 7), reason="Chờ kinh phí")
    after = cells(Assignment.objects.all(), on=ON)
    assert (before.given, before.counted, before.overdue) == (1, 1, 1)
    assert (after.given, after.counted, after.suspended) == (1, 0, 1)


def test_a_suspended_part_of_a_standing_directive_shows_as_suspended(cast: Cast) -> None:
    row = cast.assignment(is_standing=True, due_on=None, deadline_words="thường xuyên")
    assert cells(Assignment.objects.all(), on=ON) == Cells(standing=1)
    services.suspend(assignment=row, by=cast.secretary, at=at(9, 7), reason="Chờ")
    assert cells(Assignment.objects.all(), on=ON) == Cells(suspended=1)


@pytest.mark.usefixtures("spread")
def test_every_table_adds_up_to_the_same_total(cast: Cast) -> None:
    whole = cells(Assignment.objects.all(), on=ON)
    tables = [
        by_unit(counted(BY_UNIT), on=ON),
        by_unit(counted(BY_UNIT), on=date(2025, 7, 10), unit_map=UnitMap.NEW),
        by_supervisor(counted(BY_SUPERVISOR), on=ON),
        by_document(counted(BY_DOCUMENT)),
    ]
    assert [total(line.cells for line in table) for table in tables] == [whole] * 4


@pytest.mark.usefixtures("spread")
def test_units_stand_in_official_order_by_the_name_of_the_day(cast: Cast) -> None:
    assert [line.label for line in by_unit(counted(BY_UNIT), on=ON)] == [
        "Văn phòng Bộ",
        "Sở Y tế thành phố Hà Nội",
        "Sở Y tế thành phố Đà Nẵng",
        "Sở Y tế tỉnh Quảng Nam",
        "Tập đoàn Bưu chính Viễn thông Việt Nam",
    ]


def test_the_new_map_reads_a_former_units_work_at_the_one_that_answers(cast: Cast) -> None:
    cast.assignment(cast.quangnam)
    cast.assignment(cast.danang, ordinal=2)
    today = date(2025, 7, 10)
    old = by_unit(counted(BY_UNIT), on=today)
    new = by_unit(counted(BY_UNIT), on=today, unit_map=UnitMap.NEW)
    assert [(line.pk, line.cells.given) for line in old] == [(cast.danang.pk, 1), (cast.quangnam.pk, 1)]
    assert [(line.pk, line.cells.given) for line in new] == [(cast.danang.pk, 2)]
    assert new[0].detail == "gồm nhiệm vụ tiếp nhận từ Sở Y tế tỉnh Quảng Nam"
    before = by_unit(counted(BY_UNIT), on=date(2025, 6, 30), unit_map=UnitMap.NEW)
    assert [line.cells.given for line in before] == [1, 1]


def test_undecided_work_stays_with_its_unit_until_somebody_is_chosen(cast: Cast) -> None:
    row = cast.assignment(cast.quangnam)
    cast.quangnam.successions_from.create(to_unit=cast.office, takes_effect_on=date(2025, 7, 1))
    today = date(2025, 7, 10)
    new = by_unit(counted(BY_UNIT), on=today, unit_map=UnitMap.NEW)
    assert [line.pk for line in new] == [cast.quangnam.pk]
    services.choose_answering_unit(assignment=row, unit=cast.office, by=cast.secretary, at=at(10, 7, 2025))
    new = by_unit(counted(BY_UNIT), on=today, unit_map=UnitMap.NEW)
    assert [line.pk for line in new] == [cast.office.pk]


@pytest.mark.usefixtures("spread")
def test_supervisors_stand_in_protocol_order_by_their_present_holder(cast: Cast) -> None:
    holding = cast.other_seat.holdings.get()
    holding.valid_until = ON - timedelta(days=1)
    holding.save()
    lines = by_supervisor(counted(BY_SUPERVISOR), on=ON)
    assert [line.label for line in lines] == [
        "Phạm Ủy Viên",
        "Ủy viên (3): chưa có người giữ",
        "Chưa có thành viên phụ trách",
    ]


def test_the_number_of_queries_does_not_depend_on_the_rows(cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            by_unit(counted(BY_UNIT), on=ON, unit_map=UnitMap.NEW)
            by_supervisor(counted(BY_SUPERVISOR), on=ON)
            by_document(counted(BY_DOCUMENT))
        return len(captured)

    cast.assignment(ordinal=90)
    before = queries()
    build_spread(cast)
    assert queries() == before
