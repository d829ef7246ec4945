"""The four cells of every official report, and everything counted from them (DOMAIN §3).

Each assignment lies in at most one bucket:
1. a coordinating part is never counted: it has a column of its own (one taken away has none);
2. suspended, revoked (or ended) and transferred rows are outside the cells, whatever their directive is;
3. so are the parts of standing directives;
4. the rest is counted in the cell that `timeliness` gives.
Hence Tổng giao = được tính + tạm dừng + thu hồi, đã chuyển + thường xuyên.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from operator import add, attrgetter
from typing import Any

from django.db.models import Case, CharField, Count, Q, QuerySet, Value, When

from directives.lifecycle import CLOSED_FOR_UNIT, NOT_LIVE, Status
from directives.models import Assignment
from directives.models.directive import Part
from directives.timeliness import Timeliness, timeliness, timeliness_expression

COUNTED_PARTS = (Part.LEAD, Part.EACH)
EMPTY = "–"


class Bucket(StrEnum):
    """Where an assignment is counted; the values are fields of `Cells`."""

    DONE_ON_TIME = Timeliness.DONE_ON_TIME.value
    DONE_LATE = Timeliness.DONE_LATE.value
    OPEN_IN_TIME = Timeliness.OPEN_IN_TIME.value
    OVERDUE = Timeliness.OVERDUE.value
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    TRANSFERRED = "transferred"
    STANDING = "standing"
    COORDINATING_OPEN = "coordinating_open"
    COORDINATING_CLOSED = "coordinating_closed"


# Whatever the directive is, these are outside the cells.
OUTSIDE: dict[Status, Bucket] = {
    Status.SUSPENDED: Bucket.SUSPENDED,
    Status.TRANSFERRED: Bucket.TRANSFERRED,
    Status.REVOKED: Bucket.REVOKED,
    Status.ENDED: Bucket.REVOKED,
}


@dataclass(frozen=True)
class Cells:
    """How many assignments lie in each bucket, and what reports derive from it. Cells add up with `+`.

    `no_date` are those of `open_in_time` without a due date.
    """

    done_on_time: int = 0
    done_late: int = 0
    open_in_time: int = 0
    no_date: int = 0
    overdue: int = 0
    suspended: int = 0
    revoked: int = 0
    transferred: int = 0
    standing: int = 0
    coordinating_open: int = 0
    coordinating_closed: int = 0

    def __add__(self, other: Cells) -> Cells:
        return Cells(*map(add, self.counts, other.counts))

    @property
    def counts(self) -> tuple[int, ...]:
        """The numbers in the order of the fields: `Cells(*cells.counts)` are the same cells."""
        return _counts(self)

    @property
    def done(self) -> int:
        return self.done_on_time + self.done_late

    @property
    def not_done(self) -> int:
        return self.open_in_time + self.overdue

    @property
    def counted(self) -> int:
        """The denominator: lead and "each" parts of directives not standing, neither stopped nor taken away."""
        return self.done + self.not_done

    @property
    def withdrawn(self) -> int:
        """Thu hồi, đã chuyển."""
        return self.revoked + self.transferred

    @property
    def given(self) -> int:
        """Tổng giao: every lead and "each" part ever given."""
        return self.counted + self.suspended + self.withdrawn + self.standing

    @property
    def coordinating(self) -> int:
        """The column of the coordinating parts, which are never counted."""
        return self.coordinating_open + self.coordinating_closed

    @property
    def done_rate(self) -> float | None:
        """Hoàn thành / được tính; None when nothing is counted."""
        return _share(self.done, self.counted)

    @property
    def on_time_rate(self) -> float | None:
        """Đúng hạn / hoàn thành; None when nothing is done."""
        return _share(self.done_on_time, self.done)

    @property
    def overdue_rate(self) -> float | None:
        """Chưa hoàn thành quá hạn / được tính; None when nothing is counted."""
        return _share(self.overdue, self.counted)


_counts = attrgetter(*(each.name for each in fields(Cells)))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def percent(share: float | None) -> str:
    """Return a share as a Vietnamese reader writes it, "66,7%", or "–" for an empty denominator."""
    return EMPTY if share is None else f"{share:.1%}".replace(".", ",")


def bucket(assignment: Assignment, *, is_standing: bool, on: date) -> Bucket | None:
    """Return where an assignment is counted on a day (Hà Nội); None for a coordinating part taken away."""
    status = assignment.status
    if assignment.part == Part.COORDINATING:
        if status in NOT_LIVE:
            return None
        return Bucket.COORDINATING_CLOSED if status in CLOSED_FOR_UNIT else Bucket.COORDINATING_OPEN
    if status in OUTSIDE:
        return OUTSIDE[Status(status)]
    if is_standing:
        return Bucket.STANDING
    cell = timeliness(assignment, on=on)
    return Bucket(cell.value) if cell else None


# How rows of assignments know whether their directive is standing.
STANDING = Q(directive__is_standing=True)


def bucket_expression(on: date, *, standing: Q = STANDING) -> Case:
    """Return the same as an expression on assignments; NULL for none."""
    coordinating = Q(part=Part.COORDINATING)
    return Case(
        When(coordinating & Q(status__in=NOT_LIVE), then=Value(None)),
        When(coordinating & Q(status__in=CLOSED_FOR_UNIT), then=Value(Bucket.COORDINATING_CLOSED.value)),
        When(coordinating, then=Value(Bucket.COORDINATING_OPEN.value)),
        *(When(status=status, then=Value(found.value)) for status, found in OUTSIDE.items()),
        When(standing, then=Value(Bucket.STANDING.value)),
        default=timeliness_expression(on),
        output_field=CharField(null=True),
    )


class Tally:
    """Cells counted row by row, as rows pass: the twin of `cells`."""

    def __init__(self, *, on: date) -> None:
        self._on = on
        self._counts: Counter[str] = Counter()

    def add(self, assignment: Assignment, *, is_standing: bool) -> None:
        """Count one row, given whether its directive is standing."""
        found = bucket(assignment, is_standing=is_standing, on=self._on)
        if found is not None:
            self._counts[found.value] += 1
        if found == Bucket.OPEN_IN_TIME and assignment.due_on is None:
            self._counts["no_date"] += 1

    @property
    def cells(self) -> Cells:
        return Cells(**self._counts)


def recount(assignments: Iterable[tuple[Assignment, bool]], *, on: date) -> Cells:
    """Return the cells of rows at hand, each with whether its directive is standing."""
    tally = Tally(on=on)
    for assignment, is_standing in assignments:
        tally.add(assignment, is_standing=is_standing)
    return tally.cells


@dataclass(frozen=True)
class Group:
    """The cells, and further counts by name, of the rows that share the values of `key`.

    `rows` counts all of them, those in no bucket too.
    """

    key: tuple[Any, ...]
    rows: int
    cells: Cells
    also: Mapping[str, int] = field(default_factory=dict)


def groups(
    rows: QuerySet[Assignment],
    *,
    on: date,
    by: Sequence[str] = (),
    also: Mapping[str, Q] | None = None,
    standing: Q = STANDING,
) -> list[Group]:
    """Return the cells of the rows grouped by the fields `by`, in no order: one query.

    `also` names conditions that are counted in the same query, so that all figures are of one moment; `standing` tells
    the rows whose directive is.
    """
    also = also or {}
    counted = (
        rows.order_by()
        .annotate(_bucket=bucket_expression(on, standing=standing))
        .values(*by, "_bucket")
        .annotate(_rows=Count("pk"), _undated=Count("pk", filter=Q(due_on__isnull=True)))
        .annotate(**{f"also_{name}": Count("pk", filter=condition) for name, condition in also.items()})
    )
    found: dict[tuple[Any, ...], Group] = {}
    for row in counted:
        key = tuple(row[name] for name in by)
        before = found.get(key, Group(key, 0, Cells(), dict.fromkeys(also, 0)))
        found[key] = Group(
            key,
            before.rows + row["_rows"],
            before.cells + _cells_of(row["_bucket"], row["_rows"], row["_undated"]),
            {name: before.also[name] + row[f"also_{name}"] for name in also},
        )
    return list(found.values())


def _cells_of(bucket_name: str | None, rows: int, undated: int) -> Cells:
    if bucket_name is None:
        return Cells()
    counts = {bucket_name: rows}
    if bucket_name == Bucket.OPEN_IN_TIME:
        counts["no_date"] = undated
    return Cells(**counts)


def total(cells_: Iterable[Cells]) -> Cells:
    """Return the sum: the closing row of a table."""
    columns = zip(*(each.counts for each in cells_), strict=True)
    return Cells(*map(sum, columns))


def cells(rows: QuerySet[Assignment], *, on: date) -> Cells:
    """Return the cells of assignments on a day (Hà Nội): one query."""
    return total(group.cells for group in groups(rows, on=on))
