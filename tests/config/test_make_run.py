"""`make run` as a newcomer does it: on a copy without `.venv`, as an ordinary user, in a long path with odd letters."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.embedded_home import socket_directory
from tests.config.conftest import free_port
from tests.config.running import ROOT, Run, allowed, python_for

pytestmark = pytest.mark.slow

COUNT = (
    "from django.contrib.auth import get_user_model as u; print(u().objects.filter(username='thuky').count())"
)
INSTALLING_SECONDS = 900.0
_NOT_PASSED_ON = (
    "DATABASE_",
    "REDIS_",
    "SECRET_KEY",
    "DEMO",
    "SITE_",
    "MAIL_",
    "FILES_",
    "VAR_",
    "PYTEST_",
    "TEST_",
)


@pytest.fixture
def copy(nobody: dict[str, Any]) -> Iterator[Path]:
    """What git would give a newcomer of the present state, owned by the ordinary user."""
    folder = socket_directory(None)
    project = folder.joinpath(*["thư mục rất dài của Bộ Y tế" * 3] * 2, "Đôn đốc")
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listing.stdout.decode().rstrip("\0").split("\0"):
        if (ROOT / name).exists():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, project / name)
    if nobody:
        subprocess.run(["chown", "-R", f"{nobody['user']}:{nobody['group']}", folder], check=True)
    yield project
    shutil.rmtree(folder)


@pytest.fixture
def run(copy: Path, nobody: dict[str, Any]) -> Iterator[Run]:
    """`make run` there, not yet started."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)}
    python = python_for(nobody)[0]
    environment = kept | {"PORT": str(free_port()), "HOME": str(copy.parent), "PYTHONUNBUFFERED": "1"}
    run = Run(environment, ["make", "run", f"PYTHON={python}"], copy, nobody)
    yield run
    run.end()


def test_from_nothing_to_a_working_demo_and_again(copy: Path, run: Run, nobody: dict[str, Any]) -> None:
    run.start(INSTALLING_SECONDS)
    said = run.output.decode()
    assert f"{run.url}/" in said
    password = (copy / "var" / "demo_password").read_text()
    assert f"the password {password}" in said
    assert {"thuky", "syt.hanoi", "gd.syt.hanoi", "kiemtra"} <= set(said.split())
    assert set(run.health().values()) == {"ok"}

    beside = subprocess.run(
        [".venv/bin/python", "manage.py", "shell", "--no-imports", "--command", COUNT],
        cwd=copy,
        env=run.environment,
        capture_output=True,
        text=True,
        check=False,
        **nobody,
    )
    assert (beside.returncode, beside.stdout, beside.stderr) == (0, "1\n", "")

    run.interrupt()
    assert run.left_behind() == []

    started = time.monotonic()
    run.start()
    assert time.monotonic() - started < allowed(10)
    assert password in run.output.decode()

    # Only make gets this one; it passes it on.
    run.signal(signal.SIGTERM)
    assert run.left_behind() == []
    assert not (copy / "var" / "servers.json").exists()
