"""What an assignment has is found, each kind by itself, and nothing that another has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.db import transaction

from accounts.audit.context import acting
from directives import services
from directives.models import Assignment, PolicyStep, Reminder, ReminderPolicy
from directives.services import LetterData
from directives.there_is import ThereIs, there_is
from steering.models import Succession, UnitName
from tests.cast import Cast, at, pdf

ON = date(2023, 6, 20)


def names(row: Assignment) -> set[str]:
    loaded = Assignment.objects.select_related("directive", "unit").get(pk=row.pk)
    found = there_is(loaded, on=ON)
    return {name for name in ThereIs._fields if getattr(found, name)}


def report(cast: Cast, row: Assignment) -> None:
    services.report(assignment=row, by=cast.officer, at=at(3), percent=10, text="Một")


def report_with_file(cast: Cast, row: Assignment) -> None:
    services.report(assignment=row, by=cast.officer, at=at(3), percent=10, text="Một", uploads=[pdf()])


def letter_with_file(cast: Cast, row: Assignment) -> None:
    letter = LetterData("12/SYT", date(2023, 6, 3), uploads=[pdf()])
    services.accept(assignment=row, by=cast.secretary, at=at(4), letter=letter)


def ask(cast: Cast, row: Assignment) -> None:
    services.ask_extension(
        assignment=row, by=cast.officer, at=at(6), due_on=date(2023, 12, 1), reason="Chờ", uploads=[pdf()]
    )


def ask_and_refuse(cast: Cast, row: Assignment) -> None:
    request = services.ask_extension(
        assignment=row, by=cast.officer, at=at(6), due_on=date(2023, 12, 1), reason="Chờ"
    )
    services.decide_extension(
        request=request, by=cast.secretary, at=at(7), granted=False, decided_by="Bộ trưởng", reason="Đã đủ"
    )


def note(cast: Cast, row: Assignment) -> None:
    services.add_note(
        assignment=row, by=cast.secretary, at=at(7), kind="phone", held_on=date(2023, 6, 7), text="Nhắc"
    )


def transfer(cast: Cast, row: Assignment) -> None:
    services.transfer(
        assignment=row, by=cast.secretary, at=at(8), unit=cast.office, reason="Đúng việc hơn", basis="12/TB"
    )


def succeed(cast: Cast, row: Assignment) -> None:
    with acting(by=cast.secretary, reason="Sáp nhập"), transaction.atomic():
        Succession.objects.create(from_unit=row.unit, to_unit=cast.danang, takes_effect_on=ON)


def rename(cast: Cast, row: Assignment) -> None:
    with acting(by=cast.secretary, reason="Tên cũ"), transaction.atomic():
        UnitName.objects.create(unit=row.unit, name="Sở Y tế Hà Tây", valid_until=row.assigned_on)


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (report, {"reports"}),
        (report_with_file, {"reports", "files"}),
        (letter_with_file, {"letters", "files"}),
        (ask, {"requests", "open_request", "files"}),
        (ask_and_refuse, {"requests"}),
        (note, {"notes"}),
        (transfer, {"moved_on"}),
        (succeed, {"succession"}),
        (rename, {"other_name"}),
    ],
)
def test_what_there_is_is_found(
    cast: Cast, act: Callable[[Cast, Assignment], None], expected: set[str]
) -> None:
    row, other = cast.assignment(), cast.assignment(cast.danang)
    assert names(row) == set()

    act(cast, row)

    assert names(row) == expected
    assert names(other) == set()


def test_the_documents_files_are_found(cast: Cast) -> None:
    document = cast.document()
    assert names(cast.assignment(document=document)) == set()
    other = cast.document(number="99/QĐ-BYT")
    services.save_document(document=other, by=cast.secretary, at=at(1), uploads=[pdf()])
    assert names(cast.assignment(document=other)) == {"document_files"}


def test_mails_are_found(cast: Cast) -> None:
    row = cast.assignment()
    with acting(by=cast.administrator, reason="Thử"), transaction.atomic():
        policy = ReminderPolicy.objects.create(committee=cast.committee, name="Thử")
        step = PolicyStep.objects.create(policy=policy, audience="officers", offset_days=0)
    Reminder.objects.create(
        assignment=row, step=step, falls_on=ON, due_on=ON, recipient_key="unit:1", planned_on=ON
    )
    assert names(row) == {"mails"}
