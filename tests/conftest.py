"""One template database per run, migrated as the owner; a copy per process; tests connect as the run role."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase
from psycopg import sql
from pytest_django import DjangoDbBlocker

from config.database import create_database, drop_database
from tests.cast import Cast, build_cast
from tests.servers import MAINTENANCE_URL, database_name


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Replaces pytest-django's: the database of this process is a copy of the run's template."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        # A pooled connection would keep the database busy that is to be dropped.
        connections["default"].settings_dict.get("OPTIONS", {}).pop("pool", None)
        _build_template()
        _recreate_database()
        patch.setattr(TransactionTestCase, "_fixture_teardown", _reset_after_transactional_test)
        yield
        connections.close_all()
        drop_database(_maintenance_url(), _own_name(), maintenance=_maintenance_name())


def _reset_after_transactional_test(self: TransactionTestCase) -> None:
    """In place of Django's flush: TRUNCATE is refused on history, and the run role has no right to it anyway."""
    _recreate_database()


def _recreate_database() -> None:
    connections.close_all()
    drop_database(_maintenance_url(), _own_name(), maintenance=_maintenance_name())
    _create(_own_name(), template=database_name("template"))


def _build_template() -> None:
    """Migrate a database once per run; the processes that come second wait for it.

    It gets its name when it is complete, so that a failed migration is not taken for a template.
    """
    name, building = database_name("template"), database_name("building")
    with psycopg.connect(_maintenance_url(), autocommit=True) as lock:
        lock.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        if lock.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        drop_database(_maintenance_url(), building, maintenance=_maintenance_name())
        _create(building)
        default = connections["default"]
        own_name = default.settings_dict["NAME"]
        default.settings_dict["NAME"] = building
        try:
            call_command("migrate", verbosity=0)
        finally:
            default.close()
            default.settings_dict["NAME"] = own_name
        lock.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(building), sql.Identifier(name))
        )


def _create(name: str, template: str | None = None) -> None:
    run_role = connections["default"].settings_dict["USER"]
    create_database(
        _maintenance_url(), name, run_role=run_role, maintenance=_maintenance_name(), template=template
    )


def _own_name() -> str:
    return str(connections["default"].settings_dict["NAME"])


def _maintenance_url() -> str:
    return os.environ[MAINTENANCE_URL]


def _maintenance_name() -> str:
    return urlsplit(_maintenance_url()).path.removeprefix("/")


@pytest.fixture
def cast(db: None) -> Cast:
    """A small committee and sector with one person of each kind; nothing of an earlier test's is in the cache."""
    cache.clear()
    return build_cast()
