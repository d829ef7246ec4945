"""What a weekly letter counts: the cells now and a week ago, what changed between, and the lines that matter most.

Everything is grouped by the database and streamed by directive, so that it costs no more memory however many units a
directive was given to. A week ago is read by the dates of the acts (`Axis.DATED`): rows that were imported since are no
news of the week.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import RowNumber
from django.db.models.lookups import Exact

from accounts.clock import hanoi_date
from directives.as_of import Axis, as_of
from directives.lists import COUNTED
from directives.models import Assignment, Directive
from directives.reminders.digest import NAMED_UNITS
from directives.statistics import STANDING, Bucket, Cells, bucket_expression, total
from directives.timeliness import due_soon, overdue

AXIS = Axis.DATED
# Lines of the letter: all of them, of these kept for what is due soon, and those of each list of changes.
MAX_LINES = 30
SOON_LINES = 5
CHANGED_LINES = 5
NO_DATE = "no_date"
_OPEN = (Bucket.OPEN_IN_TIME.value, NO_DATE)
_DONE = (Bucket.DONE_ON_TIME.value, Bucket.DONE_LATE.value)


class Change(StrEnum):
    """What may have happened to an assignment since last week; each list of the letter is one."""

    COMPLETED = "completed"
    OVERDUE = "overdue"
    GIVEN = "given"


@dataclass
class Changes:
    """How many assignments changed so, and the directives with most of them as (assignments, directive)."""

    count: int = 0
    most: list[tuple[int, int]] = field(default_factory=list)

    def add(self, directive: int, count: int) -> None:
        """Count a directive; of equals the earlier given stays."""
        self.count += count
        heapq.heappush(self.most, (count, -directive))
        if len(self.most) > CHANGED_LINES:
            heapq.heappop(self.most)

    @property
    def lines(self) -> list[tuple[int, int]]:
        """(directive, assignments), most first."""
        return [(-directive, count) for count, directive in sorted(self.most, reverse=True)]


@dataclass(frozen=True)
class Told:
    """One line: the assignments of a directive that are overdue, or due soon; `first` is the one due first, `units` the
    names of the first of them in official order."""

    directive: int
    count: int
    due_on: date
    same_day: bool
    first: Assignment
    units: tuple[str, ...]


@dataclass(frozen=True)
class Lines:
    """`count` assignments, of which `told` shows the most urgent."""

    count: int
    told: tuple[Told, ...]

    @property
    def left_out(self) -> int:
        """How many assignments stand in no line."""
        return self.count - sum(line.count for line in self.told)


@dataclass(frozen=True)
class Week:
    """The facts of one letter: cells now, at `since`, and by the seat that supervises (None: nobody)."""

    since: datetime
    now: Cells
    then: Cells
    by_seat: dict[int | None, Cells]
    changes: dict[Change, Changes]
    overdue: Lines
    soon: Lines
    tells_restricted: bool

    @property
    def is_worth_telling(self) -> bool:
        """Whether anything is open or has changed."""
        return bool(self.now.not_done or self.now != self.then)

    @property
    def directives(self) -> set[int]:
        """The directives that some line names."""
        listed = {line.directive for lines in (self.overdue, self.soon) for line in lines.told}
        return listed | {pk for change in self.changes.values() for pk, _count in change.lines}


def week(rows: QuerySet[Assignment], *, on: date, since: datetime) -> Week:
    """Return the facts about these assignments on a day (Hà Nội), compared with the instant `since`.

    Eight queries at most, however many assignments there are.
    """
    now, then = Counter[str](), Counter[str]()
    by_seat: dict[int | None, Counter[str]] = {}
    changes = {change: Changes() for change in Change}
    for directive, seat, moves in _moves(rows, on=on, since=since):
        changed = Counter[Change]()
        for (was, became), count in moves.items():
            then[was] += count
            now[became] += count
            by_seat.setdefault(seat, Counter())[became] += count
            changed.update(dict.fromkeys(_changes(was, became), count))
        for change, count in changed.items():
            changes[change].add(directive, count)
    figures = _cells(now)
    late = _lines(rows.filter(COUNTED & overdue(on)), count=figures.overdue, most=MAX_LINES - SOON_LINES)
    due = rows.filter(COUNTED & due_soon(on))
    soon = _lines(due, count=due.count(), most=MAX_LINES - len(late.told))
    return Week(
        since=since,
        now=figures,
        then=_cells(then),
        by_seat={seat: _cells(counts) for seat, counts in by_seat.items()},
        changes=changes,
        overdue=late,
        soon=soon,
        tells_restricted=rows.filter(directive__is_restricted=True).exists(),
    )


# Where the assignments of a directive lay and lie, "" for in no bucket: how many moved so.
Moves = Counter[tuple[str, str]]


def _moves(
    rows: QuerySet[Assignment], *, on: date, since: datetime
) -> Iterator[tuple[int, int | None, Moves]]:
    """Yield directive, supervising seat and moves; one query, of which one directive at a time is in memory."""
    history = Assignment.history.model.objects.filter(id=OuterRef("pk"))
    before = hanoi_date(since)
    was_standing = Q(
        directive_id__in=as_of(Directive, since, axis=AXIS).filter(is_standing=True).values("id")
    )
    newest = history.filter(**{f"{AXIS}__lte": since}).order_by("-version", "-history_id")
    then = Subquery(newest.annotate(_cell=_cell(before, was_standing)).values("_cell")[:1])
    # What has no later version was then as it is now; only the few others are looked up, one by one.
    changed = Exists(history.filter(**{f"{AXIS}__gt": since}))
    counted = (
        rows.order_by()
        .annotate(_now=_cell(on, STANDING))
        .annotate(_then=Case(When(changed, then=then), default=_cell(before, was_standing)))
        .values_list("directive_id", "directive__supervisor_id", "_then", "_now")
        .annotate(_rows=Count("pk"))
        .order_by("directive_id")
    )
    for (directive, seat), found in groupby(counted.iterator(), key=itemgetter(0, 1)):
        moves = Moves()
        for _directive, _seat, was, became, count in found:
            moves[was or "", became or ""] += count
        yield directive, seat, moves


def _cell(on: date, standing: Q) -> Case:
    """The bucket of a row; open in time without a date has a name of its own."""
    bucket = bucket_expression(on, standing=standing)
    undated = Q(due_on__isnull=True) & Q(Exact(bucket, Value(Bucket.OPEN_IN_TIME.value)))
    return Case(When(undated, then=Value(NO_DATE)), default=bucket, output_field=CharField())


def _cells(counts: Counter[str]) -> Cells:
    known = {name: count for name, count in counts.items() if name}
    if known.get(NO_DATE):
        known[Bucket.OPEN_IN_TIME.value] = known.get(Bucket.OPEN_IN_TIME.value, 0) + known[NO_DATE]
    return Cells(**known)


def _changes(was: str, became: str) -> Iterable[Change]:
    if became in _DONE and was not in _DONE:
        yield Change.COMPLETED
    if became == Bucket.OVERDUE.value != was:
        yield Change.OVERDUE
    if not was and became in (*_DONE, *_OPEN, Bucket.OVERDUE.value):
        yield Change.GIVEN


def _lines(rows: QuerySet[Assignment], *, count: int, most: int) -> Lines:
    """The directives with the earliest dates first."""
    by_directive = (
        rows.order_by()
        .values("directive_id")
        .annotate(_rows=Count("pk"), _first=Min("due_on"), _last=Max("due_on"))
        .order_by("_first", "directive_id")
    )
    found = list(by_directive[:most])
    shown: dict[int, list[Assignment]] = {row["directive_id"]: [] for row in found}
    for row in _named(rows.filter(directive__in=shown)):
        shown[row.directive_id].append(row)
    return Lines(
        count=count,
        told=tuple(_told(row, shown[row["directive_id"]]) for row in found),
    )


def _told(row: Mapping[str, Any], named: list[Assignment]) -> Told:
    in_order = sorted(named, key=lambda one: (one.unit.order, one.unit_id))[:NAMED_UNITS]
    return Told(
        directive=row["directive_id"],
        count=row["_rows"],
        due_on=row["_first"],
        same_day=row["_first"] == row["_last"],
        first=min(named, key=lambda one: (one.due_on or date.max, one.pk)),
        units=tuple(one.unit.name for one in in_order),
    )


def _named(rows: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Of each directive the assignments that a line names: the first in official order, and the one due first."""
    return (
        rows.order_by()
        .annotate(
            _turn=Window(RowNumber(), partition_by=[F("directive_id")], order_by=["unit__order", "unit_id"]),
            _urgency=Window(RowNumber(), partition_by=[F("directive_id")], order_by=["due_on", "pk"]),
        )
        .filter(Q(_turn__lte=NAMED_UNITS) | Q(_urgency=1))
        .select_related("unit")
        .only(
            "directive_id",
            "due_on",
            "original_due_on",
            "submitted_on",
            "completed_on",
            "status",
            "progress",
            "part",
            "unit__name",
            "unit__order",
        )
    )


def of_seats(found: Week, seats: Iterable[int]) -> Cells:
    """Return the cells of what these seats supervise."""
    return total(found.by_seat.get(seat, Cells()) for seat in seats)
