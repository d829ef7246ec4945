"""How the plans for Resolution 157 went, unit by unit: a made-up spread of states, the same at each loading.

Two units tell their story through the accounts of the demo; for the others the secretariat records letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice
from random import Random

from directives import services
from directives.demo.scene import Scene
from directives.models import Assignment, Directive, Note

Story = Callable[[Scene, Assignment, Random], None]

UNDER_WAY_TEXT = (
    "Đã thành lập tổ soạn thảo, đang xây dựng dự thảo kế hoạch.",
    "Đã có dự thảo kế hoạch, đang lấy ý kiến các đơn vị trực thuộc.",
    "Đã tổng hợp ý kiến, đang hoàn thiện dự thảo trình lãnh đạo ký ban hành.",
)
DONE_TEXT = "Đã ban hành kế hoạch triển khai Nghị quyết số 157."
OBSTACLES = ("", "", "Chưa bố trí đủ kinh phí.", "Thiếu cán bộ công nghệ thông tin chuyên trách.")
GIVEN_ON = date(2023, 4, 5)


def _dice(seed: str) -> Random:
    """Chance that falls alike each time, on every machine."""
    return Random(seed)  # noqa: S311 - nothing here is secret


def _report(scene: Scene, row: Assignment, dice: Random) -> None:
    """A first report in May or June 2023; it accepts, too."""
    day = scene.calendar.add_working_days(date(2023, 5, 4), dice.randrange(25))
    percent = dice.choice((20, 30, 40, 50, 60, 70))
    text = UNDER_WAY_TEXT[min(percent // 25, 2)]
    scene.reported(row, scene.at(day), percent, text, obstacles=dice.choice(OBSTACLES))


def _finish(scene: Scene, row: Assignment, dice: Random, first: date, days: int) -> None:
    """The result within so many working days from the first, confirmed in the week after."""
    day = scene.calendar.add_working_days(first, dice.randrange(days))
    scene.submitted(row, scene.at(day, 10), DONE_TEXT)
    scene.confirmed(row, scene.at(scene.calendar.add_working_days(day, dice.randrange(1, 5)), 15))


def on_time(scene: Scene, row: Assignment, dice: Random) -> None:
    _report(scene, row, dice)
    _finish(scene, row, dice, date(2023, 6, 8), 16)


def late(scene: Scene, row: Assignment, dice: Random) -> None:
    _report(scene, row, dice)
    _finish(scene, row, dice, date(2023, 7, 4), 30)


def waiting(scene: Scene, row: Assignment, dice: Random) -> None:
    """Long overdue, reported these days, not yet confirmed."""
    _report(scene, row, dice)
    scene.submitted(row, scene.ago(dice.randrange(2, 8), 10), DONE_TEXT)


def under_way(scene: Scene, row: Assignment, dice: Random) -> None:
    _report(scene, row, dice)
    at = scene.ago(dice.randrange(3, 15), 14)
    services.add_note(
        assignment=row,
        by=scene.secretary,
        at=at,
        kind=Note.Kind.PHONE,
        held_on=scene.at(at.date()).date(),
        text="Đã gọi điện đôn đốc; đơn vị hẹn gửi văn bản trong tuần tới.",
    )


def untouched(scene: Scene, row: Assignment, dice: Random) -> None:
    """Never accepted."""


def extended(scene: Scene, row: Assignment, dice: Random) -> None:
    """Asked for and was granted another date, then on time against the new one and late against the original."""
    _report(scene, row, dice)
    asked = scene.at(date(2023, 6, 20))
    request = services.ask_extension(
        assignment=row,
        by=scene.secretary,
        at=asked,
        due_on=date(2023, 8, 31),
        reason="Cần thêm thời gian lấy ý kiến các đơn vị trực thuộc.",
        letter=scene.letter(asked),
    )
    services.decide_extension(
        request=request,
        by=scene.secretary,
        at=scene.at(date(2023, 6, 26), 15),
        granted=True,
        decided_by=scene.decided_by,
        due_on=dice.choice((None, date(2023, 7, 31))),
        basis="Phiếu trình minh họa",
    )
    _finish(scene, row, dice, date(2023, 7, 5), 15)


def refused_extension(scene: Scene, row: Assignment, dice: Random) -> None:
    _report(scene, row, dice)
    asked = scene.at(date(2023, 6, 22))
    request = services.ask_extension(
        assignment=row,
        by=scene.secretary,
        at=asked,
        due_on=date(2023, 12, 31),
        reason="Đề nghị lùi thời hạn sang cuối năm.",
        letter=scene.letter(asked),
    )
    services.decide_extension(
        request=request,
        by=scene.secretary,
        at=scene.at(date(2023, 6, 27), 15),
        granted=False,
        decided_by=scene.decided_by,
        reason="Thời hạn đề nghị ảnh hưởng tiến độ chung.",
    )
    _finish(scene, row, dice, date(2023, 7, 10), 5)


def declined(scene: Scene, row: Assignment, dice: Random) -> None:
    at = scene.at(date(2023, 4, 20))
    services.decline(
        assignment=row,
        by=scene.secretary,
        at=at,
        reason="Đơn vị đang sắp xếp lại, đề nghị giao đơn vị tiếp nhận chức năng.",
        letter=scene.letter(at),
    )


def suspended(scene: Scene, row: Assignment, dice: Random) -> None:
    _report(scene, row, dice)
    services.suspend(
        assignment=row,
        by=scene.secretary,
        at=scene.at(date(2023, 6, 15), 16),
        reason="Chờ ý kiến về phạm vi kế hoạch của đơn vị.",
    )


def hanoi(scene: Scene, row: Assignment, dice: Random) -> None:
    """The whole way, by the unit's own accounts: presented, submitted, sent back for a stamp."""
    officer, head = scene.people["syt.hanoi"], scene.people["gd.syt.hanoi"]
    scene.accepted(row, scene.at(date(2023, 4, 10)), by=officer)
    scene.reported(row, scene.at(date(2023, 5, 15)), 40, UNDER_WAY_TEXT[1], by=officer)
    services.present_to_head(
        assignment=row,
        by=officer,
        at=scene.at(date(2023, 6, 19)),
        text="Trình Giám đốc dự thảo kế hoạch.",
        uploads=[scene.file()],
    )
    scene.submitted(row, scene.at(date(2023, 6, 20), 16), DONE_TEXT, by=head)
    services.send_back(
        assignment=row,
        by=scene.secretary,
        at=scene.at(date(2023, 6, 22)),
        reason="Bản gửi thiếu dấu của cơ quan.",
    )
    scene.submitted(row, scene.at(date(2023, 7, 3)), "Gửi lại bản có đủ chữ ký và dấu.", by=head)
    services.confirm(
        assignment=row,
        by=scene.secretary,
        at=scene.at(date(2023, 7, 5)),
        completed_on=date(2023, 6, 20),
        reason="Kế hoạch đã ban hành trong hạn; lần gửi lại chỉ bổ sung dấu.",
    )


def danang(scene: Scene, row: Assignment, dice: Random) -> None:
    """Late, reported by the officer with the signed document."""
    officer = scene.people["syt.danang"]
    scene.accepted(row, scene.at(date(2023, 4, 12)), by=officer)
    scene.reported(row, scene.at(date(2023, 6, 12)), 70, UNDER_WAY_TEXT[2], by=officer)
    scene.submitted(row, scene.at(date(2023, 7, 7)), DONE_TEXT, by=officer)
    scene.confirmed(row, scene.at(date(2023, 7, 11)))


# Told of these units; the other stories are dealt out.
OF_UNIT: dict[str, Story] = {
    "syt.hanoi": hanoi,
    "syt.danang": danang,
    "syt.quangnam": under_way,
    "byt.cuccntt": under_way,
}
DEALT: tuple[tuple[Story, int], ...] = (
    (late, 9),
    (under_way, 5),
    (extended, 3),
    (untouched, 2),
    (refused_extension, 1),
    (declined, 1),
    (suspended, 1),
)
WAITING = 3


def deal(codes: Iterable[str], existing: frozenset[str]) -> dict[str, Story]:
    """Return each unit's story: the same for the same codes. Those that report these days must still exist."""
    dice = _dice("157-NQ/BCSĐ")
    codes = frozenset(codes)
    others = sorted(codes - set(OF_UNIT))
    dice.shuffle(others)
    reporting = [code for code in others if code in existing][:WAITING]
    stories: dict[str, Story] = dict.fromkeys(reporting, waiting)
    rest: Iterator[str] = (code for code in others if code not in stories)
    for story, number in DEALT:
        stories |= dict.fromkeys(islice(rest, number), story)
    return (
        dict.fromkeys(rest, on_time)
        | stories
        | {code: story for code, story in OF_UNIT.items() if code in codes}
    )


def play_plans(scene: Scene, directive: Directive) -> None:
    """Run each unit's story on its assignment, by the services, as of the days on which it happens."""
    rows = {
        row.unit.code: row for row in directive.assignments.select_related("unit").order_by("unit__order")
    }
    existing = frozenset(code for code, row in rows.items() if row.unit.holds(scene.today))
    stories = deal(rows, existing)
    for code, row in rows.items():
        stories[code](scene, row, _dice(f"plan {code}"))


def play_standing(scene: Scene, directive: Directive) -> None:
    """The standing directive: taken note of by nearly all, reported on by a few."""
    own = {"syt.hanoi": scene.people["syt.hanoi"], "syt.danang": scene.people["syt.danang"]}
    left_open = {"syt.quangnam", "byt.cuccntt"}
    for row in directive.assignments.select_related("unit").order_by("unit__order"):
        code = row.unit.code
        dice = _dice(f"standing {code}")
        if code in left_open or dice.random() < 0.03:
            continue
        day = scene.calendar.add_working_days(GIVEN_ON, dice.randrange(2, 15))
        scene.accepted(row, scene.at(day, 14), by=own.get(code))
        if code in own:
            text = "Đã kiện toàn Ban Chỉ đạo chuyển đổi số của đơn vị."
            scene.reported(row, scene.at(date(2023, 6, 1), 14), 30, text, by=own[code])
