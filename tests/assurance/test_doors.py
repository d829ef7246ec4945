"""No door of change leads past the history."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from directives.models import Assignment
from tests.assurance.attempts import Try
from tests.assurance.doors import DOORS, try_doors
from tests.assurance.doors_in_orm import IN_THE_ORM
from tests.assurance.doors_in_sql import IN_SQL
from tests.assurance.doors_on_screens import ON_SCREENS
from tests.assurance.guarded import guarded_models, populate, targets
from tests.cast import Cast

Record = Callable[[str, object], None]
SUBJECT = "Doors of change tried on guarded columns"


@pytest.fixture
def populated(cast: Cast, spread: dict[str, Assignment]) -> Cast:
    populate(cast)
    return cast


def test_one_column_of_each_guarded_model_through_every_door(populated: Cast) -> None:
    counted, unrecorded = try_doors(DOORS, targets(every_column=False), populated)

    assert unrecorded == []
    assert counted["refused"] > 400
    assert counted["recorded"] > 10, "the one way that records is open"


@pytest.mark.slow
@pytest.mark.parametrize("doors", [IN_THE_ORM, IN_SQL, ON_SCREENS], ids=["orm", "sql", "screens"])
def test_every_guarded_column_through_every_door(
    populated: Cast, doors: tuple[Try, ...], record_property: Record
) -> None:
    counted, unrecorded = try_doors(doors, targets(every_column=True), populated)

    assert unrecorded == []
    tried = counted.total()
    record_property("assurance", ["doors", SUBJECT, tried, len(unrecorded)])
    for outcome, words in (("refused", "refused"), ("recorded", "recorded"), ("nothing", "led nowhere")):
        record_property("assurance", ["doors", f"– of these {words}", counted[outcome], 0])


def test_each_guarded_model_has_a_row_to_attack(populated: Cast) -> None:
    without = [model.__name__ for model in guarded_models() if not model._default_manager.exists()]
    assert without == []
