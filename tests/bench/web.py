"""A site under gunicorn as in production, and visitors who are signed in and keep their connection."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from accounts.clock import now
from accounts.duties import SET_UP
from accounts.models import User
from accounts.sessions import SEEN
from tests.bench.counting import CPU, DATABASE, QUERIES, SLOWEST

UP_WITHIN_SECONDS = 60.0
# gunicorn lets go of a connection that says nothing for two seconds.
KEPT_SECONDS = 1.0
OURS, STOCK = "accounts.backends.RoleBackend", "django.contrib.auth.backends.ModelBackend"
CSRF = "0123456789abcdefghijklmnopqrstuv"


@dataclass(frozen=True)
class Site:
    """A running gunicorn: its arbiter's process and port, what signs people in there; what is done after an answer."""

    pid: int
    port: int
    backend: str
    between: Callable[[], object] = lambda: None


@contextmanager
def served(
    settings: str,
    config: str,
    log: Path,
    environment: Mapping[str, str] | None = None,
    backend: str = OURS,
) -> Iterator[Site]:
    """Serve the application with a settings module and a gunicorn configuration, on a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {
        **os.environ,
        **(environment or {}),
        "DJANGO_SETTINGS_MODULE": settings,
        "BIND": f"127.0.0.1:{port}",
    }
    given.pop("PORT", None)
    command = [sys.executable, "-m", "gunicorn", "--config", config, "config.wsgi"]
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=given, stdout=output, stderr=output)
    try:
        _wait_for(process, port, log)
        yield Site(process.pid, port, backend)
    finally:
        process.terminate()
        process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + UP_WITHIN_SECONDS
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=UP_WITHIN_SECONDS)
        try:
            connection.request("GET", "/favicon.ico")
            connection.getresponse().read()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"gunicorn does not come up:\n{log.read_text()[-2000:]}") from None
        finally:
            connection.close()
        time.sleep(0.1)


@dataclass(frozen=True)
class Answer:
    """What came back, and how long it took from the request to the last byte, in ms."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    ms: float

    @property
    def queries(self) -> int:
        return int(self.headers[QUERIES])

    @property
    def database_ms(self) -> float:
        return float(self.headers[DATABASE])

    @property
    def slowest_ms(self) -> float:
        return float(self.headers[SLOWEST])

    @property
    def cpu_ms(self) -> float:
        return float(self.headers[CPU])


def session_of(user: User, backend: str = OURS) -> str:
    """Sign a person in, second factor and all, and return the key of the session."""
    session = SessionStore()
    session.update(
        {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: backend,
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            SEEN: now().timestamp(),
            SET_UP: True,
        }
    )
    session.save()
    return str(session.session_key)


class Visitor:
    """Somebody at a browser: one kept connection, a session unless nobody is signed in."""

    def __init__(self, site: Site, user: User | None = None, **headers: str) -> None:
        self.site = site
        cookies = f"csrftoken={CSRF}" + (f"; sessionid={session_of(user, site.backend)}" if user else "")
        self.headers = {"Cookie": cookies, **headers}
        self.connection: HTTPConnection | None = None
        self.spoken_at = 0.0

    def get(self, address: str, *, status: int = 200) -> Answer:
        """Ask for a page; anything but `status` is an error."""
        return self._ask("GET", address, None, {}, status)

    def post(self, address: str, data: Mapping[str, str], *, status: int = 302) -> Answer:
        """Send a form; anything but `status` is an error."""
        body = urlencode({"csrfmiddlewaretoken": CSRF, **data})
        return self._ask("POST", address, body, {"Content-Type": "application/x-www-form-urlencoded"}, status)

    def _ask(
        self, method: str, address: str, body: str | None, more: Mapping[str, str], status: int
    ) -> Answer:
        connection = self._kept()
        begun = time.perf_counter()
        connection.request(method, address, body, {**self.headers, **more})
        response = connection.getresponse()
        content = response.read()
        ms = 1000 * (time.perf_counter() - begun)
        self.spoken_at = time.monotonic()
        self.site.between()
        if response.status != status:
            where = response.headers.get("Location", "")
            raise AssertionError(f"{method} {address}: {response.status} {where}\n{content[-1500:].decode()}")
        return Answer(response.status, dict(response.headers), content, ms)

    def _kept(self) -> HTTPConnection:
        if self.connection is not None and time.monotonic() - self.spoken_at > KEPT_SECONDS:
            self.connection.close()
            self.connection = None
        if self.connection is None:
            self.connection = HTTPConnection("127.0.0.1", self.site.port, timeout=120)
        return self.connection
