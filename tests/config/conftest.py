"""Real runs of the supervisor and of `manage.py`, each on a VAR_DIR of its own."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.config.running import ROOT

_OF_THE_TEST_RUN = (
    "DATABASE_",
    "REDIS_",
    "SECRET_KEY",
    "DEMO",
    "SITE_",
    "MAIL_",
    "VAR_",
    "PYTEST_",
    "TEST_",
    "PORT",
)


@dataclass(frozen=True)
class Place:
    """An installation that nothing has been started in yet."""

    var: Path
    port: int
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """That of the test run without its servers, and with what `make run` would be given."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OF_THE_TEST_RUN)}
        ours = {
            "VAR_DIR": str(self.var),
            "PORT": str(self.port),
            "DEMO": "0",
            "PYTHONUNBUFFERED": "1",
            # One is enough to be killed.
            "WEB_CONCURRENCY": "1",
        }
        return kept | ours | self.more

    def bare(self) -> "Place":
        """The same for commands of Django's own: without the applications they start in a third of the time."""
        return replace(self, more={"DJANGO_SETTINGS_MODULE": "tests.config.bare_settings"})

    def manage(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run `manage.py` to its end."""
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env=self.environment | more,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def python(self, statements: str, **more: str) -> str:
        """Run statements in `manage.py shell`; what they print. Fails when they fail or complain."""
        done = self.manage("shell", "--no-imports", "--command", statements, **more)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def forget(self) -> None:
        """Remove what a run as root keeps outside VAR_DIR."""
        marker = self.var / "installation-id"
        if marker.exists():
            shutil.rmtree(Path("/var/lib/dondoc") / marker.read_text())


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A fresh VAR_DIR, whose name has a space and Vietnamese letters."""
    place = Place(tmp_path / "Đôn đốc" / "var", free_port())
    yield place
    place.forget()


@pytest.fixture(scope="module")
def used_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Like `place`, but shared by the tests of a module, which leave it in order: making a cluster takes its time."""
    place = Place(tmp_path_factory.mktemp("used") / "Đôn đốc" / "var", free_port())
    yield place
    place.forget()


@pytest.fixture
def nobody() -> dict[str, Any]:
    """How to start a process as an ordinary user: arguments for subprocess, none if we are one already."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam("nobody")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
