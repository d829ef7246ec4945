"""Who sees a directive, and why: what gives each person rights, held against the table of `directives.access`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from accounts.models import User
from directives.models import Assignment, Directive
from directives.rights import Rights, Source, sources
from directives.sight import WAYS, Facts, Relation, Way, facts, opens


@dataclass(frozen=True)
class Reason:
    """A row of the table by which somebody sees, and the role or dated row that it rests on."""

    way: Way
    source: Source


@dataclass(frozen=True)
class Viewer:
    """A person with every reason for which they see a directive."""

    user: User
    reasons: list[Reason]


def viewers(directive: Directive, *, on: date) -> list[Viewer]:
    """Return the persons who see a directive on a day (Hà Nội), by name; at most ten queries, however many they are.

    They are those for whom `visible_to` contains it: both read one table.
    """
    asked = facts(directive, units=_units(directive))
    people = list(User.objects.filter(is_active=True).prefetch_related("groups").order_by("name_key", "pk"))
    held = sources(people, on=on)
    found = (Viewer(user, _reasons(held[user.pk], asked)) for user in people)
    return [viewer for viewer in found if viewer.reasons]


def _units(directive: Directive) -> frozenset[int]:
    rows = Assignment.objects.filter(directive=directive).values_list("unit_id", "answering_unit_id")
    return frozenset(unit for row in rows for unit in row if unit is not None)


def _reasons(held: Iterable[Source], asked: Facts) -> list[Reason]:
    return [
        Reason(way, source)
        for source in held
        for way in ways_of(source.gives)
        if opens(way, source.gives, asked)
    ]


def ways_of(gives: Rights) -> list[Way]:
    """Return the rows of the table that a source opens at all; a chair's says what a leader's would."""
    found = [way for way in WAYS if getattr(gives, way.held)]
    chairs = any(way.relation is Relation.CHAIR for way in found)
    return [way for way in found if not (chairs and way.relation is Relation.LEADER)]
