"""The story in a real browser: playwright drives the chromium of the system, on a live server of the test run."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

NAMES = ("chromium", "chromium-browser", "google-chrome")
SHOTS = Path(__file__).resolve().parents[2] / "test-results" / "screens"
# playwright's loop runs in this thread; Django would take our own queries between its steps for a mistake.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


MISSING = (
    "The tests in tests/e2e need Chromium on the PATH (chromium, chromium-browser or google-chrome): "
    "on Debian and Ubuntu, apt install chromium"
)


def pytest_configure(config: pytest.Config) -> None:
    """When these tests are asked for, say what is missing before anything is set up."""
    if chromium() is None and any("e2e" in argument for argument in config.args):
        pytest.exit(MISSING, returncode=1)


def chromium() -> str | None:
    """The first browser that is found."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the run; without its sandbox when we are root, who cannot have one."""
    if chromium() is None:
        pytest.fail(MISSING, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A page of its own, Vietnamese and in Hà Nội; errors in its scripts fail the test."""
    context = browser.new_context(
        base_url=live_server.url,
        locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh",
        viewport={"width": 1280, "height": 900},
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def shot(page: Page) -> Callable[[str], None]:
    """Keep a screenshot of the page under test-results/screens/."""

    def take(name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}.png", full_page=True)

    return take
