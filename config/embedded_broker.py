"""One embedded Valkey on a Unix socket, without a TCP port: the private directory of the socket is its lock."""

import signal
import socket
import subprocess
import time
from pathlib import Path

from config.embedded_home import CannotStartError, Home, last_line, valkey_binary
from config.processes import spawn, stop

_START_SECONDS = 20.0
STOP_SIGNALS = ((signal.SIGTERM, 10.0),)


class Broker:
    """A Valkey server whose contents live in memory only: the database alone decides what is still to be done."""

    def __init__(self, home: Home, sockets: Path, log: Path) -> None:
        self.home = home
        self.sockets = sockets
        self.log = log
        self.socket = sockets / "valkey.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server and wait until it answers. Raises CannotStartError when it does not."""
        self.socket.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "dir": str(self.sockets),
            "databases": "64",
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",
            # The command line with the socket's name is how an orphan is recognised.
            "set-proc-title": "no",
        }
        argv = [str(valkey_binary(self.home))]
        for name, value in options.items():
            argv += [f"--{name}", value]
        with self.log.open("ab") as log:
            self.process = spawn(argv, env={}, cwd=self.sockets, output=log, account=self.home.account)
        self._wait_until_ready(self.process)
        return self.process

    @property
    def pid(self) -> int:
        """The process id of the running server, 0 when it does not run."""
        return self.process.pid if self.process else 0

    def stop(self) -> None:
        """Stop the server; nothing happens when it does not run."""
        if self.process is not None:
            stop(self.process, STOP_SIGNALS)
            self.process = None

    def url(self, number: int = 0) -> str:
        """The address of the numbered database (0 to 63)."""
        return f"unix://{self.socket}?db={number}"

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if process.poll() is not None:
                raise CannotStartError(f"Valkey ended while starting: {last_line(self.log)} ({self.log})")
            if time.monotonic() > deadline:
                self.stop()
                raise CannotStartError(f"Valkey does not answer: see {self.log}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1.0)
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False
