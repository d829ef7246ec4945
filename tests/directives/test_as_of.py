"""Any past moment, read from history and ledger, is what was shown then: recorded while playing, replayed after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.clock import hanoi_date
from directives import services
from directives.as_of import Axis, as_of, cells_as_of, groups_as_of
from directives.errors import Refused
from directives.models import Assignment, DeadlineEntry, Directive, ExtensionRequest
from directives.statistics import Cells, cells, groups
from directives.tables import BY_UNIT
from tests.cast import START, Cast, at, pdf
from tests.directives.spread import ON

FACTS = (
    "status",
    "due_on",
    "original_due_on",
    "submitted_on",
    "completed_on",
    "progress",
    "unit_id",
    "version",
)
Figures = dict[tuple[Any, ...], Cells]
Rows = dict[int, tuple[Any, ...]]
Verb = Callable[[Cast, Assignment, datetime], object]


def clock() -> datetime:
    """The present instant by the clock that decides what was recorded when."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        instant: datetime = cursor.fetchone()[0]
    return instant


@dataclass(frozen=True)
class Shown:
    """What the screens said at an instant, for the day of the story."""

    instant: datetime
    on: date
    figures: Figures
    rows: Rows


def look(on: date) -> Shown:
    """Read what is shown now."""
    figures = {group.key: group.cells for group in groups(Assignment.objects.all(), on=on, by=BY_UNIT)}
    rows = {row[0]: row[1:] for row in Assignment.objects.order_by().values_list("pk", *FACTS)}
    return Shown(clock(), on, figures, rows)


def replay(seen: Shown) -> Shown:
    """Read the same from history."""
    figures = {group.key: group.cells for group in groups_as_of(seen.instant, on=seen.on, by=BY_UNIT)}
    rows = {row[0]: row[1:] for row in Assignment.as_of(seen.instant).values_list("id", *FACTS)}
    return Shown(seen.instant, seen.on, figures, rows)


def in_ledger(instant: datetime) -> dict[int, tuple[date | None, date | None]]:
    """The due and the original dates that the ledger held at an instant: a correction moves what is due only while
    nothing else did."""
    found: dict[int, tuple[date | None, date | None]] = {}
    for entry in DeadlineEntry.objects.filter(recorded_at__lte=instant).order_by("pk"):
        due, original = found.get(entry.assignment_id, (None, None))
        if entry.kind in (DeadlineEntry.Kind.ORIGINAL, DeadlineEntry.Kind.CORRECTION):
            original, before = entry.due_on, original
            due = original if due == before else due
        else:
            due = entry.due_on
        found[entry.assignment_id] = (due, original)
    return found


def _decide(cast: Cast, row: Assignment, when: datetime) -> None:
    request = ExtensionRequest.objects.filter(assignment=row, state=ExtensionRequest.State.OPEN).first()
    if request is not None:
        services.decide_extension(
            request=request, by=cast.secretary, at=when, granted=True, decided_by="Trưởng ban"
        )


def _standing(cast: Cast, row: Assignment, when: datetime) -> None:
    standing = not Directive.objects.get(pk=row.directive_id).is_standing
    services.correct_directive(
        directive=row.directive,
        by=cast.secretary,
        at=when,
        reason="Ghi nhầm",
        changes={"is_standing": standing, "due_on": None if standing else date(2023, 6, 15)},
    )


VERBS: dict[str, Verb] = {
    "accept": lambda cast, row, when: services.accept(assignment=row, by=cast.officer, at=when),
    "report": lambda cast, row, when: services.report(
        assignment=row, by=cast.officer, at=when, percent=40, text="Đang làm"
    ),
    "submit": lambda cast, row, when: services.submit(
        assignment=row, by=cast.head, at=when, text="Xong", uploads=[pdf()]
    ),
    "withdraw": lambda cast, row, when: services.withdraw(
        assignment=row, by=cast.officer, at=when, reason="Sót"
    ),
    "confirm": lambda cast, row, when: services.confirm(assignment=row, by=cast.secretary, at=when),
    "send back": lambda cast, row, when: services.send_back(
        assignment=row, by=cast.secretary, at=when, reason="Thiếu dấu"
    ),
    "suspend": lambda cast, row, when: services.suspend(
        assignment=row, by=cast.secretary, at=when, reason="Chờ"
    ),
    "resume": lambda cast, row, when: services.resume(assignment=row, by=cast.secretary, at=when),
    "reopen": lambda cast, row, when: services.reopen(
        assignment=row, by=cast.secretary, at=when, reason="Sai số liệu"
    ),
    "revoke": lambda cast, row, when: services.revoke(
        assignment=row, by=cast.secretary, at=when, reason="Nhầm"
    ),
    "correct": lambda cast, row, when: services.correct_due_date(
        assignment=row, by=cast.secretary, at=when, due_on=hanoi_date(when) + timedelta(days=3), reason="Nhầm"
    ),
    "ask": lambda cast, row, when: services.ask_extension(
        assignment=row,
        by=cast.officer,
        at=when,
        due_on=hanoi_date(when) + timedelta(days=30),
        reason="Chưa kịp",
    ),
    "decide": _decide,
    "standing": _standing,
    "transfer": lambda cast, row, when: services.transfer(
        assignment=row, unit=cast.danang, by=cast.secretary, at=when, reason="Đúng việc", basis="12/TB"
    ),
}
STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(VERBS)), st.integers(0, 1), st.integers(0, 6)), min_size=8, max_size=16
)


# Each verb once, in an order in which each is possible.
ROUND = [
    ("accept", 0, 1), ("report", 0, 1), ("ask", 0, 1), ("decide", 0, 1), ("submit", 0, 2), ("withdraw", 0, 1),
    ("submit", 0, 1), ("send back", 0, 1), ("submit", 0, 1), ("confirm", 0, 1), ("reopen", 0, 1), ("suspend", 0, 1),
    ("resume", 0, 3), ("correct", 0, 1), ("standing", 0, 1), ("standing", 0, 1), ("revoke", 0, 1), ("transfer", 1, 1),
]  # fmt: skip


def play(cast: Cast, steps: list[tuple[str, int, int]]) -> list[Shown]:
    """Play a story on two assignments and return what was shown after each step that was possible."""
    seen = [look(START.date())]
    rows = [cast.assignment(ordinal=1, due_on=date(2023, 6, 10)), cast.assignment(ordinal=2)]
    when = START
    for name, which, days in steps:
        when += timedelta(days=days, minutes=1)
        try:
            VERBS[name](cast, rows[which], when)
        except Refused:
            continue
        seen.append(look(hanoi_date(when)))
    return seen


def demand_the_same(seen: list[Shown]) -> None:
    for shown in seen:
        assert replay(shown) == shown
        assert in_ledger(shown.instant) == {pk: facts[1:3] for pk, facts in shown.rows.items()}


def test_what_was_shown_after_each_verb_is_read_again_from_history(cast: Cast) -> None:
    seen = play(cast, ROUND)
    assert {name for name, _which, _days in ROUND} == set(VERBS)
    assert len(seen) == len(ROUND) + 1
    assert len({str(sorted(shown.figures.items(), key=str)) for shown in seen}) >= 6
    demand_the_same(seen)


@pytest.mark.django_db
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    # A story of sixteen steps need not be made shorter: that takes minutes.
    phases=[Phase.generate],
)
@given(steps=STEPS)
def test_what_was_shown_at_each_step_of_any_story_is_read_again_from_history(
    cast: Cast, steps: list[tuple[str, int, int]]
) -> None:
    with transaction.atomic():
        demand_the_same(play(cast, steps))
        transaction.set_rollback(True)


@pytest.mark.usefixtures("spread")
def test_before_anything_was_recorded_there_is_nothing() -> None:
    first = Assignment.history.order_by("recorded_at").values_list("recorded_at", flat=True)[0]
    assert cells_as_of(first - timedelta(milliseconds=1)) == Cells()
    assert cells_as_of(clock(), on=ON) == cells(Assignment.objects.all(), on=ON)


@pytest.mark.usefixtures("spread")
def test_what_was_recorded_late_is_told_by_the_dates_of_the_acts_when_asked() -> None:
    """The whole spread was recorded today; by its own dates the first result was confirmed on 26 June 2023."""
    early = cells_as_of(at(25), axis=Axis.DATED)
    assert (early.done, early.overdue) == (0, 0)
    assert cells_as_of(at(26, hour=10), axis=Axis.DATED).done_on_time == 2
    assert cells_as_of(at(10, 7), axis=Axis.DATED) == cells(Assignment.objects.all(), on=ON)
    assert cells_as_of(at(25)) == Cells()


def test_a_deleted_row_is_there_until_it_was_deleted(cast: Cast) -> None:
    draft = cast.draft(units=[cast.hanoi])
    before = clock()
    services.delete_draft(draft=draft, by=cast.secretary, at=at(2))
    assert [row.id for row in as_of(Directive, before)] == [draft.pk]
    assert not as_of(Directive, clock()).exists()


@pytest.mark.usefixtures("spread")
def test_it_is_limited_to_what_a_person_sees_and_takes_one_query(cast: Cast) -> None:
    mine = Assignment.objects.filter(unit=cast.quangnam)
    with CaptureQueriesContext(connection) as captured:
        found = cells_as_of(clock(), on=ON, among=mine)
    assert len(captured) == 2
    assert found == cells(mine, on=ON) != cells_as_of(clock(), on=ON)
