"""Several machines: gunicorns with a VAR_DIR of their own, a balancer that asks the next one, and a visitor."""

from __future__ import annotations

import re
import subprocess
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import requests
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.urls import reverse

from accounts.models import User
from tests.cast import PASSWORD, Cast
from tests.chaos.site import Site
from tests.config.conftest import free_port

PATIENCE_SECONDS = 60.0
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def let_sign_in(cast: Cast) -> None:
    """Give everybody the cast's password as a real hash: other processes know no quick one."""
    hashed = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1000)
    User.objects.filter(pk__in=[person.pk for person in cast.people.values()]).update(password=hashed)


class Machine:
    """A web server of the site on a port of its own."""

    def __init__(self, site: Site, name: str, **environment: str) -> None:
        self.site = site
        self.var = site.folder / name
        (self.var / "static").mkdir(parents=True)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        before = dict(site.environment)
        site.environment |= {
            "VAR_DIR": str(self.var),
            "PORT": str(port),
            "FILES_DIR": str(site.folder / "shared-files"),
            "DEMO": "1",
            "WEB_CONCURRENCY": "2",
            **environment,
        }
        self.process: subprocess.Popen[bytes] = site.start(
            "gunicorn", "--config", "config/gunicorn_settings.py", "config.wsgi"
        )
        site.environment = before

    def wait(self) -> Machine:
        """Wait until it answers."""
        self.site.until(self.answers, "answering", patience=PATIENCE_SECONDS)
        return self

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=10).ok is not None
        except requests.ConnectionError:
            return False

    def kill(self) -> None:
        """kill -9, workers and all."""
        self.site.kill(self.process)


class Visitor:
    """A browser behind a balancer that takes the machines in turn and passes over one that is gone."""

    def __init__(self, *machines: Machine) -> None:
        self.machines = list(machines)
        self.session = requests.Session()
        self.turn = 0

    def ask(self, address: str, data: dict[str, str] | None = None, files: Any = None) -> requests.Response:
        """Ask the next machine; whoever refuses the connection is passed over, as a balancer does."""
        for _machine in self.machines:
            machine = self.machines[self.turn % len(self.machines)]
            self.turn += 1
            try:
                return self.at(machine, address, data, files)
            except requests.ConnectionError:
                continue
        raise AssertionError("no machine answers")

    def at(
        self, machine: Machine, address: str, data: dict[str, str] | None = None, files: Any = None
    ) -> requests.Response:
        """Ask this machine; redirects are not followed."""
        return self.session.request(
            "GET" if data is None else "POST",
            f"{machine.url}{address}",
            data=data,
            files=files,
            allow_redirects=False,
            timeout=60,
        )

    def fill(self, page: requests.Response, **typed: str) -> dict[str, str]:
        """The hidden fields of a page's forms and what was typed."""
        hidden = {name: unescape(value) for name, value in _HIDDEN.findall(page.text)}
        return hidden | typed

    def sign_in(self, username: str, password: str = PASSWORD) -> requests.Response:
        """Open the form on one machine, send it to the next."""
        address = reverse("account_login")
        return self.ask(address, self.fill(self.ask(address), login=username, password=password))

    def signed_in(self, username: str) -> Visitor:
        answer = self.sign_in(username)
        assert answer.status_code == 302, answer.text[:2000]
        return self

    def do(self, address: str, files: Any = None, **typed: str) -> requests.Response:
        """Open a dialog on one machine and send it to the next; it must lead on."""
        answer = self.ask(address, self.fill(self.ask(address), **typed), files)
        assert answer.status_code == 302, answer.text[-3000:]
        return answer


def path_of(answer: requests.Response) -> str:
    return urlsplit(answer.headers["Location"]).path
