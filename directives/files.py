"""Files of documents, reports and letters: checked by content, stored under random names, removed without a trace
of their bytes but with row, hash, who and why kept."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import filetype
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit.context import acting
from accounts.models import User
from accounts.text import ascii_filename, nfc
from directives.errors import Refused
from directives.models import Attachment

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"
# Content type → the endings a file of it may bear.
ACCEPTED: dict[str, tuple[str, ...]] = {
    PDF: (".pdf",),
    DOCX: (".docx",),
    XLSX: (".xlsx",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    ZIP: (".zip",),
}


def check(upload: UploadedFile, *, field: str = "files") -> str:
    """Return the content type of an upload, read from its bytes; raises Refused with what to do instead."""
    name = nfc(upload.name or "", one_line=True)
    if not upload.size:
        raise Refused(_("Tệp “%(name)s” rỗng; hãy chọn lại tệp có nội dung.") % {"name": name}, field=field)
    if upload.size > settings.UPLOAD_MAX_BYTES:
        raise Refused(
            _("Tệp “%(name)s” lớn hơn 25 MB; hãy quét lại ở 200 dpi hoặc tách thành nhiều tệp.")
            % {"name": name},
            field=field,
        )
    found = _sniff(upload)
    if found not in ACCEPTED:
        raise Refused(
            _(
                "Tệp “%(name)s” không thuộc loại được nhận; hãy lưu thành DOCX hoặc PDF "
                "(nhận PDF, DOCX, XLSX, JPG, PNG, ZIP)."
            )
            % {"name": name},
            field=field,
        )
    if not name.lower().endswith(ACCEPTED[found]):
        raise Refused(
            _("Tên tệp “%(name)s” không khớp nội dung bên trong; hãy đổi đuôi thành %(ending)s rồi tải lại.")
            % {"name": name, "ending": ACCEPTED[found][0]},
            field=field,
        )
    return found


def _sniff(upload: UploadedFile) -> str:
    upload.seek(0)
    head = upload.read(262)
    upload.seek(0)
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return _sniff_zip(upload)
    kind = filetype.image_match(head)
    return kind.mime if kind is not None else ""


def _sniff_zip(upload: UploadedFile) -> str:
    try:
        with zipfile.ZipFile(upload) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile:
        return ""
    finally:
        upload.seek(0)
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return "macros"
    if "[Content_Types].xml" in names:
        return DOCX if "word/document.xml" in names else XLSX if "xl/workbook.xml" in names else ""
    return ZIP


@contextmanager
def storing() -> Iterator[list[Attachment]]:
    """Collect what `store` writes in the block; when the block fails, the bytes go with the rolled-back rows."""
    stored: list[Attachment] = []
    try:
        yield stored
    except BaseException:
        for attachment in stored:
            attachment.file.storage.delete(attachment.file.name)
        raise


def store(
    uploads: Iterable[UploadedFile],
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
        attachment.save()
    return into


def remove(*, attachment: Attachment, by: User, at: datetime, reason: str) -> Attachment:
    """Destroy the bytes of a wrong upload; row, hash, who and why stay. Raises Refused without a reason."""
    if not reason.strip():
        raise Refused(_("Hãy ghi lý do gỡ tệp."), field="reason")
    with transaction.atomic(), acting(by=by, reason=reason, at=at):
        row = Attachment.objects.select_for_update().get(pk=attachment.pk)
        if row.removed_at is not None:
            raise Refused(_("Tệp này đã được gỡ trước đó."))
        row.removed_at, row.removed_by, row.removal_reason = at, by, reason
        row.save()
        # After the commit: a crash in between leaves bytes that can be removed again, never a row without its file.
        transaction.on_commit(lambda: row.file.storage.delete(row.file.name))
    return row


def download_name(attachment: Attachment) -> str:
    """Return an ASCII file name for a download header."""
    return ascii_filename(attachment.name)
