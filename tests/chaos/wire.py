"""The line between the web servers and the broker: as it should be, refusing, or taken up and never answered."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

from tests.config.conftest import free_port


class Wire:
    """A TCP port in front of the broker's Unix socket; begins as `relay`."""

    def __init__(self, broker: Path) -> None:
        self.broker = broker
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.door: socket.socket | None = None
        self.ends: list[socket.socket] = []

    def __enter__(self) -> Self:
        self.relay()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.refuse()

    def relay(self) -> None:
        """Whoever calls speaks with the broker."""
        self._open(is_silent=False)

    def refuse(self) -> None:
        """Nobody is there; who was speaking is cut off."""
        for end in [*([self.door] if self.door else []), *self.ends]:
            # A thread may be waiting at it.
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.door, self.ends = None, []

    def fall_silent(self) -> None:
        """Whoever calls is taken up, and hears nothing ever."""
        self._open(is_silent=True)

    def _open(self, *, is_silent: bool) -> None:
        self.refuse()
        self.door = socket.create_server(("127.0.0.1", self.port), backlog=64)
        Thread(target=self._serve, args=(self.door, is_silent), daemon=True).start()

    def _serve(self, door: socket.socket, is_silent: bool) -> None:
        while True:
            try:
                caller, _address = door.accept()
            except OSError:
                return
            self.ends.append(caller)
            if is_silent:
                continue
            broker = socket.socket(socket.AF_UNIX)
            broker.connect(str(self.broker))
            self.ends.append(broker)
            for source, to in ((caller, broker), (broker, caller)):
                Thread(target=_pass_on, args=(source, to), daemon=True).start()


def _pass_on(source: socket.socket, to: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            to.sendall(piece)
    with suppress(OSError):
        to.shutdown(socket.SHUT_RDWR)
