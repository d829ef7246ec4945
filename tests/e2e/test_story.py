"""A directive from the document it stands in to its confirmed result, by the people who do it."""

from playwright.sync_api import expect

from tests.e2e.conftest import Shot, SignIn
from tests.e2e.steps import (
    HANOI,
    HOSPITALS,
    OFFICE,
    Task,
    day,
    draft,
    enter_document,
    issue,
    open_assignment,
    open_own,
    state,
    story,
)
from tests.e2e.visitor import Visitor

CONTENT = "Tổng hợp danh sách bệnh viện đã liên thông hồ sơ sức khỏe điện tử"
MISSING = "Chưa có số liệu của các bệnh viện tư nhân; đề nghị bổ sung."


def test_a_directive_from_the_document_to_the_confirmed_result(sign_in: SignIn, shot: Shot) -> None:
    secretary, officer, head = sign_in("thuky"), sign_in("syt.hanoi"), sign_in("gd.syt.hanoi")

    enter_document(secretary, number="900/TB-BYT", subject="Kết luận về liên thông hồ sơ sức khỏe điện tử")
    shot(secretary.page, "van-ban")
    draft(secretary, Task(CONTENT, day(5), lead=HANOI, coordinating=(OFFICE, HOSPITALS)))
    secretary.reads("Đơn vị sẽ nhận: 3 đơn vị", HANOI, f"{day(5)} (còn 5 ngày)")
    shot(secretary.page, "nhiem-vu-nhap")
    code = issue(secretary)
    assert code == "900/TB-BYT – 01"
    shot(secretary.page, "nhiem-vu-da-giao")

    open_own(officer, CONTENT)
    assert state(officer) == "Chưa tiếp nhận"
    officer.reads("còn 5 ngày", OFFICE, HOSPITALS)
    officer.press("Tiếp nhận")
    officer.press("Tiếp nhận")
    officer.is_told("Đã tiếp nhận")
    officer.press("Báo cáo tiến độ")
    officer.fill("Tiến độ (%)", "60")
    officer.fill("Kết quả thực hiện", "Đã có số liệu của 18/30 bệnh viện.")
    officer.attach("tien-do.pdf")
    shot(officer.page, "bao-cao-tien-do")
    officer.press("Gửi báo cáo")
    officer.is_told("Đã ghi báo cáo tiến độ.")
    officer.reads("60%", "tien-do.pdf")

    open_own(head, CONTENT)
    submit(head, "Đã tổng hợp đủ 30 bệnh viện công lập.", file="danh-sach.pdf")

    open_assignment(secretary, CONTENT, HANOI)
    assert state(secretary) == "Chờ xác nhận"
    secretary.press("Yêu cầu bổ sung, hoàn thiện")
    secretary.press("Yêu cầu bổ sung, hoàn thiện")
    secretary.is_told("Hãy ghi lý do.")
    secretary.fill("Lý do", MISSING)
    secretary.press("Yêu cầu bổ sung, hoàn thiện")
    secretary.is_told("Đã yêu cầu đơn vị bổ sung, hoàn thiện.")

    open_own(head, CONTENT)
    head.reads(MISSING)
    submit(head, "Đã bổ sung 12 bệnh viện tư nhân.", file="danh-sach-day-du.pdf")

    open_assignment(secretary, CONTENT, HANOI)
    secretary.press("Xác nhận hoàn thành")
    secretary.reads("Đã bổ sung 12 bệnh viện tư nhân.", "danh-sach-day-du.pdf", day(0))
    shot(secretary.page, "xac-nhan")
    secretary.press("Xác nhận hoàn thành")
    secretary.is_told("Đã xác nhận hoàn thành.")
    assert state(secretary) == "Hoàn thành"
    shot(secretary.page, "phan-cong-hoan-thanh")

    parts = secretary.page.locator(".case-list li")
    expect(parts.filter(has_text=OFFICE)).to_contain_text("Kết thúc theo đơn vị chủ trì")
    expect(parts.filter(has_text=HOSPITALS)).to_contain_text("Kết thúc theo đơn vị chủ trì")
    assert_story_is_told(story(secretary))


def submit(head: Visitor, text: str, *, file: str) -> None:
    """Báo cáo hoàn thành with its file, from the assignment's page."""
    head.press("Báo cáo hoàn thành")
    head.fill("Kết quả thực hiện", text)
    head.attach(file)
    head.press("Gửi báo cáo hoàn thành")
    head.is_told("Đã gửi báo cáo hoàn thành.")


def assert_story_is_told(entries: list[str]) -> None:
    told = (
        ("Giao", "Thư ký minh họa"),
        ("Tiếp nhận", "Chưa tiếp nhận", "Đang thực hiện", "Chuyên viên minh họa Hà Nội"),
        ("Báo cáo tiến độ", "Chuyên viên minh họa Hà Nội", "60%", "tien-do.pdf"),
        ("Báo cáo hoàn thành", "Chờ xác nhận", "Giám đốc minh họa Hà Nội", "danh-sach.pdf"),
        ("Yêu cầu bổ sung, hoàn thiện", "Thư ký minh họa", MISSING),
        ("Báo cáo hoàn thành", "Giám đốc minh họa Hà Nội", "danh-sach-day-du.pdf"),
        ("Xác nhận hoàn thành", "Hoàn thành", "Thư ký minh họa"),
    )
    assert len(entries) == len(told), entries
    for entry, words in zip(entries, told, strict=True):
        assert all(word in entry for word in words), (entry, words)
