"""What comes by letter, a mistyped date, a later date: all stay to be read, each for what it is."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Shot, SignIn
from tests.e2e.steps import HANOI, day, open_assignment, open_own, state, story
from tests.e2e.visitor import Visitor

VNPT = "Tập đoàn Bưu chính Viễn thông Việt Nam"
HANDOVER = "Bàn giao kết quả thí điểm Nền tảng V20"
# Of the demo's notice; twelve days overdue.
LEVELS = "Hoàn thành phê duyệt cấp độ an toàn hệ thống thông tin"


def test_a_letter_is_recorded_as_the_report_of_who_wrote_it(sign_in: SignIn, shot: Shot) -> None:
    secretary = sign_in("thuky")
    open_assignment(secretary, HANDOVER, VNPT)
    secretary.choose_from_menu("Báo cáo hoàn thành", last=True)
    secretary.reads("Ghi nhận theo văn bản: Báo cáo hoàn thành")
    secretary.fill("Số, ký hiệu văn bản của đơn vị", "123/VNPT-CNTT")
    secretary.fill("Ngày văn bản của đơn vị", day(-1))
    secretary.fill("Người ký văn bản của đơn vị", "Lãnh đạo đơn vị")
    secretary.attach("cong-van-123.pdf")
    secretary.fill("Kết quả thực hiện", "Đã bàn giao tài liệu và mã nguồn.")
    shot(secretary.page, "ghi-nhan-theo-van-ban")
    secretary.press("Ghi nhận")
    secretary.is_told("Đã ghi nhận theo văn bản của đơn vị.")
    assert state(secretary) == "Chờ xác nhận"

    secretary.press("Xác nhận hoàn thành")
    secretary.press("Xác nhận hoàn thành")
    secretary.is_told("Đã xác nhận hoàn thành.")
    assert state(secretary) == "Hoàn thành"
    reported = next(entry for entry in story(secretary) if "Báo cáo hoàn thành" in entry)
    letter = f"{VNPT}, theo văn bản số 123/VNPT-CNTT ngày {day(-1)} (Lãnh đạo đơn vị)"
    for words in (letter, "người ghi nhận: Thư ký minh họa", "cong-van-123.pdf"):
        assert words in reported
    shot(secretary.page, "phan-cong-theo-van-ban")


def test_a_correction_and_a_later_date_both_stay_and_both_verdicts_show(sign_in: SignIn, shot: Shot) -> None:
    secretary, officer = sign_in("thuky"), sign_in("syt.hanoi")
    open_assignment(secretary, LEVELS, HANOI)
    secretary.choose_from_menu("Đính chính thời hạn")
    secretary.fill("Thời hạn đúng", day(-10))
    secretary.fill("Lý do", "Gõ nhầm ngày so với văn bản.")
    secretary.press("Đính chính thời hạn")
    secretary.is_told("Đã đính chính thời hạn.")
    secretary.reads("quá hạn 10 ngày")

    open_own(officer, LEVELS)
    officer.choose_from_menu("Đề nghị gia hạn")
    officer.fill("Đề nghị gia hạn đến", day(20))
    officer.fill("Lý do", "Chờ kết quả thẩm định.")
    shot(officer.page, "de-nghi-gia-han")
    officer.press("Gửi đề nghị")
    officer.is_told("Đã gửi đề nghị gia hạn.")

    open_assignment(secretary, LEVELS, HANOI)
    secretary.reads(f"Đang đề nghị gia hạn đến {day(20)}")
    secretary.press("Quyết định gia hạn")
    secretary.page.get_by_label("Đồng ý với thời hạn khác").check()
    secretary.fill("Người quyết định", "Phó Trưởng ban thường trực")
    secretary.press("Ghi quyết định")
    secretary.is_told("Hãy nhập thời hạn mới.")
    secretary.fill("Thời hạn mới", day(14))
    secretary.fill("Văn bản quyết định", "Phiếu trình 15")
    secretary.fill("Lý do", "Đồng ý, rút ngắn so với đề nghị.")
    shot(secretary.page, "quyet-dinh-gia-han")
    secretary.press("Ghi quyết định")
    secretary.is_told("Đã ghi quyết định về đề nghị gia hạn.")
    shot(secretary.page, "phan-cong-gia-han")
    assert_all_dates_show(secretary)
    open_own(officer, LEVELS)
    assert_all_dates_show(officer)


def assert_all_dates_show(who: Visitor) -> None:
    ledger = who.page.locator(".work-ledger tbody tr")
    for row, words in zip(
        ledger.all_inner_texts(),
        (
            ("Ban đầu", day(-12)),
            ("Đính chính", day(-10), "Gõ nhầm ngày so với văn bản."),
            ("Gia hạn", day(14), "Phó Trưởng ban thường trực", "Phiếu trình 15"),
        ),
        strict=True,
    ):
        assert all(word in row for word in words), (row, words)
    dates = who.page.locator(".work-dates > div")
    present = dates.filter(has=who.page.get_by_text("Thời hạn", exact=True))
    expect(present).to_contain_text(day(14))
    expect(present).to_contain_text("Chưa hoàn thành, trong hạn")
    original = dates.filter(has=who.page.get_by_text("Thời hạn ban đầu", exact=True))
    expect(original).to_contain_text(day(-10))
    expect(original).to_contain_text("Chưa hoàn thành, quá hạn")
