from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connections
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from accounts import replica
from tests.chaos.conftest import broker, ladder, site  # noqa: F401 - fixtures
from tests.scaling.standby import Standby, standby_of_the_run


@pytest.fixture(scope="module")
def standby(django_db_setup: None) -> Iterator[Standby]:
    """A standby of the run's servers, and its alias; tests name it in `databases`."""
    with standby_of_the_run() as made:
        connections.settings[replica.ALIAS] = {**connections.settings["default"]}
        try:
            yield made
        finally:
            del connections.settings[replica.ALIAS]


@pytest.fixture
def replicated(standby: Standby, transactional_db: None) -> Iterator[Standby]:
    """REPLICA_URL is that of the standby, for this process."""
    there = connections[replica.ALIAS].settings_dict
    there |= {"NAME": connections["default"].settings_dict["NAME"], "HOST": str(standby.sockets)}
    standby.catch_up()
    replica.ask_again()
    try:
        with override_settings(DATABASE_ROUTERS=["config.routers.ReplicaRouter"]):
            yield standby
    finally:
        if standby.process is None:
            standby.start()
        standby.go_on()
        connections[replica.ALIAS].close()
        replica.ask_again()


@pytest.fixture
def asked(replicated: Standby) -> Iterator[CaptureQueriesContext]:
    """What the standby is asked."""
    with CaptureQueriesContext(connections[replica.ALIAS]) as queries:
        yield queries
