"""Every page of the admin, as each person: it opens or is refused, and speaks Vietnamese."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from accounts.views import SignInView
from tests.cast import Cast
from tests.english import english_in

PEOPLE = ("administrator", "secretary", "auditor", "member", "officer", "stranger")


def addresses() -> list[str]:
    found = [reverse("admin:index"), reverse("account_change_password"), reverse("account_logout")]
    for model, screen in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found += [reverse(f"{name}_changelist"), reverse(f"{name}_add")]
        for row in model._default_manager.order_by("-pk")[:2]:
            found.append(reverse(f"{name}_change", args=[row.pk]))
            try:
                found.append(reverse(f"{name}_history", args=[row.pk]))
            except NoReverseMatch:
                assert not screen
    return found


@pytest.mark.parametrize("person", PEOPLE)
def test_every_page_opens_or_is_refused_in_vietnamese_and_says_that_the_data_are_made_up(
    client: Client, cast: Cast, settings: Any, person: str
) -> None:
    settings.DEMO = True
    cast.assignment()
    client.force_login(cast.people[person])
    english, silent = {}, []
    for address in addresses():
        response = client.get(address)
        assert response.status_code in (200, 302, 403, 404), address
        if response.status_code != 302:
            page = response.content.decode()
            if found := english_in(page):
                english[address] = found
            if "Dữ liệu minh họa" not in page:
                silent.append(address)
    assert not english
    assert not silent


def test_the_sign_in_page_is_vietnamese_whatever_the_browser_speaks(
    client: Client, db: None, settings: Any
) -> None:
    response = client.get(reverse("account_login"), headers={"accept-language": "en-US,en;q=0.9"})
    assert not english_in(response.content.decode())
    client.cookies["django_language"] = "en"
    assert 'lang="en"' in client.get(reverse("account_login")).content.decode()
    # What the thread does next is nobody's choice.
    assert translation.get_language() == settings.LANGUAGE_CODE


def test_the_page_of_an_error_is_vietnamese_and_says_that_the_data_are_made_up(
    client: Client, db: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True
    monkeypatch.setattr(SignInView, "get_context_data", lambda view: 1 / 0)
    client.raise_request_exception = False
    response = client.get(reverse("account_login"))
    assert response.status_code == 500
    page = response.content.decode()
    assert "Hệ thống gặp lỗi" in page and "Dữ liệu minh họa" in page
    assert not english_in(page)


def test_the_sign_in_page_of_the_demo_says_that_the_data_are_made_up(
    client: Client, db: None, settings: Any
) -> None:
    address = reverse("account_login")
    assert "Dữ liệu minh họa" not in client.get(address).content.decode()
    settings.DEMO = True
    assert "Dữ liệu minh họa" in client.get(address).content.decode()
