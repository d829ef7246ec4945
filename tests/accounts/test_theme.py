"""What the frame of every page is made of once: the theme's colours in our style sheet, our own navigation."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from unfold.settings import CONFIG_DEFAULTS

from tests.cast import Cast


def test_each_colour_of_the_theme_stands_in_the_style_sheet() -> None:
    """A new release of the theme may name more: without a value they are no colour at all."""
    path = finders.find("accounts/theme.css")
    assert isinstance(path, str)
    sheet = Path(path).read_text(encoding="utf-8")
    names = [f"--color-{name}-{weight}: " for name, of in CONFIG_DEFAULTS["COLORS"].items() for weight in of]
    assert len(names) > 20
    assert [name for name in names if name not in sheet] == []


@pytest.mark.parametrize("name", ["admin:index", "account_login"])
def test_a_page_loads_the_style_sheet_and_has_no_colours_of_its_own(
    client: Client, cast: Cast, name: str
) -> None:
    if name != "account_login":
        client.force_login(cast.secretary)
    text = client.get(reverse(name)).content.decode()
    assert "accounts/theme.css" in text
    assert "<style" not in text


def test_the_navigation_marks_where_one_is_and_nothing_else(client: Client, cast: Cast) -> None:
    client.force_login(cast.secretary)
    for name in (
        "admin:directives_assignment_changelist",
        "admin:directives_document_changelist",
        "admin:index",
    ):
        response = client.get(reverse(name))
        items = [item for group in response.context["sidebar_navigation"] for item in group["items"]]
        assert [item["link"] for item in items if item["active"]] == [reverse(name)]
        assert response.content.decode().count('aria-current="page"') >= 1
