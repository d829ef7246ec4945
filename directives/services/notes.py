"""Trao đổi, and the people named on an assignment."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.clock import hanoi_date
from accounts.models import User
from directives import access
from directives.errors import NotAllowed, Refused
from directives.models import Assignment, Note, Occasion
from directives.rights import rights
from directives.services.frame import lock_assignment, recording
from directives.services.occasions import tell


def may_note(user: User, assignment: Assignment, *, on: date) -> bool:
    """Return whether the person takes part in the exchange: secretariat, unit, leaders and the supervising seat."""
    held = rights(user, on=on)
    directive = assignment.directive
    return (
        directive.committee_id in held.secretariat_of
        or access.acts_for_unit(user, assignment, on=on)
        or directive.supervisor_id in held.seats
        or (directive.committee_id in held.leads and access.sees_inside(user, assignment, on=on))
    )


@transaction.atomic
def add_note(*, assignment: Assignment, by: User, at: datetime, kind: str, held_on: date, text: str) -> Note:
    """Note a phone call, mail, letter, meeting or opinion; `held_on` is its day (Hà Nội), not in the future."""
    on = hanoi_date(at)
    if not may_note(by, assignment, on=on):
        raise NotAllowed(_("Anh/chị không tham gia trao đổi về nhiệm vụ này."))
    if not text.strip():
        raise Refused(_("Hãy ghi nội dung trao đổi."), field="text")
    if held_on > on:
        raise Refused(_("Ngày trao đổi không thể sau hôm nay."), field="held_on")
    note = Note.objects.create(assignment=assignment, kind=kind, held_on=held_on, text=text, author=by, at=at)
    if _speaks_for_the_committee(by, assignment, on=on):
        tell(Occasion.Kind.COMMENT, assignment, by=by, at=at, text=f"{by}: {text}")
    return note


def _speaks_for_the_committee(user: User, assignment: Assignment, *, on: date) -> bool:
    """Whether a note is a leader's or the supervising member's, of which the unit is told."""
    held, directive = rights(user, on=on), assignment.directive
    return directive.committee_id in held.leads or directive.supervisor_id in held.seats


def name_people(
    *,
    assignment: Assignment,
    by: User,
    at: datetime,
    officer: User | None = None,
    assignee: User | None = None,
    version: int | None = None,
) -> Assignment:
    """Set the officer in charge (the unit's or the secretariat's to say) and the person given it by name.

    Raises Refused once the assignment is over.
    """
    on = hanoi_date(at)
    with recording(by=by, at=at, reason=_("Phân công người thực hiện"), unit=assignment.unit_id):
        row = lock_assignment(assignment, version=version)
        secretariat = access.is_secretariat(by, row, on=on)
        if not secretariat and not access.acts_for_unit(by, row, on=on):
            raise NotAllowed(_("Anh/chị không được phân công người cho nhiệm vụ này."))
        if assignee != row.assignee and not secretariat:
            raise NotAllowed(_("Chỉ Tổ thư ký đặt người được giao đích danh."))
        if not row.is_open:
            raise Refused(
                _("Không thể phân công người thực hiện khi nhiệm vụ ở trạng thái “%(status)s”.")
                % {"status": row.get_status_display()}
            )
        row.officer, row.assignee = officer, assignee
        row.save()
    return row
