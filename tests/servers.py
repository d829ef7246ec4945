"""pytest plugin, loaded before Django's settings: every run has PostgreSQL and a broker of its own.

Without DATABASE_URL the controlling process starts an embedded pair in a temporary directory; with
DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL given, those servers are used (the owner needs CREATEDB).
Either way each process that runs tests gets the name of a database of its own, which tests/conftest.py makes
when a test first asks for it.
"""

import os
import secrets
import signal
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
from xdist.scheduler import LoadScopeScheduling

# The owner's address of a database that exists for certain, from which others are created.
MAINTENANCE_URL = "TEST_MAINTENANCE_URL"
# A superuser's address of that database, for tests that attack the guards; servers that are given may leave it out.
SUPERUSER_URL = "TEST_SUPERUSER_URL"
RUN_ID = "TEST_RUN_ID"
# Their tests share something that takes long to make.
TOGETHER = (
    "tests/config/test_supervisor.py",
    "tests/config/test_embedded.py",
    "tests/config/test_manage.py",
    "tests/directives/test_demo.py",
    "tests/directives/test_programme.py",
    "tests/scaling/test_replica.py",
)
_WORKER = "PYTEST_XDIST_WORKER"


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Export the addresses before pytest-django loads the settings."""
    options = early_config.known_args_namespace
    if options.help or options.version:
        return
    if _WORKER not in os.environ:
        stack = ExitStack()
        early_config.add_cleanup(stack.close)
        _provide_servers(stack)
    name = database_name(os.environ.get(_WORKER, "main"))
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        os.environ[variable] = with_database(os.environ[variable], name)
    os.environ["REDIS_URL"] = with_redis_number(os.environ["REDIS_URL"], _worker_number())
    # A test that looks at all that is kept must not find another process's.
    os.environ["FILES_DIR"] = str(Path(os.environ["VAR_DIR"]) / f"files-{_worker_number()}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Give out single tests, but some files as a whole (xdist's own groups do nothing under this pytest)."""
    return _Scheduling(config, log)


class _Scheduling(LoadScopeScheduling):
    """Whole files first, being the longest, then test by test."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return file if file in TOGETHER else nodeid


def database_name(suffix: str) -> str:
    """The name of one of this run's databases: `main`, `gw0` …, `template`."""
    return f"test_{os.environ[RUN_ID]}_{suffix}"


def with_database(url: str, name: str) -> str:
    """`url` with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def with_redis_number(url: str, number: int) -> str:
    """`url` with another numbered database, for `unix://` as for `redis://`."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        query = dict(parse_qsl(parts.query)) | {"db": str(number)}
        # urlunsplit() drops the slashes of a scheme it does not know.
        return f"unix://{parts.path}?{urlencode(query)}"
    return urlunsplit(parts._replace(path=f"/{number}"))


def _worker_number() -> int:
    """0 for a run in one process, 1 for gw0 and so on: nobody reads another's queue."""
    worker = os.environ.get(_WORKER)
    return int(worker.removeprefix("gw")) + 1 if worker else 0


def _provide_servers(stack: ExitStack) -> None:
    os.environ[RUN_ID] = secrets.token_hex(4)
    # Files and mails of tests never lie among those of an installation.
    var = Path(stack.enter_context(TemporaryDirectory(prefix="dondoc-test-")))
    os.environ.update(VAR_DIR=str(var), FILES_DIR=str(var / "files"), MAIL_DIR=str(var / "mail"))
    # Whitenoise warns of a missing one.
    (var / "static").mkdir()
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(32))
    # Two lines of each request would only be kept for a report that nobody reads.
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    # Tests run on any day and at any hour; those of the hours of sending set their own.
    os.environ["MAIL_WINDOW"] = ""
    # Most tests count the mails of the ladder alone; those of the weekly letters switch them on.
    os.environ["WEEKLY_LETTERS"] = "0"
    if "DATABASE_URL" in os.environ:
        os.environ.setdefault("DATABASE_OWNER_URL", os.environ["DATABASE_URL"])
        stack.callback(_drop_template)
    else:
        from config.embedded import temporary_servers
        from config.embedded_cluster import MAINTENANCE_DATABASE, SUPERUSER

        signal.signal(signal.SIGTERM, _leave)
        servers = stack.enter_context(temporary_servers())
        os.environ.update(servers.environment(MAINTENANCE_DATABASE))
        os.environ[SUPERUSER_URL] = servers.cluster.url(SUPERUSER, MAINTENANCE_DATABASE)
    os.environ[MAINTENANCE_URL] = os.environ["DATABASE_OWNER_URL"]


def _drop_template() -> None:
    """Servers that were given go on after the run."""
    from config.database import drop_database

    url = os.environ[MAINTENANCE_URL]
    drop_database(url, database_name("template"), maintenance=urlsplit(url).path.removeprefix("/"))


def _leave(number: int, frame: FrameType | None) -> None:
    """Not SystemExit: pytest would take that for the failure of one test and go on."""
    pytest.exit("Asked to end by a signal.", returncode=128 + number)
