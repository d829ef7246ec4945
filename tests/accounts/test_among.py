"""The look-up `among` finds what `in` finds, with one parameter however many ids there are."""

from __future__ import annotations

import pytest
from django.db.models import Q

from directives.models import Assignment
from steering.models import Unit
from tests.cast import Cast


@pytest.mark.parametrize("several", [0, 1, 2])
def test_among_finds_what_in_finds_and_leaves_out_what_in_leaves_out(cast: Cast, several: int) -> None:
    rows = [cast.assignment(unit) for unit in (cast.hanoi, cast.danang, cast.office)]
    chosen = [row.unit_id for row in rows[:several]]
    for kept, expected in ((Q(unit__among=chosen), rows[:several]), (~Q(unit__among=chosen), rows[several:])):
        assert set(Assignment.objects.filter(kept)) == set(expected)
    # Nobody was chosen to answer: not among them, and found by what leaves them out.
    assert not Assignment.objects.filter(answering_unit__among=chosen).exists()
    assert Assignment.objects.exclude(answering_unit__among=chosen).count() == len(rows)
    assert set(Assignment.objects.filter(pk__among={row.pk for row in rows})) == set(rows)


def test_of_a_queryset_among_finds_what_in_finds(cast: Cast) -> None:
    rows = [cast.assignment(unit) for unit in (cast.hanoi, cast.danang, cast.office)]
    for units in (Unit.objects.filter(code__startswith="syt."), Unit.objects.none()):
        found = set(Assignment.objects.filter(unit__in=units.values("pk")))
        assert set(Assignment.objects.filter(unit__among=units.values("pk"))) == found
        left = Assignment.objects.exclude(unit__among=units.values("pk"))
        assert set(left) == set(rows) - found


def test_hundreds_of_ids_are_one_parameter(db: None) -> None:
    _sql, params = Assignment.objects.filter(unit__among=range(1, 400)).query.sql_with_params()
    assert len(params) == 1
