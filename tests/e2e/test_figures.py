"""What the secretariat lands on, and figures that agree wherever they are shown."""

from __future__ import annotations

import io
import re
from typing import Any

from openpyxl import load_workbook
from playwright.sync_api import Locator, expect

from directives.lifecycle import Status
from steering.models import Unit
from tests.e2e.conftest import Shot, SignIn
from tests.e2e.visitor import Visitor

PLANS = "1710/QĐ-BYT – 01"
CELLS = (
    "Hoàn thành đúng hạn",
    "Hoàn thành quá hạn",
    "Chưa hoàn thành, trong hạn",
    "Chưa hoàn thành, quá hạn",
)
OUTSIDE = ("Tạm dừng", "Thu hồi, đã chuyển", "Thường xuyên")
# The closing sentence of every table names its parts in this order.
NAMED = ("Tổng giao", "Được tính", *OUTSIDE)
Figures = dict[str, int]


def test_the_secretariat_lands_on_the_work_of_the_day(sign_in: SignIn, shot: Shot) -> None:
    secretary = sign_in("thuky")
    secretary.reads("Việc cần làm hôm nay", "Dữ liệu minh họa")
    shot(secretary.page, "viec-can-lam")
    for name in ("Chờ xác nhận", "Đề nghị gia hạn", "Quá hạn"):
        secretary.go("Tổng quan")
        card = secretary.page.locator(".fig-card").filter(has_text=name)
        count = whole(card.locator("strong"))
        assert count > 0
        card.click()
        expect(secretary.page.locator(".work-table tbody tr")).to_have_count(count)


def test_the_plans_show_each_department_with_its_state_in_official_order(sign_in: SignIn, shot: Shot) -> None:
    secretary = sign_in("thuky")
    open_plans(secretary)
    shot(secretary.page, "nhiem-vu-ke-hoach")
    names, states = [], []
    while True:
        names += secretary.page.locator(".case-table tbody tr td:first-child a").all_inner_texts()
        states += secretary.page.locator('.case-table td[data-label="Trạng thái"]').all_inner_texts()
        if not secretary.page.get_by_role("link", name="Trang sau").is_visible():
            break
        secretary.press("Trang sau")
        expect(secretary.page.locator(".case-pager")).to_contain_text("Trang 2/2")
    departments = [name for name in names if name.startswith("Sở Y tế")]
    assert len(departments) == 63
    official = Unit.objects.filter(name__in=names).order_by("order").values_list("name", flat=True)
    assert names == list(official)
    assert len(states) == len(names) == 73
    labels = {str(label) for label in Status.labels}
    assert {state.strip() for state in states} <= labels


def test_the_cells_add_up_and_agree_on_every_page_and_in_excel(sign_in: SignIn, shot: Shot) -> None:
    secretary = sign_in("thuky")
    landing = read_cells(secretary, ".fig .case-figure") | read_sum(secretary)
    assert_adds_up(landing)
    assert landing["Được tính"] > 50

    secretary.go("Thống kê")
    shot(secretary.page, "thong-ke-theo-don-vi")
    table = read_sum(secretary) | read_total(secretary.page.locator(".fig-table"))
    assert_same(table, landing)
    assert_same(total_in(secretary.download("Xuất Excel")), landing)

    for page, name in (("Theo thành viên phụ trách", "thanh-vien"), ("Theo văn bản", "van-ban")):
        secretary.press(page)
        shot(secretary.page, f"thong-ke-theo-{name}")
        assert_same(read_sum(secretary) | read_total(secretary.page.locator(".fig-table")), landing)

    secretary.go("Phân công")
    assert_same(summary_in(secretary.download("Xuất Excel")), landing)

    open_plans(secretary)
    plans = read_cells(secretary, ".case-figures .case-figure") | read_sum(secretary)
    assert_adds_up(plans)
    secretary.page.locator(".case-figure").filter(has_text="quá hạn").last.click()
    late = plans["Chưa hoàn thành, quá hạn"]
    expect(secretary.page.get_by_role("heading", name=re.compile("^Các đơn vị"))).to_contain_text(f"({late})")


def open_plans(who: Visitor) -> None:
    who.go("Nhiệm vụ")
    who.page.get_by_role("link", name=PLANS, exact=True).click()
    expect(who.page.get_by_role("heading", name=PLANS, level=2)).to_be_visible()


def whole(element: Locator) -> int:
    """The number an element shows, thousands grouped by "."."""
    found: list[str] = re.findall(r"[\d.]+", element.inner_text())
    return int(found[-1].replace(".", ""))


def read_cells(who: Visitor, selector: str) -> Figures:
    cells = who.page.locator(selector)
    expect(cells).to_have_count(len(CELLS))
    return dict(zip(CELLS, (whole(cell.locator("strong")) for cell in cells.all()), strict=True))


def read_sum(who: Visitor) -> Figures:
    """Tổng giao = được tính + tạm dừng + …, the sentence that closes every table."""
    told = who.page.get_by_text(re.compile(r"Tổng giao [\d.]+ = ")).first.inner_text()
    parts = [int(number.replace(".", "")) for number in re.findall(r"\d[\d.]*\d|\d", told)]
    return dict(zip(NAMED, parts, strict=False))


def read_total(table: Locator) -> Figures:
    """The closing row, once every column of the table has been added up."""
    rows = [numbers(row) for row in table.locator("tbody tr").all_inner_texts()]
    total = numbers(table.locator("tfoot tr").inner_text())
    # Columns: given, counted, on time, late, in time, of it without a date, overdue, …
    for column in (0, 1, 2, 3, 4, 6):
        assert sum(row[column] for row in rows) == total[column]
    return dict(
        zip(("Tổng giao", "Được tính", *CELLS), (total[column] for column in (0, 1, 2, 3, 4, 6)), strict=True)
    )


def numbers(row: str) -> list[int]:
    """The whole numbers of a row of a table, its heading and its rates left out."""
    cells = row.split("\t")[1:]
    return [int(cell.strip().replace(".", "")) for cell in cells if re.fullmatch(r"[\d.]+", cell.strip())]


def rows_in(file: bytes, sheet: int = 0) -> list[tuple[Any, ...]]:
    return list(load_workbook(io.BytesIO(file)).worksheets[sheet].iter_rows(values_only=True))


def total_in(file: bytes) -> Figures:
    """The closing row of an exported table of figures, by its headings."""
    rows = rows_in(file)
    headings = next(row for row in rows if "Tổng giao" in row)
    total = next(row for row in rows if "Tổng cộng" in row)
    found = dict(zip(headings, total, strict=True))
    return {name: found[name] for name in (*CELLS, *NAMED)}


def summary_in(file: bytes) -> Figures:
    """The sheet that closes an exported list, by its lines."""
    found = {row[0]: row[1] for row in rows_in(file, 1) if len(row) > 1}
    return {name: found[name] for name in (*CELLS, *NAMED)}


def assert_adds_up(figures: Figures) -> None:
    assert sum(figures[name] for name in CELLS) == figures["Được tính"]
    assert figures["Được tính"] + sum(figures[name] for name in OUTSIDE) == figures["Tổng giao"]


def assert_same(figures: Figures, expected: Figures) -> None:
    assert_adds_up(figures)
    assert figures == expected
