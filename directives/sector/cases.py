"""The assignments of the sector, by the ten thousand: each portion of directives one transaction, guards on.

1. The history of all cases of the portion is written first, in the order of time: it is the plan, too.
2. The rows are made from it version by version, so that the guards see each transition as it would have happened.
3. Reports, the ledger of dates, requests for extensions and notes follow from the same cases.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from accounts.audit.recording import recorded
from accounts.models import User
from directives.lifecycle import Verb
from directives.models import Assignment, Occasion, ProgressReport
from directives.sector import cases_sql, chains, schedule
from directives.sector.people import HEAD, OFFICER, SECRETARY
from directives.sector.recorded import reserve
from directives.sector.schedule import Given
from directives.sector.stories import TRANSFERRED_AFTER_DAYS, TRANSFERRED_HOUR
from steering.models import Unit

# How many assignments are made in one transaction: the server keeps what it has to check at its end in memory.
PORTION = 24_000
# One unit in so many passes the work on to the next one.
TRANSFERRED_EACH = 97
Progress = Callable[[int, int], None]

UNDER_WAY = (
    "Đã thành lập tổ công tác, đang xây dựng dự thảo kế hoạch.",
    "Đã có dự thảo, đang lấy ý kiến các đơn vị trực thuộc.",
    "Đã rà soát hiện trạng, đang tổng hợp số liệu.",
    "Đã bố trí kinh phí, đang lựa chọn nhà thầu.",
    "Đang cài đặt, chạy thử; dự kiến hoàn thành đúng hạn.",
)
FINISHED = (
    "Đã ban hành kế hoạch và gửi các đơn vị thực hiện.",
    "Đã hoàn thành, kết nối với hệ thống của Bộ.",
    "Đã hoàn thành các nội dung được giao; báo cáo kèm theo.",
)
OBSTACLES = (
    "Chưa bố trí đủ kinh phí.",
    "Thiếu cán bộ công nghệ thông tin chuyên trách.",
    "Hạ tầng mạng chưa ổn định.",
)
ASK_REASONS = (
    "Cần thêm thời gian lấy ý kiến các đơn vị trực thuộc.",
    "Chờ hướng dẫn kỹ thuật của cơ quan cấp trên.",
    "Đang thực hiện thủ tục đấu thầu.",
)


@dataclass(frozen=True)
class Made:
    """How many rows there are of the cases."""

    assignments: int = 0
    history: int = 0
    reports: int = 0


def make_cases(
    directives: Sequence[Given],
    units: Sequence[Unit],
    people: dict[str, User],
    *,
    seed: int,
    on: date,
    progress: Progress,
) -> Made:
    """Issue the directives, drafts until now, to their units and let everything happen that happened until `on`."""
    made = Made()
    total = sum(one.size for one in directives)
    values = _values(units, people, seed=seed, on=on)
    for portion in _portions(directives, len(units)):
        with recorded(reason=str(Verb.ISSUE.label)):
            schedule.issue(portion)
            _tell(portion, people[SECRETARY])
            added = _make(portion, values)
        made = Made(
            made.assignments + added.assignments, made.history + added.history, made.reports + added.reports
        )
        progress(made.assignments, total)
    return made


def _portions(directives: Sequence[Given], units: int) -> Iterator[Sequence[Given]]:
    many = max(1, PORTION // units)
    for start in range(0, len(directives), many):
        yield directives[start : start + many]


def _values(units: Sequence[Unit], people: dict[str, User], *, seed: int, on: date) -> dict[str, Any]:
    return {
        "units": [unit.pk for unit in units],
        "officers": [people[f"{OFFICER}{unit.code}"].pk for unit in units],
        "heads": [people[f"{HEAD}{unit.code}"].pk for unit in units],
        "count": len(units),
        "secretary": people[SECRETARY].pk,
        "system": User.objects.system().pk,
        "seed": seed * 10,
        "on": on,
        "transferred_each": TRANSFERRED_EACH,
        "transferred_after": TRANSFERRED_AFTER_DAYS,
        "transferred_hour": TRANSFERRED_HOUR,
        "steps": json.dumps(chains.steps()),
        "chances": json.dumps(chains.chances()),
        "asks": json.dumps(chains.asks()),
        "reports": chains.most_reports(),
        "under_way": list(UNDER_WAY),
        "finished": list(FINISHED),
        "obstacles": list(OBSTACLES),
        "ask_reasons": list(ASK_REASONS),
        "transfer_reason": chains.BY[Verb.TRANSFER][1],
        "basis": "Phiếu trình (dữ liệu minh họa)",
        "decided_by": "Trưởng ban (dữ liệu minh họa)",
        "refusal": "Thời hạn đề nghị ảnh hưởng tiến độ chung.",
        "confirmed": str(Verb.CONFIRM.label),
        "rang": "Đã gọi điện đôn đốc; đơn vị hẹn gửi báo cáo trong tuần.",
    }


def _tell(portion: Sequence[Given], secretary: User) -> None:
    """What was issued was told long ago: nobody is mailed about it."""
    Occasion.objects.bulk_create(
        Occasion(
            kind=Occasion.Kind.ASSIGNED,
            directive=one.row,
            by=secretary,
            at=one.given_at,
            told_at=one.given_at,
        )
        for one in portion
    )


def _make(portion: Sequence[Given], values: dict[str, Any]) -> Made:
    ids = len(portion) * values["count"]
    first = reserve(Assignment, ids)
    values = values | {
        "directives": [one.row.pk for one in portion],
        "numbers": [one.number for one in portion],
        "phases": [one.phase.value for one in portion],
        "leads": [one.lead for one in portion],
        "sizes": [one.size for one in portion],
        "first_number": portion[0].number,
        "first": first,
        "low": first,
        "high": first + ids - 1,
        "first_report": reserve(ProgressReport, ids * values["reports"]),
    }
    with connection.cursor() as cursor:

        def run(statement: str, **also: Any) -> int:
            cursor.execute(statement, values | also)
            return int(cursor.rowcount)

        history = run(cases_sql.HISTORY)
        assignments = run(cases_sql.ROWS)
        version = 2
        while run(cases_sql.ROW_STEP, version=version):
            version += 1
        reports = run(cases_sql.REPORTS)
        run(cases_sql.LEDGER)
        run(cases_sql.ASKED)
        run(cases_sql.REQUEST_HISTORY, version=1)
        run(cases_sql.DECIDED)
        run(cases_sql.REQUEST_HISTORY, version=2)
        run(cases_sql.NOTES)
    return Made(assignments, history, reports)
