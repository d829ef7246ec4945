"""The first screen that anybody sees."""

from collections.abc import Callable

from playwright.sync_api import Page, expect


def test_the_sign_in_page_is_vietnamese(page: Page, shot: Callable[[str], None]) -> None:
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    expect(page.locator("input[type=password]")).to_be_visible()
    shot("sign-in")
