"""What `make` does before the project's own Python is there: on a small project with an empty lock file."""

import ast
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config.embedded_home import socket_directory
from tests.config.conftest import free_port
from tests.config.running import ROOT

AS_OLD = (
    "import sys, runpy; sys.version_info = (3, 9, 18, 'final', 0); runpy.run_path({!r}, run_name='__main__')"
)
WITHOUT = (
    "import importlib.util as u, runpy, sys; real = u.find_spec; sys.argv = ['bootstrap.py'];"
    "u.find_spec = lambda name, *rest: None if name == 'ensurepip' else real(name, *rest);"
    "runpy.run_path({!r}, run_name='__main__')"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what installs, in a path with a space and Vietnamese letters, with nothing to install."""
    project = tmp_path / "Đôn đốc, bản thử"
    (project / "config").mkdir(parents=True)
    for name in ("Makefile", "config/bootstrap.py", "config/install.py"):
        shutil.copy(ROOT / name, project / name)
    (project / "requirements-dev.txt").write_text("# nothing\n")
    return project


def make(project: Path, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """Call make as a newcomer would."""
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    kept = {name: value for name, value in os.environ.items() if name not in ("PORT", "DEMO", "MAKEFLAGS")}
    return subprocess.run(
        ["make", "--silent", *words, f"PYTHON={base}"],
        cwd=project,
        env=kept | more,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def run_python(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """This Python, without the project's environment."""
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def left_half_made(project: Path) -> None:
    """What an interrupted installation leaves: an environment like another, but for the mark and what is missing."""
    programs = project / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    (programs / "pip").touch()
    (project / ".venv" / "installing").touch()
    (project / ".venv" / "half").touch()


def test_the_environment_is_made_once_and_again_when_it_was_left_half_made(project: Path) -> None:
    left_half_made(project)
    first = make(project, "venv")
    assert (first.returncode, first.stderr) == (0, "")
    assert "Making .venv" in first.stdout
    assert not (project / ".venv" / "half").exists()
    assert subprocess.run([project / ".venv/bin/python", "-c", ""], check=False).returncode == 0

    assert make(project, "venv").stdout == ""

    (project / "requirements-dev.txt").write_text("# nothing else\n")
    changed = make(project, "venv")
    assert "Making" not in changed.stdout
    assert "Installing" in changed.stdout
    assert make(project, "venv").stdout == ""


@pytest.mark.slow
def test_the_environment_is_made_again_when_the_project_was_moved(project: Path) -> None:
    make(project, "venv")
    moved = project.rename(project.with_name("chuyển đi"))
    assert "Making .venv" in make(moved, "venv").stdout


def test_a_python_that_is_too_old_is_one_line() -> None:
    bootstrap = str(ROOT / "config" / "bootstrap.py")
    done = run_python("-c", AS_OLD.format(bootstrap))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "is 3.9" in done.stderr


def test_an_old_python_can_read_what_tells_it_so() -> None:
    ast.parse((ROOT / "config" / "bootstrap.py").read_text(encoding="utf-8"), feature_version=(3, 4))


def test_a_missing_venv_module_is_one_line(project: Path) -> None:
    done = run_python("-c", WITHOUT.format(str(project / "config" / "bootstrap.py")))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "no module ensurepip" in done.stderr
    assert "apt install" in done.stderr
    assert not (project / ".venv").exists()


def test_a_python_that_is_not_there_is_one_line(project: Path) -> None:
    done = subprocess.run(
        ["make", "--silent", "venv", "PYTHON=python3.nothing"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == "python3.nothing is not installed: install Python 3.11 or newer."


def test_a_taken_port_is_told_before_the_long_installation(project: Path) -> None:
    port = free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        done = make(project, "run", f"PORT={port}")
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.splitlines()[0].startswith(f"Port {port} cannot be used")
    assert not (project / ".venv").exists()


def test_a_folder_that_cannot_be_written_is_one_line(project: Path, nobody: dict[str, Any]) -> None:
    folder = socket_directory(None)
    try:
        target = folder / "project"
        shutil.copytree(project, target)
        folder.chmod(0o755)
        target.chmod(0o555)
        script = (
            f"import runpy; runpy.run_path({str(target / 'config' / 'bootstrap.py')!r}, run_name='__main__')"
        )
        done = subprocess.run(
            ["/usr/bin/env", "python3", "-c", script] if nobody else [sys.executable, "-c", script],
            cwd=target,
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
            **nobody,
        )
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert "Cannot write to" in done.stderr
        assert not (target / ".venv").exists()
    finally:
        (folder / "project").chmod(0o755)
        shutil.rmtree(folder)
