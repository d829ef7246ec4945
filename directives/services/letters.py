"""Ghi nhận theo văn bản: what the secretariat records for a unit from the unit's letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from accounts.clock import hanoi_date
from accounts.models import User
from directives import files
from directives.errors import Refused
from directives.models import Assignment, Attachment, UnitLetter


@dataclass(frozen=True)
class LetterData:
    """Number, date and file of the unit's letter; all three are needed."""

    number: str
    dated_on: date
    signer: str = ""
    uploads: Sequence[UploadedFile[Any]] = field(default=())


def keep_letter(
    row: Assignment, letter: LetterData, *, by: User, at: datetime, stored: list[Attachment]
) -> UnitLetter:
    """Record a unit's letter with its file; raises Refused when something is missing or dated in the future."""
    if not letter.number.strip():
        raise Refused(_("Hãy nhập số, ký hiệu văn bản của đơn vị."), field="letter_number")
    if letter.dated_on > hanoi_date(at):
        raise Refused(_("Ngày văn bản của đơn vị không thể sau hôm nay."), field="letter_dated_on")
    if not letter.uploads:
        raise Refused(_("Hãy đính kèm văn bản của đơn vị."), field="letter_files")
    kept = UnitLetter.objects.create(
        assignment=row,
        unit=row.answering_unit or row.unit,
        number=letter.number,
        dated_on=letter.dated_on,
        signer=letter.signer,
        recorded_by=by,
        at=at,
    )
    files.store(letter.uploads, into=stored, by=by, at=at, field="letter_files", letter=kept)
    return kept
