"""What every story of the demo needs: the people, the units, days that are worked, letters to record from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import ClassVar

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.clock import hanoi_date, start_of_day
from accounts.models import User
from directives import services
from directives.models import Assignment
from directives.services import LetterData
from steering.models import Committee, Seat, Unit
from steering.workdays import WorkCalendar

_SAMPLE = Path(__file__).parent / "van-ban-minh-hoa.pdf"


@cache
def _sample() -> bytes:
    return _SAMPLE.read_bytes()


@dataclass
class Scene:
    """`today` is the day of loading (Hà Nội); nothing that is told happens on it or later."""

    committee: Committee
    units: dict[str, Unit]
    people: dict[str, User]
    calendar: WorkCalendar
    today: date
    chair_seat: Seat
    member_seat: Seat
    letters: count[int] = field(default_factory=lambda: count(1))

    decided_by: ClassVar[str] = "Lãnh đạo Ban Chỉ đạo (minh họa)"

    @property
    def secretary(self) -> User:
        return self.people["thuky"]

    def at(self, day: date, hour: int = 9) -> datetime:
        """Return an hour (Hà Nội) of a day, or of the last working day before it."""
        while not self.calendar.is_working_day(day):
            day -= timedelta(days=1)
        return start_of_day(day) + timedelta(hours=hour)

    def ago(self, days: int, hour: int = 9) -> datetime:
        """Return an hour of the day so many days before the loading, or of the last working day before that."""
        return self.at(self.today - timedelta(days=days), hour)

    def file(self) -> SimpleUploadedFile:
        """Return an upload that says of itself that it is made up."""
        return SimpleUploadedFile("van-ban-minh-hoa.pdf", _sample(), content_type="application/pdf")

    def letter(self, at: datetime) -> LetterData:
        """Return a unit's letter of that day."""
        return LetterData(
            number=f"{next(self.letters)}/MH",
            dated_on=hanoi_date(at),
            signer="Lãnh đạo đơn vị (minh họa)",
            uploads=[self.file()],
        )

    def accepted(self, row: Assignment, at: datetime, by: User | None = None) -> None:
        """The unit takes note: `by` its account, or as its letter says."""
        services.accept(
            assignment=row, by=by or self.secretary, at=at, letter=None if by else self.letter(at)
        )

    def reported(
        self,
        row: Assignment,
        at: datetime,
        percent: int,
        text: str,
        by: User | None = None,
        obstacles: str = "",
    ) -> None:
        """The unit tells how far it is."""
        services.report(
            assignment=row,
            by=by or self.secretary,
            at=at,
            percent=percent,
            text=text,
            obstacles=obstacles,
            letter=None if by else self.letter(at),
        )

    def submitted(self, row: Assignment, at: datetime, text: str, by: User | None = None) -> None:
        """The unit reports completion, with the document that says so."""
        services.submit(
            assignment=row,
            by=by or self.secretary,
            at=at,
            text=text,
            result_number=f"{next(self.letters)}/KH-MH",
            result_on=hanoi_date(at),
            result_signer="Lãnh đạo đơn vị (minh họa)",
            uploads=[self.file()] if by else (),
            letter=None if by else self.letter(at),
        )

    def confirmed(self, row: Assignment, at: datetime) -> None:
        """The secretariat accepts the result as of the day it was submitted."""
        services.confirm(assignment=row, by=self.secretary, at=at)
