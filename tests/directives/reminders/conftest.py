from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.audit.context import acting
from accounts.models import User
from directives.models import ReminderPolicy
from directives.reminders.policy import ensure_default_policy
from tests.cast import Cast
from tests.directives.reminders.post_office import PostOffice


@pytest.fixture
def ladder(cast: Cast) -> ReminderPolicy:
    """The default policy of the cast's committee."""
    with acting(by=User.objects.system(), reason="Chuẩn bị"):
        return ensure_default_policy(cast.committee)


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    """A real SMTP server, not yet known to the settings."""
    office = PostOffice().open()
    yield office
    office.close()


@pytest.fixture
def smtp(post_office: PostOffice, settings: Any) -> PostOffice:
    """The same, with mail going to it."""
    settings.EMAIL_BACKEND = "directives.reminders.punctual.PunctualBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", post_office.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 10
    return post_office
