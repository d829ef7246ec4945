"""The one table of who sees a directive, and how much of a restricted one: role × relation × restricted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from directives.models import Assignment, Directive
from directives.rights import Rights

NOTHING = Q(pk__in=[])
# Not Q(): Django drops an empty Q from an "or", and what was everything would become the rest of it.
EVERYTHING = ~NOTHING


class Relation(TextChoices):
    """What a person is to a directive: why they see it."""

    SECRETARIAT = "secretariat", _("Tổ thư ký của Ban Chỉ đạo")
    CHAIR = "chair", _("Trưởng ban hoặc Phó Trưởng ban thường trực")
    LEADER = "leader", _("Lãnh đạo Ban")
    SUPERVISOR = "supervisor", _("Thành viên Ban Chỉ đạo phụ trách")
    UNIT = "unit", _("Đơn vị được giao hoặc kế thừa")
    SUPERIOR = "superior", _("Đơn vị cấp trên của đơn vị được giao")
    GRANT = "grant", _("Được cấp quyền xem")
    AUDITOR = "auditor", _("Kiểm tra, giám sát")
    ADMINISTRATOR = "administrator", _("Quản trị hệ thống")


class Sight(StrEnum):
    """How much of a directive is seen."""

    NONE = "nothing"
    LOGGED = "that it exists and its history; opening the content is logged"
    ALL = "all"


@dataclass(frozen=True)
class Way:
    """A row of the table: who has `field` of a directive among the ids of `held` (a name in `Rights`) sees it.

    `held` may name a yes or no instead; then `field` is empty. `restricted` is what such a person sees of a restricted
    directive, `drafts` whether they see it before it is given.
    """

    relation: Relation
    roles: tuple[Role, ...]
    held: str
    field: str
    restricted: Sight
    drafts: bool = False


_HELPED = (Role.LEADER, Role.MEMBER)
_UNIT_ROLES = (Role.UNIT_HEAD, Role.UNIT_OFFICER)
# The one table of who sees a directive (docs/access.md): role × relation × restricted.
WAYS: tuple[Way, ...] = (
    Way(Relation.SECRETARIAT, (Role.SECRETARIAT,), "secretariat_of", "committee", Sight.ALL, drafts=True),
    Way(Relation.CHAIR, (Role.LEADER,), "leads_restricted", "committee", Sight.ALL),
    Way(Relation.LEADER, (Role.LEADER,), "leads", "committee", Sight.NONE),
    Way(Relation.SUPERVISOR, _HELPED, "seats", "supervisor", Sight.ALL),
    Way(Relation.UNIT, _UNIT_ROLES, "own", "units", Sight.ALL),
    Way(Relation.SUPERIOR, _UNIT_ROLES, "below", "units", Sight.NONE),
    Way(Relation.GRANT, tuple(Role), "directives", "pk", Sight.ALL),
    Way(Relation.AUDITOR, (Role.AUDITOR,), "auditor", "", Sight.LOGGED, drafts=True),
    Way(Relation.ADMINISTRATOR, (Role.ADMINISTRATOR,), "administrator", "", Sight.NONE, drafts=True),
)


@dataclass(frozen=True)
class Facts:
    """What the table asks of a directive; `values` are ids by the `field` of a row."""

    values: Mapping[str, frozenset[int]]
    is_restricted: bool
    is_draft: bool


def opens(way: Way, held: Rights, facts: Facts) -> bool:
    """Return whether a row of the table shows a directive to who has these rights: `apart` for one directive."""
    if (facts.is_draft and not way.drafts) or (facts.is_restricted and way.restricted is Sight.NONE):
        return False
    ids = getattr(held, way.held)
    return bool(ids & facts.values[way.field]) if way.field else bool(ids)


def facts(directive: Directive, *, units: frozenset[int] = frozenset()) -> Facts:
    """Return what the table asks of a directive; `units` are the ids of those it was given to and of who answers."""
    values = {
        "committee": frozenset({directive.committee_id}),
        "supervisor": frozenset(filter(None, [directive.supervisor_id])),
        "pk": frozenset({directive.pk}),
        "units": units,
    }
    return Facts(values, directive.is_restricted, directive.state == Directive.State.DRAFT)


def is_logged(directive: Directive, held: Rights) -> bool:
    """Return whether a person who sees the directive knows its content only by opening it, which is logged."""
    if not (directive.is_restricted and held.auditor):
        return False
    asked = facts(directive)
    return not any(opens(way, held, asked) for way in WAYS if way.restricted is Sight.ALL)


def reads(held: Rights, asked: Facts) -> bool:
    """Return whether who has these rights reads a directive's content wherever it is told, without a log of it."""
    return any(
        opens(way, held, asked)
        for way in WAYS
        if getattr(held, way.held) and (not asked.is_restricted or way.restricted is Sight.ALL)
    )


NO_IDS: frozenset[int] = frozenset()


@dataclass(frozen=True)
class _Alike:
    """What a person's rows of the table about one field say together: a directive is seen whose field is among `ids`,
    a restricted one whose is among `fully`, a draft only with `drafts`. Without a field both are yes or no."""

    field: str
    drafts: bool
    ids: Any
    fully: Any


def _alike(held: Rights, fields: Sequence[str]) -> list[_Alike]:
    """Return what a person's rows of the table say, those together that ask for the same field."""
    found: dict[tuple[str, bool], _Alike] = {}
    for way in WAYS:
        ids = getattr(held, way.held)
        if not ids or (fields and way.field not in fields):
            continue
        key = way.field, way.drafts
        before = found.get(key) or _Alike(*key, NO_IDS, NO_IDS)
        full = NO_IDS if way.restricted is Sight.NONE else ids
        found[key] = _Alike(*key, _either(before.ids, ids), _either(before.fully, full))
    rows = list(found.values())
    return [row for row in rows if not any(_covers(other, row) for other in rows)]


def _either(one: Any, other: Any) -> Any:
    """Of two yes or no, or of two sets of ids."""
    return one | other if one and other else one or other


def _covers(other: _Alike, row: _Alike) -> bool:
    """Whether rows of the same field that show drafts show the person all that these do."""
    if other.field != row.field or not (other.drafts and not row.drafts):
        return False
    return not row.field or (row.ids <= other.fully)


def _shown(row: _Alike, prefix: str) -> list[Q]:
    """What such rows show, as conditions of which one must hold; `prefix` leads to the directive."""
    shown = _among(row.field, row.ids, prefix)
    if row.ids != row.fully:
        told = Q(**{f"{prefix}is_restricted": False})
        full = _among(row.field, row.fully, prefix) if row.fully else [NOTHING] * len(shown)
        shown = [every & (told | part) for every, part in zip(shown, full, strict=True)]
    # A draft has no units yet.
    if not row.drafts and row.field != "units":
        shown = [part & ~Q(**{f"{prefix}state": Directive.State.DRAFT}) for part in shown]
    return shown


def _among(field: str, ids: Any, prefix: str) -> list[Q]:
    if field == "units":
        given = [Q(unit__among=ids), Q(answering_unit__among=ids)]
        if prefix:
            return given
        parts = Assignment.objects.order_by().filter(directive=OuterRef("pk"))
        return [Q(Exists(parts.filter(one))) for one in given]
    return [Q(**{f"{prefix}{field}__in": ids})] if field else [EVERYTHING]


def apart(held: Rights, prefix: str, *fields: str) -> list[Q]:
    """Return what `ways` returns as the conditions of which one must hold: each may be looked for by its own index."""
    found = [part for row in _alike(held, fields) for part in _shown(row, prefix)]
    return [EVERYTHING] if EVERYTHING in found else found


def ways(held: Rights, prefix: str, *fields: str) -> Q:
    """Return what the rows of the table about these fields (none: all rows) show together, as a condition.

    `prefix` leads to the directive: "" for directives, "directive__" for assignments.
    """
    return reduce(or_, apart(held, prefix, *fields), NOTHING)


# A document is as restricted as what it tells: one that gives only restricted directives is.
_TELLS = Directive.objects.filter(document=OuterRef("pk"))
ONLY_RESTRICTED = Exists(_TELLS.filter(is_restricted=True)) & ~Exists(_TELLS.filter(is_restricted=False))


def logged_directives(held: Rights) -> Q:
    """Return the condition of the directives whose content a person knows only by opening it: `is_logged`."""
    if not held.auditor:
        return NOTHING
    # By what a directive itself says, as in `facts`: its units are not asked.
    return Q(is_restricted=True) & ~ways(held, "", "committee", "supervisor", "pk")


def logged_documents(held: Rights) -> Q:
    """Return the condition of the documents that tell nothing but what is restricted, and something so known."""
    if not held.auditor:
        return NOTHING
    return Q(ONLY_RESTRICTED) & Q(Exists(_TELLS.filter(logged_directives(held))))
