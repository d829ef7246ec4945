from __future__ import annotations

import pytest
from pytest_django import Settings

from tests.fuzz.screens import IN_THE_WAY


@pytest.fixture(autouse=True)
def _nothing_in_the_way(settings: Settings) -> None:
    """Attackers have set up their second factor, and come as often as they like."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name not in IN_THE_WAY]
