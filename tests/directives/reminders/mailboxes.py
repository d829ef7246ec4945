"""Real mailboxes for tests: a maildir on disk, and a folder of an IMAP server in a process of its own."""

from __future__ import annotations

import imaplib
import itertools
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Self
from urllib.parse import quote

PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.05
USER, PASSWORD = "tra-lai@dondoc.example", 'mat "khau" \\ 100%/#'


class MaildirBox:
    """A maildir as a mail server fills it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._numbers = itertools.count(1)
        for name in ("new", "cur", "tmp"):
            (path / name).mkdir(parents=True)

    @property
    def url(self) -> str:
        """The address, as BOUNCE_URL takes it."""
        return f"maildir://{quote(str(self.path))}"

    def put(self, content: bytes) -> None:
        """Deliver a mail."""
        name = f"{next(self._numbers):010}.thu.may"
        (self.path / "tmp" / name).write_bytes(content)
        (self.path / "tmp" / name).rename(self.path / "new" / name)

    def marks(self) -> list[str]:
        """What each mail is marked with, oldest first: "seen", "flagged", or nothing."""
        files = [*(self.path / "new").iterdir(), *(self.path / "cur").iterdir()]
        words = {"": "", "S": "seen", "F": "flagged"}
        return [words[path.name.partition(":2,")[2]] for path in sorted(files, key=lambda path: path.name)]


class ImapServer:
    """pymap in a process of its own, on a port of this machine, with one account."""

    def __init__(self) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port: int = found.getsockname()[1]

    def start(self) -> Self:
        """Start it; returns itself once it answers."""
        argv = ["--host", "127.0.0.1", "--port", str(self.port), "--no-tls", "--no-service", "managesieve"]
        account = ["dict", "--demo-user", USER, "--demo-password", PASSWORD]
        program = "import sys; from pymap.main import main; sys.exit(main())"
        # A pipe that nobody reads would hold it up once it is full.
        self.said = TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen([sys.executable, "-c", program, *argv, *account], stderr=self.said)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            assert time.monotonic() < deadline
            self._is_alive()
        return self

    def _answers(self) -> bool:
        try:
            imaplib.IMAP4("127.0.0.1", self.port, timeout=PATIENCE_SECONDS).logout()
        except OSError:
            return False
        return True

    def _is_alive(self) -> None:
        try:
            self.process.wait(PAUSE_SECONDS)
        except subprocess.TimeoutExpired:
            return
        self.said.seek(0)
        raise AssertionError(self.said.read().decode())

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)
        self.said.close()


class ImapBox:
    """The folder INBOX of the server, emptied; each look at it is a session of its own."""

    def __init__(self, server: ImapServer) -> None:
        self.port = server.port
        with self._session() as client:
            client.store("1:*", "+FLAGS", r"(\Deleted)")
            client.expunge()

    @contextmanager
    def _session(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=PATIENCE_SECONDS) as client:
            client.login(USER, PASSWORD)
            client.select("INBOX")
            yield client

    @property
    def url(self) -> str:
        """The address, as BOUNCE_URL takes it."""
        return f"imap://{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/INBOX"

    def put(self, content: bytes) -> None:
        """Deliver a mail."""
        with self._session() as client:
            kind, said = client.append("INBOX", "", "", content)
            assert kind == "OK", said

    def marks(self) -> list[str]:
        """What each mail is marked with, oldest first: "seen", "flagged", or nothing."""
        with self._session() as client:
            _kind, lines = client.fetch("1:*", "(FLAGS)")
        words = {rb"\Seen": "seen", rb"\Flagged": "flagged"}
        return [
            "".join(words.get(flag, "") for flag in imaplib.ParseFlags(line))
            for line in lines
            if isinstance(line, bytes)
        ]
