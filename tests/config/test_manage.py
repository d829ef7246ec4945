"""`manage.py` beside a running `make run` is in test_supervisor.py; here nothing runs, or other commands do."""

import os
import signal
import subprocess
import sys
from typing import Any

import psutil
import pytest

from accounts.passwords import FourClassesValidator
from config.installation import Installation
from tests.config.conftest import Place
from tests.config.running import ROOT

SHOW_DATABASE = "from django.db import connection as c; print(c.settings_dict['NAME'])"
SHOW_MODULES = (
    "import sys; told = ('config.embedded', 'config.installation', 'psutil');"
    "print(*(name for name in sys.modules if name.startswith(told)));"
    "import gc; print('collects garbage' if gc.isenabled() else 'collects none')"
)


def test_with_nothing_running_the_servers_are_started_for_the_command_and_stopped_after_it(
    place: Place,
) -> None:
    assert place.python(f"{SHOW_DATABASE}; c.ensure_connection()") == "dondoc\n"
    assert not (place.var / "servers.json").exists()
    lock = Installation(place.var).try_lock()
    assert lock is not None
    lock.close()
    # Under whichever of the two the data lies, it is in PostgreSQL's command line.
    words = [str(place.var), *(path.read_text() for path in place.var.glob("installation-id"))]
    assert [process for process in psutil.process_iter(["cmdline"]) if mentions(process, words)] == []


def mentions(process: psutil.Process, words: list[str]) -> bool:
    """Whether the command line of a process has one of the words in it."""
    return any(word in argument for argument in process.info["cmdline"] or [] for word in words)


def test_the_demo_is_what_runs_unless_something_else_ran_last_or_is_asked_for(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = Installation(place.var)
    installation.prepare()
    monkeypatch.delenv("DEMO", raising=False)
    assert installation.mode == "demo"
    installation.remember_mode("real")
    assert installation.mode == "real"
    monkeypatch.setenv("DEMO", "1")
    assert installation.mode == "demo"


def test_two_commands_at_once_share_the_servers_and_the_first_waits_for_the_second(used_place: Place) -> None:
    with shell(used_place.bare()) as first:
        say(first, "from django.db import connection as c; c.ensure_connection(); print('first')")
        with shell(used_place.bare()) as second:
            say(second, "from django.db import connection as c; c.ensure_connection(); print('second')")
            assert first.stdin is not None
            first.stdin.close()
            assert "Waiting for another command" in str(first.stderr.readline())  # type: ignore[union-attr]
            say(second, "c.cursor().execute('SELECT 1'); print('still there')")
            assert second.communicate(timeout=60)[1] == ""
        assert first.wait(60) == 0
    assert not (used_place.var / "servers.json").exists()


def shell(place: Place) -> "subprocess.Popen[str]":
    """A `manage.py` command that runs statements from its input until that ends."""
    loop = "import sys\nfor line in sys.stdin:\n    exec(line, globals())\n    sys.stdout.flush()"
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "shell", "--no-imports", "--command", loop],
        env=place.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def say(process: "subprocess.Popen[str]", statement: str) -> str:
    """Let the shell run a statement that prints one line; return the line."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{statement}\n")
    process.stdin.flush()
    return process.stdout.readline()


def test_a_command_that_is_terminated_stops_its_servers(used_place: Place) -> None:
    with shell(used_place.bare()) as command:
        assert say(command, "import os; print(os.getpid())").strip() == str(command.pid)
        servers = psutil.Process(command.pid).children(recursive=True)
        assert servers
        command.send_signal(signal.SIGTERM)
        assert command.wait(60) == 128 + signal.SIGTERM
        command.communicate()
    assert psutil.wait_procs(servers, timeout=10)[1] == []
    assert not (used_place.var / "servers.json").exists()


def test_with_a_database_url_nothing_embedded_is_imported_and_garbage_is_collected_again(
    place: Place,
) -> None:
    given = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")}
    done = place.manage("shell", "--no-imports", "--command", SHOW_MODULES, **given)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "collects garbage", "")
    assert not place.var.exists()


@pytest.mark.parametrize("arguments", [["help"], ["version"], ["migrate", "--help"], []])
def test_commands_that_need_no_database_start_nothing(place: Place, arguments: list[str]) -> None:
    done = place.bare().manage(*arguments)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert not place.var.exists()


def test_the_project_is_checked_without_a_database(place: Place) -> None:
    done = place.manage("check")
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert not place.var.exists()


def test_the_secret_key_is_kept_and_private(place: Place) -> None:
    first = Installation(place.var)
    first.prepare()
    assert first.secret_key() == Installation(place.var).secret_key()
    assert len(first.secret_key()) >= 50
    assert (place.var / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could write to what is another's")
def test_root_leaves_anothers_installation_alone(place: Place, nobody: dict[str, Any]) -> None:
    place.var.mkdir(parents=True)
    os.chown(place.var, nobody["user"], nobody["group"])
    done = place.manage("showmigrations")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "belongs to nobody" in done.stderr
    assert list(place.var.iterdir()) == []


def test_demo_and_real_data_have_a_database_each(used_place: Place) -> None:
    names = {used_place.bare().python(SHOW_DATABASE, DEMO=demo) for demo in ("1", "0")}
    assert names == {"dondoc_demo\n", "dondoc\n"}


def test_the_demo_password_is_that_of_the_first_start(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    installation = Installation(place.var)
    installation.prepare()
    monkeypatch.setenv("DEMO_PASSWORD", "Đã-chọn-1")
    assert installation.demo_password() == "Đã-chọn-1"
    monkeypatch.setenv("DEMO_PASSWORD", "Chọn-lại-2")
    assert installation.demo_password() == "Đã-chọn-1"
    assert (place.var / "demo_password").stat().st_mode & 0o777 == 0o600


def test_a_generated_demo_password_is_a_strong_one(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    installation = Installation(place.var)
    installation.prepare()
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    password = installation.demo_password()
    FourClassesValidator().validate(password)
    assert len(password) >= 14
