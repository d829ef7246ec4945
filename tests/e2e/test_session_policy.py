"""Each kind of page works under the policy of the headers: what a browser refuses it says, and the visitor notes it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from directives.models import Assignment, Document
from tests.e2e.conftest import SignIn
from tests.e2e.visitor import Visitor


def addresses() -> list[str]:
    row = Assignment.objects.filter(unit__code="syt.hanoi", status="in_progress").latest("pk")
    case = f"/quan-tri/directives/assignment/{row.pk}"
    return [
        "/quan-tri/",
        "/quan-tri/directives/assignment/",
        "/quan-tri/directives/directive/",
        f"{case}/change/",
        f"{case}/confirm/",
        f"{case}/history/",
        f"/quan-tri/directives/directive/{row.directive_id}/change/",
        f"/quan-tri/directives/document/{Document.objects.latest('pk').pk}/change/",
        "/quan-tri/directives/document/add/",
        f"{case}/phieu/",
        "/quan-tri/directives/message/",
        "/quan-tri/steering/unit/",
        "/quan-tri/thong-ke/",
        "/tai-khoan/doi-mat-khau/",
    ]


def test_every_kind_of_page_works_without_a_script_in_it(sign_in: SignIn) -> None:
    visitor = sign_in("thuky")
    page = visitor.page
    for address in addresses():
        response = page.goto(address, wait_until="load")
        assert response is not None and response.ok, address
        assert (
            "'unsafe-inline'"
            not in response.headers["content-security-policy"].split("script-src")[1].split(";")[0]
        )
    # Alpine and htmx run: the theme's menu opens.
    page.goto("/quan-tri/")
    page.get_by_text("Thư ký minh họa").first.click()
    expect(page.get_by_text("Đăng xuất").first).to_be_visible()


@pytest.mark.usefixtures("demo")
def test_an_injected_script_does_not_run_and_the_browser_says_so(open_page: Callable[[], Visitor]) -> None:
    visitor = open_page()
    page = visitor.page
    page.goto("/tai-khoan/dang-nhap/")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=data:, onerror=\"window.broken=1\">')"
    )
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.broken=1'}))"
    )
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.broken") is None
    refused = [error for error in visitor.errors if "Content Security Policy" in error]
    assert len(refused) >= 2
    visitor.errors = [error for error in visitor.errors if error not in refused]
