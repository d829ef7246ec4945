"""The embedded PostgreSQL and Valkey, for evaluation, development and tests (TRAPS 13).

`make run` (config/supervisor.py) owns a pair for its lifetime; a `manage.py` command beside it reads their address in
VAR_DIR, and starts a pair of its own for the command when there is none. Tests start a pair in a temporary directory.
With DATABASE_URL set nothing here is imported.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config.database import create_database
from config.embedded_broker import Broker
from config.embedded_cluster import MAINTENANCE_DATABASE, OWNER, RUN, Cluster
from config.embedded_home import Home, hold, temporary_home


@dataclass
class Servers:
    """A running pair."""

    cluster: Cluster
    broker: Broker
    in_use: IO[str]

    def start(self) -> None:
        """Start both; when one fails the other is stopped again."""
        try:
            self.broker.start()
            self.cluster.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop both and remove their socket directory."""
        self.cluster.stop()
        self.broker.stop()
        shutil.rmtree(self.cluster.sockets, ignore_errors=True)
        self.in_use.close()

    def environment(self, database: str) -> dict[str, str]:
        """The variables that let the project reach `database` and the broker."""
        return {
            "DATABASE_URL": self.cluster.url(RUN, database),
            "DATABASE_OWNER_URL": self.cluster.url(OWNER, database),
            "REDIS_URL": self.broker.url(),
        }

    def ensure_database(self, name: str) -> bool:
        """Create database `name` for the two roles unless it exists. Returns whether it was created."""
        url = self.cluster.url(OWNER, MAINTENANCE_DATABASE)
        return create_database(url, name, run_role=RUN, maintenance=MAINTENANCE_DATABASE)


@contextmanager
def temporary_servers() -> Iterator[Servers]:
    """A pair without any data and without crash safety, gone afterwards."""
    home, folder = temporary_home()
    servers = servers_in(home, folder, logs=folder, durable=False)
    try:
        servers.start()
        yield servers
    finally:
        servers.stop()


def servers_in(home: Home, sockets: Path, *, logs: Path, durable: bool) -> Servers:
    """The pair for `home`, not yet started. `sockets` is theirs from now on and is removed when they are stopped."""
    return Servers(
        Cluster(home, sockets, logs / "postgresql.log", durable=durable),
        Broker(home, sockets, logs / "valkey.log"),
        hold(sockets),
    )
