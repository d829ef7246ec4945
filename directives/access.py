"""Who sees what and who may do what: the one place that knows, by the table of `sight.py`.

Every list, detail, choice, file, figure and mail starts from `visible_to`; every change asks `can`.
Not visible: 404. Visible but not allowed: 403.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from directives.lifecycle import NOT_LIVE, TRANSITIONS, Verb, Who
from directives.models import (
    AddressProblem,
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
from directives.sight import EVERYTHING, NOTHING, ONLY_RESTRICTED, WAYS, Sight, apart, facts, opens, ways

M = TypeVar("M", bound=models.Model)


def inside(held: Rights) -> Q:
    """Assignments whose exchanges and mails are read: all visible ones but a lead's, seen as a coordinator."""
    return ways(held, "directive__")


def acted_for(held: Rights, *, submitting: bool = False) -> Q:
    """The assignments for which a person reports (or submits): `acts_for_unit` as a condition."""
    units = held.submits if submitting else held.reports
    return Q(answering_unit__among=units) | Q(answering_unit__isnull=True, unit__among=units)


def inside_apart(held: Rights) -> list[Q]:
    """The conditions of which `inside` wants one to hold."""
    return apart(held, "directive__")


def assignments_apart(held: Rights) -> list[Q]:
    """The conditions of which one must hold for an assignment to be visible; each is served by an index of its own."""
    found = inside_apart(held)
    if held.sees and EVERYTHING not in found:
        # A coordinating unit sees the lead's part too.
        coordinated = Assignment.objects.order_by().filter(
            directive=OuterRef("directive"), part=Part.COORDINATING
        )
        live = coordinated.exclude(status__in=NOT_LIVE)
        found += [
            Q(part=Part.LEAD) & Q(Exists(live.filter(one))) for one in apart(held, "directive__", "units")
        ]
    return found


def units_looked_for(held: Rights) -> Q:
    """The condition of units among which are all whose parts a person may see, for those who see units: what is looked
    for by the names of units is not looked for by the names of a thousand others."""
    if not held.sees or any(getattr(held, way.held) for way in WAYS if way.field != "units"):
        return EVERYTHING
    parts = Assignment.objects.order_by()
    answered, leads = parts.filter(answering_unit__among=held.sees), parts.filter(part=Part.LEAD)
    return Q(pk__among=held.sees) | Q(pk__in=answered.values("unit")) | Q(pk__in=leads.values("unit"))


def _assignments(held: Rights) -> Q:
    return reduce(or_, assignments_apart(held), NOTHING)


def _directives(held: Rights) -> Q:
    return ways(held, "")


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
        found |= rows & ~ONLY_RESTRICTED if way.restricted is Sight.NONE else rows
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
        found |= ~Q(pk__in=about) & ~Q(resend_of__in=about) & Q(tells_restricted=False)
    return found


def _address_problems(held: Rights) -> Q:
    """An address tells of no case: whoever looks after accounts and units sees all, a secretariat its mails'."""
    if held.auditor or held.administrator:
        return EVERYTHING
    return Q(message__committee__in=held.secretariat_of)


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
    AddressProblem: _address_problems,
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
    """Return whether a person who sees the assignment also reads its exchanges, letters and mails: `inside` for one
    row that is loaded with its directive."""
    units = frozenset(filter(None, [assignment.unit_id, assignment.answering_unit_id]))
    asked, held = facts(assignment.directive, units=units), rights(user, on=on)
    return any(opens(way, held, asked) for way in WAYS)


def seen_row(user: User, rows: QuerySet[Assignment], pk: int, *, on: date) -> Assignment | None:
    """Return the row of that id among rows that come with their directive, if the person sees it: `visible_to` for one.

    What the row itself says is enough for almost everybody who opens it; the database is asked only for those who may
    see it as coordinators, and for strangers.
    """
    for row in rows.order_by().filter(pk=pk)[:1]:
        if sees_inside(user, row, on=on) or visible_to(user, Assignment, on=on).filter(pk=pk).exists():
            return row
    return None


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
