"""Make or bring up to date the virtual environment `.venv`, then go on as its Python.

Run by the Python of the system (config/bootstrap.py), so it uses the standard library only and nothing of the project.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK_FILE = ROOT / "requirements-dev.txt"
# Holds what the environment was made from; written last.
DONE = VENV / "installed-from"
# There while packages are being installed; one that is found says that the installation was interrupted.
UNDER_WAY = VENV / "installing"

_PIP_OPTIONS = (
    "--quiet",
    "--no-input",
    "--disable-pip-version-check",
    "--root-user-action=ignore",
    "--require-hashes",
)


class CannotInstallError(Exception):
    """The message is one line that says what to do."""


def main(arguments: list[str]) -> int:
    """Install, then become `python <arguments>` of the environment; without arguments only install.

    Returns the exit code 1 after one line about what is wrong; otherwise 0, or not at all.
    """
    try:
        install(starts_server="config.supervisor" in arguments)
    except CannotInstallError as error:
        print(error, file=sys.stderr)
        return 1
    if arguments:
        become(arguments)
    return 0


def become(arguments: list[str]) -> NoReturn:
    """Go on in this same process, so that a signal to it reaches whom it is meant for."""
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), *arguments])  # noqa: S606


def install(*, starts_server: bool) -> None:
    """Do nothing when the environment was made from the present lock file. Raises CannotInstallError."""
    if _is_done():
        return
    if starts_server:
        _check_port()
    _check_venv_module()
    _check_folder()
    lock = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_done():
            _install()
    finally:
        os.close(lock)


def _fingerprint() -> str:
    """Of the locked requirements, this Python, and the place: the programs in .venv/bin name it in their first line."""
    lock = hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()
    return f"{lock}\n{sys.version_info.major}.{sys.version_info.minor}\n{ROOT}\n"


def _is_done() -> bool:
    return DONE.exists() and not UNDER_WAY.exists() and PYTHON.exists() and DONE.read_text() == _fingerprint()


def _install() -> None:
    if not _is_usable():
        print("Making .venv …", flush=True)
        if VENV.is_symlink():
            raise CannotInstallError(
                f"{VENV} is a link to something that is no virtual environment: remove it."
            )
        if VENV.exists():
            shutil.rmtree(VENV)
        # Called with `.venv` activated, this Python is the one that was just removed; its base is not.
        base = getattr(sys, "_base_executable", sys.executable)
        _run([base, "-m", "venv", str(VENV)], "The virtual environment could not be made, see above.")
    UNDER_WAY.touch()
    print("Installing the packages of requirements-dev.txt (a minute or two the first time) …", flush=True)
    _run(
        [str(PYTHON), "-m", "pip", "install", *_PIP_OPTIONS, "--requirement", str(LOCK_FILE)],
        "The packages could not be installed, see above: is a Python package index within reach?",
    )
    DONE.write_text(_fingerprint())
    UNDER_WAY.unlink()


def _is_usable() -> bool:
    """Whether `.venv` was completely made by this version of Python, here; then packages are only added to it."""
    if UNDER_WAY.exists() or not PYTHON.exists() or not (VENV / "bin" / "pip").exists():
        return False
    if DONE.exists() and DONE.read_text().splitlines()[1:] != _fingerprint().splitlines()[1:]:
        return False
    probe = "import sys, pip; print(*sys.version_info[:2], sep='.')"
    done = subprocess.run([PYTHON, "-c", probe], capture_output=True, text=True, check=False)
    return done.returncode == 0 and done.stdout.split() == [
        f"{sys.version_info.major}.{sys.version_info.minor}"
    ]


def _run(argv: list[str], otherwise: str) -> None:
    if subprocess.run(argv, check=False, stdin=subprocess.DEVNULL).returncode != 0:
        raise CannotInstallError(otherwise)


def _check_venv_module() -> None:
    """Debian leaves both modules out of its plain Python."""
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            raise CannotInstallError(
                f"{sys.executable} has no module {module}: install it, on Debian and Ubuntu with "
                f"apt install python{version}-venv"
            )


def _check_folder() -> None:
    try:
        with tempfile.TemporaryFile(dir=ROOT):
            return
    except OSError as error:
        raise CannotInstallError(
            f"Cannot write to {ROOT} ({error.strerror}): give yourself the right to, or work in a copy of your own."
        ) from error


def _check_port() -> None:
    """Only before the long installation, which would be in vain; the supervisor takes the port for good."""
    port = os.environ.get("PORT") or "8000"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise CannotInstallError(f"PORT={port} is not a port: give a number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError as error:
            raise CannotInstallError(
                f"Port {port} cannot be used ({error.strerror}): stop what uses it, or choose another one: "
                f"make run PORT=8001"
            ) from error
