"""A spread of assignments over every state, reached through the services: something in every list and cell."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from directives import services
from directives.models import Assignment, Directive
from steering.models import Unit
from tests.cast import Cast, at, pdf

# The day on which it is looked at: ten days after the due date of most of it.
ON = date(2023, 7, 10)
AT = at(10, 7)
MORE = ("accepted", "waiting", "declined", "suspended", "revoked", "transferred", "asked")


def _one(cast: Cast, ordinal: int, unit: Unit, **fields: Any) -> Assignment:
    return cast.assignment(unit, ordinal=ordinal, **fields)


def _submitted(row: Assignment, cast: Cast, day: int, month: int = 6) -> Assignment:
    services.submit(assignment=row, by=cast.head, at=at(day, month), text="Đã xong", uploads=[pdf()])
    return row


def build_spread(cast: Cast) -> dict[str, Assignment]:
    """Return one assignment of each kind by name; all of Hà Nội's but where the name says otherwise."""
    rows = {
        name: _one(cast, ordinal, cast.hanoi)
        for ordinal, name in enumerate(
            ("on_time", "late", "overdue", *MORE),
            start=1,
        )
    }
    services.confirm(assignment=_submitted(rows["on_time"], cast, 20), by=cast.secretary, at=at(26))
    services.confirm(assignment=_submitted(rows["late"], cast, 3, 7), by=cast.secretary, at=at(5, 7))
    services.accept(assignment=rows["accepted"], by=cast.officer, at=at(2))
    _submitted(rows["waiting"], cast, 29)
    services.decline(assignment=rows["declined"], by=cast.head, at=at(3), reason="Không thuộc thẩm quyền")
    services.suspend(assignment=rows["suspended"], by=cast.secretary, at=at(3), reason="Chờ kinh phí")
    services.revoke(assignment=rows["revoked"], by=cast.secretary, at=at(3), reason="Giao nhầm")
    rows["received"] = services.transfer(
        assignment=rows["transferred"],
        unit=cast.office,
        by=cast.secretary,
        at=at(4),
        reason="Đúng việc",
        basis="12/TB",
    )
    services.ask_extension(
        assignment=rows["asked"], by=cast.officer, at=at(25), due_on=date(2023, 7, 20), reason="Chưa kịp"
    )
    rows["undated"] = _one(cast, 11, cast.hanoi, due_on=None, deadline_words="tới đây")
    rows["standing"] = _one(
        cast, 12, cast.hanoi, due_on=None, is_standing=True, deadline_words="thường xuyên"
    )
    rows["soon"] = _one(cast, 13, cast.hanoi, due_on=ON + timedelta(days=3))
    joint = cast.issued(lead=cast.hanoi, units=[cast.danang, cast.office], ordinal=14)
    rows["lead"] = joint.assignments.get(part="lead")
    rows["coordinating_danang"] = joint.assignments.get(unit=cast.danang)
    services.confirm(assignment=_submitted(rows["lead"], cast, 20), by=cast.secretary, at=at(26))
    rows["quangnam"] = _one(cast, 15, cast.quangnam, supervisor=None)
    rows["vnpt"] = _one(cast, 16, cast.vnpt, kind=Directive.Kind.REQUEST, supervisor=cast.other_seat)
    for row in rows.values():
        row.refresh_from_db()
    return rows
