"""Files of documents, reports and letters: checked by content, stored under random names, removed without a trace
of their bytes but with row, hash, who and why kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import filetype  # type: ignore[import-untyped]
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit.context import current_act
from accounts.audit.in_bulk import bulk_create_recorded
from accounts.audit.recording import recorded
from accounts.clock import hanoi_date
from accounts.models import User
from accounts.text import ascii_filename, nfc
from directives import access, virus_scan
from directives.archives import (
    DOCX,
    PDF,
    XLSX,
    ZIP,
    BrokenArchive,
    Unacceptable,
    is_archive,
    is_pdf,
    kind_of_archive,
)
from directives.errors import NotAllowed, Refused
from directives.lifecycle import Status
from directives.models import Attachment
from directives.rights import rights

# Content type → the endings a file of it may bear.
ACCEPTED: dict[str, tuple[str, ...]] = {
    PDF: (".pdf",),
    DOCX: (".docx",),
    XLSX: (".xlsx",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    ZIP: (".zip",),
}
_HEAD = 1024
_OF_WEB_PAGES = (b"<html", b"<script", b"<!doctype html", b"<?php")


def check(upload: UploadedFile[Any], *, field: str = "files") -> str:
    """Return the content type of an upload, read from its bytes; raises Refused with what to do instead."""
    name = nfc(upload.name or "", one_line=True)
    try:
        return _check(upload, name)
    except Unacceptable as found:
        raise Refused(found.sentence % {"name": name, **found.details}, field=field) from found


def _check(upload: UploadedFile[Any], name: str) -> str:
    if not upload.size:
        raise Unacceptable(_("Tệp “%(name)s” rỗng; hãy chọn lại tệp có nội dung."))
    if upload.size > settings.UPLOAD_MAX_BYTES:
        raise Unacceptable(
            _("Tệp “%(name)s” lớn hơn 25 MB; hãy quét lại ở 200 dpi hoặc tách thành nhiều tệp.")
        )
    found = _sniff(upload)
    if found not in ACCEPTED:
        raise Unacceptable(
            _(
                "Tệp “%(name)s” không thuộc loại được nhận; hãy lưu thành DOCX hoặc PDF "
                "(nhận PDF, DOCX, XLSX, JPG, PNG, ZIP)."
            )
        )
    if not name.lower().endswith(ACCEPTED[found]):
        raise Unacceptable(
            _("Tên tệp “%(name)s” không khớp nội dung bên trong; hãy đổi đuôi thành %(ending)s rồi tải lại."),
            ending=ACCEPTED[found][0],
        )
    virus_scan.scan(upload)
    return found


def _sniff(upload: UploadedFile[Any]) -> str:
    upload.seek(0)
    head = upload.read(_HEAD)
    upload.seek(0)
    if head.startswith(b"PK\x03\x04"):
        try:
            return kind_of_archive(upload)
        except BrokenArchive:
            return ""
    if is_pdf(head):
        found = PDF
    else:
        image = filetype.image_match(head)
        found = image.mime if image is not None else ""
    if found in ACCEPTED and (is_archive(upload) or any(mark in head.lower() for mark in _OF_WEB_PAGES)):
        raise Unacceptable(
            _("Tệp “%(name)s” chứa nội dung của hai loại tệp; hãy xuất lại từ phần mềm gốc rồi tải lại.")
        )
    return found


@contextmanager
def storing() -> Iterator[list[Attachment]]:
    """Collect what `store` writes in the block; when the block fails, the bytes go with the rolled-back rows."""
    stored: list[Attachment] = []
    try:
        yield stored
    except BaseException:
        for attachment in stored:
            attachment.file.storage.delete(str(attachment.file.name))
        raise


def store(
    uploads: Iterable[UploadedFile[Any]],
    *,
    into: list[Attachment],
    by: User,
    at: datetime,
    field: str = "files",
    **owner: Any,
) -> list[Attachment]:
    """Check and keep uploads for their owner (`document=`, `report=`, `letter=` or `extension_request=`).

    Call inside `storing()` and a transaction; raises Refused before anything is written when one is not acceptable.
    """
    checked = [(upload, check(upload, field=field)) for upload in uploads]
    new: list[Attachment] = []
    for upload, content_type in checked:
        digest = hashlib.sha256()
        for chunk in upload.chunks():
            digest.update(chunk)
        upload.seek(0)
        attachment = Attachment(
            name=nfc(upload.name or "", one_line=True),
            content_type=content_type,
            size=upload.size or 0,
            sha256=digest.hexdigest(),
            uploaded_by=by,
            uploaded_at=at,
            **owner,
        )
        attachment.file.save("", upload, save=False)
        into.append(attachment)
        new.append(attachment)
    bulk_create_recorded(Attachment, new, current_act())
    return into


def may_remove(user: User, attachment: Attachment, *, on: date) -> bool:
    """Return whether a person may remove a file: the secretariat any, a unit its own while the work is with it."""
    committees = rights(user, on=on).secretariat_of
    if attachment.document is not None:
        return attachment.document.committee_id in committees
    owner = attachment.report or attachment.letter or attachment.extension_request
    if owner is None:
        return False
    row = owner.assignment
    if row.directive.committee_id in committees:
        return True
    theirs = attachment.uploaded_by_id == user.pk and access.acts_for_unit(user, row, on=on)
    return theirs and row.status in (Status.ASSIGNED, Status.IN_PROGRESS)


def remove(*, attachment: Attachment, by: User, at: datetime, reason: str) -> Attachment:
    """Destroy the bytes of a wrong upload; row, hash, who and why stay.

    Raises NotAllowed for a person who may not (`may_remove`), Refused without a reason or when it was removed before.
    """
    if not reason.strip():
        raise Refused(_("Hãy ghi lý do gỡ tệp."), field="reason")
    with recorded(by=by, reason=reason, at=at):
        row = Attachment.objects.select_for_update().get(pk=attachment.pk)
        if not may_remove(by, row, on=hanoi_date(at)):
            raise NotAllowed(_("Anh/chị không được gỡ tệp này."))
        if row.removed_at is not None:
            raise Refused(_("Tệp này đã được gỡ trước đó."))
        row.removed_at, row.removed_by, row.removal_reason = at, by, reason
        row.save()
        # After the commit: a crash in between leaves bytes behind, never a row without its file.
        transaction.on_commit(lambda: row.file.storage.delete(str(row.file.name)))
    return row


def download_name(attachment: Attachment) -> str:
    """Return an ASCII file name for a download header."""
    return ascii_filename(attachment.name)
