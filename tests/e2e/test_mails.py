"""Tomorrow's mails before they are sent, and a day's mails after: one digest each, no second one."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.core.management import call_command
from playwright.sync_api import Locator, expect

from accounts.clock import today
from directives.models import Message
from steering.calendar import work_calendar
from tests.e2e.conftest import Shot, SignIn
from tests.e2e.steps import HANOI, open_assignment, open_own, written
from tests.e2e.visitor import Visitor

OFFICER, MAILBOX = "Chuyên viên minh họa Hà Nội", "syt-hanoi@don-vi.example"
# Of the demo's notice: twelve days overdue.
LATE = "Hoàn thành phê duyệt cấp độ an toàn hệ thống thông tin"


def test_tomorrows_mails_are_read_before_they_are_sent(sign_in: SignIn, shot: Shot) -> None:
    secretary = sign_in("thuky")
    open_tomorrows(secretary)
    secretary.reads(written(tomorrow()), OFFICER)
    expect(mail_to_unit(secretary)).to_contain_text(LATE)
    shot(secretary.page, "thu-sang-mai")
    assert not Message.objects.exists()


def test_after_an_extension_the_new_date_is_reminded(sign_in: SignIn) -> None:
    secretary, officer = sign_in("thuky"), sign_in("syt.hanoi")
    later = written(tomorrow() + timedelta(days=5))
    open_tomorrows(secretary)
    expect(mail_to_unit(secretary)).not_to_contain_text(later)
    extend(secretary, officer, until=later)
    open_tomorrows(secretary)
    expect(mail_to_unit(secretary)).to_contain_text(later)


def test_each_gets_one_digest_a_day_and_a_second_run_sends_none(sign_in: SignIn, shot: Shot) -> None:
    secretary = sign_in("thuky")
    on = work_calendar().add_working_days(today() + timedelta(days=1), -1)
    first = remind(on)
    assert first["composed"] == first["sent"] > 10
    assert first["failed"] == first["deferred"] == 0
    # The secretariat reads the letter of the week beside its digest.
    recipients = Counter(Message.objects.filter(on=on).values_list("address", "kind"))
    assert set(recipients.values()) == {1}
    second = remind(on)
    assert second["composed"] == second["sent"] == 0

    secretary.go("Thư điện tử")
    secretary.page.get_by_role("link", name="Đã gửi", exact=True).click()
    rows = secretary.page.locator("#result_list tbody")
    expect(rows).to_have_count(first["sent"])
    shot(secretary.page, "thu-da-gui")
    officers = rows.filter(has_text=OFFICER)
    expect(officers).to_have_count(1)
    officers.get_by_role("link").first.click()
    secretary.reads("[BCĐ CĐS]", "Đã gửi", "syt-hanoi@demo.example")
    body = secretary.page.frame_locator("iframe").first.locator("body")
    expect(body).to_contain_text("Thư nhắc tự động, không thay thế văn bản hành chính")
    expect(body).to_contain_text(LATE)
    shot(secretary.page, "thu")


def tomorrow() -> date:
    """The next morning on which reminders go out."""
    return work_calendar().next_working_day(today() + timedelta(days=1))


def open_tomorrows(secretary: Visitor) -> None:
    secretary.go("Thư điện tử")
    secretary.press("Xem thư sẽ gửi sáng mai")
    secretary.reads("Thư sẽ gửi sáng")


def mail_to_unit(secretary: Visitor) -> Locator:
    """Open the unit's mail on the page of tomorrow's; returns its text."""
    panel = secretary.page.locator(".mail-recipient").filter(has_text=MAILBOX)
    panel.locator("summary").first.click()
    return panel.frame_locator("iframe").first.locator("body")


def extend(secretary: Visitor, officer: Visitor, *, until: str) -> None:
    """The unit asks for a later date and gets it."""
    open_own(officer, LATE)
    officer.choose_from_menu("Đề nghị gia hạn")
    officer.fill("Đề nghị gia hạn đến", until)
    officer.fill("Lý do", "Chờ kết quả thẩm định.")
    officer.press("Gửi đề nghị")
    open_assignment(secretary, LATE, HANOI)
    secretary.press("Quyết định gia hạn")
    secretary.page.get_by_label("Đồng ý", exact=True).check()
    secretary.fill("Người quyết định", "Phó Trưởng ban thường trực")
    secretary.press("Ghi quyết định")
    secretary.is_told("Đã ghi quyết định về đề nghị gia hạn.")


def remind(on: date) -> dict[str, Any]:
    """What the job of a morning does, by its command; returns its report."""
    told = io.StringIO()
    call_command("remind", "--on", str(on), "--json", stdout=told)
    report: dict[str, Any] = json.loads(told.getvalue())
    return report
