"""What the tests of signing in share."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from tests.cast import PASSWORD


def sign_in(client: Client, username: str, password: str = PASSWORD, **query: str) -> Any:
    """Fill in the sign-in form as a person would."""
    address = reverse("account_login", query=query or None)
    return client.post(address, {"login": username, "password": password, **query})
