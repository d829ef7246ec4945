"""Who sees what and who may do what: the one place that knows.

Every list, detail, choice, file, figure and mail starts from `visible_to`; every change asks `can`.
Not visible: 404. Visible but not allowed: 403.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Role
from directives.lifecycle import NOT_LIVE, TRANSITIONS, Verb, Who
from directives.models import (
    Assignment,
    Attachment,
    DeadlineEntry,
    Directive,
    Document,
    ExtensionRequest,
    Message,
    Note,
    ProgressReport,
    Reminder,
    UnitLetter,
)
from directives.models.directive import Part
from directives.rights import Rights, rights

M = TypeVar("M", bound=models.Model)
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
    """Return whether a row of the table shows a directive to who has these rights: `_shown` for one directive."""
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


def _shown(way: Way, held: Rights, prefix: str) -> Q:
    """What a row of the table shows, as a condition; `prefix` leads to the directive."""
    ids = getattr(held, way.held)
    if not ids:
        return NOTHING
    shown = _among(way, ids, prefix)
    if way.restricted is Sight.NONE:
        shown &= Q(**{f"{prefix}is_restricted": False})
    # A draft has no units yet.
    if not way.drafts and way.field != "units":
        shown &= ~Q(**{f"{prefix}state": Directive.State.DRAFT})
    return shown


def _among(way: Way, ids: Any, prefix: str) -> Q:
    if way.field == "units":
        given = Q(unit__in=ids) | Q(answering_unit__in=ids)
        return given if prefix else Q(pk__in=Assignment.objects.filter(given).values("directive"))
    return Q(**{f"{prefix}{way.field}__in": ids}) if way.field else EVERYTHING


def _ways(held: Rights, prefix: str, *fields: str) -> Q:
    """What the rows of the table about these fields (none: all rows) show together."""
    chosen = (way for way in WAYS if not fields or way.field in fields)
    return reduce(or_, (_shown(way, held, prefix) for way in chosen), NOTHING)


def inside(held: Rights) -> Q:
    """Assignments whose exchanges and mails are read: all visible ones but a lead's, seen as a coordinator."""
    return _ways(held, "directive__")


def of_units(held: Rights) -> Q:
    """The assignments of the units a person sees: their reach, and what they were told to answer for."""
    return _ways(held, "directive__", "units")


def acted_for(held: Rights, *, submitting: bool = False) -> Q:
    """The assignments for which a person reports (or submits): `acts_for_unit` as a condition."""
    units = held.submits if submitting else held.reports
    return Q(answering_unit__in=units) | Q(answering_unit__isnull=True, unit__in=units)


def _assignments(held: Rights) -> Q:
    found = inside(held)
    if held.sees:
        # A coordinating unit sees the lead's part too.
        coordinated = Assignment.objects.filter(of_units(held), part=Part.COORDINATING).exclude(
            status__in=NOT_LIVE
        )
        found |= Q(part=Part.LEAD, directive__in=coordinated.values("directive"))
    return found


def _directives(held: Rights) -> Q:
    return _ways(held, "")


# A document is as restricted as what it tells: one that gives only restricted directives is.
_TELLS = Directive.objects.filter(document=OuterRef("pk"))
_ONLY_RESTRICTED = Exists(_TELLS.filter(is_restricted=True)) & ~Exists(_TELLS.filter(is_restricted=False))


def _documents(held: Rights) -> Q:
    """Those of a committee read as a whole, and those of the directives that are seen."""
    found = NOTHING
    for way in WAYS:
        ids = getattr(held, way.held)
        if not ids or way.field not in ("committee", ""):
            continue
        rows = Q(committee__in=ids) if way.field else EVERYTHING
        if not way.drafts:
            rows &= ~Q(state=Document.State.DRAFT)
        found |= rows & ~_ONLY_RESTRICTED if way.restricted is Sight.NONE else rows
    seen = Directive.objects.filter(_directives(held)).exclude(state=Directive.State.DRAFT)
    return found | Q(pk__in=seen.values("document"))


def _through(relation: str, condition: Callable[[Rights], Q]) -> Callable[[Rights], Q]:
    def through(held: Rights) -> Q:
        if held.auditor:
            return EVERYTHING
        return Q(**{f"{relation}__in": Assignment.objects.filter(condition(held)).values("pk")})

    return through


def _letters(held: Rights) -> Q:
    """A letter is read by who reads what goes on inside, and one that is a report by who reads the report."""
    if held.auditor:
        return EVERYTHING
    reports = ProgressReport.objects.filter(_through("assignment", _assignments)(held), letter__isnull=False)
    return _through("assignment", inside)(held) | Q(pk__in=reports.values("letter"))


def _attachments(held: Rights) -> Q:
    if held.auditor:
        return EVERYTHING
    reports = ProgressReport.objects.filter(_through("assignment", _assignments)(held))
    return (
        Q(document__in=Document.objects.filter(_documents(held)).values("pk"))
        | Q(report__in=reports.values("pk"))
        | Q(letter__in=UnitLetter.objects.filter(_letters(held)).values("pk"))
        | Q(
            extension_request__in=ExtensionRequest.objects.filter(
                _through("assignment", inside)(held)
            ).values("pk")
        )
    )


def _messages(held: Rights) -> Q:
    """Mails are the secretariat's; the administrator looks after those that tell of nothing restricted."""
    if held.auditor:
        return EVERYTHING
    found = Q(committee__in=held.secretariat_of)
    if held.administrator:
        restricted = Reminder.objects.filter(assignment__directive__is_restricted=True, message__isnull=False)
        about = restricted.values("message")
        found |= ~Q(pk__in=about) & ~Q(resend_of__in=about)
    return found


RULES: dict[type[models.Model], Callable[[Rights], Q]] = {
    Document: _documents,
    Directive: _directives,
    Assignment: _assignments,
    ProgressReport: _through("assignment", _assignments),
    DeadlineEntry: _through("assignment", _assignments),
    ExtensionRequest: _through("assignment", inside),
    UnitLetter: _letters,
    Note: _through("assignment", inside),
    Reminder: _through("assignment", inside),
    Attachment: _attachments,
    Message: _messages,
}


def visible_to(user: Any, model: type[M], *, on: date) -> QuerySet[M]:
    """Return the rows of a model that a person sees on a day (Hà Nội).

    Raises KeyError for a model that has no rule: nothing is visible by default.
    """
    rule = RULES[model]
    rows: QuerySet[M] = model._default_manager.all()
    if not user.is_authenticated:
        return rows.none()
    return rows.filter(rule(rights(user, on=on)))


def sees_inside(user: User, assignment: Assignment, *, on: date) -> bool:
    """Return whether a person who sees the assignment also reads its exchanges, letters and mails."""
    return Assignment.objects.filter(inside(rights(user, on=on)), pk=assignment.pk).exists()


def is_secretariat(user: User, assignment: Assignment, *, on: date) -> bool:
    """Return whether the person works for the secretariat of the assignment's committee."""
    return assignment.directive.committee_id in rights(user, on=on).secretariat_of


def acts_for_unit(user: User, assignment: Assignment, *, on: date, submitting: bool = False) -> bool:
    """Return whether the person reports (or submits) for the unit that answers for the assignment."""
    held = rights(user, on=on)
    units = held.submits if submitting else held.reports
    if assignment.answering_unit_id is not None:
        return assignment.answering_unit_id in units
    return assignment.unit_id in units


def can(user: User, verb: str, assignment: Assignment, *, on: date) -> bool:
    """Return whether the table's verb is the person's on that day and the status allows it.

    What a verb needs beside (a signed document, four eyes) its service checks.
    """
    transition = TRANSITIONS[Verb(verb)]
    return assignment.status in transition.sources and is_theirs(user, transition.who, assignment, on=on)


def is_theirs(user: User, who: Who, assignment: Assignment, *, on: date) -> bool:
    """Return whether a person is the one a row of the lifecycle table names."""
    if who is Who.SECRETARIAT:
        return is_secretariat(user, assignment, on=on)
    if who in (Who.UNIT, Who.HEAD_OR_SIGNED):
        return acts_for_unit(user, assignment, on=on)
    if who is Who.HEAD:
        return acts_for_unit(user, assignment, on=on, submitting=True)
    return False
