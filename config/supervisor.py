"""`make run`: one process that owns PostgreSQL, Valkey, web, worker and beat, and stops them all.

Order up: lock, port, servers, `manage.py prepare`, web + worker + beat, the address. Order down: web + worker + beat,
servers. Whatever dies is started again, PostgreSQL and Valkey included; what dies six times within a minute stops
everything. Ctrl-C, SIGTERM and a closed terminal stop everything. When this process itself is killed with -9, the
kernel (on Linux) ends its children, and the next start clears what is left.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import IO

from config import heartbeat
from config.children import Family, KeepsDyingError, died_too_often, end_left_behind, read_procfile
from config.embedded import Servers
from config.embedded_home import CannotStartError
from config.installation import DATABASES, ROOT, Address, Installation, describe
from config.processes import spawn, stop

_COMMAND_ENDS_WITHIN_SECONDS = 10.0
_UP_WITHIN_SECONDS = 60.0


class Supervisor:
    """One run of the installation on one port."""

    def __init__(self, installation: Installation, port: int) -> None:
        self.installation = installation
        self.port = port
        self.site_url = f"http://127.0.0.1:{port}"
        self.external = bool(os.environ.get("DATABASE_URL"))
        # Nobody's own database is filled with a demo unasked.
        self.mode = "real" if self.external and not os.environ.get("DEMO") else installation.mode
        self.servers: Servers | None = None
        self.server_deaths: dict[str, deque[float]] = {"PostgreSQL": deque(), "Valkey": deque()}
        self.asked_to_stop = threading.Event()

    def run(self) -> None:
        """Everything, until asked to stop.

        Raises CannotStartError or KeepsDyingError after having stopped what was started.
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        if self.external and not os.environ.get("REDIS_URL"):
            raise CannotStartError(
                "DATABASE_URL is set but REDIS_URL is not: set both, or neither for embedded servers."
            )
        self.installation.prepare()
        with ExitStack() as stack:
            stack.enter_context(self._lock())
            end_left_behind(self._record)
            listener = stack.enter_context(listen(self.port))
            environment = self._start_servers(stack) if not self.external else self._environment({})
            self._prepare(environment)
            family = Family(
                read_procfile(ROOT / "Procfile", environment),
                cwd=ROOT,
                record=self._record,
                inherited=listener.fileno(),
            )
            environment["BIND"] = f"fd://{listener.fileno()}"
            stack.callback(family.stop)
            family.start(environment)
            self._wait_until_up(family, environment)
            self._greet()
            while not self.asked_to_stop.wait(0.3):
                self._revive(family, environment)
            say("Stopping …")
        say("Stopped.")

    @property
    def _record(self) -> Path:
        return self.installation.var / "processes.json"

    @property
    def _greeting(self) -> Path:
        return self.installation.var / "greeting"

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_stop.set()

    def _lock(self) -> IO[str]:
        """The installation's lock; a `manage.py` command that holds it is given some seconds to end."""
        deadline = time.monotonic() + _COMMAND_ENDS_WITHIN_SECONDS
        while (lock := self.installation.try_lock()) is None:
            address = self.installation.address()
            if address and address.kind == "run":
                raise CannotStartError(
                    f"Already running at {address.site_url}/ (process {address.pid}): stop that first."
                )
            if time.monotonic() > deadline:
                raise CannotStartError(
                    "A manage.py command uses the servers of this folder: let it end, then start again."
                )
            time.sleep(0.1)
        return lock

    def _environment(self, urls: dict[str, str]) -> dict[str, str]:
        return {
            "LOG_JSON": "0",
            "LOG_LEVEL": "WARNING",
            "SITE_URL": self.site_url,
            # Celery's advice to use another account is for production.
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
            **self.installation.environment(self.mode),
            **{name: value for name, value in os.environ.items() if value},
            **urls,
            **({"DEMO_PASSWORD": self.installation.demo_password()} if self.mode == "demo" else {}),
            "DEMO": "1" if self.mode == "demo" else "0",
            "PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }

    def _start_servers(self, stack: ExitStack) -> dict[str, str]:
        self.servers = servers = self.installation.servers()
        say(f"Starting; the data is in {servers.cluster.home.data.parent} …")
        stack.callback(servers.stop)
        servers.start()
        servers.ensure_database(DATABASES[self.mode])
        self.installation.remember_mode(self.mode)
        stack.callback(self.installation.withdraw)
        self.installation.publish(self._address(servers))
        return self._environment(servers.environment(DATABASES[self.mode]))

    def _address(self, servers: Servers) -> Address:
        return describe(servers, "run", self.site_url)

    def _prepare(self, environment: dict[str, str]) -> None:
        """Run `manage.py prepare`, to its end or until asked to stop."""
        argv = [sys.executable, "manage.py", "prepare", "--greeting", str(self._greeting)]
        process = spawn(argv, env=environment, cwd=ROOT)
        while process.poll() is None:
            if self.asked_to_stop.wait(0.05):
                stop(process, ((signal.SIGTERM, 10.0),))
                raise CannotStartError("Stopped before it was ready.")
        if process.returncode != 0:
            raise CannotStartError("manage.py prepare failed, see above. Everything is stopped.")

    def _wait_until_up(self, family: Family, environment: dict[str, str]) -> None:
        deadline = time.monotonic() + _UP_WITHIN_SECONDS
        while not self.asked_to_stop.wait(0.1):
            self._revive(family, environment)
            if heartbeat.is_fresh(environment["REDIS_URL"]) and _answers(f"{self.site_url}/healthz"):
                return
            if time.monotonic() > deadline:
                raise CannotStartError(
                    f"Web, worker and beat are not all up after a minute ({self.site_url}/healthz)."
                )

    def _greet(self) -> None:
        if not self.asked_to_stop.is_set():
            say(self._greeting.read_text(encoding="utf-8"))
        self._greeting.unlink()

    def _revive(self, family: Family, environment: dict[str, str]) -> None:
        if self.servers:
            self._revive_servers(self.servers)
        for line in family.revive(environment):
            say(line)

    def _revive_servers(self, servers: Servers) -> None:
        pairs: tuple[tuple[str, subprocess.Popen[bytes] | None, Callable[[], object]], ...] = (
            ("PostgreSQL", servers.cluster.process, servers.cluster.restart),
            ("Valkey", servers.broker.process, servers.broker.start),
        )
        for name, process, start in pairs:
            if process is None or (code := process.poll()) is None:
                continue
            if died_too_often(self.server_deaths[name]):
                raise KeepsDyingError(
                    f"{name} ended again and again (last with {code}): see {self.installation.var / 'log'}."
                )
            say(f"{name} was killed (exit code {code}); it is started again.")
            start()
            self.installation.publish(self._address(servers))


def listen(port: int) -> socket.socket:
    """The listening socket, held from the first moment to the last: no other process can take the port in between."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise CannotStartError(
            f"Port {port} cannot be used ({error.strerror}): stop what uses it, or choose another one: "
            f"make run PORT={port + 1 if port < 65535 else 8000}"
        ) from error
    return listener


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310  (our own address)
            return True
    except OSError:
        return False


def say(line: str) -> None:
    """Print for the person at the terminal, at once."""
    print(line, flush=True)


def read_port(text: str) -> int:
    """PORT as a number. Raises CannotStartError for anything else."""
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise CannotStartError(
        f"PORT={text} is not a port: give a number from 1 to 65535, for instance make run PORT=8001"
    )


def main() -> int:
    """The process that `make run` becomes. Returns the exit code."""
    try:
        Supervisor(Installation.here(), read_port(os.environ.get("PORT") or "8000")).run()
    except (CannotStartError, KeepsDyingError) as error:
        print(error, file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
