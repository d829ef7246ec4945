"""Somebody at a browser: signs in, moves by clicks and typing, and notes what goes wrong on the way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, FilePayload, Locator, Page, Response, expect

from accounts.text import fold

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def exactly(text: str, *, then: str = "") -> re.Pattern[str]:
    """A pattern that the browser reads, too: it refuses the spaces that re.escape() escapes."""
    return re.compile(rf"^\s*{re.escape(text).replace(chr(92) + ' ', ' ')}{then}\s*$")


class Visitor:
    """`errors` gathers broken scripts, what a browser complains of, and answers that are not expected."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self._refused: set[str] = set()
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))
        page.on("console", self._console)
        page.on("response", self._response)

    def sign_in(self, username: str, password: str) -> None:
        """As a new user does: the address, the name, the password."""
        self.page.goto("/")
        self.fill("Tên đăng nhập", username)
        self.fill("Mật khẩu", password)
        self.press("Đăng nhập")
        expect(self.page).to_have_title("Tổng quan | Đôn đốc")

    # Moving

    def go(self, entry: str) -> None:
        """Choose an entry beside the page."""
        words = self.page.get_by_text(entry, exact=True)
        self.page.locator("#nav-sidebar a").filter(has=words).click()

    def press(self, name: str) -> None:
        """Click a button, or a link that looks like one."""
        button = self.page.get_by_role("button", name=name, exact=True)
        button.or_(self.page.get_by_role("link", name=name, exact=True)).first.click()

    def choose_from_menu(self, name: str, *, last: bool = False) -> None:
        """Open "Việc khác" and choose; what is recorded from letters is the last of two of one name."""
        self.page.get_by_text("Việc khác", exact=True).click()
        found = self.page.locator(".work-menu").get_by_role("link", name=name, exact=True)
        (found.last if last else found.first).click()

    # Filling in

    def field(self, label: str) -> Locator:
        """A field by its label, with or without the sign of a required one."""
        return self.page.get_by_label(exactly(label, then=r"\s*\*?"))

    def fill(self, label: str, value: str) -> None:
        """Type into a field."""
        self.field(label).fill(value)

    def choose(self, label: str, option: str) -> None:
        """Choose from a list of words."""
        self.field(label).select_option(label=option)

    def pick_unit(self, label: str, name: str) -> None:
        """Type a unit's name without accents and click on the one that is meant."""
        self.field(label).press_sequentially(fold(name))
        self.page.get_by_role("option", name=exactly(name, then=r" \(.*\)")).click()
        expect(self.page.locator(".case-picker-chips li").filter(has_text=name)).to_be_visible()

    def attach(self, *names: str) -> None:
        """Choose PDF files for the first file field of the page."""
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_text("Chọn tệp", exact=True).first.click()
        files: Sequence[FilePayload] = [
            {"name": name, "mimeType": "application/pdf", "buffer": PDF} for name in names
        ]
        chooser.value.set_files(files)

    # Seeing

    def is_told(self, words: str) -> None:
        """A message says so."""
        expect(self.page.get_by_text(words).first).to_be_visible()

    def reads(self, *words: str) -> None:
        """Each of these stands somewhere on the page."""
        for text in words:
            expect(self.page.locator("#main, body").first).to_contain_text(text)

    def does_not_read(self, *words: str) -> None:
        """None of these stands on the page."""
        for text in words:
            expect(self.page.locator("body")).not_to_contain_text(text)

    def is_refused(self, address: str, status: int = 404) -> None:
        """Type an address that is answered with `status`."""
        self._refused.add(urlsplit(address).path)
        response = self.page.goto(address)
        assert response is not None and response.status == status, address

    def download(self, name: str) -> bytes:
        """Click what gives out a file; returns its content."""
        with self.page.expect_download() as waiting:
            self.press(name)
        return Path(waiting.value.path()).read_bytes()

    def _console(self, message: ConsoleMessage) -> None:
        # A browser repeats there what `_response` has seen.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(f"{self.page.url}: {message.text}")

    def _response(self, response: Response) -> None:
        address = urlsplit(response.url).path
        if response.status >= 400 and address not in self._refused:
            self.errors.append(f"{address}: {response.status}")
