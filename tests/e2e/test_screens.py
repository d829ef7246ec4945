"""Every page that people are led to: it opens, in Vietnamese, without broken scripts, and fits a laptop and a phone."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from accounts.text import words
from directives.demo.accounts import ACCOUNTS
from tests.e2e.conftest import Shot, SignIn
from tests.e2e.visitor import Visitor
from tests.english import english_in

# A laptop of the house and a phone: name, width, height.
WINDOWS = (("may-tinh", 1366, 768), ("dien-thoai", 390, 844))
WIDTHS = "[document.scrollingElement.scrollWidth, window.innerWidth]"
ENTRIES = "#nav-sidebar-apps a"
# From a list: its first row, of assignments one with much to do. From a row, or from a list: the dialogs.
ROWS = "#result_list tbody tr:first-child a, .work-table tr:has-text('Đang thực hiện') a"
DIALOGS = "#header-inner a, .case-buttons a, .work-menu a, .fig .case-tabs a"
# What the secretariat works on; the rest is the administrator's.
CASE = ("/quan-tri/directives/", "/quan-tri/thong-ke/")
# These give out files.
FILES = ("xuat-excel", "/tep/")


@pytest.mark.parametrize("username", [account.username for account in ACCOUNTS])
def test_everybody_lands_on_a_page_of_their_own(username: str, sign_in: SignIn, shot: Shot) -> None:
    visitor = sign_in(username)
    check(visitor, shot, f"{username}-tong-quan")
    visitor.page.locator(ENTRIES).nth(1).click()
    expect(visitor.page.locator(".work-table")).to_be_visible()
    check(visitor, shot, f"{username}-danh-sach")


@pytest.mark.parametrize(
    ("username", "case"),
    [("thuky", True), ("quantri", False)],
    ids=["the case by the secretariat", "the registers by the administrator"],
)
def test_every_list_its_first_row_and_its_dialogs_open(
    username: str, case: bool, sign_in: SignIn, shot: Shot
) -> None:
    visitor = sign_in(username)
    seen: set[str] = set()

    def follow(addresses: list[str]) -> None:
        for address in addresses:
            path = urlsplit(address).path
            if path not in seen and path.startswith(CASE) == case:
                seen.add(path)
                visitor.page.goto(address)
                check(visitor, shot, f"{username}-{'-'.join(words(path.removeprefix('/quan-tri/')))}")

    # The page one lands on may still be coming.
    expect(visitor.page.locator(ENTRIES).first).to_be_attached()
    for entry in links(visitor, ENTRIES):
        follow([entry])
        rows, dialogs = links(visitor, ROWS), links(visitor, DIALOGS)
        follow(rows[:1])
        follow([*dialogs, *links(visitor, DIALOGS)])
    assert len(seen) > 20


def test_a_phone_shows_the_entries_when_asked(sign_in: SignIn) -> None:
    page = sign_in("syt.hanoi").page
    page.set_viewport_size({"width": 390, "height": 844})
    entry = page.locator(ENTRIES).filter(has_text="Nhiệm vụ của đơn vị")
    expect(entry).to_be_hidden()
    page.get_by_role("button", name="Mở danh mục").click()
    entry.click()
    expect(page.locator(".work-table")).to_be_visible()


def test_the_page_to_sign_in_is_vietnamese(page: Page, shot: Shot) -> None:
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    assert english_in(page.content()) == set()
    assert page.request.get("/favicon.ico").ok
    shot(page, "dang-nhap")


def links(visitor: Visitor, selector: str) -> list[str]:
    """The addresses of a page's links, each once and whole."""
    found = visitor.page.locator(selector).evaluate_all("links => links.map(link => link.href)")
    return [address for address in dict.fromkeys(found) if not any(part in address for part in FILES)]


def check(visitor: Visitor, shot: Shot, name: str) -> None:
    """The page is Vietnamese and as wide as the window, on a laptop and on a phone."""
    page = visitor.page
    if english := english_in(page.content()):
        visitor.errors.append(f"{page.url} says {english}")
    for window, width, height in WINDOWS:
        page.set_viewport_size({"width": width, "height": height})
        shot(page, f"{name}-{window}")
        wide, wanted = page.evaluate(WIDTHS)
        if wide > wanted:
            visitor.errors.append(f"{page.url} is {wide} wide in a window of {wanted}")
    page.set_viewport_size({"width": WINDOWS[0][1], "height": WINDOWS[0][2]})
