"""Số liệu tại thời điểm đã qua: what was shown then, of what the person sees."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.clock import HANOI
from directives import services
from directives.models import Assignment
from tests.cast import Cast, at
from tests.directives.admin.asking import Response, errors, words
from tests.directives.test_as_of import clock

PAGE = "/quan-tri/thong-ke/tai-thoi-diem/"


def table(page: Response) -> dict[str, list[str]]:
    """The lines by unit, and the total."""
    context = page.context
    lines = {str(row.label): [figure.text for figure in row.figures] for row in context["rows"]}
    return lines | {"total": [figure.text for figure in context["total"]]}


def test_it_is_the_table_as_it_was_shown_then(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    client.force_login(cast.secretary)
    shown = table(client.get("/quan-tri/thong-ke/"))
    then = clock().astimezone(HANOI)
    services.suspend(assignment=row, by=cast.secretary, at=at(9, 7), reason="Chờ")
    cache.clear()
    page = client.get(PAGE, {"luc": then.isoformat(), "theo": "recorded"})
    assert table(page) == shown != table(client.get("/quan-tri/thong-ke/"))


@pytest.mark.usefixtures("spread")
def test_by_the_dates_of_the_acts_it_tells_of_the_day_itself(cast: Cast, client: Client) -> None:
    client.force_login(cast.auditor)
    page = client.get(PAGE, {"luc": "25/06/2023 10:00", "theo": "dated"})
    found = table(page)
    assert "Số liệu tính đến 10:00 ngày 25/06/2023" in words(page)
    assert found["total"][0] == str(Assignment.objects.exclude(part="coordinating").count())
    assert found["total"][2:4] == ["0", "0"]
    assert not any(figure.url for row in page.context["rows"] for figure in row.figures)
    nothing = words(client.get(PAGE, {"luc": "25/06/2023 10:00", "theo": "recorded"}))
    assert "Đến lúc đó chưa ghi nhận nhiệm vụ nào được giao." in nothing


@pytest.mark.parametrize(
    "typed", ["", "31/02/2023 10:00", "01/01/0001 00:00", "01/01/9999", "hôm qua", "x" * 10_000]
)
def test_what_is_no_past_instant_is_refused_at_its_field(cast: Cast, client: Client, typed: str) -> None:
    client.force_login(cast.auditor)
    page = client.get(PAGE, {"luc": typed, "theo": "recorded"})
    assert page.status_code == 200 and errors(page)["luc"]


def test_secretariat_and_auditors_look_back_and_find_the_way_on_the_page_of_figures(
    cast: Cast, client: Client
) -> None:
    expected = {
        "secretary": 200,
        "auditor": 200,
        "administrator": 403,
        "chair": 403,
        "officer": 403,
        "stranger": 403,
    }
    found = {}
    for person, status in expected.items():
        client.force_login(cast.people[person])
        found[person] = client.get(PAGE).status_code
        if person in ("secretary", "auditor", "chair"):
            page = client.get("/quan-tri/thong-ke/").content.decode()
            assert (PAGE in page) is (status == 200)
    assert found == expected
    client.force_login(cast.auditor)
    assert client.post(PAGE).status_code == 405
