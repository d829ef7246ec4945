"""One installation on this machine: its VAR_DIR with secrets, its lock, and the address of its running servers.

VAR_DIR (default `var/`) holds
    servers.lock       locked by the one process that owns the embedded servers; free means nobody does
    servers.json       their address, written by that process; believed only while the lock is held
    servers.users      locked (shared) by commands that use the servers of another command
    mode               `demo` or `real`: what ran last
    secret_key, demo_password, mail/, log/
"""

import fcntl
import json
import os
import pwd
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from config.database import create_database
from config.embedded import Servers, servers_in
from config.embedded_broker import STOP_SIGNALS as VALKEY_STOP_SIGNALS
from config.embedded_cluster import MAINTENANCE_DATABASE, RUN
from config.embedded_home import CannotStartError, permanent_home, socket_directory, write_private
from config.processes import end_orphan

ROOT = Path(__file__).resolve().parent.parent
DATABASES = {"demo": "dondoc_demo", "real": "dondoc"}
_ANSWER_SECONDS = 60.0
_LOG_MAX_BYTES = 5_000_000


def account_name(uid: int) -> str:
    """The name of an account, its number if it has none (as in containers)."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


@dataclass(frozen=True)
class Address:
    """Where the running servers are: `urls` by variable and mode, the owner's pid and what it is."""

    pid: int
    kind: str
    sockets: str
    valkey_pid: int
    urls: dict[str, dict[str, str]]
    site_url: str = ""


class Installation:
    """The files of one VAR_DIR."""

    def __init__(self, var: Path) -> None:
        self.var = var

    @classmethod
    def here(cls) -> "Installation":
        """The installation that the variable VAR_DIR names, by default `var/` in the project."""
        return cls(Path(os.environ.get("VAR_DIR") or ROOT / "var").absolute())

    def prepare(self) -> None:
        """Make the folders. Raises CannotStartError when they cannot be written, or are somebody else's."""
        if self.var.exists() and os.access(self.var, os.W_OK) and self.var.stat().st_uid != os.geteuid():
            # Above all for root, who could, and whose files the owner could then not read.
            raise CannotStartError(
                f"{self.var} belongs to {account_name(self.var.stat().st_uid)}: run this as its owner, or set VAR_DIR."
            )
        try:
            for folder in (self.var, self.var / "log", self.var / "mail", self.var / "static"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self.var / ".writable", "")
            (self.var / ".writable").unlink()
        except OSError as error:
            raise CannotStartError(
                f"Cannot write to {self.var} ({error.strerror}): give yourself the right to, or set VAR_DIR."
            ) from error

    @property
    def mode(self) -> str:
        """`demo` or `real`: DEMO says which; without it the one that ran last, at first the demo."""
        if wanted := os.environ.get("DEMO"):
            return "real" if wanted.lower() in ("0", "false", "no", "off") else "demo"
        marker = self.var / "mode"
        return marker.read_text().strip() if marker.exists() else "demo"

    def remember_mode(self, mode: str) -> None:
        """Keep `mode` for commands that are called without DEMO."""
        (self.var / "mode").write_text(mode)

    def secret_key(self) -> str:
        """The generated SECRET_KEY, made once and kept (mode 0600)."""
        path = self.var / "secret_key"
        if not path.exists():
            write_private(path, secrets.token_urlsafe(48))
        return path.read_text()

    def demo_password(self) -> str:
        """The password of the demo accounts: at first DEMO_PASSWORD or a generated one, kept from then on."""
        path = self.var / "demo_password"
        if not path.exists():
            # Of all four kinds of characters, and easy to type.
            generated = f"Demo-{secrets.token_hex(4)}-{secrets.randbelow(9000) + 1000}"
            write_private(path, os.environ.get("DEMO_PASSWORD") or generated)
        return path.read_text()

    def environment(self, mode: str) -> dict[str, str]:
        """The variables of the environment contract that do not depend on the servers."""
        demo = {"DEMO_PASSWORD": self.demo_password()} if mode == "demo" else {}
        return {
            **demo,
            "SECRET_KEY": self.secret_key(),
            "VAR_DIR": str(self.var),
            "MAIL_DIR": str(self.var / "mail"),
            "DEMO": "1" if mode == "demo" else "0",
        }

    def try_lock(self) -> IO[str] | None:
        """Become the owner of the servers: the lock ends when the returned file is closed or the process dies."""
        file = (self.var / "servers.lock").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file

    def address(self) -> Address | None:
        """What servers.json says, whoever wrote it; whether they are alive is for the lock to say."""
        path = self.var / "servers.json"
        return Address(**json.loads(path.read_text())) if path.exists() else None

    def publish(self, address: Address) -> None:
        """Let other processes of this installation find the servers."""
        write_private(self.var / "servers.json", json.dumps(asdict(address), indent=1))

    def withdraw(self) -> None:
        """The servers are gone."""
        (self.var / "servers.json").unlink(missing_ok=True)

    def servers(self) -> Servers:
        """A pair on the kept data, not yet started; for the holder of the lock. Clears what a killed owner left."""
        if left := self.address():
            end_orphan(left.valkey_pid, left.sockets, VALKEY_STOP_SIGNALS)
            shutil.rmtree(left.sockets, ignore_errors=True)
            self.withdraw()
        home = permanent_home(self.var)
        logs = self.var / "log"
        for name in ("postgresql.log", "valkey.log"):
            if (logs / name).exists() and (logs / name).stat().st_size > _LOG_MAX_BYTES:
                (logs / name).unlink()
        return servers_in(home, socket_directory(home.account), logs=logs, durable=True)


def describe(servers: Servers, kind: str, site_url: str = "") -> Address:
    """The address of running `servers`, of this process; `kind` is `run` or `command`."""
    return Address(
        pid=os.getpid(),
        kind=kind,
        sockets=str(servers.cluster.sockets),
        valkey_pid=servers.broker.pid,
        urls={mode: servers.environment(name) for mode, name in DATABASES.items()},
        site_url=site_url,
    )


@contextmanager
def servers_for_command() -> Iterator[dict[str, str]]:
    """The variables with which a `manage.py` command reaches the embedded servers.

    1. Those of a running `make run`, or of another command (which then waits for this one before it stops them).
    2. Otherwise servers are started on the kept data and stopped afterwards.
    The database of the mode (see `Installation.mode`) is created when it is missing; migrating it is up to the caller.
    Raises CannotStartError.
    """
    installation = Installation.here()
    installation.prepare()
    mode = installation.mode
    with ExitStack() as stack:
        address = _running(installation, stack) or _start(installation, stack)
        urls = address.urls[mode]
        create_database(
            urls["DATABASE_OWNER_URL"], DATABASES[mode], run_role=RUN, maintenance=MAINTENANCE_DATABASE
        )
        site = {"SITE_URL": address.site_url} if address.site_url else {}
        yield {**installation.environment(mode), **urls, **site}


def _running(installation: Installation, stack: ExitStack) -> Address | None:
    """The address of servers that somebody else owns; None when nobody does. Waits while they are starting."""
    deadline = time.monotonic() + _ANSWER_SECONDS
    users = stack.enter_context((installation.var / "servers.users").open("w"))
    while (lock := installation.try_lock()) is None:
        fcntl.flock(users, fcntl.LOCK_SH)
        if address := installation.address():
            return address
        fcntl.flock(users, fcntl.LOCK_UN)
        if time.monotonic() > deadline:
            raise CannotStartError(
                f"Another process holds {installation.var / 'servers.lock'} but publishes no servers: end it first."
            )
        time.sleep(0.05)
    stack.enter_context(lock)
    return None


def _start(installation: Installation, stack: ExitStack) -> Address:
    """Start servers for this process, which holds the lock; at the end wait for other users, then stop them."""
    servers = installation.servers()
    servers.start()

    def finish() -> None:
        with (installation.var / "servers.users").open("w") as users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("Waiting for another command that uses these servers …", file=sys.stderr)
                fcntl.flock(users, fcntl.LOCK_EX)
            installation.withdraw()
        servers.stop()

    stack.callback(finish)
    address = describe(servers, "command")
    installation.publish(address)
    return address
