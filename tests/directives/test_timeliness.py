"""The SQL expression and its Python twin agree, and midnight is midnight in Hà Nội."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.models import Value
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.clock import hanoi_date
from directives import services
from directives.lifecycle import OPEN, Status
from directives.models import Assignment
from directives.timeliness import (
    Timeliness,
    deadline_in_words,
    due_soon,
    overdue,
    timeliness,
    timeliness_expression,
)
from tests.cast import Cast, at, pdf

T = Timeliness
ON = date(2023, 7, 1)
near = st.dates(min_value=ON - timedelta(days=3), max_value=ON + timedelta(days=3))


@st.composite
def rows(draw: st.DrawFn) -> SimpleNamespace:
    status = draw(st.sampled_from(Status.values))
    return SimpleNamespace(
        status=status,
        due_on=draw(st.none() | near),
        original_due_on=draw(st.none() | near),
        submitted_on=draw(near) if status == Status.SUBMITTED else draw(st.none() | near),
        completed_on=draw(near) if status == Status.COMPLETED else None,
    )


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(rows(), min_size=8, max_size=25), original=st.booleans())
def test_the_expression_and_its_twin_agree(db: None, rows: list[SimpleNamespace], original: bool) -> None:
    """The expression is evaluated on literal rows, by the database itself."""
    fields = ("status", "due_on", "original_due_on", "submitted_on", "completed_on")
    expression = timeliness_expression(ON, original=original)
    query = Assignment.objects.annotate(cell=expression).annotate(
        late=Value(1), is_overdue=_as_boolean(overdue(ON)), soon=_as_boolean(due_soon(ON))
    )
    sql, params = query.values_list("cell", "is_overdue", "soon").query.sql_with_params()
    literal = ", ".join("(%s, %s::date, %s::date, %s::date, %s::date)" for _ in rows)
    values = [getattr(row, name) for row in rows for name in fields]
    sql = sql.replace(
        'FROM "directives_assignment"',
        f'FROM (VALUES {literal}) AS "directives_assignment" ({", ".join(fields)})',
    ).split(" ORDER BY ")[0]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, *values])
        found = cursor.fetchall()
    for row, (cell, is_overdue, soon) in zip(rows, found, strict=True):
        expected = timeliness(row, on=ON, original=original)
        assert cell == (expected.value if expected else None)
        present = timeliness(row, on=ON)
        assert is_overdue == (present == T.OVERDUE)
        assert soon == (
            row.status in OPEN and row.submitted_on is None and row.due_on is not None and row.due_on >= ON
        )


def _as_boolean(condition: object) -> object:
    from django.db.models import BooleanField, ExpressionWrapper
    from django.db.models.functions import Coalesce

    return Coalesce(ExpressionWrapper(condition, output_field=BooleanField()), False)


@given(minutes=st.integers(min_value=-90, max_value=90))
def test_a_minute_around_midnight_in_hanoi_decides(minutes: int) -> None:
    midnight = datetime(2023, 6, 30, 17, 0, tzinfo=UTC)
    instant = midnight + timedelta(minutes=minutes)
    row = SimpleNamespace(
        status="in_progress",
        due_on=date(2023, 6, 30),
        original_due_on=None,
        submitted_on=None,
        completed_on=None,
    )
    assert timeliness(row, on=hanoi_date(instant)) == (T.OVERDUE if minutes >= 0 else T.OPEN_IN_TIME)


@pytest.mark.parametrize(
    ("status", "due", "submitted", "completed", "cell", "words"),
    [
        ("in_progress", date(2023, 7, 1), None, None, T.OPEN_IN_TIME, "đến hạn hôm nay"),
        ("in_progress", date(2023, 7, 4), None, None, T.OPEN_IN_TIME, "còn 3 ngày"),
        ("assigned", date(2023, 6, 19), None, None, T.OVERDUE, "quá hạn 12 ngày"),
        ("declined", date(2023, 6, 30), None, None, T.OVERDUE, "quá hạn 1 ngày"),
        ("in_progress", None, None, None, T.OPEN_IN_TIME, "không có thời hạn"),
        ("submitted", date(2023, 6, 20), date(2023, 6, 20), None, T.OPEN_IN_TIME, "đã báo cáo trong hạn"),
        ("submitted", date(2023, 6, 20), date(2023, 6, 21), None, T.OVERDUE, "quá hạn 11 ngày"),
        ("completed", date(2023, 6, 20), None, date(2023, 6, 20), T.DONE_ON_TIME, "Hoàn thành đúng hạn"),
        ("completed", date(2023, 6, 20), None, date(2023, 6, 21), T.DONE_LATE, "Hoàn thành quá hạn"),
        ("completed", None, None, date(2023, 6, 21), T.DONE_ON_TIME, "Hoàn thành đúng hạn"),
        ("suspended", date(2023, 6, 20), None, None, None, ""),
        ("ended", date(2023, 6, 20), None, None, None, ""),
    ],
)
def test_the_cell_and_its_words(
    status: str,
    due: date | None,
    submitted: date | None,
    completed: date | None,
    cell: Timeliness | None,
    words: str,
) -> None:
    row = SimpleNamespace(
        status=status, due_on=due, original_due_on=due, submitted_on=submitted, completed_on=completed
    )
    assert timeliness(row, on=ON) == cell
    assert str(deadline_in_words(row, on=ON)) == words


def test_both_verdicts_differ_after_an_extension(cast: Cast) -> None:
    row = cast.assignment(due_on=date(2023, 6, 5))
    request = services.ask_extension(
        assignment=row, by=cast.officer, at=at(2), due_on=date(2023, 6, 20), reason="Chờ"
    )
    services.decide_extension(
        request=request, by=cast.secretary, at=at(3), granted=True, decided_by="Lê Trưởng Ban"
    )
    services.submit(assignment=row, by=cast.head, at=at(10), text="Xong", uploads=[pdf()])
    services.confirm(assignment=row, by=cast.secretary, at=at(11))
    row.refresh_from_db()
    assert timeliness(row, on=ON) == T.DONE_ON_TIME
    assert timeliness(row, on=ON, original=True) == T.DONE_LATE
