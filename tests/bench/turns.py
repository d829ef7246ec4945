"""Two sizes measured side by side: after each request of one comes one of the other, so that growth is told by what was
measured in the same minutes. A machine that is slower in the afternoon is slower for both."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

TOKEN = b"."


@dataclass(frozen=True)
class Turns:
    """One of two processes of which one works at a time.

    Both fields are file descriptors: whose turn it is has read a byte from its `own`, and gives the turn away by
    writing one to the `other`. When the other process has ended, the turn is one's own for good.
    """

    own: int
    other: int

    def wait(self) -> None:
        """Return when it is one's own turn."""
        os.read(self.own, len(TOKEN))

    def change(self) -> None:
        """Let the other process work; return when it is one's own turn again."""
        try:
            os.write(self.other, TOKEN)
        except BrokenPipeError:
            return
        self.wait()


def side_by_side(first: Sequence[str], second: Sequence[str], option: str) -> list[int]:
    """Run two commands that take turns, each with its descriptors behind an option; return their exit codes."""
    (own, others), (other, mine) = os.pipe(), os.pipe()
    os.write(others, TOKEN)
    running = []
    for command, ends in ((first, (own, mine)), (second, (other, others))):
        asked = [*command, option, *map(str, ends)]
        running.append(subprocess.Popen(asked, pass_fds=ends))
    # Held here, no process would be told of the other's end.
    for end in (own, others, other, mine):
        os.close(end)
    return [process.wait() for process in running]
