"""A page of a long list that is seen for several reasons: each reason is looked for by the index that serves it.

Of "mine, or of a unit below and not restricted, or the lead's of what mine coordinates" PostgreSQL reads all rows.
Asked for the first rows of each and then for the first of these, it reads a few of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy, RawSQL

from directives.models import Assignment
from steering.models import Unit

# Of the assignment itself; what else rows are ordered by is joined.
_PLAIN = ("pk", "due_on", "progress", "unit", "directive")


def _of_units(child: Any) -> Any:
    if isinstance(child, tuple) and child[0] == "unit__among" and len(child[1]) > 1:
        return "unit__in", Unit.objects.filter(pk__among=child[1])
    return child


@dataclass(frozen=True)
class Order:
    """What rows are ordered by, the last being unique; rows without the first (`nullable`) come last either way."""

    keys: tuple[str, ...]
    is_descending: bool = False
    nullable: bool = False

    def expressions(self) -> list[OrderBy]:
        """Return the order for `QuerySet.order_by`."""
        return [
            self._by(F(key), nulls_last=(self.nullable and number == 0) or None)
            for number, key in enumerate(self.keys)
        ]

    def _by(self, key: F, *, nulls_last: bool | None) -> OrderBy:
        return key.desc(nulls_last=nulls_last) if self.is_descending else key.asc(nulls_last=nulls_last)

    def suited(self, reason: Q) -> Q:
        """Return a reason in the form that the order is found by: where units are gone through in order, hundreds of
        them are chosen there and not in the rows of each."""
        if self.keys[0] != "unit__order" or reason.connector != Q.AND or reason.negated:
            return reason
        return Q(*(_of_units(child) for child in reason.children))

    def sql(self) -> str:
        """Return the order for columns of these names."""
        way = "DESC" if self.is_descending else "ASC"
        return ", ".join(f"{key} {way}" for key in self.keys)

    def nulls_last_sql(self) -> str:
        """Return the same, those without the first last either way."""
        first, *others = self.sql().split(", ")
        return ", ".join([f"{first} NULLS LAST", *others])

    def ways(self) -> Iterator[str]:
        """Give the conditions under which an index serves the order, either way read: together they are everything."""
        if self.nullable and self.is_descending:
            # An index that is read backwards has first those without: they are asked for by themselves.
            yield f"WHERE {self.keys[0]} IS NOT NULL"
            yield f"WHERE {self.keys[0]} IS NULL"
        else:
            yield ""


_Piece = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Parts:
    """Rows of a list by the reasons for which they are seen: together all of them, each for one reason or several."""

    reasons: Sequence[QuerySet[Assignment]]
    _compiled: dict[tuple[str, ...], list[_Piece]] = field(default_factory=dict)

    def page(self, order: Order, *, first: int, size: int) -> RawSQL | None:
        """Return the ids of a page, as the other side of `pk__in`, `first` rows left out; None when there is nothing to
        look in."""
        found = self._first(order, first + size)
        if found is None:
            return None
        sql, params = found
        return RawSQL(  # noqa: S611 – compiled by Django, and column names of our own
            f"SELECT pk FROM ({sql}) found ORDER BY {order.nulls_last_sql()} LIMIT %s OFFSET %s",  # noqa: S608
            [*params, size, first],
        )

    def page_of_few(
        self, order: Order, *, first: int, size: int, most: int, again: bool = False
    ) -> tuple[list[int], int]:
        """Return the ids of a page, unordered, and how many rows there are in all, at most `most`. One query.

        As `page`, for rows that are few and may lie together: all of them are found first and ordered afterwards, not
        met on the way. `again` finds them once more to be counted, which is sooner done than to keep tens of thousands
        that are found easily.
        """
        found = self._together(order.keys, [""])
        if found is None:
            return [], 0
        sql, params = found
        page = f"SELECT pk FROM {{}} ORDER BY {order.nulls_last_sql()} LIMIT %s OFFSET %s"  # noqa: S608
        if again and len(self.reasons) == 1:
            ids, counted = self._asked(
                f"SELECT ARRAY({page.format(f'({sql} OFFSET 0) found')}),"  # noqa: S608
                f" (SELECT count(*) FROM ({sql} LIMIT %s) found)",
                [*params, size, first, *params, most],
            )
            return ids, counted
        ids, counted = self._asked(
            f"WITH found AS MATERIALIZED ({sql})"  # noqa: S608
            f" SELECT ARRAY({page.format('found')}), (SELECT count(*) FROM found)",
            [*params, size, first],
        )
        return ids, min(counted, most)

    def count(self, *, most: int, by_directive: bool = False) -> int:
        """Return how many rows there are, at most `most`; `by_directive` when all rows of few directives are asked
        for."""
        # Lest all rows be read to find the first that suit: in the order of days each status and span of days is
        # together, and one directive's rows are not.
        together = "directive" if by_directive else "due_on"
        found = self._together((together, "pk"), [f"ORDER BY {together} LIMIT {most}"])
        if found is None:
            return 0
        sql, params = found
        (counted,) = self._asked(
            f"SELECT count(*) FROM (SELECT 1 FROM ({sql}) found LIMIT %s) counted",  # noqa: S608
            [*params, most],
        )
        return int(counted)

    def _first(self, order: Order, most: int) -> _Piece | None:
        """The keys of those that are among the first rows of a part."""
        return self._together(
            order.keys, [f"{way} ORDER BY {order.sql()} LIMIT {most}" for way in order.ways()]
        )

    def _together(self, keys: tuple[str, ...], endings: Sequence[str]) -> _Piece | None:
        """The keys of the rows of all parts, each once; of each part what the endings say, one after the other. None
        when there is nothing to look in."""
        joined = tuple(key for key in keys if key not in _PLAIN)
        if joined not in self._compiled:
            self._compiled[joined] = list(self._compile(joined))
        pieces = self._compiled[joined]
        columns, shown = ", ".join((*_PLAIN, *joined)), ", ".join(keys)
        selects = [
            f"(SELECT {shown} FROM ({sql}) AS piece({columns}) {ending})"  # noqa: S608
            for sql, _params in pieces
            for ending in endings
        ]
        params = [value for _sql, values in pieces for _ending in endings for value in values]
        return (" UNION ".join(selects), tuple(params)) if selects else None

    def _compile(self, joined: tuple[str, ...]) -> Iterator[_Piece]:
        for reason in self.reasons:
            # Of conditions that exclude each other nothing is found, and no SQL made.
            with suppress(EmptyResultSet):
                yield reason.order_by().values_list(*_PLAIN, *joined).query.sql_with_params()

    def _asked(self, sql: str, params: Sequence[Any]) -> tuple[Any, ...]:
        with connections[self.reasons[0].db].cursor() as cursor:
            cursor.execute(sql, params)
            row: tuple[Any, ...] = cursor.fetchone()
        return row
