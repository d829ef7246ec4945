"""What somebody types is not lost when the session ends meanwhile."""

from __future__ import annotations

from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from directives.models import Assignment
from tests.e2e.conftest import PASSWORD, SignIn


def test_a_report_typed_past_the_end_of_the_session_is_there_after_signing_in(sign_in: SignIn) -> None:
    visitor = sign_in("syt.hanoi")
    page = visitor.page
    row = Assignment.objects.filter(unit__code="syt.hanoi", status="in_progress").latest("pk")
    page.goto(f"/quan-tri/directives/assignment/{row.pk}/report/")
    page.get_by_label("Tiến độ (%)").fill("85")
    page.get_by_label("Kết quả thực hiện").fill("Đã hoàn thành phần lớn")

    Session.objects.all().delete()
    page.get_by_role("button", name="Gửi báo cáo").click()
    page.get_by_label("Tên đăng nhập").fill("syt.hanoi")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()

    expect(page.get_by_text("nhập dở trước đó đã được điền lại")).to_be_visible()
    expect(page.get_by_label("Tiến độ (%)")).to_have_value("85")
    page.get_by_role("button", name="Gửi báo cáo").click()
    expect(page.get_by_text("Đã ghi báo cáo tiến độ.")).to_be_visible()
    assert row.reports.latest("pk").text == "Đã hoàn thành phần lớn"
    page.goto(f"/quan-tri/directives/assignment/{row.pk}/report/")
    expect(page.get_by_label("Kết quả thực hiện")).to_have_value("")
