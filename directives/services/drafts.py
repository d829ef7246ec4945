"""Draft directives: what may still be edited freely, invisible to units."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.clock import hanoi_date
from accounts.models import User
from directives.errors import Refused
from directives.models import Addressee, Directive, Document
from directives.models.directive import Part
from directives.services.documents import code_of
from directives.services.frame import (
    demand_committee,
    demand_version,
    lock_directive,
    lock_document,
    recording,
)
from directives.services.subject import demand_subject
from steering.models import Unit


def save_draft(
    *,
    directive: Directive,
    by: User,
    at: datetime,
    lead: Unit | None = None,
    units: Iterable[Unit] = (),
    own_dates: Mapping[int, date] | None = None,
) -> Directive:
    """Enter or edit a draft together with its units: both are kept or neither (`save_directive`, `set_addressees`)."""
    with transaction.atomic():
        save_directive(directive=directive, by=by, at=at)
        set_addressees(directive=directive, lead=lead, units=units, own_dates=own_dates, by=by, at=at)
    return directive


def save_directive(*, directive: Directive, by: User, at: datetime, reason: str = "") -> Directive:
    """Enter or edit a draft directive; ordinal and code are set here. An issued one is corrected, not edited."""
    on = hanoi_date(at)
    directive.committee = directive.document.committee
    demand_committee(directive.committee_id, by=by, at=at)
    demand_subject(directive)
    with recording(by=by, at=at, reason=reason or _("Soạn nhiệm vụ")):
        if directive.pk is not None:
            _demand_draft(directive)
        document = lock_document(directive.document_id)
        if document.state == Document.State.VOID:
            raise Refused(_("Văn bản đã hủy, không thêm nhiệm vụ được."), field="document")
        if not directive.ordinal:
            directive.ordinal = (document.directives.aggregate(last=Max("ordinal"))["last"] or 0) + 1
        directive.given_on = directive.given_on or document.issued_on or on
        directive.code = code_of(document, directive.ordinal)
        directive.full_clean(exclude=["search"])
        directive.save()
    return directive


def _demand_draft(directive: Directive) -> None:
    row = lock_directive(directive)
    if row.state != Directive.State.DRAFT:
        raise Refused(_("Nhiệm vụ đã giao; hãy dùng “Đính chính”."))
    if row.committee_id != directive.committee_id:
        raise Refused(_("Không chuyển được nhiệm vụ sang Ban Chỉ đạo khác."), field="document")
    demand_version(row, directive.version)


def set_addressees(
    *,
    directive: Directive,
    by: User,
    at: datetime,
    lead: Unit | None = None,
    units: Iterable[Unit] = (),
    own_dates: Mapping[int, date] | None = None,
) -> Directive:
    """Name the units of a draft: for a joint directive the lead and the coordinating ones, else each of the units.

    `own_dates` gives units (ids) a due date other than the directive's. Units that are not active on the directive's
    day are refused by name.
    """
    own_dates = own_dates or {}
    on = hanoi_date(at)
    with recording(by=by, at=at, reason=_("Chọn đơn vị")):
        row = lock_directive(directive)
        demand_committee(row.committee_id, by=by, at=at)
        if row.state != Directive.State.DRAFT:
            raise Refused(_("Nhiệm vụ đã giao; hãy dùng “Thêm đơn vị” hoặc “Chuyển đơn vị”."))
        joint = row.mode == Directive.Mode.JOINT
        parts = {unit.pk: (unit, Part.COORDINATING if joint else Part.EACH) for unit in units}
        if joint and lead is not None:
            parts[lead.pk] = (lead, Part.LEAD)
        gone = [str(unit) for unit, _part in parts.values() if not unit.holds(row.given_on or on)]
        if gone:
            raise Refused(
                _("Đơn vị không hoạt động vào ngày giao: %(units)s.") % {"units": ", ".join(gone)},
                field="units",
            )
        _demand_own_dates(row, own_dates, parts)
        row.addressees.all().delete()
        Addressee.objects.bulk_create(
            Addressee(directive=row, unit=unit, part=part, due_on=own_dates.get(unit.pk))
            for unit, part in parts.values()
        )
    return row


def _demand_own_dates(row: Directive, own_dates: Mapping[int, date], chosen: Container[int]) -> None:
    if own_dates and row.is_standing:
        raise Refused(_("Nhiệm vụ thường xuyên không có thời hạn riêng."), field="own_dates")
    others = Unit.objects.filter(pk__in=[unit for unit in own_dates if unit not in chosen])
    names = ", ".join(map(str, others)) if own_dates else ""
    if names:
        raise Refused(
            _("Có thời hạn riêng nhưng không nhận nhiệm vụ này: %(units)s.") % {"units": names},
            field="own_dates",
        )


def delete_draft(*, draft: Directive | Document, by: User, at: datetime, reason: str = "") -> None:
    """Delete a draft that was never issued; its history row stays."""
    demand_committee(draft.committee_id, by=by, at=at)
    with recording(by=by, at=at, reason=reason or _("Xóa bản nháp")):
        row = lock_directive(draft) if isinstance(draft, Directive) else lock_document(draft.pk)
        if row.state != row.State.DRAFT:
            raise Refused(_("Chỉ xóa được bản nháp."))
        if isinstance(row, Directive):
            _release(row)
        elif (
            row.directives.exists()
            or row.files.exists()
            or row.relations.exists()
            or row.related_from.exists()
        ):
            raise Refused(_("Văn bản nháp đã có nhiệm vụ, tệp hoặc văn bản liên quan; không xóa được."))
        row.delete()


def _release(draft: Directive) -> None:
    """Let go of a draft what points to it: its units, its grants, the directive it was to replace."""
    if draft.children.exists():
        raise Refused(_("Bản nháp có nhiệm vụ con; không xóa được."))
    draft.addressees.all().delete()
    for grant in draft.grants.all():
        grant.delete()
    for replaced in draft.replaces.select_for_update(of=("self",)):
        replaced.replaced_by = None
        replaced.save()
