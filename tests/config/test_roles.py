"""The two roles of a production database, made by one list; a role that could switch the guards off never serves."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import Client
from psycopg import sql
from pytest_django import Settings

from accounts.audit import serving_role
from accounts.audit.serving_role import faults
from config import checks, roles
from config.celery import refuse_an_unfit_role
from config.management.commands.setup_roles import SCRIPT
from tests.config.running import Run
from tests.config.superuser import psql_program, spoiled_role, superuser
from tests.servers import SUPERUSER_URL, with_database

ROOT = Path(__file__).resolve().parents[2]
OWNER = "dondoc_owner"
SPOILED: dict[str, tuple[str, str]] = {
    "superuser": ("ALTER ROLE {role} SUPERUSER", "it is a superuser"),
    "row security": ("ALTER ROLE {role} BYPASSRLS", "BYPASSRLS"),
    "roles": ("ALTER ROLE {role} CREATEROLE", "CREATEROLE"),
    "replication": ("ALTER ROLE {role} REPLICATION", "REPLICATION"),
    "the owner": ("GRANT dondoc_owner TO {role}", f"it may become {OWNER}"),
    "the owner by SET ROLE only": ("GRANT dondoc_owner TO {role} WITH INHERIT FALSE, SET TRUE", "it may become"),
    "all rows": ("GRANT pg_write_all_data TO {role}", "pg_write_all_data"),
    "programs": ("GRANT pg_execute_server_program TO {role}", "pg_execute_server_program"),
    "new tables": ("GRANT CREATE ON SCHEMA public TO {role}", "it may create in the schema public"),
    "no triggers": ("GRANT SET ON PARAMETER session_replication_role TO {role}", "session_replication_role"),
    "truncate": ("GRANT TRUNCATE ON directives_assignment TO {role}", "may truncate, or put triggers on"),
    "triggers": ("GRANT TRIGGER ON directives_assignment TO {role}", "put triggers on"),
    "history": (
        "GRANT UPDATE ON directives_historicalassignment TO {role}", "rows of directives_historicalassignment"
    ),
    "one column of history": ("GRANT UPDATE (status) ON directives_historicalassignment TO {role}", "it may change or"),
    "deleted history": ("GRANT DELETE ON audit_accesslog TO {role}", "rows of audit_accesslog"),
    "a table": ("ALTER TABLE directives_note OWNER TO {role}", "it owns the database, or tables"),
    "a function": ("ALTER FUNCTION audit_refuse() OWNER TO {role}", "functions in it"),
}  # fmt: skip


@pytest.fixture
def plain(db: None) -> None:
    """The database of this process, of which nothing is changed."""


def test_the_role_that_serves_the_tests_is_fit_to(plain: None) -> None:
    assert faults() == []
    assert checks.serving_role(databases=["default"]) == []
    assert checks.serving_role(databases=None) == []


@pytest.mark.parametrize("case", SPOILED)
def test_a_role_that_could_switch_the_guards_off_is_unfit(
    plain: None, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement, said = SPOILED[case]
    with superuser(connection.settings_dict["NAME"]) as admin, spoiled_role(admin) as role:
        monkeypatch.setattr(serving_role, "role_that_serves", lambda using: role)
        assert faults() == [], "before it is spoiled"
        admin.execute(sql.SQL(statement).format(role=sql.Identifier(role)))
        assert said in "; ".join(faults())
        errors = checks.serving_role(databases=["default"])
        assert {error.id for error in errors} == {"dondoc.E004"}
        assert said in "; ".join(error.msg for error in errors)
        answer = Client().get("/healthz")
        assert (answer.status_code, answer.json()["database"]) == (503, "unavailable")


def test_a_membership_through_another_role_counts_too(plain: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        superuser(connection.settings_dict["NAME"]) as admin,
        spoiled_role(admin) as role,
        spoiled_role(admin) as between,
    ):
        admin.execute(sql.SQL("GRANT dondoc_owner TO {}").format(sql.Identifier(between)))
        admin.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(between), sql.Identifier(role)))
        monkeypatch.setattr(serving_role, "role_that_serves", lambda using: role)
        assert f"it may become {OWNER}" in "; ".join(faults())


def test_the_script_for_psql_is_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("setup_roles", "--sql")
    printed = capsys.readouterr().out
    assert printed == SCRIPT.read_text(encoding="utf-8"), "manage.py setup_roles --write"
    assert ':"run"' in printed


def _as(url: str, user: str, password: str, database: str) -> str:
    parts = urlsplit(with_database(url, database))
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{host}"))


def _run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"LOG_LEVEL": "ERROR", "DEMO": "0"} | more
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )


def psql(url: str, **variables: str) -> None:
    """Run the script as its first lines say."""
    given = [word for name, value in variables.items() for word in ("-v", f"{name}={value}")]
    done = subprocess.run(
        [psql_program(), *given, "-X", "-q", "-d", url, "-f", str(SCRIPT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_an_installation_is_made_from_nothing_and_put_right_again(plain: None) -> None:
    """setup_roles, migrate and check as an operator runs them; then the same roles spoiled and put right."""
    mark = secrets.token_hex(4)
    names = roles.Names(owner=f"owner_{mark}", run=f"run_{mark}", database=f"made_{mark}")
    with superuser("postgres") as admin:
        url = os.environ[SUPERUSER_URL]
        urls = {
            "DATABASE_URL": _as(url, names.run, "pass-run", names.database),
            "DATABASE_OWNER_URL": _as(url, names.owner, "pass-owner", names.database),
        }
        try:
            done = _run("manage.py", "setup_roles", "--as", url, **urls)
            assert (done.returncode, done.stderr) == (0, "")
            assert _run("manage.py", "migrate", "--verbosity", "0", **urls).returncode == 0
            checked = _run("manage.py", "check", "--database", "default", **urls)
            assert (checked.returncode, checked.stderr) == (0, "")

            spoil = "ALTER ROLE {} BYPASSRLS CREATEROLE; GRANT {} TO {}"
            run, owner = sql.Identifier(names.run), sql.Identifier(names.owner)
            admin.execute(sql.SQL(spoil).format(run, owner, run))
            refused = _run("manage.py", "check", "--database", "default", **urls)
            assert refused.returncode == 1
            for phrase in ("(BYPASSRLS)", "(CREATEROLE)", f"it may become {names.owner}"):
                assert phrase in refused.stderr
            psql(url, owner=names.owner, run=names.run, database=names.database)
            assert _run("manage.py", "check", "--database", "default", **urls).returncode == 0
        finally:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(names.database)))
            for role in (names.run, names.owner):
                admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def test_it_wants_two_roles_and_a_superuser(settings: Settings) -> None:
    same = {"USER": settings.DATABASES["default"]["USER"], "PASSWORD": "x"}
    for owner, arguments in (
        ({}, ["--as", "postgresql:///x"]),
        (same, ["--as", "postgresql:///x"]),
        (None, []),
    ):
        if owner is not None:
            settings.DATABASE_OWNER = owner
        with pytest.raises(CommandError, match="Give a superuser's address with --as"):
            call_command("setup_roles", *arguments)


def test_gunicorn_does_not_serve_as_the_owner(plain: None) -> None:
    owner = {"DATABASE_URL": os.environ["DATABASE_OWNER_URL"], "BIND": "127.0.0.1:0", "WEB_CONCURRENCY": "1"}
    done = _run("-m", "gunicorn", "--config", "config/gunicorn_settings.py", "config.wsgi", **owner)
    assert done.returncode == 3
    assert "unfit to serve: it owns the database, or tables or functions in it" in done.stdout + done.stderr


CELERY = {
    "worker": ("worker", "--pool", "prefork", "--concurrency", "1", "--without-gossip", "--without-mingle"),
    "beat": ("beat", "--pidfile=", "--schedule", os.devnull),
}


@pytest.mark.parametrize("program", CELERY)
def test_a_celery_process_does_not_start_as_the_owner(plain: None, program: str) -> None:
    owner = {"DATABASE_URL": os.environ["DATABASE_OWNER_URL"]}
    done = _run("-m", "celery", "--quiet", "--app", "config", *CELERY[program], **owner)
    assert done.returncode == 3
    assert "unfit to serve: it owns the database, or tables or functions in it" in done.stdout + done.stderr


def test_a_worker_waits_until_the_database_says_which_role_it_is(plain: None) -> None:
    """And says so meanwhile; no connection of its question is open when it forks."""
    database = connection.settings_dict["NAME"]
    said = "ALTER DATABASE {} ALLOW_CONNECTIONS {}"
    closed, opened = (
        sql.SQL(said).format(sql.Identifier(database), sql.SQL(allowed)) for allowed in ("false", "true")
    )
    with superuser("postgres") as admin:
        before = sessions(admin, database)
        worker = celery_worker()
        admin.execute(closed)
        try:
            worker.begin()
            worker.wait_for("database_unavailable")
        finally:
            admin.execute(opened)
        worker.wait_for(" ready.")
        assert sessions(admin, database) == before
    assert worker.signal(signal.SIGTERM) == 0
    assert worker.left_behind() == []


def test_nothing_of_a_workers_question_is_open_when_it_forks(
    plain: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a connection nor the threads of a pool (TRAPS 19)."""
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", True)
    left: list[tuple[object, int]] = []

    def ask() -> None:
        before = threading.active_count()
        try:
            refuse_an_unfit_role()
            left.append((connections["default"].connection, threading.active_count() - before))
        finally:
            connections["default"].close()
            connections["default"].close_pool()  # type: ignore[attr-defined]

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join()
    assert left == [(None, 0)]


def celery_worker(**more: str) -> Run:
    """A worker of the role that serves the tests, not yet started."""
    argv = (sys.executable, "-m", "celery", "--app", "config", *CELERY["worker"])
    return Run(os.environ | {"LOG_LEVEL": "INFO"} | more, argv=argv)


def sessions(admin: psycopg.Connection, database: str) -> set[int]:
    """The process ids of the server for who is connected; not those of its own work, as a vacuum."""
    asked = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
    found = admin.execute(asked, [database])
    return {pid for (pid,) in found}


def test_make_run_does_not_serve_as_the_owner_and_takes_no_right_from_it(plain: None) -> None:
    """The key of a row is checked in the name of the table's owner, who must be able to lock the row it points to."""
    done = _run("manage.py", "prepare", DATABASE_URL=os.environ["DATABASE_OWNER_URL"])
    assert done.returncode == 1
    assert "unfit to serve" in done.stderr
    with superuser(connection.settings_dict["NAME"]) as admin:
        refused = admin.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND NOT has_table_privilege(relowner, oid, 'UPDATE')"
        ).fetchall()
    assert refused == []
