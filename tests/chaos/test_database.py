"""PostgreSQL goes away in the middle of sending and comes back: tasks fail, the next sweep goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from accounts.audit.context import acting
from accounts.models import User
from config.embedded import temporary_servers
from directives.reminders.policy import ensure_default_policy
from tests.cast import Cast, build_cast
from tests.chaos.conftest import Record
from tests.chaos.ledger import check
from tests.chaos.post import ROOT, Script
from tests.chaos.sector import give
from tests.chaos.site import Site


@pytest.mark.django_db(transaction=True)
def test_all_its_sessions_end_in_the_middle(site: Site, cast: Cast, record: Record) -> None:
    """As a fast shutdown looks to a client, without the shutdown: other tests use the same server."""
    expected = give(cast, more=20)
    site.post.follow(Script(hold_at=5))
    site.worker()
    site.ask("remind")
    site.until(lambda: bool(site.post.journal("held")), "held")
    with closed_to_all(site):
        site.post.open_gate()
        site.until(lambda: site.tasks() == (0, 0), "the task has failed")
    site.settle()
    figures = check(site, expected, kills=1)
    assert figures.repeats == 1
    record("PostgreSQL: all sessions ended in the middle", figures)


@contextmanager
def closed_to_all(site: Site) -> Iterator[None]:
    """In the block the database ends every session and lets nobody in."""
    # This process's session would be ended, too.
    connections.close_all()
    database = sql.Identifier(str(conninfo_to_dict(site.database_url)["dbname"]))
    maintenance = os.environ["TEST_MAINTENANCE_URL"]
    switch = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with (
        psycopg.connect(site.database_url, autocommit=True) as run,
        psycopg.connect(maintenance, autocommit=True) as owner,
    ):
        owner.execute(switch.format(database, sql.SQL("false")))
        run.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )
        yield
        owner.execute(switch.format(database, sql.SQL("true")))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_restarts_three_times_in_the_middle(tmp_path: Path, record: Record) -> None:
    """A server of its own, shut down fast and started again, while two processes send."""
    with temporary_servers() as servers:
        servers.ensure_database("chaos")
        environment = servers.environment("chaos")
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=os.environ | environment, check=True)
        site = Site(tmp_path, environment, Script(mail_seconds=0.02))
        try:
            with using(environment["DATABASE_URL"]):
                cast = build_cast()
                with acting(by=User.objects.system(), reason="Chuẩn bị"):
                    ensure_default_policy(cast.committee)
                expected = give(cast, more=300)
            site.worker(concurrency=2)
            site.ask("remind")
            for restart in range(3):
                site.until_accepted(60 * (restart + 1))
                servers.cluster.stop()
                servers.cluster.start()
                site.ask("send_mail", times=2)
            site.settle()
            record("PostgreSQL: restarted three times in the middle", check(site, expected, kills=6))
        finally:
            site.close()


@contextmanager
def using(url: str) -> Iterator[None]:
    """In the block this process uses another database."""
    default, to = connections["default"], conninfo_to_dict(url)
    default.close()
    kept = dict(default.settings_dict)
    default.settings_dict.update(NAME=to["dbname"], USER=to["user"], PASSWORD=to["password"], HOST=to["host"])
    try:
        yield
    finally:
        default.close()
        default.settings_dict.update(kept)
