"""What the installation is told of its mail settings before it begins."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from accounts.audit.context import acting
from config import checks
from tests.cast import Cast

ROOT = Path(__file__).resolve().parents[2]
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def production(settings: Any) -> Any:
    """A real installation with a mail server, in order."""
    settings.DEMO = settings.DEBUG = False
    settings.EMAIL_BACKEND = SMTP
    settings.SITE_URL, settings.SITE_URL_IS_SET = "https://dondoc.example", True
    settings.DEFAULT_FROM_EMAIL = "Đôn đốc <dondoc@moh.vn>"
    settings.MAIL_ONLY_TO = []
    settings.BOUNCE_ADDRESS = settings.BOUNCE_URL = ""
    return settings


def found() -> set[str]:
    said = [
        *checks.site_address(),
        *checks.sender(),
        *checks.recipients(),
        *checks.bounces(),
        *checks.mail_window(),
    ]
    return {f"{message.id} {message.level}" for message in said}


ERROR, CAUTION = 40, 30


def test_nothing_is_said_of_an_installation_in_order(production: Any) -> None:
    assert found() == set()


def test_without_a_mail_server_nothing_leaves_and_nothing_is_said(production: Any) -> None:
    production.EMAIL_BACKEND = checks.FILES
    production.SITE_URL_IS_SET, production.DEFAULT_FROM_EMAIL = False, "?"
    assert found() == set()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"SITE_URL_IS_SET": False}, f"dondoc.E005 {ERROR}"),
        ({"SITE_URL": "http://dondoc.example"}, f"dondoc.E006 {ERROR}"),
        ({"SITE_URL": "dondoc.example"}, f"dondoc.E006 {ERROR}"),
        ({"SITE_URL": "https://"}, f"dondoc.E006 {ERROR}"),
        ({"DEFAULT_FROM_EMAIL": "dondoc"}, f"dondoc.E007 {ERROR}"),
        ({"DEFAULT_FROM_EMAIL": "a b@@c.vn"}, f"dondoc.E007 {ERROR}"),
        ({"DEFAULT_FROM_EMAIL": "dondoc@dondoc.example"}, f"dondoc.W001 {CAUTION}"),
        ({"MAIL_ONLY_TO": ["moh.vn", "*.vn"]}, f"dondoc.E008 {ERROR}"),
        ({"MAIL_ONLY_TO": ["a@"]}, f"dondoc.E008 {ERROR}"),
        ({"MAIL_WINDOW": "7h30-17h30"}, f"dondoc.E013 {ERROR}"),
        ({"MAIL_WINDOW": "17:30-07:30"}, f"dondoc.E013 {ERROR}"),
        ({"MAIL_WINDOW": "07:30+07:00-17:30"}, f"dondoc.E013 {ERROR}"),
        ({"MAIL_PER_MINUTE": -1}, f"dondoc.E013 {ERROR}"),
        ({"DEMO": True}, f"dondoc.W002 {CAUTION}"),
        ({"BOUNCE_ADDRESS": "tra-lai", "BOUNCE_URL": "maildir:///x"}, f"dondoc.E011 {ERROR}"),
        ({"BOUNCE_ADDRESS": "tra+lai@moh.vn", "BOUNCE_URL": "maildir:///x"}, f"dondoc.E011 {ERROR}"),
        ({"BOUNCE_ADDRESS": "a" * 29 + "@moh.vn", "BOUNCE_URL": "maildir:///x"}, f"dondoc.E011 {ERROR}"),
        ({"BOUNCE_ADDRESS": "tra-lai@moh.vn"}, f"dondoc.W004 {CAUTION}"),
        ({"BOUNCE_URL": "maildir:x"}, f"dondoc.E012 {ERROR}"),
        ({"BOUNCE_URL": "maildir://x/y"}, f"dondoc.E012 {ERROR}"),
        ({"BOUNCE_URL": "pop3://a:b@moh.vn"}, f"dondoc.E012 {ERROR}"),
        ({"BOUNCE_URL": "imaps://moh.vn/INBOX"}, f"dondoc.E012 {ERROR}"),
        ({"BOUNCE_URL": "imap://a:b@moh.vn/INBOX"}, f"dondoc.E012 {ERROR}"),
        ({"BOUNCE_URL": "imaps://a:mat/khau@moh.vn"}, f"dondoc.E012 {ERROR}"),
        ({"DEBUG": True}, f"dondoc.W002 {CAUTION}"),
    ],
)
def test_what_is_wrong_is_said(production: Any, changes: dict[str, Any], said: str) -> None:
    for name, value in changes.items():
        setattr(production, name, value)
    assert found() == {said}


def test_mailboxes_of_bounces_that_are_in_order(production: Any) -> None:
    production.BOUNCE_ADDRESS = "a" * 28 + "@moh.vn"
    for url in (
        "maildir:///var/mail/tra-lai",
        "imaps://a%40b:m%2Fk@moh.vn:993/INBOX",
        "imap://a:b@127.0.0.1/INBOX",
    ):
        production.BOUNCE_URL = url
        assert found() == set()


def test_no_part_of_a_password_is_told(production: Any) -> None:
    production.BOUNCE_URL = "imaps://a:mat/khau@moh.vn"
    assert "mat" not in "".join(message.msg for message in checks.bounces())


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost:8001", "http://[::1]:8000"])
def test_this_machine_needs_no_encryption(production: Any, address: str) -> None:
    production.SITE_URL = address
    assert found() == set()


def test_a_demo_with_a_list_is_in_order(production: Any) -> None:
    production.DEMO, production.SITE_URL_IS_SET = True, False
    production.MAIL_ONLY_TO = ["thu@moh.vn", "@moh.vn", "thunghiem.vn"]
    assert found() == set()


def test_a_committee_without_a_mailbox_is_named(cast: Cast, production: Any) -> None:
    assert checks.answers(databases=["default"]) == []
    with acting(by=cast.administrator, reason="Thử"):
        cast.committee.mailbox = ""
        cast.committee.save()
    (said,) = checks.answers(databases=["default"])
    assert said.id == "dondoc.W003"
    assert "BCĐ CĐS" in said.msg
    assert checks.answers(databases=None) == []


def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a process of its own; the variables of mail are those given and no others."""
    kept = {
        name: value for name, value in os.environ.items() if name not in ("SITE_URL", "DEMO", "MAIL_FROM")
    }
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=kept | {"LOG_LEVEL": "ERROR"} | changes,
        text=True,
        capture_output=True,
        check=False,
    )


def test_a_command_does_not_begin_with_links_that_lead_nowhere() -> None:
    server = {"EMAIL_URL": "smtp://127.0.0.1:1", "MAIL_ONLY_TO": " A@MOH.vn, moh.vn ,"}
    refused = run("remind", "--dry-run", **server)
    assert refused.returncode == 1
    assert "dondoc.E005" in refused.stderr
    assert "dondoc.E008" not in refused.stderr
    accepted = run(
        "check", "--fail-level", "WARNING", SITE_URL="https://d.vn", MAIL_FROM="d@moh.vn", **server
    )
    assert accepted.returncode == 0, accepted.stderr
