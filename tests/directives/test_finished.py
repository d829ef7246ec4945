"""What a service refuses of an assignment that is over, whatever page or program asks for it."""

from __future__ import annotations

import pytest

from directives import services
from directives.errors import Refused
from directives.models import Assignment
from tests.cast import Cast, at


@pytest.mark.parametrize("state", ["on_time", "revoked"])
def test_people_are_named_on_open_work_only(cast: Cast, spread: dict[str, Assignment], state: str) -> None:
    row = spread[state]
    for by in (cast.secretary, cast.officer):
        with pytest.raises(Refused, match="Không thể phân công người thực hiện"):
            services.name_people(assignment=row, by=by, at=at(10, 7), officer=None)
    version = row.version
    row.refresh_from_db()
    assert row.version == version


def test_no_answering_unit_is_taken_back_where_none_was_chosen(
    cast: Cast, spread: dict[str, Assignment]
) -> None:
    """Nothing would change, and the history would say that something was decided."""
    with pytest.raises(Refused, match="Chưa có đơn vị trả lời nào"):
        services.choose_answering_unit(
            assignment=spread["overdue"], unit=None, by=cast.secretary, at=at(10, 7)
        )


def test_nobody_is_chosen_to_answer_for_what_was_revoked(cast: Cast, spread: dict[str, Assignment]) -> None:
    row = services.revoke(assignment=spread["overdue"], by=cast.secretary, at=at(9, 7), reason="Thử")
    with pytest.raises(Refused, match="Không thể chọn đơn vị trả lời"):
        services.choose_answering_unit(assignment=row, unit=None, by=cast.secretary, at=at(10, 7))
