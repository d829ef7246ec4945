"""The case as it was at a past instant, from the history alone: `Assignment.as_of` and the cells of any past moment.

"As it was" means as it was shown: a version counts from the instant at which the database recorded it, whatever date
it bears (`recorded_at`). `Axis.DATED` reads by the dates of the acts instead, for rows recorded later than they
happened (an import, the demo): what a report of that day ought to have said.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.clock import hanoi_date
from directives.models import Assignment, Directive
from directives.statistics import Cells, Group, groups, total


class Axis(StrEnum):
    """Which time decides; the values are columns of every history."""

    RECORDED = "recorded_at"
    DATED = "history_date"


def as_of(model: Any, instant: datetime, *, axis: Axis = Axis.RECORDED) -> QuerySet[Any]:
    """Return the newest version of each row of a versioned model at an aware instant, rows deleted by then left out.

    The rows are those of the history: `id` is the model's own key, `pk` the version's. What was still being written
    at the instant may be told some milliseconds before it could be seen: it is recorded before it is committed.
    """
    history = model.history.model
    known = history.objects.filter(**{f"{axis}__lte": instant})
    # A deletion bears the version of the row it deletes.
    newer = Q(version__gt=OuterRef("version")) | Q(
        version=OuterRef("version"), history_id__gt=OuterRef("history_id")
    )
    # Not the first of each row by DISTINCT ON: what that finds would be looked for a second time, one by one.
    rows: QuerySet[Any] = known.exclude(Exists(known.filter(newer, id=OuterRef("id"))))
    return rows.exclude(history_type="-").order_by("id")


def groups_as_of(
    instant: datetime,
    *,
    by: Sequence[str] = (),
    on: date | None = None,
    axis: Axis = Axis.RECORDED,
    among: QuerySet[Assignment] | None = None,
) -> list[Group]:
    """Return the cells of the assignments as they were at an instant, grouped by fields of theirs: one query.

    `on` is the day (Hà Nội) for which timeliness is told, that of the instant when not given. `among` limits it to
    assignments that are in it today (what a person sees). Whether a directive was standing is read as of then, too;
    other fields of the directive that `by` names are those of today.
    """
    rows = as_of(Assignment, instant, axis=axis)
    if among is not None:
        rows = rows.filter(id__in=among.order_by().values("pk"))
    standing = as_of(Directive, instant, axis=axis).filter(is_standing=True).values("id")
    return groups(rows, on=on or hanoi_date(instant), by=by, standing=Q(directive_id__in=standing))


def cells_as_of(
    instant: datetime,
    *,
    on: date | None = None,
    axis: Axis = Axis.RECORDED,
    among: QuerySet[Assignment] | None = None,
) -> Cells:
    """Return the cells as they were at an instant (see `groups_as_of`)."""
    return total(group.cells for group in groups_as_of(instant, on=on, axis=axis, among=among))
