"""An openly fictitious notice whose directives' dates are relative to the day of loading: every list has something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from accounts.clock import hanoi_date
from directives import services
from directives.demo import stories
from directives.demo.scene import Scene
from directives.models import Assignment, Directive, Document
from directives.models.document import Urgency
from steering.models import Seat

ISSUED_DAYS_AGO = 30
# A directive's assignments by the code of their unit.
Rows = dict[str, Assignment]


@dataclass(frozen=True)
class Task:
    """`due` counts days from the loading, `given` days before it; `story` is what happened since, None a draft."""

    content: str
    story: Callable[[Scene, Rows], None] | None
    given: int
    due: int | None = None
    lead: str = ""
    units: tuple[str, ...] = ()
    deliverable: str = "Báo cáo bằng văn bản"
    kind: str = Directive.Kind.REQUIREMENT
    urgency: str = Urgency.NORMAL
    supervisor: str = ""
    standing: bool = False
    restricted: bool = False


CITIES = ("syt.hanoi", "syt.danang", "syt.haiphong", "syt.hue", "syt.cantho", "syt.hochiminh")

TASKS: tuple[Task, ...] = (
    Task(
        "Rà soát, cập nhật danh mục hệ thống thông tin đang vận hành tại đơn vị",
        stories.due_today,
        given=20,
        due=0,
        lead="syt.hanoi",
        units=("byt.vp",),
        deliverable="Danh mục hệ thống thông tin",
    ),
    Task(
        "Báo cáo số liệu tạo lập hồ sơ sức khỏe điện tử",
        stories.untouched,
        given=6,
        due=3,
        lead="syt.hanoi",
        urgency=Urgency.URGENT,
    ),
    Task(
        "Hoàn thành phê duyệt cấp độ an toàn hệ thống thông tin",
        stories.overdue,
        given=28,
        due=-12,
        lead="syt.hanoi",
        deliverable="Quyết định phê duyệt cấp độ",
        supervisor="member",
    ),
    Task(
        "Xây dựng phương án triển khai thanh toán không dùng tiền mặt tại bệnh viện",
        stories.waiting_for_confirmation,
        given=22,
        due=2,
        lead="syt.hanoi",
        deliverable="Phương án được phê duyệt",
    ),
    Task(
        "Tổ chức tập huấn kỹ năng số cho cán bộ trạm y tế",
        stories.asks_for_an_extension,
        given=18,
        due=5,
        lead="syt.danang",
        deliverable="Báo cáo kết quả tập huấn",
    ),
    Task(
        "Xây dựng bộ chỉ số đánh giá mức độ chuyển đổi số của cơ sở khám chữa bệnh",
        stories.coordinated,
        given=24,
        due=14,
        lead="byt.cuckhcndt",
        units=("syt.hanoi", "syt.danang", "byt.cucqlkcb"),
        deliverable="Dự thảo bộ chỉ số",
    ),
    Task(
        "Chủ trì xây dựng định mức chi công nghệ thông tin của ngành",
        stories.declined,
        given=15,
        due=20,
        lead="syt.hanoi",
    ),
    Task(
        "Thí điểm đơn thuốc điện tử liên thông",
        stories.suspended,
        given=26,
        due=9,
        lead="byt.cucqlkcb",
        kind=Directive.Kind.ORDER,
    ),
    Task(
        "Báo cáo kết quả triển khai bệnh án điện tử",
        stories.with_the_head,
        given=16,
        due=1,
        lead="syt.hanoi",
        kind=Directive.Kind.ORDER,
    ),
    Task(
        "Chuẩn bị nội dung làm việc về sắp xếp các hệ thống thông tin dùng chung",
        stories.restricted,
        given=12,
        due=7,
        lead="byt.vp",
        supervisor="chair",
        restricted=True,
    ),
    Task(
        "Báo cáo kết quả đặt lịch khám trực tuyến",
        stories.each_its_own,
        given=25,
        due=-5,
        units=CITIES,
        supervisor="member",
    ),
    Task(
        "Kết nối dữ liệu khám sức khỏe lái xe",
        stories.transferred,
        given=21,
        due=10,
        lead="syt.danang",
    ),
    Task(
        "Giám sát an toàn thông tin của các nền tảng dùng chung",
        stories.standing,
        given=25,
        lead="byt.ttttytqg",
        standing=True,
    ),
    Task(
        "Tổng hợp nhu cầu đào tạo về chuyển đổi số",
        stories.done_with_others_ended,
        given=27,
        due=-6,
        lead="byt.cuckhcndt",
        units=("byt.vp", "syt.haiphong"),
    ),
    Task(
        "Đề xuất danh mục dữ liệu dùng chung của ngành (nhiệm vụ đang soạn)",
        None,
        given=0,
        due=30,
        lead="byt.ttttytqg",
        units=("byt.vp",),
    ),
)


def play_notice(scene: Scene) -> Document:
    """Enter the notice, give its directives, and let what happened since happen; returns the document."""
    at = scene.ago(ISSUED_DAYS_AGO)
    document = Document(
        committee=scene.committee,
        kind=Document.Kind.NOTICE,
        number="01/TB-MH",
        issued_on=hanoi_date(at),
        subject="Thông báo minh họa: các nhiệm vụ dưới đây do phần mềm tạo ra để dùng thử, không phải văn bản có thật",
        issuer="Cơ quan minh họa",
        signer="Người ký minh họa",
        is_fictitious=True,
    )
    services.save_document(document=document, by=scene.secretary, at=at, uploads=[scene.file()])
    for task in TASKS:
        directive = _draft(scene, document, task)
        if task.story is not None:
            services.issue(directive=directive, by=scene.secretary, at=scene.ago(task.given, 8))
            rows = {row.unit.code: row for row in directive.assignments.select_related("unit")}
            task.story(scene, rows)
    return document


def _draft(scene: Scene, document: Document, task: Task) -> Directive:
    at = scene.ago(task.given, 8)
    due_on = scene.today + timedelta(days=task.due) if task.due is not None else None
    seats: dict[str, Seat] = {"chair": scene.chair_seat, "member": scene.member_seat}
    directive = Directive(
        document=document,
        content=task.content,
        deliverable=task.deliverable,
        kind=task.kind,
        given_by=scene.decided_by,
        given_on=hanoi_date(at),
        supervisor=seats.get(task.supervisor),
        urgency=task.urgency,
        deadline_words=f"chậm nhất ngày {due_on:%d/%m/%Y}" if due_on else "",
        due_on=due_on,
        is_standing=task.standing,
        is_restricted=task.restricted,
        mode=Directive.Mode.JOINT if task.lead else Directive.Mode.EACH,
    )
    services.save_draft(
        directive=directive,
        lead=scene.units[task.lead] if task.lead else None,
        units=[scene.units[code] for code in task.units],
        by=scene.secretary,
        at=at,
    )
    return directive
