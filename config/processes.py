"""Start a child process that cannot outlive its parent, and end a whole process group.

Used by the embedded servers and by the supervisor of `make run`; production never imports it.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

_PR_SET_PDEATHSIG = 1
# Loaded before any fork: importing in the child between fork and exec may deadlock.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    """An existing unprivileged account of the system."""

    name: str
    uid: int
    gid: int


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    output: IO[bytes] | None = None,
    account: Account | None = None,
    inherited: int | None = None,
    orphan_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own, so that Ctrl-C reaches only the parent, who then stops it in order.

    On Linux the kernel sends `orphan_signal` to the child when the parent dies, even by kill -9. `output` takes
    stdout and stderr (None: those of the parent); `account` is whom to run as when the parent is root; `inherited` is
    a file descriptor that the child keeps open.
    """
    return subprocess.Popen(
        list(argv),
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
        pass_fds=() if inherited is None else (inherited,),
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        # Not safe with threads that hold locks; whoever starts servers here has no threads.
        preexec_fn=_die_with(os.getpid(), orphan_signal) if _LIBC is not None else None,  # noqa: PLW1509
    )


def _die_with(parent: int, orphan_signal: signal.Signals) -> Callable[[], None]:
    def ask_kernel() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(orphan_signal))
        # The parent may have died before the line above: then nobody would send the signal.
        if os.getppid() != parent:
            os._exit(1)

    return ask_kernel


def stop(process: subprocess.Popen[bytes], signals: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal and wait that many seconds for the process; end what is left of its group with SIGKILL."""
    for number, seconds in signals:
        if process.poll() is not None:
            break
        process.send_signal(number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    kill_group(process.pid)
    process.wait()


def kill_group(leader: int) -> None:
    """SIGKILL whatever still is in the process group that `leader` (a pid) opened."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def belongs_to(pid: int, mark: str) -> bool:
    """Whether `pid` is alive and one of its arguments contains `mark`: a recycled pid does not."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and any(mark in word for word in process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def end_orphan(pid: int, mark: str, signals: Sequence[tuple[signal.Signals, float]]) -> bool:
    """Stop a server that an earlier, killed parent left behind. Returns whether there was one (see `belongs_to`)."""
    if not belongs_to(pid, mark):
        return False
    for number, seconds in (*signals, (signal.SIGKILL, 10.0)):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return True
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not belongs_to(pid, mark):
                return True
            time.sleep(0.05)
    return True
