"""A supervisor under test: started, listened to, killed, and looked for what it left behind."""

import json
import os
import select
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 90.0


def allowed(seconds: float) -> float:
    """A promise in seconds, on a machine that has a core for each who wants one; more where several share one."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class Run:
    """`python -m config.supervisor`, or another way to it, in `environment`."""

    def __init__(
        self,
        environment: dict[str, str],
        argv: Sequence[str] = (sys.executable, "-m", "config.supervisor"),
        cwd: Path = ROOT,
        account: Mapping[str, Any] | None = None,
    ) -> None:
        self.environment = environment
        self.argv = argv
        self.cwd = cwd
        self.account = account or {}
        self.process: subprocess.Popen[bytes] | None = None
        self.output = b""
        self.seen: set[psutil.Process] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['PORT']}"

    def start(self, patience: float = PATIENCE_SECONDS) -> "Run":
        """Start and return once the greeting is printed, within `patience` seconds between two outputs."""
        self.begin()
        self.wait_for("Ctrl-C stops it", patience)
        return self

    def begin(self) -> None:
        """Start, and wait for nothing."""
        self.process = subprocess.Popen(
            self.argv,
            cwd=self.cwd,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **self.account,
        )
        self.output = b""

    def wait_for(self, words: str, patience: float = PATIENCE_SECONDS) -> str:
        """Read the output until it contains `words`; return all of it."""
        deadline = time.monotonic() + patience
        assert self.process is not None
        assert self.process.stdout is not None
        while words.encode() not in self.output:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            assert chunk, f"{words!r} was never said:\n{self.output.decode()}"
            self.output += chunk
        self.note_family()
        return self.output.decode()

    def note_family(self) -> list[psutil.Process]:
        """All descendants there are now, remembered for `left_behind`."""
        assert self.process is not None
        family = psutil.Process(self.process.pid).children(recursive=True)
        self.seen.update(family)
        return family

    def member(self, *words: str) -> psutil.Process:
        """The one direct child whose command line has all the words."""
        assert self.process is not None
        found = [
            child
            for child in psutil.Process(self.process.pid).children()
            if all(any(word in argument for argument in child.cmdline()) for word in words)
        ]
        assert len(found) == 1, f"{words}: {found}"
        return found[0]

    def signal(self, number: signal.Signals) -> int:
        """Send a signal to what was started and return its exit code."""
        assert self.process is not None
        self.note_family()
        self.process.send_signal(number)
        return self.wait()

    def interrupt(self) -> int:
        """What Ctrl-C in a terminal does: SIGINT to all of the foreground. Returns the exit code."""
        assert self.process is not None
        self.note_family()
        os.killpg(self.process.pid, signal.SIGINT)
        return self.wait()

    def wait(self) -> int:
        """Wait until it has ended; return the exit code."""
        assert self.process is not None
        self.output += self.process.communicate(timeout=PATIENCE_SECONDS)[0]
        return self.process.returncode

    def left_behind(self) -> list[psutil.Process]:
        """Those of the family that still live after a time that ending takes."""
        return list(psutil.wait_procs(self.seen, timeout=30)[1])

    def health(self) -> dict[str, str]:
        """What /healthz says."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=10) as answer:  # noqa: S310
                body = answer.read()
        except urllib.error.HTTPError as error:
            body = error.read()
        return dict(json.loads(body))

    def wait_until_well(self, apart_from: set[str]) -> None:
        """Ask /healthz until every part is ok, but for some that may be or not."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                parts = self.health()
            except OSError as error:
                parts = {"web": str(error)}
            if {state for part, state in parts.items() if part not in apart_from} == {"ok"}:
                return
            assert time.monotonic() < deadline, parts
            select.select([], [], [], 0.1)

    def end(self) -> None:
        """For the end of a test, however it went."""
        if self.process is not None and self.process.poll() is None:
            self.signal(signal.SIGKILL)
        for process in self.left_behind():
            process.kill()
        if self.process is not None and self.process.stdout is not None:
            self.process.stdout.close()


def python_for(account: dict[str, Any]) -> list[str]:
    """A Python of this version that the account may run: root's own may lie in root's private home."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (os.path.realpath(sys.executable), f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        probe = ["sh", "-c", '"$0" -c ""', candidate]
        if subprocess.run(probe, cwd="/", capture_output=True, check=False, **account).returncode == 0:
            return [candidate, "-B"]
    pytest.skip(f"no {version} that an ordinary user may run")
