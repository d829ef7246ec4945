"""Giao: a draft becomes assignments; later units are added, or the whole directive is taken back or replaced."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, DateField, F, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.audit.context import current_act
from accounts.audit.history import bulk_update_recorded
from accounts.audit.in_bulk import bulk_create_recorded, create_recorded_from, insert_from
from accounts.clock import hanoi_date
from accounts.models import User
from directives.errors import Refused
from directives.lifecycle import NOT_LIVE, OPEN, Status, Verb
from directives.models import Addressee, Assignment, DeadlineEntry, Directive, Document, Occasion
from directives.models.directive import Part
from directives.services.drafts import save_directive
from directives.services.frame import (
    demand_committee,
    demand_reason,
    demand_version,
    lapse_requests,
    lock_directive,
    lock_document,
    move,
    recording,
)
from directives.services.occasions import tell
from steering.models import Unit


def issue(*, directive: Directive, by: User, at: datetime, version: int | None = None) -> Directive:
    """Give the draft to its units: each addressee becomes an assignment with its first due date in the ledger.

    A draft document is issued with its first directive. `version` is the one the person looked at; raises Refused when
    it moved. The number of statements does not depend on the units.
    """
    on = hanoi_date(at)
    with recording(by=by, at=at, reason=str(Verb.ISSUE.label)):
        row = lock_directive(directive)
        demand_committee(row.committee_id, by=by, at=at)
        if row.state != Directive.State.DRAFT:
            raise Refused(_("Nhiệm vụ này đã được giao."))
        demand_version(row, version)
        _demand_parts(row)
        document = lock_document(row.document_id)
        if document.state == Document.State.VOID:
            raise Refused(_("Văn bản đã hủy, không giao nhiệm vụ được."))
        if document.state == Document.State.DRAFT:
            document.state = Document.State.ISSUED
            document.save()
        row.state = Directive.State.ISSUED
        row.save()
        own_due = Coalesce("due_on", Value(row.due_on, output_field=DateField()))
        create_recorded_from(
            row.addressees.order_by("unit__order", "pk"),
            Assignment(directive=row, assigned_on=on),
            current_act(),
            unit=F("unit"),
            part=F("part"),
            due_on=own_due,
            original_due_on=own_due,
        )
        # A draft had none (`guard_part`): these are all its assignments.
        _enter_first_dates(row, row.assignments.all(), by=by, at=at)
        tell(Occasion.Kind.ASSIGNED, row, by=by, at=at)
        row.addressees.all().delete()
    return row


def _demand_parts(row: Directive) -> None:
    counted = row.addressees.order_by().values_list("part").annotate(Count("pk"))
    parts: dict[str, int] = dict(counted)
    if not parts:
        raise Refused(_("Hãy chọn đơn vị nhận nhiệm vụ."), field="units")
    if row.mode == Directive.Mode.JOINT and parts.get(Part.LEAD) != 1:
        raise Refused(_("Nhiệm vụ chủ trì – phối hợp cần đúng một đơn vị chủ trì."), field="lead")
    if (row.mode == Directive.Mode.EACH) != (set(parts) == {Part.EACH}):
        raise Refused(
            _("Vai trò của đơn vị không khớp với cách thực hiện; hãy chọn lại đơn vị."), field="units"
        )


def _enter_first_dates(row: Directive, assignments: QuerySet[Assignment], *, by: User, at: datetime) -> None:
    """Enter the first due date of new assignments in the ledger."""
    first = DeadlineEntry(
        kind=DeadlineEntry.Kind.ORIGINAL,
        words=row.deadline_words,
        basis=row.document,
        decided_by=row.given_by,
        recorded_by=by,
        at=at,
    )
    insert_from(assignments.order_by("pk"), first, assignment=F("pk"), due_on=F("due_on"))


def add_units(
    *, directive: Directive, units: Iterable[Unit], by: User, at: datetime, reason: str
) -> list[Assignment]:
    """Give an issued directive to further units (coordinating, or each), with a reason; who has it is refused."""
    reason = demand_reason(reason)
    on = hanoi_date(at)
    wanted = list(units)
    with recording(by=by, at=at, reason=reason):
        row = lock_directive(directive)
        demand_committee(row.committee_id, by=by, at=at)
        if row.state != Directive.State.ISSUED:
            raise Refused(_("Chỉ thêm đơn vị cho nhiệm vụ đã giao."))
        if not wanted:
            raise Refused(_("Hãy chọn đơn vị cần thêm."), field="units")
        gone = ", ".join(str(unit) for unit in wanted if not unit.holds(on))
        if gone:
            raise Refused(_("Đơn vị không hoạt động hôm nay: %(units)s.") % {"units": gone}, field="units")
        if row.assignments.filter(part=Part.LEAD, status=Status.COMPLETED).exists():
            raise Refused(_("Đơn vị chủ trì đã hoàn thành nhiệm vụ này, không thêm đơn vị phối hợp được."))
        there = (
            row.assignments.filter(unit__in=wanted, period="")
            .exclude(status__in=NOT_LIVE)
            .select_related("unit")
        )
        names = ", ".join(str(a.unit) for a in there)
        if names:
            raise Refused(_("Đã được giao nhiệm vụ này: %(units)s.") % {"units": names}, field="units")
        part = Part.EACH if row.mode == Directive.Mode.EACH else Part.COORDINATING
        due = {"due_on": row.due_on, "original_due_on": row.due_on}
        added: list[Assignment] = bulk_create_recorded(
            Assignment,
            [Assignment(directive=row, unit=unit, part=part, assigned_on=on, **due) for unit in wanted],
            current_act(),
        )
        _enter_first_dates(row, row.assignments.filter(pk__in=[new.pk for new in added]), by=by, at=at)
        tell(Occasion.Kind.ASSIGNED, row, by=by, at=at)
        return added


def revoke_directive(*, directive: Directive, by: User, at: datetime, reason: str) -> Directive:
    """Take a whole issued directive back: all that is open or suspended is revoked, what is done stays done."""
    reason = demand_reason(reason)
    with recording(by=by, at=at, reason=reason):
        row = lock_directive(directive)
        demand_committee(row.committee_id, by=by, at=at)
        _take_back(row, at=at)
    return row


def _take_back(row: Directive, *, at: datetime) -> None:
    if row.state != Directive.State.ISSUED:
        raise Refused(_("Chỉ thu hồi được nhiệm vụ đã giao."))
    row.state = Directive.State.VOID
    row.save()
    live = row.assignments.select_for_update(of=("self",)).filter(status__in=(*OPEN, Status.SUSPENDED))
    assignments = list(live.order_by("pk"))
    for assignment in assignments:
        move(assignment, Verb.REVOKE)
        assignment.with_head_since = None
    lapse_requests(*assignments, at=at)
    bulk_update_recorded(Assignment, assignments, ["status", "with_head_since"], current_act())


def replace_directive(*, directive: Directive, by: User, at: datetime, reason: str) -> Directive:
    """Take a directive back and return a draft in its place, with the same text and the same units to start from."""
    reason = demand_reason(reason)
    with recording(by=by, at=at, reason=reason):
        row = lock_directive(directive)
        demand_committee(row.committee_id, by=by, at=at)
        live = list(row.assignments.exclude(status__in=NOT_LIVE))
        copied = (
            "document", "kind", "content", "deliverable", "given_by", "given_by_seat", "given_by_unit", "supervisor",
            "urgency", "deadline_words", "due_on", "is_standing", "is_restricted", "mode", "parent",
            "reminder_policy",
        )  # fmt: skip
        draft = Directive(**{name: getattr(row, name) for name in copied})
        save_directive(directive=draft, by=by, at=at, reason=reason)
        Addressee.objects.bulk_create(
            Addressee(
                directive=draft,
                unit_id=a.unit_id,
                part=a.part,
                due_on=a.original_due_on if a.original_due_on != row.due_on else None,
            )
            for a in live
        )
        row.replaced_by = draft
        _take_back(row, at=at)
    return draft
