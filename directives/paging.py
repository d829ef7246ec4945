"""A page of a long list that is seen for several reasons: each reason is looked for by the index that serves it.

Of "mine, or of a unit below and not restricted, or the lead's of what mine coordinates" PostgreSQL reads all rows.
Asked for the first rows of each and then for the first of these, it reads a few of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy, RawSQL

from directives.models import Assignment
from steering.models import Unit


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
            self._by(F(key), nulls_last=self.nullable and number == 0) for number, key in enumerate(self.keys)
        ]

    def _by(self, key: F, *, nulls_last: bool) -> OrderBy:
        last = nulls_last or None
        return key.desc(nulls_last=last) if self.is_descending else key.asc(nulls_last=last)

    def suited(self, reason: Q) -> Q:
        """Return a reason in the form that the order is found by: where units are gone through in order, hundreds of
        them are chosen there and not in the rows of each."""
        if self.keys[0] != "unit__order" or reason.connector != Q.AND or reason.negated:
            return reason
        return Q(*(_of_units(child) for child in reason.children))

    def first_of(self, rows: QuerySet[Assignment]) -> list[QuerySet[Assignment]]:
        """Return the rows in this order, in one or two parts that an index serves read forwards or backwards."""
        plain = [self._by(F(key), nulls_last=False) for key in self.keys]
        if not (self.nullable and self.is_descending):
            return [rows.order_by(*plain)]
        # An index that is read backwards has first those without: they are asked for by themselves.
        without = Q(**{f"{self.keys[0]}__isnull": True})
        return [rows.filter(~without).order_by(*plain), rows.filter(without).order_by(*plain)]

    @property
    def unique(self) -> str:
        """The column that the last key is."""
        return f"k{len(self.keys) - 1}"

    def sql(self) -> str:
        """Return the order for the columns k0, k1 …"""
        way = "DESC NULLS LAST" if self.is_descending else "ASC NULLS LAST"
        return ", ".join(f"k{number} {way}" for number, _ in enumerate(self.keys))


def page(parts: Sequence[QuerySet[Assignment]], order: Order, *, first: int, size: int) -> RawSQL | None:
    """Return the ids of a page, as the other side of `pk__in`; None when there is nothing to look in.

    `parts` together hold the rows, each of them once or in several; `first` rows are left out.
    """
    pieces = [piece[: first + size] for part in parts for piece in order.first_of(part)]
    found = _together(pieces, order.keys)
    if found is None:
        return None
    sql, params = found
    return RawSQL(  # noqa: S611 – compiled by Django, and column names of our own
        f"SELECT {order.unique} FROM ({sql}) found ORDER BY {order.sql()} LIMIT %s OFFSET %s",  # noqa: S608
        [*params, size, first],
    )


def page_of_few(
    parts: Sequence[QuerySet[Assignment]], order: Order, *, first: int, size: int
) -> tuple[list[int], int]:
    """Return the ids of a page, unordered, and how many rows there are in all. One query.

    As `page`, for rows that are few and may lie together: all of them are found first and ordered afterwards, not met
    on the way.
    """
    found = _together([part.order_by() for part in parts], order.keys)
    if found is None:
        return [], 0
    sql, params = found
    with connections[parts[0].db].cursor() as cursor:
        cursor.execute(
            f"WITH found AS MATERIALIZED ({sql}) SELECT"  # noqa: S608
            f" ARRAY(SELECT {order.unique} FROM found ORDER BY {order.sql()} LIMIT %s OFFSET %s),"
            " (SELECT count(*) FROM found)",
            [*params, size, first],
        )
        ids, count_of_all = cursor.fetchone()
    return ids, count_of_all


def count(parts: Sequence[QuerySet[Assignment]], *, most: int, by_directive: bool = False) -> int:
    """Return how many rows the parts together hold, at most `most`; `by_directive` when all rows of few directives
    are asked for."""
    # In an order, lest all rows be read to find the first that suit; in that of days each status and span of days is
    # together, and one directive's rows are not.
    keys = ("directive_id", "pk") if by_directive else ("due_on", "pk")
    found = _together([part.order_by(*keys)[:most] for part in parts], keys)
    if found is None:
        return 0
    sql, params = found
    with connections[parts[0].db].cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM ({sql}) found LIMIT %s) counted",  # noqa: S608
            [*params, most],
        )
        (counted,) = cursor.fetchone()
    return int(counted)


def _together(
    pieces: Sequence[QuerySet[Assignment]], keys: tuple[str, ...]
) -> tuple[str, tuple[Any, ...]] | None:
    """The keys of the rows of all pieces, each once, as columns k0, k1 …; None when there is nothing to look in."""
    columns = ", ".join(f"k{number}" for number, _ in enumerate(keys))
    selects: list[str] = []
    params: list[Any] = []
    for piece in pieces:
        # Of conditions that exclude each other nothing is found, and no SQL made.
        with suppress(EmptyResultSet):
            sql, values = piece.values_list(*keys).query.sql_with_params()
            selects.append(f"(SELECT * FROM ({sql}) AS piece({columns}))")  # noqa: S608
            params += values
    return (" UNION ".join(selects), tuple(params)) if selects else None
