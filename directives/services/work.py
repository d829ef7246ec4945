"""What a unit does with its assignment, itself or through the secretariat from its letter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from accounts.audit.context import Door
from accounts.clock import hanoi_date
from accounts.models import User
from directives import access, files
from directives.errors import NotAllowed, Refused
from directives.lifecycle import Verb
from directives.models import Assignment, Attachment, Occasion, ProgressReport, UnitLetter
from directives.services.frame import demand, demand_reason, lapse_requests, lock_assignment, move, recording
from directives.services.letters import LetterData, keep_letter
from directives.services.occasions import tell


@dataclass
class _Work:
    """A unit's verb under way: the locked row, the letter it rests on, and the files stored so far."""

    row: Assignment
    stored: list[Attachment]
    by: User
    at: datetime
    letter: UnitLetter | None

    @property
    def author(self) -> User | None:
        """The person whose report it is; nobody of ours when a letter says it."""
        return None if self.letter else self.by

    def file_report(
        self, kind: str, uploads: Sequence[UploadedFile[Any]], **fields: object
    ) -> ProgressReport:
        report = ProgressReport.objects.create(
            assignment=self.row,
            kind=kind,
            unit=self.row.answering_unit or self.row.unit,
            author=self.author,
            recorded_by=self.by,
            letter=self.letter,
            at=self.at,
            **fields,
        )
        files.store(uploads, into=self.stored, by=self.by, at=self.at, report=report)
        return report

    def tell(self, kind: Occasion.Kind, text: str) -> None:
        """Let it be told; what the secretariat itself recorded from a letter it need not be told of."""
        if self.letter is None:
            tell(kind, self.row, by=self.by, at=self.at, text=text)


@contextmanager
def _working(
    assignment: Assignment,
    verb: Verb,
    *,
    by: User,
    at: datetime,
    reason: str,
    letter: LetterData | None,
    version: int | None,
) -> Iterator[_Work]:
    door = Door.LETTER if letter else None
    told = reason or str(verb.label)
    unit = assignment.unit_id
    with files.storing() as stored, recording(by=by, at=at, reason=told, door=door, unit=unit):
        row = lock_assignment(assignment, version=version)
        demand(row, verb, by=by, at=at, for_unit=letter is not None)
        kept = keep_letter(row, letter, by=by, at=at, stored=stored) if letter else None
        yield _Work(row, stored, by, at, kept)


def accept(
    *,
    assignment: Assignment,
    by: User,
    at: datetime,
    letter: LetterData | None = None,
    version: int | None = None,
) -> Assignment:
    """The unit takes note and begins."""
    with _working(assignment, Verb.ACCEPT, by=by, at=at, reason="", letter=letter, version=version) as work:
        move(work.row, Verb.ACCEPT)
        work.row.save()
    return work.row


def report(
    *,
    assignment: Assignment,
    by: User,
    at: datetime,
    percent: int,
    text: str,
    obstacles: str = "",
    proposals: str = "",
    uploads: Sequence[UploadedFile[Any]] = (),
    letter: LetterData | None = None,
    version: int | None = None,
) -> ProgressReport:
    """The unit tells how far it is, in percent (0–100) and words; a first report accepts, too."""
    text = _demand_text(text)
    _demand_percent(percent)
    with _working(assignment, Verb.REPORT, by=by, at=at, reason="", letter=letter, version=version) as work:
        filed = work.file_report(
            ProgressReport.Kind.PROGRESS,
            uploads,
            percent=percent,
            text=text,
            obstacles=obstacles,
            proposals=proposals,
        )
        move(work.row, Verb.REPORT)
        work.row.progress = percent
        work.row.save()
    return filed


def present_to_head(
    *,
    assignment: Assignment,
    by: User,
    at: datetime,
    text: str,
    obstacles: str = "",
    proposals: str = "",
    result_number: str = "",
    result_on: date | None = None,
    result_signer: str = "",
    uploads: Sequence[UploadedFile[Any]] = (),
    version: int | None = None,
) -> ProgressReport:
    """Trình thủ trưởng: an officer's result waits on the head's list; the status does not change yet."""
    text = _demand_text(text)
    with _working(
        assignment, Verb.REPORT, by=by, at=at, reason=_("Trình thủ trưởng"), letter=None, version=version
    ) as work:
        filed = work.file_report(
            ProgressReport.Kind.FOR_HEAD,
            uploads,
            percent=100,
            text=text,
            obstacles=obstacles,
            proposals=proposals,
            result_number=result_number,
            result_on=result_on,
            result_signer=result_signer,
        )
        move(work.row, Verb.REPORT)
        work.row.with_head_since = at
        work.row.save()
        work.tell(Occasion.Kind.PRESENTED, text)
    return filed


def give_back(
    *, assignment: Assignment, by: User, at: datetime, reason: str, version: int | None = None
) -> ProgressReport:
    """The head gives a presented result back to the officer, with a reason."""
    reason = demand_reason(reason)
    with _working(assignment, Verb.REPORT, by=by, at=at, reason=reason, letter=None, version=version) as work:
        _demand_head(work)
        if work.row.with_head_since is None:
            raise Refused(_("Không có báo cáo nào đang chờ thủ trưởng."))
        filed = work.file_report(ProgressReport.Kind.GIVEN_BACK, (), percent=work.row.progress, text=reason)
        work.row.with_head_since = None
        work.row.save()
        work.tell(Occasion.Kind.SENT_BACK, reason)
    return filed


def submit(
    *,
    assignment: Assignment,
    by: User,
    at: datetime,
    text: str,
    obstacles: str = "",
    proposals: str = "",
    result_number: str = "",
    result_on: date | None = None,
    result_signer: str = "",
    uploads: Sequence[UploadedFile[Any]] = (),
    letter: LetterData | None = None,
    version: int | None = None,
) -> ProgressReport:
    """The unit reports completion. The head may; an officer only with number, date and signer of the signed document.

    A result needs a file or a document number; files of a report presented to the head count.
    """
    text = _demand_text(text)
    on = hanoi_date(at)
    if result_on is not None and result_on > on:
        raise Refused(_("Ngày văn bản kết quả không thể sau hôm nay."), field="result_on")
    with _working(assignment, Verb.SUBMIT, by=by, at=at, reason="", letter=letter, version=version) as work:
        row = work.row
        head = letter is None and access.acts_for_unit(by, row, on=on, submitting=True)
        if (
            letter is None
            and not head
            and not (result_number.strip() and result_on and result_signer.strip())
        ):
            raise Refused(
                _(
                    "Chuyên viên báo cáo hoàn thành cần số, ngày và người ký của văn bản đã ký; "
                    "nếu chưa có, hãy dùng “Trình thủ trưởng”."
                ),
                field="result_number",
            )
        presented = None
        if row.with_head_since is not None:
            presented = row.reports.filter(kind=ProgressReport.Kind.FOR_HEAD).order_by("-at", "-pk").first()
        has_file = bool(uploads) or letter is not None or (presented is not None and presented.files.exists())
        if not has_file and not result_number.strip():
            raise Refused(_("Hãy đính kèm tệp kết quả hoặc nhập số văn bản kết quả."), field="files")
        filed = work.file_report(
            ProgressReport.Kind.RESULT,
            uploads,
            percent=100,
            text=text,
            obstacles=obstacles,
            proposals=proposals,
            result_number=result_number,
            result_on=result_on,
            result_signer=result_signer,
            based_on=presented,
        )
        move(row, Verb.SUBMIT)
        row.progress = 100
        row.result = filed
        row.submitted_at, row.submitted_on = at, on
        row.first_submitted_on = row.first_submitted_on or on
        row.with_head_since = None
        row.save()
        work.tell(Occasion.Kind.SUBMITTED, text)
    return filed


def withdraw(
    *, assignment: Assignment, by: User, at: datetime, reason: str = "", version: int | None = None
) -> Assignment:
    """The unit takes its completion report back before it is decided."""
    with _working(
        assignment, Verb.WITHDRAW, by=by, at=at, reason=reason, letter=None, version=version
    ) as work:
        move(work.row, Verb.WITHDRAW)
        clear_submission(work.row)
        work.row.save()
    return work.row


def decline(
    *,
    assignment: Assignment,
    by: User,
    at: datetime,
    reason: str,
    letter: LetterData | None = None,
    version: int | None = None,
) -> Assignment:
    """The unit's head returns the assignment to the secretariat, with a reason."""
    reason = demand_reason(reason)
    with _working(
        assignment, Verb.DECLINE, by=by, at=at, reason=reason, letter=letter, version=version
    ) as work:
        move(work.row, Verb.DECLINE)
        work.row.with_head_since = None
        lapse_requests(work.row, at=at)
        work.row.save()
        work.tell(Occasion.Kind.DECLINED, reason)
    return work.row


def clear_submission(row: Assignment) -> None:
    """Forget that the work was submitted; the day of the first submission stays."""
    row.submitted_on = row.submitted_at = row.result = None


def _demand_text(text: str) -> str:
    if not text.strip():
        raise Refused(_("Hãy ghi kết quả thực hiện."), field="text")
    return text


def _demand_percent(percent: int) -> None:
    if not 0 <= percent <= 100:
        raise Refused(_("Tiến độ phải từ 0 đến 100 (%)."), field="percent")


def _demand_head(work: _Work) -> None:
    if not access.acts_for_unit(work.by, work.row, on=hanoi_date(work.at), submitting=True):
        raise NotAllowed(_("Chỉ thủ trưởng đơn vị được thực hiện việc này."))
