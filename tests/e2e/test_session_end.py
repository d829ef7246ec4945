"""A session that is about to end says so; typing keeps it; after signing in again the page is as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from accounts import sessions
from directives.models import Assignment, Attachment
from tests.e2e.conftest import PASSWORD, SignIn
from tests.e2e.visitor import PDF, Visitor

WARNING = "Phiên làm việc sắp kết thúc"
OVER = "Phiên làm việc đã kết thúc vì không hoạt động"
# The limit of an officer, with the slack of a minute.
LASTS = 16 * 60


@pytest.fixture
def typist(sign_in: SignIn) -> Visitor:
    """An officer with half a report on the screen, in a browser whose clock the test moves."""
    visitor = sign_in("syt.hanoi")
    page = visitor.page
    row = Assignment.objects.filter(unit__code="syt.hanoi", status="in_progress").latest("pk")
    page.clock.install()
    page.goto(f"/quan-tri/directives/assignment/{row.pk}/report/")
    page.get_by_label("Tiến độ (%)").fill("85")
    page.get_by_label("Kết quả thực hiện").fill("Đã hoàn thành phần lớn")
    return visitor


def pass_seconds(page: Page, seconds: int, *, asleep: bool = False) -> None:
    """Let time pass for the server, by moving the last activity back, and for the browser; asleep, no timer runs."""
    store = SessionStore(session_key=key_of(page))
    store[sessions.SEEN] -= seconds
    store.save()
    if asleep:
        page.clock.set_system_time(page.evaluate("Date.now()") + seconds * 1000)
    else:
        page.clock.run_for(seconds * 1000)


def key_of(page: Page) -> str:
    return next(str(cookie["value"]) for cookie in page.context.cookies() if cookie["name"] == "sessionid")


def seen_at(page: Page) -> Any:
    return Session.objects.get(session_key=key_of(page)).get_decoded()[sessions.SEEN]


def test_it_warns_two_minutes_before_and_goes_on_when_told(typist: Visitor) -> None:
    page = typist.page
    pass_seconds(page, LASTS - 300)
    expect(page.get_by_role("dialog")).to_be_hidden()
    pass_seconds(page, 200)
    expect(page.get_by_text(WARNING)).to_be_visible()
    before = seen_at(page)
    typist.press("Tiếp tục")
    expect(page.get_by_text(WARNING)).to_be_hidden()
    assert seen_at(page) > before
    expect(page.get_by_label("Kết quả thực hiện")).to_have_value("Đã hoàn thành phần lớn")


def test_typing_counts_as_activity(typist: Visitor) -> None:
    page = typist.page
    pass_seconds(page, LASTS - 300)
    before = seen_at(page)
    with page.expect_response("**/tai-khoan/phien/"):
        page.get_by_label("Kết quả thực hiện").press_sequentially(", còn lại")
    assert seen_at(page) > before
    pass_seconds(page, 200)
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_after_the_end_one_signs_in_in_another_tab_and_the_form_is_still_there(
    typist: Visitor,
) -> None:
    page = typist.page
    page.locator("input[type=file]").first.set_input_files(
        {"name": "bao-cao.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    pass_seconds(page, LASTS + 10)
    expect(page.get_by_text(OVER, exact=True)).to_be_visible()
    assert "sessionid" not in {cookie["name"] for cookie in page.context.cookies()}

    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Đăng nhập lại").click()
    tab = opened.value
    tab.get_by_label("Tên đăng nhập").fill("syt.hanoi")
    tab.get_by_label("Mật khẩu").fill(PASSWORD)
    tab.get_by_role("button", name="Đăng nhập", exact=True).click()
    expect(tab.get_by_text("quay lại thẻ đang làm việc")).to_be_visible()

    expect(page.get_by_text(OVER, exact=True)).to_be_hidden()
    expect(page.get_by_label("Tiến độ (%)")).to_have_value("85")
    page.get_by_role("button", name="Gửi báo cáo").click()
    expect(page.get_by_text("Đã ghi báo cáo tiến độ.")).to_be_visible()
    report = Assignment.objects.get(pk=page.url.split("/")[-3]).reports.latest("pk")
    assert report.text == "Đã hoàn thành phần lớn"
    assert Attachment.objects.latest("pk").name == "bao-cao.pdf"


def test_after_the_machine_slept_a_form_is_not_sent_into_a_session_that_is_over(typist: Visitor) -> None:
    page = typist.page
    address = page.url
    pass_seconds(page, LASTS + 10, asleep=True)
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("button", name="Gửi báo cáo").click()
    expect(page.get_by_text(OVER, exact=True)).to_be_visible()
    assert page.url == address
    expect(page.get_by_label("Kết quả thực hiện")).to_have_value("Đã hoàn thành phần lớn")


def test_a_form_is_not_sent_from_another_persons_session(
    typist: Visitor, open_page: Callable[[], Visitor]
) -> None:
    page = typist.page
    pass_seconds(page, LASTS + 10)
    expect(page.get_by_text(OVER, exact=True)).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Đăng nhập lại").click()
    tab = opened.value
    tab.get_by_label("Tên đăng nhập").fill("gd.syt.hanoi")
    tab.get_by_label("Mật khẩu").fill(PASSWORD)
    tab.get_by_role("button", name="Đăng nhập", exact=True).click()
    expect(page.get_by_text("Đã đăng nhập bằng tài khoản khác")).to_be_visible()


def test_a_person_ends_the_session_of_another_browser(
    typist: Visitor, open_page: Callable[[], Visitor]
) -> None:
    other = open_page()
    other.sign_in("syt.hanoi", PASSWORD)
    page = other.page
    page.goto("/tai-khoan/phien-lam-viec/")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(page.get_by_text("(phiên này)")).to_be_visible()
    rows.filter(has_not_text="phiên này").get_by_role("button", name="Kết thúc").click()
    expect(page.get_by_text("Đã kết thúc phiên làm việc.")).to_be_visible()
    expect(rows).to_have_count(1)
    typist.page.goto("/quan-tri/")
    expect(typist.page.get_by_label("Mật khẩu")).to_be_visible()
