"""The structure of a mail: order, figures, the cap, and fan-outs told as one line."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directives.lifecycle import Status
from directives.models.directive import Part
from directives.reminders.digest import MAX_LINES, Item, Section, digest

ON = date(2023, 6, 30)


def item(
    number: int, due: int = -1, *, own: bool = True, directive: int | None = None, **facts: object
) -> Item:
    """Return an open item due so many days from ON."""
    values: dict[str, object] = {"part": Part.EACH, "status": Status.IN_PROGRESS, "progress": 0} | facts
    return Item(
        assignment=number,
        directive=directive or number,
        unit=number,
        own=own,
        due_on=ON + timedelta(days=due),
        **values,  # type: ignore[arg-type]
    )


def test_the_most_overdue_comes_first() -> None:
    told = digest([item(1, 3), item(2, -1), item(3, -9), item(4, 0)], on=ON)
    assert [entry.first.assignment for entry in told.entries] == [3, 2, 4, 1]
    assert told.figures == {Section.OVERDUE: 2, Section.TODAY: 1, Section.SOON: 1}


def test_a_coordinating_part_is_counted_apart() -> None:
    told = digest([item(1), item(2, part=Part.COORDINATING)], on=ON)
    assert told.figures == {Section.OVERDUE: 1, Section.COORDINATING: 1}


def test_what_is_reported_in_time_waits_and_what_is_reported_late_is_overdue() -> None:
    in_time = item(1, -1, own=False, status=Status.SUBMITTED, submitted_on=ON - timedelta(days=2))
    late = item(2, -1, own=False, status=Status.SUBMITTED, submitted_on=ON)
    assert digest([in_time, late], on=ON).figures == {Section.OVERDUE: 1, Section.WAITING: 1}


def test_a_fan_out_is_one_line_for_who_watches_and_each_its_own_for_who_does_it() -> None:
    watched = digest([item(n, own=False, directive=7) for n in range(1, 43)], on=ON)
    assert [entry.count for entry in watched.entries] == [42]
    assert watched.figures == {Section.OVERDUE: 42}
    assert len(digest([item(n, directive=7) for n in range(1, 4)], on=ON).entries) == 3


def test_what_one_does_and_watches_is_told_once() -> None:
    told = digest([item(1), item(1, own=False), item(1, own=False)], on=ON)
    assert [entry.own for entry in told.entries] == [True]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.builds(
            item,
            st.integers(1, 200),
            st.integers(-50, 7),
            own=st.booleans(),
            directive=st.integers(1, 60),
            part=st.sampled_from(Part),
        )
    )
)
def test_figures_lines_and_the_rest_add_up(items: list[Item]) -> None:
    told = digest(sorted(items, key=lambda one: not one.own), on=ON)
    assert len(told.entries) <= MAX_LINES
    shown = sum(entry.count for entry in told.entries)
    assert shown + told.left_out == sum(told.figures.values()) == len({one.assignment for one in items})
    assert sum(len(entries) for _section, entries in told.sections) == len(told.entries)
