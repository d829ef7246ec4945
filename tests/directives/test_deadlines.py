"""Corrections, extensions and the ledger that keeps every date an assignment ever had."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from directives import services
from directives.errors import NotAllowed, Refused
from directives.models import ExtensionRequest
from directives.services import LetterData
from directives.timeliness import timeliness
from tests.cast import Cast, at, pdf

JULY_15 = date(2023, 7, 15)


def ledger(row: object) -> list[tuple[str, date | None]]:
    return [(entry.kind, entry.due_on) for entry in row.deadlines.all()]  # type: ignore[attr-defined]


def test_an_extension_moves_the_date_and_keeps_the_original(cast: Cast) -> None:
    row = cast.assignment()
    request = services.ask_extension(
        assignment=row, by=cast.officer, at=at(20), due_on=JULY_15, reason="Chờ số liệu", uploads=[pdf()]
    )
    assert request.files.count() == 1
    decided = services.decide_extension(
        request=request,
        by=cast.secretary,
        at=at(21),
        granted=True,
        decided_by="Lê Trưởng Ban",
        basis="20/CV-BCĐ",
        due_on=date(2023, 7, 10),
        reason="Chỉ đến 10/7",
    )
    row.refresh_from_db()
    assert decided.state == ExtensionRequest.State.OTHER_DATE
    assert (row.due_on, row.original_due_on) == (date(2023, 7, 10), date(2023, 6, 30))
    assert ledger(row) == [("original", date(2023, 6, 30)), ("extension", date(2023, 7, 10))]
    entry = row.deadlines.last()
    assert entry is not None
    assert (entry.decided_by, entry.basis_text, entry.recorded_by) == (
        "Lê Trưởng Ban",
        "20/CV-BCĐ",
        cast.secretary,
    )


@pytest.mark.parametrize("day", [date(2023, 6, 30), date(2023, 6, 29), date(2023, 6, 1)])
def test_an_extension_asks_for_a_later_date(cast: Cast, day: date) -> None:
    with pytest.raises(Refused) as refused:
        services.ask_extension(
            assignment=cast.assignment(), by=cast.officer, at=at(20), due_on=day, reason="Chờ"
        )
    assert refused.value.field == "due_on"


def test_an_extension_may_be_asked_after_expiry_but_not_into_the_past(cast: Cast) -> None:
    row = cast.assignment()
    late = at(10, month=7)
    with pytest.raises(Refused):
        services.ask_extension(
            assignment=row, by=cast.officer, at=late, due_on=date(2023, 7, 5), reason="Chờ"
        )
    services.ask_extension(assignment=row, by=cast.officer, at=late, due_on=JULY_15, reason="Chờ")
    with pytest.raises(Refused, match="chờ quyết định"):
        services.ask_extension(assignment=row, by=cast.head, at=late, due_on=date(2023, 7, 20), reason="Nữa")


def test_only_the_unit_asks_and_nobody_decides_their_own(cast: Cast) -> None:
    row = cast.assignment()
    for person in (cast.danang_officer, cast.chair, cast.secretary, cast.ministry_officer):
        with pytest.raises(NotAllowed):
            services.ask_extension(assignment=row, by=person, at=at(20), due_on=JULY_15, reason="Chờ")
    request = services.ask_extension(assignment=row, by=cast.officer, at=at(20), due_on=JULY_15, reason="Chờ")
    for person in (cast.officer, cast.head, cast.chair, cast.auditor, cast.administrator):
        with pytest.raises(NotAllowed):
            services.decide_extension(request=request, by=person, at=at(21), granted=True, decided_by="X")


def test_a_refusal_needs_a_reason_and_a_decision_is_final(cast: Cast) -> None:
    request = services.ask_extension(
        assignment=cast.assignment(), by=cast.officer, at=at(20), due_on=JULY_15, reason="Chờ"
    )
    with pytest.raises(Refused) as refused:
        services.decide_extension(
            request=request, by=cast.secretary, at=at(21), granted=False, decided_by="Lê"
        )
    assert refused.value.field == "reason"
    services.decide_extension(
        request=request,
        by=cast.secretary,
        at=at(21),
        granted=False,
        decided_by="Lê",
        reason="Đã đủ thời gian",
    )
    with pytest.raises(Refused, match="đã được quyết định"):
        services.decide_extension(
            request=request, by=cast.secretary, at=at(22), granted=True, decided_by="Lê"
        )


def test_an_open_request_lapses_when_the_work_is_confirmed(cast: Cast) -> None:
    row = cast.assignment()
    request = services.ask_extension(assignment=row, by=cast.officer, at=at(20), due_on=JULY_15, reason="Chờ")
    services.submit(assignment=row, by=cast.head, at=at(21), text="Xong", uploads=[pdf()])
    services.confirm(assignment=row, by=cast.secretary, at=at(22))
    request.refresh_from_db()
    assert request.state == ExtensionRequest.State.LAPSED


def test_a_mistyped_date_is_corrected_and_an_extension_since_stands(cast: Cast) -> None:
    row = cast.assignment(due_on=date(2023, 6, 20))
    services.correct_due_date(
        assignment=row, by=cast.secretary, at=at(2), due_on=date(2023, 6, 30), reason="Nhập nhầm ngày"
    )
    row.refresh_from_db()
    assert (row.due_on, row.original_due_on) == (date(2023, 6, 30), date(2023, 6, 30))
    request = services.ask_extension(assignment=row, by=cast.officer, at=at(3), due_on=JULY_15, reason="Chờ")
    services.decide_extension(request=request, by=cast.secretary, at=at(4), granted=True, decided_by="Lê")
    services.correct_due_date(
        assignment=row, by=cast.secretary, at=at(5), due_on=date(2023, 6, 29), reason="Vẫn nhầm"
    )
    row.refresh_from_db()
    assert (row.due_on, row.original_due_on) == (JULY_15, date(2023, 6, 29))
    assert [kind for kind, _due in ledger(row)] == ["original", "correction", "extension", "correction"]


def test_a_directive_corrected_moves_the_units_that_stand_under_its_date(cast: Cast) -> None:
    directive = cast.issued(units=[cast.hanoi, cast.danang, cast.office])
    own = directive.assignments.get(unit=cast.office)
    services.correct_due_date(
        assignment=own, by=cast.secretary, at=at(2), due_on=date(2023, 6, 10), reason="Riêng"
    )
    services.correct_directive(
        directive=directive,
        by=cast.secretary,
        at=at(3),
        reason="Nhầm tháng",
        changes={"due_on": date(2023, 7, 30), "content": "Xây dựng kế hoạch (đã sửa)"},
    )
    due = dict(directive.assignments.values_list("unit__code", "due_on"))
    assert due == {
        "syt.hanoi": date(2023, 7, 30),
        "syt.danang": date(2023, 7, 30),
        "byt.vp": date(2023, 6, 10),
    }
    directive.refresh_from_db()
    assert directive.history.latest("version").history_change_reason == "Nhầm tháng"


def test_a_correction_changes_something_and_never_the_wrong_field(cast: Cast) -> None:
    directive = cast.issued(units=[cast.hanoi])
    common: dict[str, Any] = {"directive": directive, "by": cast.secretary, "at": at(2), "reason": "Sửa"}
    with pytest.raises(Refused, match="Chưa có"):
        services.correct_directive(**common, changes={"content": directive.content})
    with pytest.raises(Refused, match="Không đính chính được"):
        services.correct_directive(**common, changes={"mode": "joint"})
    with pytest.raises(NotAllowed):
        services.correct_directive(**(common | {"by": cast.head}), changes={"content": "Khác"})


def test_the_secretariat_records_a_letter_as_the_units_report(cast: Cast) -> None:
    """VNPT never signs in: its letter is its report, who recorded it is told, and the recorder may confirm it."""
    row = cast.assignment(cast.vnpt)
    letter = LetterData(
        number="77/VNPT-CNTT", dated_on=date(2023, 6, 8), signer="Giám đốc", uploads=[pdf("cv.pdf")]
    )
    with pytest.raises(Refused) as refused:
        services.submit(
            assignment=row,
            by=cast.secretary,
            at=at(9),
            text="Đã bàn giao",
            letter=LetterData(number="77", dated_on=date(2023, 6, 8)),
        )
    assert refused.value.field == "letter_files"
    services.accept(assignment=row, by=cast.secretary, at=at(9), letter=letter)
    report = services.submit(assignment=row, by=cast.secretary, at=at(9), text="Đã bàn giao", letter=letter)
    services.confirm(assignment=row, by=cast.secretary, at=at(10))
    row.refresh_from_db()
    assert (report.unit, report.author, report.recorded_by) == (cast.vnpt, None, cast.secretary)
    assert row.status == "completed"
    doors = [(h.door, h.status) for h in row.history.order_by("version")]
    assert doors == [
        ("job", "assigned"),
        ("letter", "in_progress"),
        ("letter", "submitted"),
        ("job", "completed"),
    ]
    with pytest.raises(NotAllowed):
        services.accept(assignment=cast.assignment(cast.vnpt), by=cast.officer, at=at(9), letter=letter)


def test_a_letter_recorded_late_is_not_the_units_delay(cast: Cast) -> None:
    row = cast.assignment(cast.vnpt, due_on=date(2023, 6, 9))
    letter = LetterData(number="77/VNPT-CNTT", dated_on=date(2023, 6, 8), uploads=[pdf("cv.pdf")])
    services.submit(assignment=row, by=cast.secretary, at=at(12), text="Đã bàn giao", letter=letter)
    row.refresh_from_db()
    assert services.earlier_days(row) == {date(2023, 6, 8): "ngày văn bản của đơn vị 77/VNPT-CNTT"}
    services.confirm(
        assignment=row, by=cast.secretary, at=at(13), completed_on=date(2023, 6, 8), reason="Ghi nhận chậm"
    )
    row.refresh_from_db()
    assert timeliness(row, on=date(2023, 6, 13)) == "done_on_time"


def test_a_letter_dated_tomorrow_or_without_a_number_is_refused(cast: Cast) -> None:
    row = cast.assignment(cast.vnpt)
    for letter, field in (
        (LetterData(number="1", dated_on=date(2023, 6, 10), uploads=[pdf()]), "letter_dated_on"),
        (LetterData(number=" ", dated_on=date(2023, 6, 8), uploads=[pdf()]), "letter_number"),
    ):
        with pytest.raises(Refused) as refused:
            services.report(assignment=row, by=cast.secretary, at=at(9), percent=10, text="x", letter=letter)
        assert refused.value.field == field
    assert not row.letters.exists()
