"""Where gunicorn spends its time during a measurement, by py-spy: all stacks, and what is most often in them."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.kept import FOLDER
from tests.bench.run import Run

SHOWN = 45
# Of a stack only what is within a request is told.
REQUEST = "CountingMiddleware.__call__"


@contextmanager
def profiled(run: Run, name: str) -> Iterator[None]:
    """Sample our site's processes during the block; the stacks are written to var/bench, the summary is printed, too.

    The stacks are those of `flamegraph.pl` and of speedscope (import). Needs the right to trace other processes.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    stacks = FOLDER / f"profile-{name}-{run.sizes.assignments}.txt"
    command = [
        str(Path(sys.executable).with_name("py-spy")), "record",
        "--pid", str(run.site.pid), "--subprocesses", "--format", "raw", "--rate", "200",
        "--duration", "3600", "--output", str(stacks),
    ]  # fmt: skip
    spy = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        spy.send_signal(signal.SIGINT)
        spy.wait()
    told = summary(stacks.read_text(encoding="utf-8"))
    Path(f"{stacks.with_suffix('')}-summary.txt").write_text(told, encoding="utf-8")
    print(told)


def summary(stacks: str) -> str:
    """Return the functions that most samples of requests are in, by share: with what they call, and alone."""
    within: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    total = 0
    for line in stacks.splitlines():
        stack, _space, count = line.rpartition(" ")
        _before, found, after = stack.partition(REQUEST)
        if not found:
            continue
        frames = [_function(frame) for frame in after.split(";")[1:]] or [REQUEST]
        total += int(count)
        alone[frames[-1]] += int(count)
        for frame in set(frames):
            within[frame] += int(count)
    lines = [f"{total} samples within requests", "", "with what they call:"]
    lines += [f"{100 * count / total:5.1f} %  {name}" for name, count in within.most_common(SHOWN * 2)]
    lines += ["", "alone:"]
    lines += [f"{100 * count / total:5.1f} %  {name}" for name, count in alone.most_common(SHOWN)]
    return "\n".join(lines) + "\n"


def _function(frame: str) -> str:
    """`render (django/template/base.py:171)` without its line."""
    return frame.rpartition(":")[0] + ")" if ":" in frame else frame
