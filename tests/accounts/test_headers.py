"""What every answer tells the browser to refuse, and that a real installation is told nothing is missing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import Cast

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "DEMO": "",
    "DEBUG": "",
    "SITE_URL": "https://dondoc.moh.vn",
    "EMAIL_URL": "smtp+tls://u:p@127.0.0.1:1",
    "MAIL_FROM": "dondoc@moh.vn",
    "SECRET_KEY": "".join(chr(40 + number % 80) for number in range(80)),
}


def policy(client: Client, address: str) -> dict[str, str]:
    header = client.get(address).headers["Content-Security-Policy"]
    return {name: " ".join(values) for name, *values in (part.split() for part in header.split(";"))}


@pytest.mark.parametrize("address", [reverse("account_login"), "/quan-tri/", "/khong-co/", "/healthz"])
def test_no_script_may_stand_in_a_page_and_no_other_site_may_frame_it(
    client: Client, db: None, address: str
) -> None:
    said = policy(client, address)
    assert said["default-src"] == "'self'"
    assert said["script-src"] == "'self' 'unsafe-eval'"
    assert said["object-src"] == said["frame-ancestors"] == said["base-uri"] == "'none'"
    assert said["form-action"] == "'self'"
    headers = client.get(address).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "camera=()" in headers["Permissions-Policy"]


def test_no_template_of_ours_holds_a_script() -> None:
    holding = [
        str(path)
        for path in (ROOT / "templates").rglob("*.html")
        if re.search(r"<script(?![^>]*\ssrc=)|\son\w+=[\"']|javascript:", path.read_text())
    ]
    assert not holding


def test_pages_behind_the_door_are_not_kept_by_the_browser(client: Client, cast: Cast) -> None:
    client.force_login(cast.secretary)
    assert "no-store" in client.get(reverse("admin:index")).headers["Cache-Control"]


def test_a_real_installation_is_told_of_nothing_missing() -> None:
    said = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=os.environ | {"LOG_LEVEL": "ERROR"} | PRODUCTION,
        text=True,
        capture_output=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert "no issues" in said.stdout + said.stderr
