"""One template database per run, migrated as the owner; a copy per process; tests connect as the run role.

Each process has a second copy, which holds the cast: making it takes as long as a test or two, so the many tests that
ask for it find it made.
"""

import copy
import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase
from psycopg import sql
from pytest_django import DjangoDbBlocker

from config.database import create_database, drop_database
from tests.cast import Cast, build_cast
from tests.servers import MAINTENANCE_URL, database_name, with_database

_CAST: list[Cast] = []


def pytest_configure() -> None:
    """Spare each test what is slow by design, or done for each new client: hashing, listing all static files."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Turn to the database with or without the cast, before anything connects."""
    _use(_cast_name() if "cast" in getattr(item, "fixturenames", ()) else _plain_name())


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Replaces pytest-django's: the databases of this process are copies of the run's template."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        # A pooled connection would keep the database busy that is to be dropped.
        connections["default"].settings_dict.get("OPTIONS", {}).pop("pool", None)
        chosen = _own_name()
        _use(_plain_name())
        _build_template()
        _create(_plain_name(), template=database_name("template"))
        if any("cast" in getattr(item, "fixturenames", ()) for item in request.session.items):
            _build_cast()
        _use(chosen)
        patch.setattr(TransactionTestCase, "_fixture_teardown", _reset_after_transactional_test)
        yield
        connections.close_all()
        for name in (_plain_name(), _cast_name(), _kept_cast_name()):
            drop_database(_maintenance_url(), name, maintenance=_maintenance_name())


def _use(name: str) -> None:
    """Connect to that database from now on; processes that a test starts find it in the environment."""
    default = connections["default"]
    if default.settings_dict["NAME"] == name:
        return
    default.close()
    default.settings_dict["NAME"] = name
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        os.environ[variable] = with_database(os.environ[variable], name)


def _build_cast() -> None:
    """Make the cast for good, in a database that is kept as the template of its own copy."""
    _create(_kept_cast_name(), template=database_name("template"))
    _use(_kept_cast_name())
    _CAST.append(build_cast())
    connections["default"].close()
    _create(_cast_name(), template=_kept_cast_name())


def _reset_after_transactional_test(self: TransactionTestCase) -> None:
    """In place of Django's flush: TRUNCATE is refused on history, and the run role has no right to it anyway."""
    recreate_database()


def recreate_database(template: str | None = None) -> None:
    """Begin anew: with what was only migrated, or with what a test kept (`keep_as_template`)."""
    _end_other_sessions()
    connections.close_all()
    drop_database(_maintenance_url(), _own_name(), maintenance=_maintenance_name())
    with_cast = _own_name() == _cast_name()
    _create(_own_name(), template=template or (_kept_cast_name() if with_cast else database_name("template")))


def _end_other_sessions() -> None:
    """End what the live server's threads may still be doing, and let none of them come back."""
    with (
        connections["default"].cursor() as cursor,
        psycopg.connect(_maintenance_url(), autocommit=True) as owner,
    ):
        owner.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(_own_name()))
        )
        # By the run role itself: the owner has no right to.
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )


@contextmanager
def keep_as_template() -> Iterator[str]:
    """Put aside what this process's database holds now; in the block `recreate_database` brings it back by name."""
    name = f"{_own_name()}_kept"
    connections.close_all()
    _create(name, template=_own_name())
    recreate_database()
    try:
        yield name
    finally:
        drop_database(_maintenance_url(), name, maintenance=_maintenance_name())


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


def _plain_name() -> str:
    return database_name(os.environ.get("PYTEST_XDIST_WORKER", "main"))


def _cast_name() -> str:
    return f"{_plain_name()}_cast"


def _kept_cast_name() -> str:
    return f"{_plain_name()}_cast_kept"


def _maintenance_url() -> str:
    return os.environ[MAINTENANCE_URL]


def _maintenance_name() -> str:
    return urlsplit(_maintenance_url()).path.removeprefix("/")


@pytest.fixture
def cast(db: None) -> Cast:
    """A small committee and sector with one person of each kind; nothing of an earlier test's is in the cache."""
    cache.clear()
    if _own_name() == _cast_name():
        return copy.deepcopy(_CAST[0])
    return build_cast()
