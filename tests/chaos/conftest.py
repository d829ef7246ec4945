from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import pytest

from accounts.audit.context import acting
from accounts.models import User
from config.embedded_broker import Broker
from config.embedded_home import hold, temporary_home
from directives.models import ReminderPolicy
from directives.reminders.policy import ensure_default_policy
from tests.cast import Cast
from tests.chaos.ledger import Figures
from tests.chaos.site import Site

Record = Callable[[str, Figures], None]


@pytest.fixture
def ladder(cast: Cast) -> ReminderPolicy:
    """The default policy of the cast's committee."""
    with acting(by=User.objects.system(), reason="Chuẩn bị"):
        return ensure_default_policy(cast.committee)


@contextmanager
def own_broker() -> Iterator[Broker]:
    """A Valkey of one's own, to be stopped, started and emptied."""
    home, folder = temporary_home()
    in_use = hold(folder)
    broker = Broker(home, folder, folder / "valkey.log")
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
        shutil.rmtree(folder, ignore_errors=True)
        in_use.close()


@pytest.fixture
def broker() -> Iterator[Broker]:
    """The site's broker."""
    with own_broker() as broker:
        yield broker


@pytest.fixture
def site(cast: Cast, ladder: ReminderPolicy, broker: Broker, tmp_path: Path) -> Iterator[Site]:
    """An installation on this test's database, with a mail server and a broker of its own, and no process yet."""
    urls = {name: os.environ[name] for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    site = Site(tmp_path, urls | {"REDIS_URL": broker.url()})
    yield site
    site.close()


@pytest.fixture
def record(record_property: Callable[[str, object], None]) -> Record:
    """Tell the report of `make chaos` what a scenario came to."""
    return lambda scenario, figures: record_property("chaos", [scenario, asdict(figures)])
