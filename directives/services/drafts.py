"""Documents and draft directives: what may still be edited freely."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.clock import hanoi_date
from accounts.models import User
from accounts.text import fold
from directives import files
from directives.document_number import number_key, parse_number
from directives.errors import NotAllowed, Refused
from directives.models import Addressee, Directive, Document
from directives.models.directive import Part
from directives.rights import rights
from directives.services.frame import demand_reason, lock_directive, recording
from steering.models import Unit


def _demand_committee(committee_id: int, *, by: User, on: date) -> None:
    if committee_id not in rights(by, on=on).secretariat_of:
        raise NotAllowed(_("Chỉ Tổ thư ký của Ban Chỉ đạo được thực hiện việc này."))


def save_document(
    *, document: Document, by: User, at: datetime, reason: str = "", uploads: Sequence[UploadedFile] = ()
) -> Document:
    """Enter or edit a document: the number is read and normalised, a duplicate within the year is refused.

    Raises Refused naming the field, or ValidationError as the model's own checks do.
    """
    on = hanoi_date(at)
    _demand_committee(document.committee_id, by=by, on=on)
    new = document.pk is None
    if not new and not reason.strip() and document.state != Document.State.DRAFT:
        raise Refused(_("Hãy ghi lý do sửa văn bản đã ban hành."), field="reason")
    _read_number(document)
    document.issuer_key = fold(document.issuer)
    words = reason or (_("Nhập văn bản") if new else _("Sửa bản nháp"))
    with files.storing() as stored, recording(by=by, at=at, reason=words):
        document.full_clean(exclude=["search"])
        document.save()
        files.store(uploads, into=stored, by=by, at=at, document=document)
    return document


def _read_number(document: Document) -> None:
    document.year = document.issued_on.year if document.issued_on else None
    if not document.number:
        document.number_key = ""
        return
    if document.kind in Document.UNNUMBERED:
        raise Refused(_("Loại văn bản này không có số; hãy để trống số, ký hiệu."), field="number")
    try:
        number = parse_number(document.number)
    except ValueError as error:
        raise Refused(str(error), field="number") from error
    document.number_key = number_key(document.number)
    document.year = number.year or document.year


def void_document(*, document: Document, by: User, at: datetime, reason: str) -> Document:
    """Mark an issued document as void; its directives must have been revoked first."""
    reason = demand_reason(reason)
    _demand_committee(document.committee_id, by=by, on=hanoi_date(at))
    with recording(by=by, at=at, reason=reason):
        row = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
        if row.state != Document.State.ISSUED:
            raise Refused(_("Chỉ hủy được văn bản đã ban hành."))
        if row.directives.filter(state=Directive.State.ISSUED).exists():
            raise Refused(_("Văn bản còn nhiệm vụ đang giao; hãy thu hồi các nhiệm vụ trước."))
        row.state, row.void_reason = Document.State.VOID, reason
        row.save()
    return row


def save_directive(*, directive: Directive, by: User, at: datetime, reason: str = "") -> Directive:
    """Enter or edit a draft directive; ordinal and code are set here. An issued one is corrected, not edited."""
    on = hanoi_date(at)
    directive.committee = directive.document.committee
    _demand_committee(directive.committee_id, by=by, on=on)
    if directive.state != Directive.State.DRAFT:
        raise Refused(_("Nhiệm vụ đã giao; hãy dùng “Đính chính”."))
    if directive.is_standing and directive.due_on:
        raise Refused(_("Nhiệm vụ thường xuyên không có thời hạn; hãy để trống thời hạn."), field="due_on")
    with recording(by=by, at=at, reason=reason or _("Soạn nhiệm vụ")):
        document = Document.objects.select_for_update(of=("self",)).get(pk=directive.document_id)
        if document.state == Document.State.VOID:
            raise Refused(_("Văn bản đã hủy, không thêm nhiệm vụ được."), field="document")
        if not directive.ordinal:
            directive.ordinal = (document.directives.aggregate(last=Max("ordinal"))["last"] or 0) + 1
        directive.given_on = directive.given_on or document.issued_on or on
        directive.code = code_of(document, directive.ordinal)
        directive.full_clean(exclude=["search"])
        directive.save()
    return directive


def code_of(document: Document, ordinal: int) -> str:
    """Return the code people use: number and ordinal, with the year where another document's would read alike."""
    label = document.label
    if document.number and document.year:
        alike = Document.objects.filter(committee=document.committee_id, number_key=document.number_key)
        if alike.exclude(pk=document.pk).exists() and str(document.year) not in label:
            label = f"{label} ({document.year})"
    return f"{label} – {ordinal:02d}"


def set_addressees(
    *, directive: Directive, by: User, at: datetime, lead: Unit | None = None, units: Iterable[Unit] = ()
) -> Directive:
    """Name the units of a draft: for a joint directive the lead and the coordinating ones, else each of the units.

    Units that are not active on the directive's day are refused by name.
    """
    on = hanoi_date(at)
    with recording(by=by, at=at, reason=_("Chọn đơn vị")):
        row = lock_directive(directive)
        _demand_committee(row.committee_id, by=by, on=on)
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
        row.addressees.all().delete()
        Addressee.objects.bulk_create(
            Addressee(directive=row, unit=unit, part=part) for unit, part in parts.values()
        )
    return row


def delete_draft(*, draft: Directive | Document, by: User, at: datetime, reason: str = "") -> None:
    """Delete a draft that was never issued; its history row stays."""
    _demand_committee(draft.committee_id, by=by, on=hanoi_date(at))
    with recording(by=by, at=at, reason=reason or _("Xóa bản nháp")):
        row = type(draft).objects.select_for_update(of=("self",)).get(pk=draft.pk)
        if row.state != row.State.DRAFT:
            raise Refused(_("Chỉ xóa được bản nháp."))
        if isinstance(row, Directive):
            row.addressees.all().delete()
        elif row.directives.exists() or row.files.exists():
            raise Refused(_("Văn bản nháp đã có nhiệm vụ hoặc tệp; không xóa được."))
        row.delete()
