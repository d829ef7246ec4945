from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tests.access.kept_person import middleware
from tests.directives.spread import AT


@pytest.fixture
def kept(settings: Any) -> None:
    """Requests are those of the person in their `META` (see `KeptPersonMiddleware`)."""
    settings.MIDDLEWARE = middleware()


@pytest.fixture(autouse=True)
def _on_the_tenth_of_july() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield
