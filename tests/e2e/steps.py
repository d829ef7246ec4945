"""What people do on the screens, each step as a person would: by clicks and typing, and reading what is told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from playwright.sync_api import expect

from accounts.clock import today
from tests.e2e.visitor import Visitor, exactly

HANOI, DANANG, HUE = "Sở Y tế thành phố Hà Nội", "Sở Y tế thành phố Đà Nẵng", "Sở Y tế thành phố Huế"
OFFICE = "Văn phòng Bộ"
HOSPITALS = "Cục Quản lý Khám, chữa bệnh"


def day(in_days: int) -> str:
    """A day as people write it, so many from today in Hà Nội."""
    return written(today() + timedelta(days=in_days))


def written(on: date) -> str:
    """A date as people write it."""
    return f"{on:%d/%m/%Y}"


@dataclass(frozen=True)
class Task:
    """What is to be entered: a directive with a lead and coordinating units."""

    content: str
    due: str
    lead: str
    coordinating: tuple[str, ...] = ()


def enter_document(who: Visitor, *, number: str, subject: str) -> None:
    """Nhập văn bản; ends on the document's page."""
    who.go("Văn bản")
    who.press("Nhập văn bản")
    who.choose("Loại văn bản", "Thông báo")
    who.fill("Số, ký hiệu", number)
    who.fill("Ngày ban hành (ngày họp)", day(0))
    who.fill("Cơ quan ban hành", "Bộ Y tế")
    who.fill("Trích yếu", subject)
    who.press("Lưu văn bản")
    who.is_told("Đã lưu văn bản.")


def draft(who: Visitor, task: Task) -> None:
    """Thêm nhiệm vụ, from the document's page; ends on the draft's page."""
    who.press("Thêm nhiệm vụ")
    who.fill("Nội dung", task.content)
    who.fill("Thời hạn như văn bản ghi", f"chậm nhất ngày {task.due}")
    who.fill("Thời hạn", task.due)
    who.pick_unit("Đơn vị chủ trì", task.lead)
    for unit in task.coordinating:
        who.pick_unit("Các đơn vị", unit)
    who.press("Lưu nháp")
    who.is_told("Đã lưu nháp.")


def issue(who: Visitor) -> str:
    """Giao, from the draft's page; ends on the directive's page. Returns its code."""
    who.page.get_by_role("link", name=re.compile(r"^Giao \(")).click()
    who.press("Giao")
    who.is_told("Đã giao nhiệm vụ")
    return who.page.locator(".case-title h2").inner_text().strip()


def give(who: Visitor, *, number: str, subject: str, task: Task) -> str:
    """A document and its directive, entered and given; returns the directive's code."""
    enter_document(who, number=number, subject=subject)
    draft(who, task)
    return issue(who)


def open_assignment(who: Visitor, content: str, unit: str = "", *, entry: str = "Phân công") -> None:
    """Find it by its words in the list of assignments, and open it (that of a unit, if several are found)."""
    who.go(entry)
    who.page.get_by_role("searchbox").fill(content)
    who.press("Tìm")
    row = who.page.locator(".work-table tbody tr").filter(has_text=content)
    if unit:
        row = row.filter(has=who.page.get_by_role("cell", name=exactly(unit, then=".*")))
    row.get_by_role("link").first.click()
    expect(who.page.get_by_role("heading", name="Quá trình xử lý")).to_be_visible()


def open_own(who: Visitor, content: str) -> None:
    """A unit opens what is to be done from the page it lands on."""
    who.go("Tổng quan")
    who.page.get_by_role("link", name=content, exact=True).first.click()
    expect(who.page.get_by_role("heading", name="Quá trình xử lý")).to_be_visible()


def state(who: Visitor) -> str:
    """The state of the assignment whose page is open."""
    chip = who.page.locator(".work-state .case-chip").first
    return str(chip.evaluate("chip => chip.lastChild.textContent")).strip()


def story(who: Visitor) -> list[str]:
    """The entries of Quá trình xử lý on the page, oldest first, each as one line."""
    entries = who.page.locator(".work-timeline > li").all_inner_texts()
    return [" ".join(entry.split()) for entry in reversed(entries)]


def attach_to_document(who: Visitor, file: str) -> None:
    """Add a file to the document of the directive whose page is open; ends on the document's page."""
    who.page.locator(".case-trail a").last.click()
    who.press("Thêm tệp")
    who.attach(file)
    who.fill("Lý do sửa", "Bổ sung tệp văn bản.")
    who.press("Lưu văn bản")
    who.is_told("Đã lưu thay đổi.")
