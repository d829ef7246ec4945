"""Where two people meet: who comes first, who second, what the second is told, and what the first alone writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.db.models import Model

from directives import files, services
from directives.models import Assignment, Directive, Document, ExtensionRequest
from tests.cast import Cast, at, pdf

NEXT_MONTH = date(2023, 7, 31)
REPORTED = {"ProgressReport": 1, "HistoricalAssignment": 1}
WITH_FILE = REPORTED | {"Attachment": 1, "HistoricalAttachment": 1, "Occasion": 1}


@dataclass
class Meeting:
    """`row` is where they meet; `written` counts the rows by table that the first adds, all others stay as many."""

    row: Model
    first: Callable[[], Any]
    second: Callable[[], Any]
    said: str
    written: Mapping[str, int]


Setting = Callable[[Cast], Meeting]
SETTINGS: dict[str, Setting] = {}


def setting(make: Setting) -> Setting:
    """Add to the meetings that are tried."""
    SETTINGS[make.__name__] = make
    return make


def _submit(row: Assignment, cast: Cast, **given: Any) -> Callable[[], Any]:
    return partial(
        services.submit, assignment=row, by=cast.head, at=at(20), text="Đã xong", uploads=[pdf()], **given
    )


def _submitted(cast: Cast) -> Assignment:
    row = cast.assignment()
    _submit(row, cast)()
    row.refresh_from_db()
    return row


@setting
def submitted_twice_by_a_double_click(cast: Cast) -> Meeting:
    row = cast.assignment()
    said = "Vũ Giám Đốc lúc 09:00 20/06/2023, Chưa tiếp nhận → Chờ xác nhận"
    return Meeting(row, _submit(row, cast, version=1), _submit(row, cast, version=1), said, WITH_FILE)


@setting
def submitted_twice_without_a_version(cast: Cast) -> Meeting:
    row = cast.assignment()
    return Meeting(row, _submit(row, cast), _submit(row, cast), "đang ở trạng thái “Chờ xác nhận”", WITH_FILE)


@setting
def submitted_by_the_head_and_reported_by_the_officer(cast: Cast) -> Meeting:
    row = cast.assignment()
    report = partial(
        services.report, assignment=row, by=cast.officer, at=at(21), percent=10, text="Đang làm", version=1
    )
    return Meeting(row, _submit(row, cast, version=1), report, "→ Chờ xác nhận", WITH_FILE)


def _decisions(cast: Cast) -> tuple[Assignment, Callable[[], Any], Callable[[], Any]]:
    row = _submitted(cast)
    given: dict[str, Any] = {"assignment": row, "version": row.version}
    confirm = partial(services.confirm, by=cast.secretary, at=at(22), **given)
    revoke = partial(
        services.revoke, by=cast.second_secretary, at=at(22, hour=10), reason="Giao nhầm", **given
    )
    return row, confirm, revoke


@setting
def confirmed_and_then_revoked(cast: Cast) -> Meeting:
    row, confirm, revoke = _decisions(cast)
    said = "Nguyễn Thư Ký lúc 09:00 22/06/2023, Chờ xác nhận → Hoàn thành"
    return Meeting(row, confirm, revoke, said, {"HistoricalAssignment": 1})


@setting
def revoked_and_then_confirmed(cast: Cast) -> Meeting:
    row, confirm, revoke = _decisions(cast)
    said = "Trần Thư Ký Hai lúc 10:00 22/06/2023, Chờ xác nhận → Thu hồi"
    return Meeting(row, revoke, confirm, said, {"HistoricalAssignment": 1})


@setting
def withdrawn_and_then_confirmed(cast: Cast) -> Meeting:
    row, confirm, _revoke = _decisions(cast)
    withdraw = partial(services.withdraw, assignment=row, by=cast.officer, at=at(21), version=row.version)
    return Meeting(row, withdraw, confirm, "Chờ xác nhận → Đang thực hiện", {"HistoricalAssignment": 1})


@setting
def confirmed_and_then_withdrawn(cast: Cast) -> Meeting:
    row, confirm, _revoke = _decisions(cast)
    withdraw = partial(services.withdraw, assignment=row, by=cast.officer, at=at(23))
    return Meeting(row, confirm, withdraw, "đang ở trạng thái “Hoàn thành”", {"HistoricalAssignment": 1})


def _asked(cast: Cast) -> tuple[Assignment, ExtensionRequest]:
    row = cast.assignment()
    services.ask_extension(assignment=row, by=cast.officer, at=at(20), due_on=NEXT_MONTH, reason="Chưa kịp")
    return row, row.extension_requests.get()


def _grant(request: ExtensionRequest, cast: Cast, **given: Any) -> Callable[[], Any]:
    decided: dict[str, Any] = {
        "by": cast.secretary,
        "at": at(21),
        "granted": True,
        "decided_by": "Bộ trưởng",
    } | given
    return partial(services.decide_extension, request=request, **decided)


@setting
def an_extension_granted_twice(cast: Cast) -> Meeting:
    row, request = _asked(cast)
    other = _grant(request, cast, by=cast.second_secretary, due_on=date(2023, 8, 15))
    said = "Đề nghị này đã được quyết định: Đồng ý (Nguyễn Thư Ký, 09:00 21/06/2023)"
    written = {"DeadlineEntry": 1, "HistoricalAssignment": 1, "HistoricalExtensionRequest": 1, "Occasion": 1}
    return Meeting(row, _grant(request, cast), other, said, written)


@setting
def an_extension_refused_and_then_granted(cast: Cast) -> Meeting:
    row, request = _asked(cast)
    refuse = _grant(request, cast, by=cast.second_secretary, granted=False, reason="Không có cơ sở")
    said = "Đề nghị này đã được quyết định: Không đồng ý (Trần Thư Ký Hai"
    return Meeting(row, refuse, _grant(request, cast), said, {"HistoricalExtensionRequest": 1, "Occasion": 1})


@setting
def an_extension_asked_for_twice(cast: Cast) -> Meeting:
    row = cast.assignment()
    asked: dict[str, Any] = {"assignment": row, "at": at(20), "due_on": NEXT_MONTH, "reason": "Chưa kịp"}
    officer = partial(services.ask_extension, by=cast.officer, **asked)
    head = partial(services.ask_extension, by=cast.head, **asked)
    written = {"ExtensionRequest": 1, "HistoricalExtensionRequest": 1, "Occasion": 1}
    return Meeting(row, officer, head, "Đang có một đề nghị gia hạn chờ quyết định", written)


@setting
def an_extension_lapsed_and_then_granted(cast: Cast) -> Meeting:
    row, request = _asked(cast)
    decline = partial(
        services.decline, assignment=row, by=cast.head, at=at(21), reason="Không thuộc thẩm quyền"
    )
    written = {"HistoricalAssignment": 1, "HistoricalExtensionRequest": 1, "Occasion": 1}
    return Meeting(row, decline, _grant(request, cast), "Hết hiệu lực (Vũ Giám Đốc", written)


ISSUED = {
    "Addressee": -3, "Assignment": 3, "HistoricalAssignment": 3, "DeadlineEntry": 3, "HistoricalDirective": 1,
    "Occasion": 1,
    "HistoricalDocument": 1,
}  # fmt: skip


@setting
def a_directive_given_twice(cast: Cast) -> Meeting:
    draft = cast.draft(units=[cast.hanoi, cast.danang, cast.office])
    one = partial(services.issue, directive=draft, by=cast.secretary, at=at(2), version=draft.version)
    two = partial(services.issue, directive=draft, by=cast.second_secretary, at=at(2), version=draft.version)
    return Meeting(draft, one, two, "Nhiệm vụ này đã được giao", ISSUED)


def _edit(draft: Directive, by: Any, **changes: Any) -> Callable[[], Any]:
    """A form of a draft that was opened now and is sent later."""
    mine = Directive.objects.get(pk=draft.pk)
    units = [row.unit for row in draft.addressees.select_related("unit")]
    for name, value in changes.items():
        setattr(mine, name, value)
    return partial(services.save_draft, directive=mine, units=units, by=by, at=at(2))


@setting
def a_draft_edited_by_two(cast: Cast) -> Meeting:
    draft = cast.draft(units=[cast.hanoi])
    one, two = (
        _edit(draft, cast.secretary, content="Bản một"),
        _edit(draft, cast.second_secretary, content="Bản hai"),
    )
    said = "đã được người khác sửa trong lúc anh/chị xem: Nguyễn Thư Ký lúc 09:00 02/06/2023"
    return Meeting(draft, one, two, said, {"HistoricalDirective": 1})


@setting
def a_draft_edited_and_then_given_as_it_was(cast: Cast) -> Meeting:
    draft = cast.draft(units=[cast.hanoi])
    issue = partial(
        services.issue, directive=draft, by=cast.second_secretary, at=at(2), version=draft.version
    )
    edit = _edit(draft, cast.secretary, content="Bản mới")
    return Meeting(draft, edit, issue, "đã được người khác sửa", {"HistoricalDirective": 1})


@setting
def a_draft_given_and_then_edited(cast: Cast) -> Meeting:
    draft = cast.draft(units=[cast.hanoi, cast.danang, cast.office])
    issue = partial(services.issue, directive=draft, by=cast.second_secretary, at=at(2))
    return Meeting(draft, issue, _edit(draft, cast.secretary), "hãy dùng “Đính chính”", ISSUED)


@setting
def a_draft_deleted_and_then_given(cast: Cast) -> Meeting:
    draft = cast.draft(units=[cast.hanoi])
    delete = partial(services.delete_draft, draft=draft, by=cast.secretary, at=at(2))
    issue = partial(services.issue, directive=draft, by=cast.second_secretary, at=at(2))
    return Meeting(
        draft, delete, issue, "đã được xóa", {"Directive": -1, "Addressee": -1, "HistoricalDirective": 1}
    )


@setting
def a_document_edited_by_two(cast: Cast) -> Meeting:
    document = cast.document()
    one, two = (Document.objects.get(pk=document.pk) for _ in range(2))
    one.subject, two.subject = "Trích yếu một", "Trích yếu hai"
    save = partial(services.save_document, at=at(2))
    return Meeting(
        document,
        partial(save, document=one, by=cast.secretary),
        partial(save, document=two, by=cast.second_secretary),
        "đã được người khác sửa trong lúc anh/chị xem: Nguyễn Thư Ký",
        {"HistoricalDocument": 1},
    )


@setting
def a_draft_document_deleted_and_then_edited(cast: Cast) -> Meeting:
    document = cast.document()
    delete = partial(services.delete_draft, draft=document, by=cast.secretary, at=at(2))
    edit = partial(services.save_document, document=document, by=cast.second_secretary, at=at(2))
    return Meeting(document, delete, edit, "đã được xóa", {"Document": -1, "HistoricalDocument": 1})


@setting
def a_directive_corrected_by_two(cast: Cast) -> Meeting:
    directive = cast.issued(units=[cast.hanoi])
    seen: dict[str, Any] = {"directive": directive, "version": directive.version, "at": at(2)}
    one = partial(
        services.correct_directive, by=cast.secretary, reason="Gõ thiếu", changes={"content": "Một"}, **seen
    )
    two = partial(
        services.correct_directive,
        by=cast.second_secretary,
        reason="Gõ nhầm",
        changes={"due_on": NEXT_MONTH},
        **seen,
    )
    return Meeting(directive, one, two, "Nguyễn Thư Ký lúc 09:00 02/06/2023", {"HistoricalDirective": 1})


@setting
def a_due_date_corrected_by_two(cast: Cast) -> Meeting:
    row = cast.assignment()
    seen: dict[str, Any] = {"assignment": row, "at": at(2), "version": 1, "reason": "Gõ nhầm"}
    one = partial(services.correct_due_date, by=cast.secretary, due_on=date(2023, 7, 1), **seen)
    two = partial(services.correct_due_date, by=cast.second_secretary, due_on=date(2023, 7, 2), **seen)
    return Meeting(row, one, two, "Nguyễn Thư Ký lúc", {"HistoricalAssignment": 1, "DeadlineEntry": 1})


def _moving(cast: Cast) -> tuple[Assignment, Callable[[], Any]]:
    row = cast.assignment()
    transfer = partial(
        services.transfer, assignment=row, unit=cast.danang, by=cast.secretary, at=at(19), reason="Đúng việc",
        basis="12/TB", version=1,
    )  # fmt: skip
    return row, transfer


@setting
def transferred_while_its_report_is_being_submitted(cast: Cast) -> Meeting:
    row, transfer = _moving(cast)
    written = {"Assignment": 1, "HistoricalAssignment": 2, "DeadlineEntry": 1, "Occasion": 1}
    said = "Nguyễn Thư Ký lúc 09:00 19/06/2023, Chưa tiếp nhận → Đã chuyển"
    return Meeting(row, transfer, _submit(row, cast, version=1), said, written)


@setting
def submitted_while_it_is_being_transferred(cast: Cast) -> Meeting:
    row, transfer = _moving(cast)
    return Meeting(row, _submit(row, cast, version=1), transfer, "Chưa tiếp nhận → Chờ xác nhận", WITH_FILE)


@setting
def the_same_unit_added_by_two(cast: Cast) -> Meeting:
    directive = cast.issued(units=[cast.hanoi])
    added: dict[str, Any] = {"directive": directive, "units": [cast.danang], "at": at(3), "reason": "Bổ sung"}
    one = partial(services.add_units, by=cast.secretary, **added)
    two = partial(services.add_units, by=cast.second_secretary, **added)
    written = {"Assignment": 1, "HistoricalAssignment": 1, "DeadlineEntry": 1, "Occasion": 1}
    return Meeting(directive, one, two, "Đã được giao nhiệm vụ này: Sở Y tế thành phố Đà Nẵng", written)


@setting
def taken_back_as_a_whole_while_its_report_is_being_submitted(cast: Cast) -> Meeting:
    row = cast.assignment()
    revoke = partial(
        services.revoke_directive, directive=row.directive, by=cast.secretary, at=at(19), reason="Thôi"
    )
    written = {"HistoricalAssignment": 1, "HistoricalDirective": 1}
    return Meeting(row, revoke, _submit(row, cast, version=1), "Chưa tiếp nhận → Thu hồi", written)


@setting
def replaced_by_two(cast: Cast) -> Meeting:
    directive = cast.issued(units=[cast.hanoi])
    replaced: dict[str, Any] = {"directive": directive, "at": at(3), "reason": "Sai cách thực hiện"}
    one = partial(services.replace_directive, by=cast.secretary, **replaced)
    two = partial(services.replace_directive, by=cast.second_secretary, **replaced)
    written = {"Directive": 1, "Addressee": 1, "HistoricalDirective": 2, "HistoricalAssignment": 1}
    return Meeting(directive, one, two, "Chỉ thu hồi được nhiệm vụ đã giao", written)


@setting
def a_coordinating_part_reported_after_the_lead_was_confirmed(cast: Cast) -> Meeting:
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang])
    lead, part = (directive.assignments.get(unit=unit) for unit in (cast.hanoi, cast.danang))
    _submit(lead, cast)()
    confirm = partial(services.confirm, assignment=lead, by=cast.secretary, at=at(22))
    report = partial(
        services.report,
        assignment=part,
        by=cast.danang_officer,
        at=at(22),
        percent=5,
        text="Đang làm",
        version=1,
    )
    said = "Hệ thống lúc 09:00 22/06/2023, Chưa tiếp nhận → Kết thúc theo đơn vị chủ trì"
    return Meeting(part, confirm, report, said, {"HistoricalAssignment": 2})


@setting
def a_file_removed_by_two(cast: Cast) -> Meeting:
    report = services.report(
        assignment=cast.assignment(), by=cast.officer, at=at(2), percent=1, text="a", uploads=[pdf()]
    )
    file = report.files.get()
    removed: dict[str, Any] = {"attachment": file, "at": at(3), "reason": "Nhầm tệp"}
    one = partial(files.remove, by=cast.officer, **removed)
    two = partial(files.remove, by=cast.secretary, **removed)
    return Meeting(file, one, two, "đã được gỡ trước đó", {"HistoricalAttachment": 1})
