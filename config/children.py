"""The processes of the Procfile under `make run`: started, started again when one dies, stopped together."""

import json
import os
import shlex
import signal
import string
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from config.embedded_home import write_private
from config.processes import kill_group, spawn

# Long enough for a worker to finish the mail it is sending.
STOP_SECONDS = 15.0
_DEATHS_TOLERATED = 5
_DEATHS_WITHIN_SECONDS = 60.0


class KeepsDyingError(Exception):
    """A process died again and again; the message says which."""


@dataclass
class Child:
    """One line of the Procfile."""

    name: str
    argv: list[str]
    process: subprocess.Popen[bytes] | None = None
    deaths: deque[float] = field(default_factory=deque)


def read_procfile(path: Path, environment: Mapping[str, str]) -> list[Child]:
    """The processes of `path`, with ${VARIABLES} filled in and this Python in place of `python`."""
    children = []
    for line in path.read_text(encoding="utf-8").splitlines():
        name, _, command = line.partition(":")
        words = [string.Template(word).substitute(environment) for word in shlex.split(command)]
        children.append(Child(name.strip(), [sys.executable if word == "python" else word for word in words]))
    return children


class Family:
    """All children. `record` is the file in which their pids are kept, for the start after a killed supervisor."""

    def __init__(
        self, children: list[Child], *, cwd: Path, record: Path, inherited: int | None = None
    ) -> None:
        self.children = children
        self.cwd = cwd
        self.record = record
        self.inherited = inherited

    def start(self, environment: Mapping[str, str]) -> None:
        """Start every child that does not run."""
        for child in self.children:
            if child.process is None:
                child.process = spawn(child.argv, env=environment, cwd=self.cwd, inherited=self.inherited)
        self._write_record()

    def revive(self, environment: Mapping[str, str]) -> list[str]:
        """Start dead children again and return a line about each. Raises KeepsDyingError when one does so too often.

        What the dead one left of its process group is killed first: orphaned gunicorn workers would go on serving.
        """
        lines = []
        for child in self.children:
            if child.process is None or (code := child.process.poll()) is None:
                continue
            kill_group(child.process.pid)
            child.process = None
            how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            if died_too_often(child.deaths):
                raise KeepsDyingError(
                    f"{child.name} {how}, for the {_DEATHS_TOLERATED + 1}th time within a minute."
                )
            lines.append(f"{child.name} {how}; it is started again.")
        if lines:
            self.start(environment)
        return lines

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Ask all children to end, wait together, then kill what is left, grandchildren included."""
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + seconds
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue
        for process in running:
            kill_group(process.pid)
            process.wait()
        for child in self.children:
            child.process = None
        self.record.unlink(missing_ok=True)

    def _write_record(self) -> None:
        pids = [child.process.pid for child in self.children if child.process is not None]
        write_private(self.record, json.dumps({str(pid): psutil.Process(pid).create_time() for pid in pids}))


def died_too_often(deaths: deque[float]) -> bool:
    """Note one more death now; whether there were too many within a minute."""
    now = time.monotonic()
    deaths.append(now)
    while deaths and now - deaths[0] > _DEATHS_WITHIN_SECONDS:
        deaths.popleft()
    return len(deaths) > _DEATHS_TOLERATED


def end_left_behind(record: Path) -> None:
    """End the children of a supervisor that was killed, where the kernel did not; a recycled pid is left alone."""
    if not record.exists():
        return
    left = []
    for pid, created in json.loads(record.read_text()).items():
        try:
            process = psutil.Process(int(pid))
            if process.create_time() == created:
                process.terminate()
                left.append(process)
        except psutil.NoSuchProcess:
            continue
    for process in psutil.wait_procs(left, timeout=STOP_SECONDS)[1]:
        os.killpg(process.pid, signal.SIGKILL)
    record.unlink()
