"""What a deadline's words mean is filled in beside them, but not under the hands of who is about to type there."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import SignIn
from tests.e2e.steps import day, enter_document


def test_what_was_read_waits_for_who_types(sign_in: SignIn) -> None:
    secretary = sign_in("thuky")
    enter_document(secretary, number="905/TB-BYT", subject="Kết luận về thời hạn")
    secretary.press("Thêm nhiệm vụ")
    due, reading = secretary.field("Thời hạn"), secretary.page.locator(".case-reading")

    def read_in_the_field(days: int) -> None:
        """The words are left for the date, so that what they mean comes when one is there."""
        secretary.fill("Thời hạn như văn bản ghi", f"chậm nhất ngày {day(days)}")
        due.focus()
        expect(reading).to_contain_text(day(days))

    read_in_the_field(5)
    due.press_sequentially(day(6))
    secretary.field("Nội dung").focus()
    expect(due).to_have_value(day(6))

    due.fill("")
    read_in_the_field(7)
    expect(due).to_have_value("")
    secretary.field("Nội dung").focus()
    expect(due).to_have_value(day(7))
