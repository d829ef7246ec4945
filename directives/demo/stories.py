"""What happened to each directive of the fictitious notice, run by the services as of the days it happened on."""

from __future__ import annotations

from datetime import timedelta

from directives import services
from directives.demo.scene import Scene
from directives.models import Assignment, Note

Rows = dict[str, Assignment]


def untouched(scene: Scene, rows: Rows) -> None:
    """Nobody has done anything yet."""


def due_today(scene: Scene, rows: Rows) -> None:
    officer = scene.people["syt.hanoi"]
    scene.accepted(rows["syt.hanoi"], scene.ago(18), by=officer)
    scene.reported(rows["syt.hanoi"], scene.ago(4), 70, "Đã rà soát 9/12 đơn vị trực thuộc.", by=officer)


def overdue(scene: Scene, rows: Rows) -> None:
    row, officer = rows["syt.hanoi"], scene.people["syt.hanoi"]
    scene.reported(
        row,
        scene.ago(17),
        60,
        "Đã hoàn thiện hồ sơ đề xuất cấp độ của 3/5 hệ thống.",
        by=officer,
        obstacles="Chưa bố trí được kinh phí thuê đơn vị tư vấn.",
    )
    _note(scene, row, 8, "thuky", Note.Kind.PHONE, "Đã gọi điện; đơn vị đang chờ ý kiến về kinh phí.")
    _note(scene, row, 5, "uyvien", Note.Kind.OPINION, "Đề nghị đơn vị nêu rõ ngày hoàn thành.")


def waiting_for_confirmation(scene: Scene, rows: Rows) -> None:
    row = rows["syt.hanoi"]
    scene.accepted(row, scene.ago(20), by=scene.people["syt.hanoi"])
    scene.submitted(row, scene.ago(3, 10), "Phương án đã được phê duyệt.", by=scene.people["gd.syt.hanoi"])


def asks_for_an_extension(scene: Scene, rows: Rows) -> None:
    row, officer = rows["syt.danang"], scene.people["syt.danang"]
    scene.reported(row, scene.ago(10), 40, "Đã tổ chức 2/5 lớp.", by=officer)
    services.ask_extension(
        assignment=row,
        by=officer,
        at=scene.ago(2),
        due_on=scene.today + timedelta(days=20),
        reason="Các lớp còn lại phải lùi lịch do trùng đợt tiêm chủng.",
        uploads=[scene.file()],
    )


def coordinated(scene: Scene, rows: Rows) -> None:
    """The lead reports by letter; a mistyped date is put right; a coordinating unit's part is with its head."""
    lead = rows["byt.cuckhcndt"]
    scene.reported(lead, scene.ago(11), 30, "Đã xây dựng đề cương bộ chỉ số.")
    meant = scene.today + timedelta(days=16)
    services.correct_directive(
        directive=lead.directive,
        by=scene.secretary,
        at=scene.ago(10, 11),
        reason="Nhập nhầm ngày so với văn bản.",
        changes={"due_on": meant, "deadline_words": f"chậm nhất ngày {meant:%d/%m/%Y}"},
    )
    officer = scene.people["syt.danang"]
    scene.reported(rows["syt.danang"], scene.ago(9), 50, "Đang lấy ý kiến các bệnh viện.", by=officer)
    services.present_to_head(
        assignment=rows["syt.danang"],
        by=officer,
        at=scene.ago(2, 14),
        text="Trình Giám đốc văn bản góp ý bộ chỉ số.",
    )


def declined(scene: Scene, rows: Rows) -> None:
    services.decline(
        assignment=rows["syt.hanoi"],
        by=scene.people["gd.syt.hanoi"],
        at=scene.ago(4),
        reason="Không thuộc chức năng, nhiệm vụ của Sở; đề nghị giao Vụ Kế hoạch – Tài chính.",
    )


def suspended(scene: Scene, rows: Rows) -> None:
    scene.accepted(rows["byt.cucqlkcb"], scene.ago(20))
    services.suspend(
        assignment=rows["byt.cucqlkcb"],
        by=scene.secretary,
        at=scene.ago(7),
        reason="Chờ ban hành quy định sửa đổi.",
    )


def with_the_head(scene: Scene, rows: Rows) -> None:
    row, officer = rows["syt.hanoi"], scene.people["syt.hanoi"]
    scene.accepted(row, scene.ago(14), by=officer)
    scene.reported(row, scene.ago(5), 80, "Đang hoàn thiện báo cáo.", by=officer)
    services.present_to_head(
        assignment=row,
        by=officer,
        at=scene.ago(1, 14),
        text="Trình Giám đốc ký báo cáo kết quả.",
        uploads=[scene.file()],
    )


def restricted(scene: Scene, rows: Rows) -> None:
    scene.accepted(rows["byt.vp"], scene.ago(9))


def each_its_own(scene: Scene, rows: Rows) -> None:
    """One state a unit: in time, late, waiting in time and late, with a later date, taken back."""
    hanoi, danang = scene.people["gd.syt.hanoi"], scene.people["syt.danang"]
    done = "Đã báo cáo đầy đủ số liệu theo mẫu."
    scene.submitted(rows["syt.hanoi"], scene.ago(9, 10), done, by=hanoi)
    scene.confirmed(rows["syt.hanoi"], scene.ago(7, 15))
    scene.submitted(rows["syt.haiphong"], scene.ago(3, 9), done)
    scene.confirmed(rows["syt.haiphong"], scene.ago(2, 15))
    scene.submitted(rows["syt.hue"], scene.ago(1, 9), done)
    scene.submitted(rows["syt.danang"], scene.ago(8), done, by=danang)
    _later_date(scene, rows["syt.hochiminh"])
    services.revoke(
        assignment=rows["syt.cantho"],
        by=scene.secretary,
        at=scene.ago(19),
        reason="Đơn vị đã báo cáo nội dung này theo văn bản khác.",
    )


def _later_date(scene: Scene, row: Assignment) -> None:
    asked = scene.ago(10)
    request = services.ask_extension(
        assignment=row,
        by=scene.secretary,
        at=asked,
        due_on=scene.today + timedelta(days=25),
        reason="Cần thời gian tổng hợp số liệu của các bệnh viện.",
        letter=scene.letter(asked),
    )
    services.decide_extension(
        request=request,
        by=scene.secretary,
        at=scene.ago(9, 15),
        granted=True,
        decided_by=scene.decided_by,
        due_on=scene.today + timedelta(days=6),
        basis="Phiếu trình minh họa",
        reason="Đồng ý lùi thời hạn, rút ngắn so với đề nghị.",
    )


def transferred(scene: Scene, rows: Rows) -> None:
    moved = services.transfer(
        assignment=rows["syt.danang"],
        unit=scene.units["syt.haiphong"],
        by=scene.secretary,
        at=scene.ago(12),
        reason="Thực hiện thí điểm tại địa phương khác.",
        basis="Thông báo minh họa 02/TB-MH",
    )
    scene.accepted(moved, scene.ago(9))


def standing(scene: Scene, rows: Rows) -> None:
    scene.reported(rows["byt.ttttytqg"], scene.ago(13), 50, "Đã giám sát, chưa ghi nhận sự cố.")


def done_with_others_ended(scene: Scene, rows: Rows) -> None:
    """The lead's result is confirmed, so the coordinating parts end."""
    scene.accepted(rows["syt.haiphong"], scene.ago(20))
    scene.submitted(rows["byt.cuckhcndt"], scene.ago(8, 10), "Đã tổng hợp nhu cầu của 34 địa phương.")
    scene.confirmed(rows["byt.cuckhcndt"], scene.ago(6, 15))


def _note(scene: Scene, row: Assignment, days: int, username: str, kind: str, text: str) -> None:
    at = scene.ago(days, 16)
    services.add_note(
        assignment=row, by=scene.people[username], at=at, kind=kind, held_on=at.date(), text=text
    )
