"""How often one may knock; a broker that is down neither opens nor closes a door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts import clock, tasks
from accounts.audit.models import AccessLog
from directives import services
from directives.models import Attachment
from tests.accounts.codes import code, set_up
from tests.accounts.conftest import sign_in
from tests.cast import START, Cast, pdf
from tests.english import english_in

EXPORT = "/quan-tri/accounts/user/xuat-excel/"
FORGOTTEN = reverse("password_forgotten")


@pytest.fixture(autouse=True)
def low(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LIMITS = {"sign_in": 3, "forgotten": 2, "upload": 2, "export": 2, "download": 2}
    monkeypatch.setattr(tasks.send_forgotten, "delay", lambda typed: None)


@pytest.fixture
def no_broker(cast: Cast, settings: Any) -> None:
    """The cache at an address where nobody listens."""
    settings.CACHES = {
        **settings.CACHES,
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"},
    }


def export(client: Client) -> Any:
    """Ask for a list as a spreadsheet, and put it away."""
    answer = client.get(EXPORT)
    answer.getvalue()
    return answer


def is_refused(answer: Any) -> bool:
    if answer.status_code != 429:
        return False
    page = answer.content.decode()
    assert "Quá nhiều yêu cầu" in page and not english_in(page)
    assert int(answer["Retry-After"]) >= 60
    return True


def test_exports_are_limited_by_person_and_go_on_after_a_minute(cast: Cast) -> None:
    administrator, auditor = Client(), Client()
    administrator.force_login(cast.administrator)
    auditor.force_login(cast.auditor)
    assert [export(administrator).status_code for _ in range(2)] == [200, 200]
    assert is_refused(export(administrator))
    assert export(auditor).status_code == 200
    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        assert export(administrator).status_code == 200


def test_files_and_prints_are_limited_together_by_person(cast: Cast) -> None:
    row = services.accept(assignment=cast.assignment(cast.hanoi), by=cast.officer, at=START)
    services.report(
        assignment=row, by=cast.officer, at=START, percent=10, text="Đang làm", uploads=[pdf("a.pdf")]
    )
    file = reverse("admin:directives_attachment_download", args=[Attachment.objects.latest("pk").pk])
    pages = [reverse(f"admin:directives_assignment_{name}", args=[row.pk]) for name in ("slip", "file")]
    officer, head = Client(), Client()
    officer.force_login(cast.officer)
    head.force_login(cast.head)
    assert [ask(officer, address) for address in (file, pages[0])] == [200, 200]
    assert [ask(officer, address) for address in (file, *pages)] == [429, 429, 429]
    assert officer.head(file).status_code == 200, "nothing is sent"
    assert ask(head, file) == 200
    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        assert [ask(officer, address) for address in (pages[1], file)] == [200, 200]


def ask(client: Client, address: str) -> int:
    """Read a page or a file to its end; return the status."""
    answer = client.get(address)
    assert answer.status_code == 200 or is_refused(answer)
    if answer.streaming:
        answer.getvalue()
    return int(answer.status_code)


def test_uploads_are_limited_before_they_are_read_and_nothing_is_stored(client: Client, cast: Cast) -> None:
    units = [cast.hanoi] * 3
    rows = [services.accept(assignment=cast.assignment(unit), by=cast.officer, at=START) for unit in units]
    client.force_login(cast.officer)

    def report(row: Any) -> Any:
        fields = {"percent": "20", "text": "Đang làm", "uploads": pdf()}
        return client.post(f"/quan-tri/directives/assignment/{row.pk}/report/", fields)

    assert [report(row).status_code for row in rows[:2]] == [302, 302]
    assert is_refused(report(rows[2]))
    assert not rows[2].reports.exists()
    assert AccessLog.objects.filter(kind="upload").count() == 2


def test_guesses_at_many_accounts_from_one_address_are_limited(cast: Cast) -> None:
    guesser, elsewhere = Client(REMOTE_ADDR="10.0.0.1"), Client(REMOTE_ADDR="10.0.0.2")
    for name in ("thuky", "kiemtra", "khong.co"):
        assert sign_in(guesser, name, "sai").status_code == 200
    assert is_refused(sign_in(guesser, "uyvien", "sai"))
    assert is_refused(sign_in(guesser, "uyvien"))
    assert sign_in(elsewhere, "uyvien").status_code == 302
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        assert sign_in(guesser, "uyvien").status_code == 302


def test_mails_for_forgotten_passwords_are_limited_by_address(cast: Cast) -> None:
    asker = Client(REMOTE_ADDR="10.0.0.1")
    assert [asker.post(FORGOTTEN, {"typed": f"ten{n}"}).status_code for n in range(2)] == [200, 200]
    assert is_refused(asker.post(FORGOTTEN, {"typed": "thuky"}))
    assert Client(REMOTE_ADDR="10.0.0.2").post(FORGOTTEN, {"typed": "thuky"}).status_code == 200


@pytest.mark.usefixtures("no_broker")
def test_without_the_broker_the_doors_are_neither_open_nor_shut(cast: Cast) -> None:
    secret = set_up(cast.administrator)
    client = Client()
    assert sign_in(client, "quantri").status_code == 302
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    typed = code(secret)
    assert client.post(reverse("mfa_authenticate"), {"code": typed}).status_code == 302
    assert [export(client).status_code for _ in range(3)] == [200, 200, 429]
    again = Client()
    sign_in(again, "quantri")
    assert again.post(reverse("mfa_authenticate"), {"code": typed}).status_code == 200
    for _ in range(5):
        sign_in(Client(REMOTE_ADDR=f"10.1.0.{_}"), "thuky", "sai")
    assert sign_in(Client(REMOTE_ADDR="10.1.0.9"), "thuky").status_code == 429
