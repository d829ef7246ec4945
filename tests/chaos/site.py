"""An installation under fire: its processes, its mail server, its broker, and a clock that the test moves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from kombu.connection import Connection
from redis import Redis

from accounts.clock import HANOI
from config.celery import app, broker_url
from tests.chaos.post import ROOT, Post, Script

# A Monday far ahead: nothing that the suite made was made after it.
DAY = date(2031, 6, 2)
LEASE_SECONDS = 120
# So many mails a process takes at once.
BATCH = 4
PATIENCE_SECONDS = 90.0

# What still has to be done, by kind; nothing is left when all are zero.
_LEFT = """SELECT
    (SELECT count(*) FROM directives_occasion WHERE told_at IS NULL),
    (SELECT count(*) FROM directives_reminder WHERE message_id IS NULL AND skip = ''),
    (SELECT count(*) FROM directives_message WHERE state = 'queued' AND next_attempt_at <= %(now)s),
    (SELECT count(*) FROM directives_message WHERE state = 'queued' AND next_attempt_at > %(now)s),
    (SELECT count(*) = 0 FROM directives_reminderrun WHERE "on" = %(on)s AND finished_at IS NOT NULL)::int"""


def instant(hour: int, minute: int = 0, second: int = 0, *, day: date = DAY) -> datetime:
    """Return an instant of Hà Nội's clock."""
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=HANOI)


class Site:
    """`environment` has the addresses of database and broker (see `config.embedded.Servers.environment`)."""

    def __init__(self, folder: Path, environment: Mapping[str, str], script: Script | None = None) -> None:
        self.folder = folder
        self.database_url = environment["DATABASE_URL"]
        self.redis_url = environment["REDIS_URL"]
        self.post = Post(folder / "post", script)
        self.environment = os.environ | {
            **environment,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.post.port}",
            "EMAIL_TIMEOUT": "10",
            "MAIL_LEASE_SECONDS": str(LEASE_SECONDS),
            "MAIL_BATCH": str(BATCH),
            "MAIL_WINDOW": "",
            "MAIL_ONLY_TO": "",
            "SITE_URL": "http://127.0.0.1:8000",
            "LOG_LEVEL": "WARNING",
        }
        self.processes: list[subprocess.Popen[bytes]] = []
        self.corpse = folder / "corpse"
        self.begun = time.monotonic()
        self.set_clock(instant(8))

    # --- Processes

    def start(
        self,
        program: str,
        *arguments: str,
        die_at: str = "",
        nth: int = 1,
        whole: bool = False,
        schedule: float = 0.0,
        stdin: int = subprocess.DEVNULL,
        stdout: int | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a program of the project (see `child`); what it says goes to a file in the test's folder."""
        plan = {
            "clock": str(self.folder / "clock"),
            "die_at": die_at,
            "nth": nth,
            "whole": whole,
            "corpse": str(self.corpse),
            "schedule": schedule,
        }
        with (self.folder / f"{len(self.processes)}-{program}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.child", json.dumps(plan), program, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=stdin,
                stdout=log if stdout is None else stdout,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def worker(self, concurrency: int = 1, **death: Any) -> subprocess.Popen[bytes]:
        """Start a Celery worker as the Procfile does."""
        name = f"w{len(self.processes)}@chaos"
        return self.start(
            "celery", "--quiet", "--app", "config", "worker", "--concurrency", str(concurrency),
            "--without-gossip", "--without-mingle", "--loglevel", "WARNING", "--hostname", name,
            **death,
        )  # fmt: skip

    def beat(self, seconds: float) -> subprocess.Popen[bytes]:
        """Start a beat that gives out the reminders and the sweep every so many seconds."""
        kept = self.folder / f"beat-{len(self.processes)}"
        return self.start(
            "celery", "--quiet", "--app", "config", "beat", "--schedule", str(kept), "--pidfile=",
            schedule=seconds,
        )  # fmt: skip

    def remind(self, on: date = DAY, **death: Any) -> subprocess.Popen[bytes]:
        """Start `manage.py remind` for a day."""
        return self.start("manage", "remind", "--on", str(on), "--json", **death)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9, pool processes and all."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def close(self) -> None:
        """End whatever still runs."""
        for process in self.processes:
            self.kill(process)
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
        self.post.close()

    def said(self) -> str:
        """What the processes said, for a test that failed."""
        return "\n".join(
            f"{log.name}: {log.read_text(errors='replace')[-2000:]}"
            for log in sorted(self.folder.glob("*.log"))
        )

    # --- The clock of all its processes

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float((self.folder / "clock").read_text()))

    def set_clock(self, at: datetime) -> None:
        """From now on it is that instant, and time goes on from there."""
        new = self.folder / "clock.new"
        new.write_text(str((at - datetime.now(UTC)).total_seconds()))
        new.replace(self.folder / "clock")

    def forward(self, seconds: float) -> None:
        """Let so much time pass."""
        self.set_clock(self.now + timedelta(seconds=seconds))

    # --- Jobs

    def ask(self, task: str, times: int = 1) -> None:
        """Give out a task, as beat or a web request does."""
        with Connection(broker_url(self.redis_url)) as connection:
            for _n in range(times):
                app.send_task(f"directives.{task}", connection=connection)

    def tasks(self) -> tuple[int, int]:
        """How many tasks no worker took yet, and how many are at work (or died with their worker)."""
        with closing(Redis.from_url(self.redis_url)) as redis:
            waiting, taken = redis.llen("celery"), redis.hlen("unacked")
            assert isinstance(waiting, int) and isinstance(taken, int)
            return waiting, taken

    def forget_all(self) -> None:
        """What FLUSHALL does to the broker."""
        with closing(Redis.from_url(self.redis_url)) as redis:
            redis.flushall()

    def left(self) -> dict[str, int]:
        """What is still to be done today, by kind."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            row = connection.execute(
                _LEFT, {"now": self.now, "on": self.now.astimezone(HANOI).date()}
            ).fetchone()
        assert row is not None
        return dict(zip(("untold", "uncomposed", "due", "later", "not_run"), row, strict=True))

    def until(self, is_so: Callable[[], bool], what: str, *, patience: float = PATIENCE_SECONDS) -> None:
        """Wait for something that processes do; fail with what they said when it does not come."""
        deadline = time.monotonic() + patience
        while not is_so():
            assert time.monotonic() < deadline, f"not {what}: {self.left()}\n{self.said()}"
            time.sleep(0.03)

    def until_dead(self) -> None:
        """Wait until the process that was to die did."""
        self.until(self.corpse.exists, "dead")

    def until_accepted(self, count: int) -> None:
        """Wait until the mail server took so many mails."""
        self.until(lambda: len(self.post.journal()) >= count, f"{count} accepted")

    def settle(self, *, patience: float = PATIENCE_SECONDS) -> None:
        """Ask for a sweep now and then, as beat does, until nothing is left; time passes where mails wait for it."""
        self.until(self._is_settled, "settled", patience=patience)

    def _is_settled(self) -> bool:
        left, waiting_and_taken = self.left(), self.tasks()
        if not any(left.values()):
            return True
        if any(waiting_and_taken):
            return False
        # Nobody is at work. What is due is held by the dead, until their leases run out.
        if left["due"]:
            self.forward(LEASE_SECONDS + 1)
        elif left["later"] and not (left["uncomposed"] or left["untold"]):
            self.forward(60)
        self.ask("send_mail")
        return False
