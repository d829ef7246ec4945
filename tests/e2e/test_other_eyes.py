"""Another unit's officer sees nothing of what was given to others, by whatever way; and all that is theirs."""

from __future__ import annotations

import io
import re
from urllib.parse import urlencode

from openpyxl import load_workbook
from playwright.sync_api import expect

from tests.e2e.conftest import Shot, SignIn
from tests.e2e.steps import DANANG, HANOI, HUE, OFFICE, Task, attach_to_document, day, give, open_assignment
from tests.e2e.visitor import Visitor

NUMBER, CONTENT = "901/TB-BYT", "Rà soát máy chủ đặt tại trụ sở thành phố"
AUTOCOMPLETE = "/quan-tri/autocomplete/?" + urlencode(
    {"app_label": "directives", "model_name": "directive", "field_name": "document", "term": NUMBER}
)
DOWNLOAD = re.compile(r"^/quan-tri/directives/assignment/tep/\d+/$")


def test_another_unit_sees_nothing_of_it(sign_in: SignIn, shot: Shot) -> None:
    secretary, stranger = sign_in("thuky"), sign_in("syt.danang")
    before = figures_of(stranger)
    task = Task(CONTENT, day(5), lead=HANOI, coordinating=(HUE, OFFICE))
    give(secretary, number=NUMBER, subject="Kết luận về an toàn thông tin", task=task)
    addresses = addresses_of(secretary)
    assert found_by_autocomplete(secretary)

    stranger.go("Tổng quan")
    stranger.does_not_read(CONTENT, NUMBER)
    assert figures_of(stranger) == before

    stranger.go("Nhiệm vụ của đơn vị")
    for typed in (CONTENT, NUMBER, HANOI):
        stranger.page.get_by_role("searchbox").fill(typed)
        stranger.press("Tìm")
        expect(stranger.page.get_by_text("Không có nhiệm vụ nào như vậy")).to_be_visible()
    shot(stranger.page, "tim-khong-thay")
    stranger.go("Nhiệm vụ của đơn vị")
    stranger.page.get_by_role("link", name=re.compile("^Tất cả")).click()
    stranger.does_not_read(CONTENT)
    exported = texts_in(stranger.download("Xuất Excel"))
    assert DANANG in exported
    assert CONTENT not in exported

    stranger.go("Văn bản")
    stranger.does_not_read(NUMBER)
    assert not found_by_autocomplete(stranger)
    for address in addresses:
        assert secretary.page.request.get(address).ok, address
        assert stranger.page.request.get(address).status == 404, address
    stranger.is_refused(addresses[0])
    shot(stranger.page, "khong-thay")


def test_a_unit_sees_what_was_given_to_those_it_succeeded(sign_in: SignIn, shot: Shot) -> None:
    officer = sign_in("syt.danang")
    former = f"{DANANG} (tiếp nhận từ Sở Y tế tỉnh Quảng Nam)"
    open_assignment(officer, "1710/QĐ-BYT – 01", former, entry="Nhiệm vụ của đơn vị")
    officer.reads("Sở Y tế tỉnh Quảng Nam", "30/06/2023")
    shot(officer.page, "phan-cong-cua-don-vi-cu")


def addresses_of(secretary: Visitor) -> list[str]:
    """Every address of the directive, its parts, their histories and files: read off the secretariat's pages."""
    directive = path(secretary)
    attach_to_document(secretary, "ket-luan.pdf")
    document = path(secretary)
    files = secretary.page.get_by_role("link", name="ket-luan.pdf")
    download = files.get_attribute("href")
    assert download is not None and DOWNLOAD.match(download)
    open_assignment(secretary, CONTENT, HANOI)
    lead = path(secretary)
    open_assignment(secretary, CONTENT, OFFICE)
    part = path(secretary)
    pages = [lead, part, directive, document]
    histories = [re.sub("change/$", "history/", page) for page in pages]
    slips = [re.sub("change/$", "phieu/", page) for page in (lead, part)]
    return [*pages, download, *histories, *slips]


def path(who: Visitor) -> str:
    return who.page.url.split("?")[0].removeprefix(who.page.url[: who.page.url.index("/", 8)])


def figures_of(who: Visitor) -> str:
    """All the figures by unit that a person reads."""
    who.go("Thống kê")
    return who.page.locator(".fig-table tfoot").inner_text()


def found_by_autocomplete(who: Visitor) -> list[dict[str, str]]:
    """What the box to choose a document by offers for the number."""
    answer = who.page.request.get(AUTOCOMPLETE)
    assert answer.ok
    results: list[dict[str, str]] = answer.json()["results"]
    return results


def texts_in(file: bytes) -> str:
    rows = load_workbook(io.BytesIO(file)).worksheets[0].iter_rows(values_only=True)
    return "\n".join(str(cell) for row in rows for cell in row if cell is not None)
