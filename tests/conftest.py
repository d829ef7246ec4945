"""One template database per run, migrated as the owner; a copy per process; tests connect as the run role.

Each process has more copies, one for each stage: the cast, and the cast with a spread of work. Making them takes as
long as some tests, so the many tests that ask for one find it made.
"""

import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
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

from accounts.audit.context import acting
from accounts.models import User
from config.database import create_database, drop_database
from directives.models import Assignment
from directives.reminders.policy import ensure_default_policy
from tests.access.world import World, build_world
from tests.cast import Cast, build_cast
from tests.directives.spread import build_spread
from tests.servers import MAINTENANCE_URL, database_name, with_database

# By the name of the fixture that asks for it: what makes it. Each stands on the one before, or on another one.
_STAGES: dict[str, Callable[[], Any]] = {
    "cast": build_cast,
    "ladder": lambda: _build_ladder(_made("cast")),
    "spread": lambda: build_spread(_made("cast")),
    "world": lambda: build_world(_made("cast")),
}
_STANDS_ON = {"spread": "cast"}
# Read anew for each test, which takes a tenth of the time that a deep copy does.
_MADE: dict[str, bytes] = {}


def pytest_configure() -> None:
    """Spare each test what is slow by design, or done for each new client: hashing, listing all static files."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.WHITENOISE_AUTOREFRESH = True
    # The cast works without; the tests of the second factor ask for it.
    settings.SECOND_FACTOR_REQUIRED = False
    # A test is faster than any person; the tests of the limits set their own.
    settings.LIMITS = dict.fromkeys(settings.LIMITS, 1_000_000)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Turn to the database of the stage that the test asks for, before anything connects."""
    _use(_name_of(_stage(item)))


def _stage(item: pytest.Item) -> str | None:
    """The furthest that is asked for."""
    return next((stage for stage in reversed(_STAGES) if stage in getattr(item, "fixturenames", ())), None)


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
        _build_stages({_stage(item) for item in request.session.items})
        _use(chosen)
        patch.setattr(TransactionTestCase, "_fixture_teardown", _reset_after_transactional_test)
        yield
        connections.close_all()
        for stage in (None, *_STAGES):
            for name in (_name_of(stage), _kept_name_of(stage)):
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


def _build_stages(wanted: set[str | None]) -> None:
    """Make the stages that are wanted and those they stand on, each for good, in a database kept as a template."""
    for stage, make in _STAGES.items():
        if any(stage in _below(name) for name in wanted):
            *below, _itself = _below(stage)
            _create(
                _kept_name_of(stage),
                template=_kept_name_of(below[-1]) if below else database_name("template"),
            )
            _use(_kept_name_of(stage))
            _MADE[stage] = pickle.dumps(make())
            connections["default"].close()
        if stage in wanted:
            _create(_name_of(stage), template=_kept_name_of(stage))


def _below(stage: str | None) -> list[str]:
    """A stage and those it stands on, the lowest first."""
    if stage is None:
        return []
    names = list(_STAGES)
    before = names[names.index(stage) - 1] if names.index(stage) else None
    return [*_below(_STANDS_ON.get(stage, before)), stage]


def _made(stage: str) -> Any:
    """A copy of what making a stage returned."""
    return pickle.loads(_MADE[stage])  # noqa: S301  (our own)


def _reset_after_transactional_test(self: TransactionTestCase) -> None:
    """In place of Django's flush: TRUNCATE is refused on history, and the run role has no right to it anyway."""
    recreate_database()


def recreate_database(template: str | None = None) -> None:
    """Begin anew: with what was only migrated, or with what a test kept (`keep_as_template`)."""
    _end_other_sessions()
    connections.close_all()
    drop_database(_maintenance_url(), _own_name(), maintenance=_maintenance_name())
    begun_with = {_name_of(stage): _kept_name_of(stage) for stage in _STAGES}
    _create(_own_name(), template=template or begun_with.get(_own_name(), database_name("template")))


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


def _build_ladder(cast: Cast) -> None:
    """The fixture of that name finds the committee's policy made."""
    with acting(by=User.objects.system(), reason="Chuẩn bị"):
        ensure_default_policy(cast.committee)


@contextmanager
def keep_as_template() -> Iterator[str]:
    """Put aside what this process's database holds now; in the block `recreate_database` brings it back by name."""
    name = f"{_own_name()}_aside"
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


def _name_of(stage: str | None) -> str:
    return f"{_plain_name()}_{stage}" if stage else _plain_name()


def _kept_name_of(stage: str | None) -> str:
    return f"{_name_of(stage)}_kept"


def _maintenance_url() -> str:
    return os.environ[MAINTENANCE_URL]


def _maintenance_name() -> str:
    return urlsplit(_maintenance_url()).path.removeprefix("/")


@pytest.fixture
def cast(db: None) -> Cast:
    """A small committee and sector with one person of each kind; nothing of an earlier test's is in the cache."""
    cache.clear()
    made: Cast = _made("cast")
    return made


@pytest.fixture
def spread(cast: Cast) -> dict[str, Assignment]:
    """One assignment in each state by name, reached through the services (see `build_spread`)."""
    rows: dict[str, Assignment] = _made("spread")
    return rows


@pytest.fixture
def world(spread: dict[str, Assignment]) -> World:
    """One object of each kind that somebody sees and somebody else does not (see `build_world`)."""
    made: World = _made("world")
    return made
