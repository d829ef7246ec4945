"""The frame of every service: lock, re-read, check, write, record, settle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit.context import Door, current_act
from accounts.audit.history import Versioned
from accounts.audit.recording import recorded
from accounts.clock import hanoi_date
from accounts.models import User
from directives import access, counters
from directives.errors import NotAllowed, Refused
from directives.lifecycle import TRANSITIONS, Status, Verb
from directives.models import Assignment, DeadlineEntry, Directive, Document, ExtensionRequest
from directives.rights import rights
from directives.services.meanwhile import refuse_outdated


@contextmanager
def recording(
    *, by: User, at: datetime, reason: str, door: Door | None = None, unit: int | None = None
) -> Iterator[None]:
    """One transaction whose history rows carry actor, reason, door and date, checked before it ends.

    After the commit the actor's next figures hold the change: `unit` is the id of the only one whose assignments, or
    what belongs to them, are written here; without it everything is counted anew.
    """
    with recorded(by=by, reason=reason, at=at, door=door or current_act().door):
        yield
        transaction.on_commit(partial(counters.touch, by.pk, unit))


READ_ANEW = ("directive", "unit")


def lock_assignment(assignment: Assignment, *, version: int | None = None) -> Assignment:
    """Return the row, locked and read anew. `version` is what the person looked at; raises Outdated when it moved."""
    row = Assignment.objects.select_for_update(of=("self",)).select_related(*READ_ANEW).get(pk=assignment.pk)
    demand_version(row, version)
    return row


def lock_decided(assignment: Assignment, *, version: int | None = None) -> Assignment:
    """Return the row, its directive locked before it, both read anew, in one statement.

    PostgreSQL locks in the order in which they are named, and reads again what it waited for. Join nothing here that
    the row may be made to refer to meanwhile: of that it would read nothing.
    """
    row = (
        Assignment.objects.select_for_update(of=("directive", "self"))
        .select_related(*READ_ANEW)
        .get(pk=assignment.pk)
    )
    demand_version(row, version)
    return row


def lock_directive(directive: Directive, *, version: int | None = None) -> Directive:
    """Return the directive, locked and read anew: before its assignments, always, so that services never cross.

    `version` is the one the person looked at; raises Outdated when it moved, Refused when the draft was deleted.
    """
    row = (
        Directive.objects.select_for_update(of=("self",))
        .select_related("document", "committee")
        .filter(pk=directive.pk)
        .first()
    )
    if row is None:
        raise Refused(_("Bản nháp này đã được xóa."))
    demand_version(row, version)
    return row


def lock_document(document_id: int) -> Document:
    """Return the document, locked and read anew: after its directives, always. Raises Refused when it was deleted."""
    row = Document.objects.select_for_update(of=("self",)).filter(pk=document_id).first()
    if row is None:
        raise Refused(_("Văn bản nháp này đã được xóa."))
    return row


def demand(row: Assignment, verb: Verb, *, by: User, at: datetime, for_unit: bool = False) -> None:
    """Check table and rights; raises Refused for a wrong status, NotAllowed for a wrong person.

    `for_unit`: the secretariat records a unit's letter, so the secretariat's right stands in for the unit's.
    """
    on = hanoi_date(at)
    transition = TRANSITIONS[verb]
    theirs = (
        access.is_secretariat(by, row, on=on)
        if for_unit
        else access.is_theirs(by, transition.who, row, on=on)
    )
    if not theirs:
        raise NotAllowed(
            _("Anh/chị không có quyền thực hiện “%(verb)s” đối với nhiệm vụ này.") % {"verb": verb.label}
        )
    if row.status not in transition.sources:
        raise Refused(
            _("Không thể “%(verb)s”: nhiệm vụ đang ở trạng thái “%(status)s”.")
            % {"verb": verb.label, "status": row.get_status_display()}
        )


@contextmanager
def deciding(
    assignment: Assignment,
    verb: Verb,
    *,
    by: User,
    at: datetime,
    reason: str,
    version: int | None,
    alone: bool = True,
) -> Iterator[Assignment]:
    """Give the locked row of a decision of the secretariat, after its checks; it is saved when the block ends.

    `alone`: no other assignment is changed.
    """
    with recording(by=by, at=at, reason=reason, unit=assignment.unit_id if alone else None):
        row = lock_decided(assignment, version=version)
        demand(row, verb, by=by, at=at)
        yield row
        row.save()


def demand_secretariat(row: Assignment, *, by: User, at: datetime) -> None:
    """Raise NotAllowed unless the person works for the secretariat of the assignment's committee."""
    if not access.is_secretariat(by, row, on=hanoi_date(at)):
        raise NotAllowed(_("Chỉ Tổ thư ký của Ban Chỉ đạo được thực hiện việc này."))


def demand_committee(committee_id: int, *, by: User, at: datetime) -> None:
    """Raise NotAllowed unless the person works for the committee's secretariat on that day."""
    if committee_id not in rights(by, on=hanoi_date(at)).secretariat_of:
        raise NotAllowed(_("Chỉ Tổ thư ký của Ban Chỉ đạo được thực hiện việc này."))


def demand_version(present: Versioned, seen: int | None) -> None:
    """Raise Outdated when the row, locked, is no longer the version that the person has before them; None: any is."""
    if seen is not None and present.version != seen:
        refuse_outdated(present, seen)


def demand_reason(reason: str, *, field: str = "reason") -> str:
    """Return the reason, trimmed; raises Refused when there is none."""
    reason = reason.strip()
    if not reason:
        raise Refused(_("Hãy ghi lý do."), field=field)
    return reason


def move(row: Assignment, verb: Verb, target: Status | None = None) -> None:
    """Set the status that the table gives; `target` only for a resume."""
    row.status = TRANSITIONS[verb].target or target or row.status


def set_due(
    row: Assignment, *, kind: str, due_on: Any, by: User, at: datetime, **details: Any
) -> DeadlineEntry:
    """Give an unsaved row a due date and enter it in the ledger. The caller saves the row."""
    row.due_on = due_on
    return DeadlineEntry.objects.create(
        assignment=row, kind=kind, due_on=due_on, recorded_by=by, at=at, **details
    )


def lapse_requests(*rows: Assignment, at: datetime) -> None:
    """Close the open extension requests of rows whose work ended."""
    for request in ExtensionRequest.objects.select_for_update().filter(
        assignment__in=rows, state=ExtensionRequest.State.OPEN
    ):
        request.state = ExtensionRequest.State.LAPSED
        request.decided_at = at
        request.save()
