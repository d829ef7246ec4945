"""Documents: entered, put right, related to others, made void."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError
from django.utils.translation import gettext as _

from accounts.clock import hanoi_date
from accounts.models import User
from accounts.text import fold
from directives import access, files
from directives.document_number import normalise_number, number_key, parse_number
from directives.errors import NotAllowed, Refused
from directives.models import Attachment, Directive, Document, DocumentRelation
from directives.services.frame import (
    demand_committee,
    demand_reason,
    demand_version,
    lock_document,
    recording,
)

ONE_NUMBER_A_YEAR = "document_number_once_a_year"


def save_document(
    *, document: Document, by: User, at: datetime, reason: str = "", uploads: Sequence[UploadedFile[Any]] = ()
) -> Document:
    """Enter or edit a document: the number is read and normalised, a duplicate within the year is refused.

    The codes of its directives follow its number. Editing an issued document needs a reason.
    Raises Refused naming the field, or ValidationError as the model's own checks do.
    """
    new = document.pk is None
    words = reason.strip() or (_("Nhập văn bản") if new else _("Sửa bản nháp"))
    demand_committee(document.committee_id, by=by, at=at)
    _read_number(document)
    document.issuer_key = fold(document.issuer)
    try:
        with files.storing() as stored, recording(by=by, at=at, reason=words):
            if not new:
                _demand_editable(document, reason)
            _demand_new_number(document)
            document.full_clean(exclude=["search"])
            document.save()
            files.store(uploads, into=stored, by=by, at=at, document=document)
            if not new:
                _follow_number(document)
    except IntegrityError as error:
        # Two people at once: the second one's own look found nothing.
        if ONE_NUMBER_A_YEAR not in str(error):
            raise
        raise _duplicate(document) from error
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
        document.number_key = number_key(document.number)
        document.number = normalise_number(document.number)
    except ValueError as error:
        raise Refused(str(error), field="number") from error
    document.year = number.year or document.year


def _demand_editable(document: Document, reason: str) -> None:
    # Directives before their document, as everywhere: services never cross.
    list(Directive.objects.select_for_update(of=("self",)).filter(document=document.pk).order_by("pk"))
    row = lock_document(document.pk)
    demand_version(row, document.version)
    if row.state == Document.State.VOID:
        raise Refused(_("Văn bản đã hủy, không sửa được."))
    if row.committee_id != document.committee_id:
        raise Refused(_("Không chuyển được văn bản sang Ban Chỉ đạo khác."), field="committee")
    if row.state != Document.State.DRAFT and not reason.strip():
        raise Refused(_("Hãy ghi lý do sửa văn bản đã ban hành."), field="reason")


def same_number(document: Document) -> Document | None:
    """Return the document that already bears this one's number, of the same issuer and year."""
    if not document.number_key:
        return None
    rows = Document.objects.filter(
        committee=document.committee_id,
        issuer_key=document.issuer_key,
        number_key=document.number_key,
        year=document.year,
    )
    return rows.exclude(pk=document.pk).exclude(state=Document.State.VOID).first()


def _demand_new_number(document: Document) -> None:
    if same_number(document) is not None:
        raise _duplicate(document)


def _duplicate(document: Document) -> Refused:
    words = _("%(number)s của %(issuer)s đã được nhập trong năm này; hãy mở văn bản đó thay vì nhập lại.")
    return Refused(words % {"number": document.number, "issuer": document.issuer}, field="number")


def _follow_number(document: Document) -> None:
    for directive in Directive.objects.filter(document=document).order_by("pk"):
        code = code_of(document, directive.ordinal)
        if directive.code != code:
            directive.code = code
            directive.save()


def code_of(document: Document, ordinal: int) -> str:
    """Return the code people use: number and ordinal, with the year where another document's would read alike."""
    label = document.label
    if document.number and document.year:
        alike = Document.objects.filter(committee=document.committee_id, number_key=document.number_key)
        if alike.exclude(pk=document.pk).exists() and str(document.year) not in label:
            label = f"{label} ({document.year})"
    return f"{label} – {ordinal:02d}"


def issue_document(*, document: Document, by: User, at: datetime, version: int | None = None) -> Document:
    """Mark a draft document as issued; the first directive given does the same.

    `version` is the one the person looked at; raises Refused when it moved.
    """
    demand_committee(document.committee_id, by=by, at=at)
    with recording(by=by, at=at, reason=_("Ban hành")):
        row = lock_document(document.pk)
        demand_version(row, version)
        if row.state != Document.State.DRAFT:
            raise Refused(_("Văn bản này đã được ban hành hoặc đã hủy."))
        row.state = Document.State.ISSUED
        row.save()
    return row


def void_document(*, document: Document, by: User, at: datetime, reason: str) -> Document:
    """Mark an issued document as void; its directives must have been revoked first."""
    reason = demand_reason(reason)
    demand_committee(document.committee_id, by=by, at=at)
    with recording(by=by, at=at, reason=reason):
        row = lock_document(document.pk)
        if row.state != Document.State.ISSUED:
            raise Refused(_("Chỉ hủy được văn bản đã ban hành."))
        if row.directives.filter(state=Directive.State.ISSUED).exists():
            raise Refused(_("Văn bản còn nhiệm vụ đang giao; hãy thu hồi các nhiệm vụ trước."))
        row.state, row.void_reason = Document.State.VOID, reason
        row.save()
    return row


def relate_documents(
    *, document: Document, kind: str, other: Document, by: User, at: datetime
) -> DocumentRelation:
    """Record that a document implements, amends, supplements, replaces or repeals another that the person sees.

    Raises Refused when it is recorded already or the other is the same document or out of sight.
    """
    demand_committee(document.committee_id, by=by, at=at)
    relation = DocumentRelation(document=document, kind=kind, other=other)
    if other.pk == document.pk:
        raise Refused(_("Văn bản không thể liên quan đến chính nó."), field="other")
    if not access.visible_to(by, Document, on=hanoi_date(at)).filter(pk=other.pk).exists():
        raise Refused(_("Không tìm thấy văn bản này."), field="other")
    with recording(by=by, at=at, reason=_("Thêm văn bản liên quan")):
        lock_document(document.pk)
        if DocumentRelation.objects.filter(document=document, kind=kind, other=other).exists():
            raise Refused(_("Quan hệ này đã được ghi."), field="other")
        relation.full_clean()
        relation.save()
    return relation


def unrelate_documents(*, relation: DocumentRelation, by: User, at: datetime, reason: str) -> None:
    """Take back a relation recorded by mistake; its history stays."""
    reason = demand_reason(reason)
    demand_committee(relation.document.committee_id, by=by, at=at)
    with recording(by=by, at=at, reason=reason):
        row = DocumentRelation.objects.select_for_update(of=("self",)).filter(pk=relation.pk).first()
        if row is None:
            raise Refused(_("Quan hệ này đã được gỡ trước đó."))
        row.delete()


def remove_document_file(*, attachment: Attachment, by: User, at: datetime, reason: str) -> Attachment:
    """Destroy the bytes of a document's wrong file; who, why and the hash stay (`files.remove`)."""
    if attachment.document is None:
        raise NotAllowed(_("Tệp này không thuộc văn bản."))
    demand_committee(attachment.document.committee_id, by=by, at=at)
    return files.remove(attachment=attachment, by=by, at=at, reason=reason)
