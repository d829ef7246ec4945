"""Extensions: asked by the unit in charge, decided by the leader who gave the task, entered by the secretariat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from accounts.audit.context import Door
from accounts.clock import HANOI, hanoi_date
from accounts.models import User
from directives import access, files
from directives.errors import NotAllowed, Refused
from directives.lifecycle import Status
from directives.models import Assignment, DeadlineEntry, ExtensionRequest, Occasion
from directives.services.frame import (
    READ_ANEW,
    demand_reason,
    demand_secretariat,
    lock_assignment,
    recording,
    set_due,
)
from directives.services.letters import LetterData, keep_letter
from directives.services.occasions import tell

ASKABLE = (Status.ASSIGNED, Status.IN_PROGRESS)
State = ExtensionRequest.State


def ask_extension(
    *,
    assignment: Assignment,
    by: User,
    at: datetime,
    due_on: date,
    reason: str,
    uploads: Sequence[UploadedFile[Any]] = (),
    letter: LetterData | None = None,
    version: int | None = None,
) -> ExtensionRequest:
    """Ask for a later date, before or after expiry: one open request at a time, later than the present date."""
    reason = demand_reason(reason)
    on = hanoi_date(at)
    door = Door.LETTER if letter else None
    unit = assignment.unit_id
    with files.storing() as stored, recording(by=by, at=at, reason=reason, door=door, unit=unit):
        row = lock_assignment(assignment, version=version)
        theirs = access.is_secretariat(by, row, on=on) if letter else access.acts_for_unit(by, row, on=on)
        if not theirs:
            raise NotAllowed(_("Chỉ đơn vị được giao được đề nghị gia hạn."))
        if row.status not in ASKABLE:
            raise Refused(
                _("Không thể đề nghị gia hạn khi nhiệm vụ ở trạng thái “%(status)s”.")
                % {"status": row.get_status_display()}
            )
        if row.due_on is None:
            raise Refused(_("Nhiệm vụ này không có thời hạn nên không cần gia hạn."))
        if due_on <= row.due_on or due_on < on:
            raise Refused(
                _("Thời hạn đề nghị phải sau thời hạn hiện tại (%(due)s) và không ở quá khứ.")
                % {"due": f"{row.due_on:%d/%m/%Y}"},
                field="due_on",
            )
        if row.extension_requests.filter(state=State.OPEN).exists():
            raise Refused(_("Đang có một đề nghị gia hạn chờ quyết định."))
        kept = keep_letter(row, letter, by=by, at=at, stored=stored) if letter else None
        request = ExtensionRequest(
            assignment=row,
            due_on_before=row.due_on,
            requested_due_on=due_on,
            reason=reason,
            asked_by=None if kept else by,
            recorded_by=by,
            letter=kept,
            asked_at=at,
        )
        request.save()
        files.store(uploads, into=stored, by=by, at=at, extension_request=request)
        if letter is None:
            tell(Occasion.Kind.ASKED, row, by=by, at=at, text=reason)
    return request


def decide_extension(
    *,
    request: ExtensionRequest,
    by: User,
    at: datetime,
    granted: bool,
    decided_by: str,
    due_on: date | None = None,
    basis: str = "",
    reason: str = "",
) -> ExtensionRequest:
    """Enter the decision: granted (as asked, or with another date) or refused with a reason.

    `decided_by` names the leader who decided, `basis` the document. Nobody decides their own request.
    """
    if not decided_by.strip():
        raise Refused(_("Hãy ghi người quyết định."), field="decided_by")
    if not granted:
        reason = demand_reason(reason)
    words = reason or (_("Đồng ý gia hạn") if granted else _("Không đồng ý gia hạn"))
    with recording(by=by, at=at, reason=words, unit=request.assignment.unit_id):
        request = _lock_request(request)
        row = request.assignment
        demand_secretariat(row, by=by, at=at)
        if request.state != State.OPEN:
            raise Refused(_decided_meanwhile(request))
        if request.asked_by_id == by.pk:
            raise NotAllowed(_("Anh/chị không thể tự quyết định đề nghị của mình."))
        if granted:
            new = due_on or request.requested_due_on
            if row.due_on is not None and new <= row.due_on:
                raise Refused(
                    _("Thời hạn mới phải sau thời hạn hiện tại (%(due)s).")
                    % {"due": f"{row.due_on:%d/%m/%Y}"},
                    field="due_on",
                )
            request.state = State.GRANTED if new == request.requested_due_on else State.OTHER_DATE
            request.decided_due_on = new
            set_due(
                row,
                kind=DeadlineEntry.Kind.EXTENSION,
                due_on=new,
                reason=words,
                basis_text=basis,
                decided_by=decided_by,
                by=by,
                at=at,
            )
            row.save()
        else:
            request.state = State.REFUSED
        request.decided_at, request.decided_by = at, decided_by
        request.decision_basis, request.decision_reason = basis, reason
        request.decision_recorded_by = by
        request.save()
        tell(Occasion.Kind.EXTENSION, row, by=by, at=at, text=_outcome(request))
    return request


def _lock_request(request: ExtensionRequest) -> ExtensionRequest:
    """Return the request with its assignment, locked before it; raises Refused when the assignment has none such."""
    rows = ExtensionRequest.objects.select_for_update(of=("assignment", "self"))
    found = (
        rows.select_related(*(f"assignment__{name}" for name in READ_ANEW))
        .filter(pk=request.pk, assignment=request.assignment_id)
        .first()
    )
    if found is None:
        raise Refused(_("Không tìm thấy đề nghị này. Hãy xem lại Quá trình xử lý."))
    return found


def _outcome(request: ExtensionRequest) -> str:
    """Say what was decided, until when, and why."""
    told = str(request.get_state_display())
    if request.decided_due_on is not None:
        told = _("%(state)s: đến hết ngày %(due)s") % {
            "state": told,
            "due": f"{request.decided_due_on:%d/%m/%Y}",
        }
    return f"{told}. {request.decision_reason}".strip() if request.decision_reason else told


def _decided_meanwhile(request: ExtensionRequest) -> str:
    """Say what became of a request: what was decided, who entered it and when."""
    past: Any = request.history.select_related("history_user").latest("version")
    return _("Đề nghị này đã được quyết định: %(state)s (%(who)s, %(at)s).") % {
        "state": request.get_state_display(),
        "who": past.history_user,
        "at": f"{past.history_date.astimezone(HANOI):%H:%M %d/%m/%Y}",
    }
