"""How far a unit reaches, and who answers for whom: children, predecessors, chains, mergers, circles, days."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.audit.context import acting
from accounts.models import User
from steering.models import Succession, Unit, UnitKind, UnitParent
from steering.tree import answering, answering_and_names, answers_for, reach

BEFORE, DAY, AFTER = date(2025, 6, 30), date(2025, 7, 1), date(2026, 1, 1)


@pytest.fixture
def units(db: None) -> dict[str, Unit]:
    """Ten units named a to j, related to nobody."""
    with transaction.atomic(), acting(by=User.objects.system(), reason="Thử"):
        kind = UnitKind.objects.create(code="thu", name="Thử")
        return {name: Unit.objects.create(code=name, name=name, kind=kind) for name in "abcdefghij"}


def under(units: dict[str, Unit], child: str, parent: str, **dates: date) -> None:
    UnitParent.objects.create(unit=units[child], parent=units[parent], **dates)


def succeeds(units: dict[str, Unit], old: str, new: str, on: date = DAY, answering: bool = False) -> None:
    Succession.objects.create(
        from_unit=units[old], to_unit=units[new], takes_effect_on=on, answering=answering
    )


def names(units: dict[str, Unit], ids: frozenset[int]) -> str:
    return "".join(sorted(unit.code for unit in units.values() if unit.pk in ids))


def reached(units: dict[str, Unit], start: str, on: date) -> str:
    return names(units, reach([units[name].pk for name in start], on=on))


def test_a_unit_reaches_itself_and_all_below_it(units: dict[str, Unit]) -> None:
    under(units, "b", "a")
    under(units, "c", "b")
    under(units, "d", "a")
    assert reached(units, "a", DAY) == "abcd"
    assert reached(units, "b", DAY) == "bc"
    assert reached(units, "c", DAY) == "c"
    assert reach([], on=DAY) == frozenset()


def test_a_parent_holds_for_its_time_only(units: dict[str, Unit]) -> None:
    under(units, "b", "a", valid_until=BEFORE)
    under(units, "b", "c", valid_from=DAY)
    assert (reached(units, "a", BEFORE), reached(units, "c", BEFORE)) == ("ab", "c")
    assert (reached(units, "a", DAY), reached(units, "c", DAY)) == ("a", "bc")


def test_a_successor_reaches_its_predecessors_and_what_was_below_them(units: dict[str, Unit]) -> None:
    under(units, "b", "a")
    succeeds(units, "a", "c")
    succeeds(units, "c", "d", on=AFTER)
    assert reached(units, "c", BEFORE) == "c"
    assert reached(units, "c", DAY) == "abc"
    assert reached(units, "d", DAY) == "d"
    assert reached(units, "d", AFTER) == "abcd"


def test_circles_end(units: dict[str, Unit]) -> None:
    under(units, "b", "a")
    under(units, "a", "b")
    succeeds(units, "c", "d")
    succeeds(units, "d", "c")
    assert reached(units, "a", DAY) == "ab"
    assert reached(units, "c", DAY) == "cd"
    assert set(answering([units["c"].pk], on=DAY)) == {units["c"].pk}
    succeeds(units, "e", "c")
    assert set(answering([units["e"].pk, units["f"].pk], on=DAY)) == {units["e"].pk, units["f"].pk}


def answer(units: dict[str, Unit], name: str, on: date) -> str | None:
    by_id = {unit.pk: unit.code for unit in units.values()}
    found = answering([units[name].pk], on=on)[units[name].pk]
    return by_id[found] if found else None


def test_the_end_of_the_chain_answers(units: dict[str, Unit]) -> None:
    succeeds(units, "a", "b")
    succeeds(units, "b", "c", on=AFTER)
    assert [answer(units, "a", day) for day in (BEFORE, DAY, AFTER)] == ["a", "b", "c"]
    assert names(units, answers_for([units["c"].pk], on=AFTER)) == "abc"
    assert names(units, answers_for([units["c"].pk], on=DAY)) == "c"


def test_of_several_successors_the_marked_one_answers_or_nobody(units: dict[str, Unit]) -> None:
    succeeds(units, "a", "b")
    succeeds(units, "a", "c")
    assert answer(units, "a", DAY) is None
    assert names(units, answers_for([units["b"].pk, units["c"].pk], on=DAY)) == "bc"
    Succession.objects.filter(to_unit=units["c"]).get().delete()
    succeeds(units, "a", "c", answering=True)
    assert answer(units, "a", DAY) == "c"
    assert names(units, answers_for([units["c"].pk], on=DAY)) == "ac"
    assert names(units, answers_for([units["b"].pk], on=DAY)) == "b"


def test_nobody_answers_where_the_chain_parts_and_a_mark_leads_on(units: dict[str, Unit]) -> None:
    succeeds(units, "a", "b")
    succeeds(units, "b", "c")
    succeeds(units, "b", "d")
    assert answer(units, "a", DAY) is None
    succeeds(units, "e", "a", answering=True)
    succeeds(units, "e", "f")
    assert answer(units, "e", DAY) is None
    succeeds(units, "f", "g")
    Succession.objects.filter(to_unit=units["d"]).get().delete()
    assert (answer(units, "e", DAY), answer(units, "f", DAY)) == ("c", "g")


def test_who_answers_and_all_names_are_one_query_however_long_the_chain(units: dict[str, Unit]) -> None:
    for old, new in zip("abcdefgh", "bcdefghi", strict=True):
        succeeds(units, old, new)
    with CaptureQueriesContext(connection) as queries:
        ends, called = answering_and_names([units["a"].pk, units["j"].pk], on=DAY)
    assert len(queries) == 1
    assert ends == {units["a"].pk: units["i"].pk, units["j"].pk: units["j"].pk}
    assert called == {units[name].pk: name for name in "aij"}


def test_several_units_merge_into_one(units: dict[str, Unit]) -> None:
    for name in "abc":
        succeeds(units, name, "d")
    assert reached(units, "d", DAY) == "abcd"
    assert names(units, answers_for([units["d"].pk], on=DAY)) == "abcd"


def test_reach_is_one_query_however_deep(units: dict[str, Unit]) -> None:
    for parent, child in zip("abcdefghi", "bcdefghij", strict=True):
        under(units, child, parent)
    with CaptureQueriesContext(connection) as queries:
        assert reached(units, "a", DAY) == "abcdefghij"
    assert len(queries) == 1
