"""What the tests of signing in share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import cast as the_cast
from tests.cast import PASSWORD


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Any) -> Iterator[None]:
    """Hashing is slow by design, and these tests do it all the time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    the_cast._hashed_password.cache_clear()
    yield
    the_cast._hashed_password.cache_clear()


def sign_in(client: Client, username: str, password: str = PASSWORD, **query: str) -> Any:
    """Fill in the sign-in form as a person would."""
    address = reverse("account_login", query=query or None)
    return client.post(address, {"login": username, "password": password, **query})
