"""One embedded PostgreSQL cluster: made, started, given its two roles, stopped.

Three login roles, each with a generated password, none under trust authentication: `dondoc_owner` owns the databases
and runs migrations, `dondoc_run` owns nothing and serves the application, and the superuser is for this module alone.
"""

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from config import roles
from config.embedded_home import CannotStartError, Home, last_line, passwords
from config.processes import end_orphan, spawn, stop

SUPERUSER = "postgres"
OWNER = "dondoc_owner"
RUN = "dondoc_run"
MAINTENANCE_DATABASE = "postgres"

_START_SECONDS = 60.0
# Fast shutdown ends sessions in order; immediate is the last word before SIGKILL, the log is replayed at next start.
STOP_SIGNALS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0))

_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "128MB",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "io_method": "sync",
    "jit": "off",
    # Within the data: what a killed server leaves in /dev/shm nobody would remove.
    "dynamic_shared_memory_type": "mmap",
    # A container's memory is better spent on other things than on parallel workers.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "64MB",
    "min_wal_size": "32MB",
    # Tests copy it to a standby.
    "wal_level": "replica",
    "max_wal_senders": "4",
}
# The first that the system knows; the collation provider is PostgreSQL's own, so only message formats depend on it.
_LOCALES = ("C.UTF-8", "en_US.UTF-8", "C")


class Cluster:
    """A PostgreSQL server on a Unix socket in `sockets`. `durable=False` trades crash safety for speed (tests)."""

    def __init__(self, home: Home, sockets: Path, log: Path, *, durable: bool = True) -> None:
        self.home = home
        self.sockets = sockets
        self.log = log
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None
        self.passwords = passwords(home)

    def start(self) -> subprocess.Popen[bytes]:
        """Make the cluster if there is none, start the server, wait until it answers and set up the roles.

        Raises CannotStartError with the reason when it does not come up.
        """
        self._check_version()
        if not self.home.data.exists():
            self._create()
        self._clear_stale_pid()
        settings = _SETTINGS | ({} if self.durable else _NOT_DURABLE)
        settings["unix_socket_directories"] = str(self.sockets)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            self.process = spawn(
                [str(self.home.binaries / "postgres"), "-D", str(self.home.data), *options],
                env=_environment(),
                cwd=self.home.data.parent,
                output=log,
                account=self.home.account,
                orphan_signal=signal.SIGINT,
            )
        self._wait_until_ready(self.process)
        self._set_up_roles()
        return self.process

    def restart(self) -> None:
        """Start again after the server was killed, as soon as its orphaned sessions have noticed and left."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.start()
                return
            except CannotStartError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.2)

    def stop(self) -> None:
        """End all sessions and stop the server; nothing happens when it does not run."""
        if self.process is not None:
            stop(self.process, STOP_SIGNALS)
            self.process = None

    def url(self, role: str, database: str) -> str:
        """The libpq address of `database` for `role` (OWNER, RUN or, for tests, SUPERUSER)."""
        password = self.passwords[{OWNER: "owner", RUN: "run", SUPERUSER: "superuser"}[role]]
        return f"postgresql://{role}:{password}@/{database}?host={self.sockets}"

    def _check_version(self) -> None:
        marker = self.home.data / "PG_VERSION"
        if not self.home.data.exists():
            return
        kept = marker.read_text().strip()
        ours = self._run(["postgres", "--version"]).split()[-1].split(".")[0]
        if kept != ours:
            raise CannotStartError(
                f"{self.home.data} was written by PostgreSQL {kept}, this is {ours}: dump it with the old version "
                "(pg_dump), move the folder away and load the dump."
            )

    def _create(self) -> None:
        """initdb beside the final place, renamed when it is complete: a killed initdb leaves no half cluster."""
        parent = self.home.data.parent
        with tempfile.TemporaryDirectory(dir=parent, prefix="initdb-") as name:
            folder = Path(name)
            password_file = folder / "password"
            password_file.write_text(self.passwords["superuser"])
            if self.home.account:
                for path in (folder, password_file):
                    os.chown(path, self.home.account.uid, self.home.account.gid)
            for locale in _LOCALES:
                try:
                    self._run(self._initdb(folder, password_file, locale), cwd=folder)
                except CannotStartError:
                    if locale == _LOCALES[-1]:
                        raise
                    continue
                break
            (folder / "data").rename(self.home.data)

    def _initdb(self, folder: Path, password_file: Path, locale: str) -> list[str]:
        return [
            "initdb",
            f"--pgdata={folder / 'data'}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            f"--locale={locale}",
            "--no-instructions",
            *([] if self.durable else ["--no-sync"]),
        ]

    def _run(self, argv: list[str], cwd: Path | None = None) -> str:
        account = self.home.account
        done = subprocess.run(
            [str(self.home.binaries / argv[0]), *argv[1:]],
            env=_environment(),
            cwd=cwd or self.home.data.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise CannotStartError(f"PostgreSQL: {argv[0]} failed: {lines[-1]}")
        return done.stdout

    def _clear_stale_pid(self) -> None:
        """Deal with what a killed parent left: an orphaned server is stopped, a recycled pid is not believed.

        Only called by the holder of the installation's lock, so the server cannot be anybody's who is alive.
        """
        pid_file = self.home.data / "postmaster.pid"
        words = pid_file.read_text().split() if pid_file.exists() else []
        if not words or not words[0].isdigit():
            return
        pid = int(words[0])
        if not end_orphan(pid, str(self.home.data), STOP_SIGNALS) and psutil.pid_exists(pid):
            # Only then: PostgreSQL deals with the pid of a dead process itself, and looks for its orphans first.
            pid_file.unlink(missing_ok=True)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self._connect(MAINTENANCE_DATABASE).close()
                return
            except psycopg.OperationalError as error:
                if process.poll() is not None:
                    raise CannotStartError(
                        f"PostgreSQL ended while starting: {last_line(self.log)} ({self.log})"
                    ) from error
                if time.monotonic() > deadline:
                    self.stop()
                    raise CannotStartError(f"PostgreSQL does not answer ({error}): see {self.log}") from error
            time.sleep(0.03)

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.sockets),
            dbname=database,
            user=SUPERUSER,
            password=self.passwords["superuser"],
            autocommit=True,
            connect_timeout=5,
        )

    def _set_up_roles(self) -> None:
        """Make the two roles or put their attributes and passwords right; tests and `make run` create databases."""
        names = roles.Names(owner=OWNER, run=RUN, database=MAINTENANCE_DATABASE)
        with self._connect(MAINTENANCE_DATABASE) as connection:
            roles.run(connection, roles.ROLES, names)
            for role, attribute, key in ((OWNER, "CREATEDB", "owner"), (RUN, "NOCREATEDB", "run")):
                connection.execute(
                    sql.SQL("ALTER ROLE {} {} PASSWORD {}").format(
                        sql.Identifier(role), sql.SQL(attribute), sql.Literal(self.passwords[key])
                    )
                )


def _environment() -> dict[str, str]:
    """Nothing of the caller's: PGDATA, PGHOST or LC_ALL would change what the programs do."""
    return {"PATH": os.defpath, "LC_MESSAGES": "C", "TZ": "UTC"}
