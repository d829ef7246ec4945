"""The search box: every word typed must be found, in any order, case and spelling, with or without accents.

A word is looked for in the folded columns of the directive (code, content, deliverable), of its document (number,
subject, issuer) and of the unit: all its names, aliases and code, and those of the units that took over from it, so
that both former and present names find. Each word is resolved to directives, documents and units by their trigram
indexes; nothing is joined. Of what a person reads only by opening it, which is logged, no more is looked into than
lists show (code, number, issuer): asking would tell the content word by word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TypeVar

from django.db.models import Q, QuerySet

from accounts.text import words
from directives.density import is_few, rows_of_directive, sees_units_only
from directives.document_number import parse_number
from directives.meanings import Meanings, looked_into, meanings
from directives.models import Assignment, Directive, Document
from directives.rights import Rights
from directives.sight import NOTHING

# "828qd" for "828/QĐ": figures and letters of a number typed without what stands between them.
_GLUED_RE = re.compile(r"^([0-9]+)([^\W\d_]+)$")

Found = TypeVar("Found", Directive, Document)


def search(
    rows: QuerySet[Found], query: str, *, held: Rights, assignments: QuerySet[Assignment] | None = None
) -> QuerySet[Found]:
    """Return those of the rows in which every word of the query is found; all of them for an empty query.

    Rows are directives or documents, already narrowed to what the person sees whose rights are `held`. A directive is
    found by its units only when `assignments` says which parts in it the person sees.
    """
    if not query.strip():
        return rows
    asked = _words(query)
    if not asked:
        return rows.none()
    if rows.model is Document:
        rows = rows.alias(looked=looked_into(Document, held))
        return rows.filter(*(Q(looked__contains=word) for word in asked))
    found = meanings(asked, held=held)
    for place, _word in enumerate(asked):
        told = Q(pk__among=_meant(found.directives, place))
        if assignments is not None:
            parts = assignments.order_by().filter(unit__among=_meant(found.units, place))
            told |= Q(pk__in=parts.values("directive"))
        rows = rows.filter(told)
    return rows


def _meant(means: Mapping[int, frozenset[int]], place: int) -> frozenset[int]:
    return frozenset().union(*(ids for bits, ids in means.items() if bits & (1 << place)))


@dataclass(frozen=True)
class Searched:
    """Which assignments a query finds; `few` says that they are few among all, and may lie together, `comes_first` that
    they are fewer than those of the units that the person sees, `of_directives` that they are all those of some."""

    condition: Q
    few: bool = False
    comes_first: bool = False
    of_directives: bool = False


def searched(query: str, *, held: Rights) -> Searched:
    """Return the condition of the assignments in which every word of the query is found.

    One query finds the directives and units that each word means, few against the assignments; these are then
    looked for by their ids. Where a word means nothing no assignment is looked at.
    """
    if not query.strip():
        return Searched(Q())
    asked = _words(query)
    if not asked:
        return Searched(NOTHING)
    return _all_of(meanings(asked, held=held), (1 << len(asked)) - 1, held)


def _all_of(found: Meanings, every: int, held: Rights) -> Searched:
    """That each word (a bit of `every`) means the directive or the unit: together those units to which the same
    directives say what is missing."""
    directives, units = dict(found.directives), found.units
    # A directive that all words mean is found whatever the unit.
    alone = directives.pop(every, frozenset())
    alike: dict[frozenset[int], set[int]] = {}
    for bits, of_bits in units.items():
        if bits != every:
            more = frozenset(other for other in directives if bits | other == every)
            alike.setdefault(more, set()).update(of_bits)
    ways = [Q(directive__among=alone), Q(unit__among=units.get(every, ()))]
    both = 0
    for more, some in alike.items():
        among = {pk for bits in more for pk in directives[bits]}
        if among:
            ways.append(Q(unit__among=some, directive__among=among))
            both += len(among) * len(some)
    of_directives = not (both or units.get(every))
    by_units = len(units.get(every, ())) * found.of_unit + both
    assignments = len(alone) * rows_of_directive(held, found.of_directive) + by_units
    few = is_few(held, assignments, of_directives=of_directives)
    # Else the units that the person sees tell more than the words.
    comes_first = (
        sees_units_only(held)
        and len(alone) * found.of_directive < by_units < len(held.sees) * found.of_unit // 2
    )
    return Searched(reduce(or_, ways, NOTHING), few, few and comes_first, of_directives)


def _words(query: str) -> tuple[str, ...]:
    """Return the words of a query; those of a whole document number are read as it is written on paper."""
    with suppress(ValueError):
        query = str(parse_number(query))
    parts: list[str] = []
    for word in words(query):
        glued = _GLUED_RE.match(word)
        parts += glued.groups() if glued else (word,)
    return tuple(dict.fromkeys(parts))
