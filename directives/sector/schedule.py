"""The documents and directives of the sector: what is given when, in which mode, and how far it is by now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any

from accounts.audit.context import current_act
from accounts.audit.history import bulk_update_recorded
from accounts.audit.in_bulk import bulk_create_recorded
from accounts.clock import start_of_day
from accounts.text import fold
from directives.document_number import number_key
from directives.models import Directive, Document
from directives.models.document import Urgency
from directives.sector.people import member_seat
from steering.models import Committee, Seat


class Phase(StrEnum):
    """How far a directive is by now."""

    PAST = "past"
    CURRENT = "current"
    NEW = "new"
    FRESH = "fresh"
    STANDING = "standing"
    UNDATED = "undated"
    VOID = "void"


# Of a hundred directives; what is left is past.
SHARES = {
    Phase.CURRENT: 12,
    Phase.NEW: 5,
    Phase.FRESH: 2,
    Phase.STANDING: 2,
    Phase.UNDATED: 2,
    Phase.VOID: 1,
}
# Days from `on` to the due date, and from the day of giving to it; None: no date, `given` is the days before `on`.
DUE: dict[Phase, tuple[int, int] | None] = {
    Phase.PAST: (-900, -45),
    Phase.CURRENT: (-20, 16),
    Phase.NEW: (17, 90),
    Phase.FRESH: (20, 60),
    Phase.STANDING: None,
    Phase.UNDATED: None,
    Phase.VOID: (-600, -75),
}
VOID_AFTER_DAYS = 30
# A joint directive of this size is one in so many; the other joint ones are the whole sector's.
SMALL, ONE_SMALL_IN = 12, 125
PER_DOCUMENT = 6
# So many directives have the seat of the account that supervises, at least.
ONE_OF_MEMBER_IN = 10

ACTIONS = (
    "Xây dựng, ban hành kế hoạch triển khai", "Rà soát, báo cáo kết quả thực hiện",
    "Hoàn thành việc kết nối, liên thông",
    "Tổ chức đào tạo, tập huấn về", "Đánh giá hiện trạng và đề xuất giải pháp", "Bố trí kinh phí, nhân lực cho",
    "Kiểm tra, giám sát việc triển khai", "Chuẩn hóa, làm sạch dữ liệu", "Phê duyệt hồ sơ cấp độ an toàn thông tin của",
    "Thí điểm, tổng kết và nhân rộng",
)  # fmt: skip
TOPICS = (
    "hồ sơ sức khỏe điện tử", "bệnh án điện tử", "nền tảng quản lý trạm y tế", "đặt lịch khám trực tuyến",
    "tư vấn, khám chữa bệnh từ xa", "thanh toán viện phí không dùng tiền mặt", "quản lý tiêm chủng trên nền tảng số",
    "giám sát bệnh truyền nhiễm", "mã định danh thuốc, trang thiết bị y tế", "cơ sở dữ liệu nhân lực y tế",
    "dịch vụ công trực tuyến toàn trình", "cắt giảm thủ tục hành chính", "mạng kết nối y tế Việt Nam",
    "quản lý bệnh không lây nhiễm", "hệ thống thông tin bệnh viện",
)  # fmt: skip
TAILS = (
    "bảo đảm đúng tiến độ được giao", "báo cáo kết quả về Ban Chỉ đạo", "bảo đảm an toàn thông tin theo quy định",
    "gắn trách nhiệm người đứng đầu", "theo hướng dẫn của Bộ Y tế",
)  # fmt: skip
KINDS = (
    (Document.Kind.DECISION, "{n:02d}/QĐ-BYT", "Quyết định về"),
    (Document.Kind.CONCLUSION_NOTICE, "{n:02d}/TB-BYT", "Thông báo kết luận cuộc họp Ban Chỉ đạo về"),
    (Document.Kind.OFFICIAL_LETTER, "{n:02d}/BYT-CĐS", "Công văn về việc đẩy mạnh"),
    (Document.Kind.PLAN, "{n:02d}/KH-BYT", "Kế hoạch triển khai"),
    (Document.Kind.MEETING, "", "Cuộc họp giao ban về"),
)


@dataclass
class Given:
    """A directive of the sector. `lead` is the number of the lead unit (from 1) or 0, `size` how many units it has."""

    number: int
    phase: Phase
    row: Directive
    lead: int
    size: int

    @property
    def given_at(self) -> datetime:
        """When it is issued: nine o'clock (Hà Nội) of the day on which it is given."""
        return _nine(self.row.given_on)

    @property
    def void_at(self) -> datetime:
        """When the whole directive is taken back, for those of that phase."""
        day = _workday(self.row.given_on + timedelta(days=VOID_AFTER_DAYS)) if self.row.given_on else None
        return _nine(day) + timedelta(hours=7)


def _nine(day: date | None) -> datetime:
    if day is None:
        raise ValueError("a directive of the sector has a day")
    return start_of_day(day) + timedelta(hours=9)


def _workday(day: date) -> date:
    """The day itself, or the Friday before a weekend: as `cases` reckons."""
    return day - timedelta(days=max(0, day.isoweekday() - 5))


def phases(count: int, dice: Random) -> list[Phase]:
    """Return the phase of each directive; a dozen or more have one of each."""
    least = 1 if count >= 12 else 0
    found = [phase for phase, share in SHARES.items() for _n in range(max(least, round(count * share / 100)))]
    found = [*found[: count - 1], *[Phase.PAST] * (count - min(len(found), count - 1))]
    dice.shuffle(found)
    return found


def plan(
    count: int,
    units: int,
    *,
    departments: Sequence[int],
    committee: Committee,
    seats: Sequence[Seat],
    dice: Random,
    on: date,
) -> list[Given]:
    """Return directives, not yet saved, in the order in which they are given.

    `departments` are the numbers of the units that may lead.
    """
    rows = sorted(
        ((phase, *_dates(phase, dice, on)) for phase in phases(count, dice)), key=lambda row: (row[1], row[0])
    )
    small = count // ONE_SMALL_IN
    seen: dict[Phase, int] = {}
    found = []
    for number, (phase, given_on, due_on) in enumerate(rows, 1):
        nth = seen[phase] = seen.get(phase, 0) + 1
        joint = phase in (Phase.PAST, Phase.CURRENT) and nth % 25 == 2
        size = units
        if joint and small:
            size, small = min(SMALL, units), small - 1
        row = _directive(phase, given_on, due_on, dice)
        row.committee, row.mode = committee, Directive.Mode.JOINT if joint else Directive.Mode.EACH
        row.is_restricted = phase in (Phase.PAST, Phase.CURRENT) and nth % 50 == 3
        row.supervisor = dice.choice(seats[1:]) if number % ONE_OF_MEMBER_IN else member_seat(seats)
        row.given_by_seat = seats[0]
        found.append(Given(number, phase, row, dice.choice(departments) if joint else 0, size))
    return found


def _dates(phase: Phase, dice: Random, on: date) -> tuple[date, date | None]:
    span = DUE[phase]
    if span is None:
        return _workday(on - timedelta(days=dice.randint(75, 700))), None
    due = _workday(on + timedelta(days=dice.randint(*span)))
    if phase is Phase.FRESH:
        return _workday(on - timedelta(days=dice.randint(3, 9))), due
    if phase is Phase.NEW:
        return _workday(on - timedelta(days=dice.randint(28, 60))), due
    return _workday(due - timedelta(days=dice.randint(45, 130))), due


def _directive(phase: Phase, given_on: date, due_on: date | None, dice: Random) -> Directive:
    words = {Phase.STANDING: "thường xuyên", Phase.UNDATED: "thời gian tới"}
    return Directive(
        kind=dice.choice([Directive.Kind.ORDER, Directive.Kind.REQUIREMENT]),
        content=f"{dice.choice(ACTIONS)} {dice.choice(TOPICS)}, {dice.choice(TAILS)}.",
        deliverable=dice.choice(("", "Văn bản báo cáo kết quả", "Kế hoạch được phê duyệt")),
        given_by="Trưởng ban Ban Chỉ đạo",
        urgency=dice.choices(list(Urgency), weights=[85, 10, 4, 1])[0],
        given_on=given_on,
        due_on=due_on,
        deadline_words=f"chậm nhất ngày {due_on:%d/%m/%Y}" if due_on else words[phase],
        is_standing=phase is Phase.STANDING,
    )


def enter(directives: Sequence[Given], *, dice: Random) -> None:
    """Save the documents, issued, and the directives, as drafts. Call within `acting(…)`."""
    act = current_act()
    documents = list(_documents(directives, dice))
    bulk_create_recorded(Document, documents, act)
    for document in documents:
        document.state = Document.State.ISSUED
    bulk_update_recorded(Document, documents, ["state"], act)
    for document, given in zip(documents, _portions(directives), strict=True):
        for ordinal, one in enumerate(given, 1):
            one.row.document, one.row.ordinal = document, ordinal
            one.row.code = f"{_label(document)} – {ordinal:02d}"
            _date(one.row, one.given_at)
    bulk_create_recorded(Directive, [one.row for one in directives], act)


def issue(directives: Sequence[Given]) -> None:
    """Issue drafts, and take those of the phase void back. Their assignments belong into the same transaction."""
    rows = [one.row for one in directives]
    for row in rows:
        row.state = Directive.State.ISSUED
    bulk_update_recorded(Directive, rows, ["state"], current_act())
    void = [one for one in directives if one.phase is Phase.VOID]
    for one in void:
        one.row.state = Directive.State.VOID
        _date(one.row, one.void_at)
    bulk_update_recorded(Directive, [one.row for one in void], ["state"], current_act())


def _date(row: Any, at: datetime) -> None:
    """Say when the next history rows of an instance happened: simple-history's own way."""
    row._history_date = at  # noqa: SLF001


def _portions(directives: Sequence[Given]) -> Iterator[Sequence[Given]]:
    for start in range(0, len(directives), PER_DOCUMENT):
        yield directives[start : start + PER_DOCUMENT]


def _documents(directives: Sequence[Given], dice: Random) -> Iterator[Document]:
    for n, given in enumerate(_portions(directives), 1):
        first = given[0]
        kind, number, subject = KINDS[n % len(KINDS)]
        day = first.row.given_on
        numbered = number.format(n=n)
        document = Document(
            committee=first.row.committee,
            kind=kind,
            number=numbered,
            number_key=number_key(numbered) if numbered else "",
            issued_on=day,
            year=day.year if day else None,
            subject=f"{subject} {dice.choice(TOPICS)}",
            issuer="Bộ Y tế",
            issuer_key=fold("Bộ Y tế"),
            signer="Lãnh đạo Bộ (dữ liệu minh họa)",
            is_fictitious=True,
        )
        _date(document, first.given_at)
        yield document


def _label(document: Document) -> str:
    return document.label
