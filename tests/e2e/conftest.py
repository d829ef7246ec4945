"""The story in a real browser: playwright drives the chromium of the system, on a live server of the test run.

Every test begins with the demo as `make run` loads it: it is loaded once, each test gets a copy of that database.
"""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import DjangoDbBlocker, Settings
from pytest_django.live_server_helper import LiveServer

from tests.conftest import keep_as_template, recreate_database
from tests.e2e.visitor import Visitor

NAMES = ("chromium", "chromium-browser", "google-chrome")
SHOTS = Path(__file__).resolve().parents[2] / "test-results" / "screens"
# playwright's loop runs in this thread; Django would take our own queries between its steps for a mistake.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


MISSING = (
    "The tests in tests/e2e need Chromium on the PATH (chromium, chromium-browser or google-chrome): "
    "on Debian and Ubuntu, apt install chromium"
)
# A busy machine may take its time.
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)
SignIn = Callable[[str], Visitor]
Shot = Callable[[Page, str], None]


def pytest_configure(config: pytest.Config) -> None:
    """When these tests are asked for, say what is missing at once, and begin a new set of pictures."""
    if not any("e2e" in argument for argument in config.args):
        return
    if chromium() is None:
        pytest.exit(MISSING, returncode=1)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(SHOTS, ignore_errors=True)


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


PASSWORD = f"Demo-{secrets.token_hex(4)}-2026"


@pytest.fixture(scope="session")
def demo_template(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Load the demo as `make run` does, once; returns the name of the database that keeps it."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.DEMO", True)
        patch.setenv("DEMO_PASSWORD", PASSWORD)
        call_command("load_demo", verbosity=0)
        with keep_as_template() as name:
            yield name


@pytest.fixture
def demo(demo_template: str, transactional_db: None, settings: Settings) -> None:
    """A copy of the demo of the test's own."""
    settings.DEMO = True
    recreate_database(demo_template)
    cache.clear()


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer) -> Iterator[Callable[[], Visitor]]:
    """Opens a browser of somebody's own; what went wrong in any of them fails the test."""
    visitors: list[Visitor] = []

    def open_one() -> Visitor:
        context = browser.new_context(
            base_url=live_server.url,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            viewport={"width": 1366, "height": 768},
        )
        context.set_default_timeout(PATIENCE)
        visitors.append(Visitor(context.new_page()))
        return visitors[-1]

    yield open_one
    for visitor in visitors:
        visitor.page.context.close()
    errors = [error for visitor in visitors for error in visitor.errors]
    assert not errors, "\n".join(errors)


@pytest.fixture
def sign_in(demo: None, open_page: Callable[[], Visitor]) -> SignIn:
    """Signs somebody in by their user name, in a browser of their own."""
    seen: dict[str, Visitor] = {}

    def enter(username: str) -> Visitor:
        if username not in seen:
            visitor = seen[username] = open_page()
            visitor.sign_in(username, PASSWORD)
        return seen[username]

    return enter


@pytest.fixture
def page(open_page: Callable[[], Visitor]) -> Page:
    """The browser of somebody who is not signed in."""
    return open_page().page


@pytest.fixture(scope="session")
def shot() -> Shot:
    """Keep a picture of a whole page under test-results/screens/."""

    def take(page: Page, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        # What stands fast beside a page would be drawn where it was scrolled to.
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=SHOTS / f"{name}.png", full_page=True)

    return take
