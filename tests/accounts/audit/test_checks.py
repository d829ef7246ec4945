"""The commands, the auditor's page, and the job between them."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.audit.log import record
from accounts.audit.models import AccessLog, Check, CheckRequest, Seal
from accounts.audit.seals.checks import LOCK, check_what_was_asked_for
from accounts.clock import now
from tests.accounts.audit.sealed import another_session, given, sealed, tampered
from tests.cast import Cast
from tests.directives.admin.asking import words

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/quan-tri/kiem-tra-toan-ven/"


def run(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def line(cast: Cast) -> AccessLog:
    return record(AccessLog.Kind.PRINT, actor=cast.officer, what="Phiếu")


def test_sealing_by_hand_prints_the_seal_and_is_harmless_twice(line: AccessLog) -> None:
    assert "There is nothing" not in run("seal_history")
    seal = Seal.objects.get()
    assert run("seal_history") == f"{seal}\nNothing was recorded since.\n"
    assert Seal.objects.count() == 1


def test_a_check_by_hand_exits_with_1_only_when_something_was_found(line: AccessLog) -> None:
    seal = sealed()
    out = run("verify_history", "--seal", str(seal))
    assert f"1 seals, {seal.rows} sealed rows checked; 0 rows wait" in out
    assert "Nothing was changed." in out
    kept = Check.objects.get()
    assert (kept.found, kept.given_seal, kept.by.username) == (0, str(given(seal)), "he-thong")
    with tampered("UPDATE audit_accesslog SET what = 'khác'"):
        out_of_it = StringIO()
        with pytest.raises(CommandError, match=r"^1 findings\.$") as refusal:
            call_command("verify_history", "--dry-run", "--json", stdout=out_of_it)
    assert refusal.value.returncode == 1
    (finding,) = json.loads(out_of_it.getvalue())["findings"]
    assert (finding["kind"], finding["key"], finding["seal"]) == ("row_changed", line.pk, 1)
    assert Check.objects.count() == 1


def test_what_is_asked_for_on_the_page_is_done_by_a_worker_and_shown(
    cast: Cast, line: AccessLog, client: Client
) -> None:
    seal = sealed()
    client.force_login(cast.auditor)
    assert "Chưa kiểm tra lần nào." in words(client.get(PAGE))
    answer = client.post(PAGE, {"given": f" {seal} "})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    client.post(PAGE, {"given": str(seal)})
    request = CheckRequest.objects.get()
    waiting = words(client.get(PAGE))
    assert "Đang kiểm tra theo yêu cầu" in waiting and 'http-equiv="refresh"' in waiting
    with time_machine.travel(now() + timedelta(minutes=6)):
        late = words(client.get(PAGE))
    assert "Đang kiểm tra theo yêu cầu" in late and 'http-equiv="refresh"' not in late
    (made,) = check_what_was_asked_for()
    assert (made.request, made.by, made.found) == (request, cast.auditor, 0)
    shown = words(client.get(PAGE))
    assert "Không phát hiện thay đổi" in shown and "Đang kiểm tra" not in shown
    assert shown.count(seal.hash) == 3
    assert check_what_was_asked_for() == []


def test_findings_are_told_in_the_words_of_the_screen(cast: Cast, line: AccessLog, client: Client) -> None:
    sealed()
    client.force_login(cast.administrator)
    client.post(PAGE, {"given": ""})
    with tampered("UPDATE audit_accesslog SET what = 'khác'"):
        check_what_was_asked_for()
        kept = Check.objects.values("found", "findings").get()
    request = CheckRequest.objects.get()
    Check.objects.create(
        request=request, started_at=request.at, finished_at=request.at, by=cast.administrator, seals=1, rows=9,
        unsealed=0, **kept,
    )  # fmt: skip
    shown = words(client.get(PAGE))
    assert "Phát hiện 1 điểm bất thường" in shown
    assert "Dòng đã niêm phong bị sửa" in shown and "dòng nhật ký truy cập" in shown
    assert f"{cast.officer.username}, " in shown


def test_tables_and_columns_have_the_names_of_the_screens(cast: Cast, client: Client) -> None:
    client.force_login(cast.auditor)
    findings = [
        {"kind": "row_removed", "table": "directives_historicalassignment", "key": 5, "seal": 2, "of": None},
        {"kind": "live_differs", "table": "directives_assignment", "key": 7, "columns": ["due_on"]},
        {"kind": "row_changed", "table": "accounts_historicaluser_groups", "key": 8, "seal": 1},
        {"kind": "seal_missing", "seal": 3},
        {"kind": "of a later release", "table": "gone", "columns": ["x"], "key": 1},
    ]
    blank: dict[str, object] = {
        "table": "",
        "key": None,
        "seal": None,
        "of": None,
        "who": "",
        "when": "",
        "columns": [],
    }
    Check.objects.create(
        started_at=now(), finished_at=now(), by=cast.auditor, seals=3, rows=9, unsealed=0, found=5,
        findings=[blank | finding for finding in findings],
    )  # fmt: skip
    shown = words(client.get(PAGE))
    for said in (
        "lịch sử: phân công",
        "7; thời hạn",
        "lịch sử: tài khoản",
        "Thiếu mã niêm phong",
        "of a later release",
    ):
        assert said in shown, said


def test_one_worker_checks_at_a_time(cast: Cast, line: AccessLog, client: Client) -> None:
    client.force_login(cast.auditor)
    client.post(PAGE, {})
    with another_session() as other:
        other.execute(f"SELECT pg_advisory_lock({LOCK})")
        assert check_what_was_asked_for() == []
        other.execute(f"SELECT pg_advisory_unlock({LOCK})")
    assert len(check_what_was_asked_for()) == 1


@pytest.mark.parametrize("text", ["17", "17:abc", "x" * 200, "17:" + "z" * 64, "9" * 25 + ":" + "a" * 64])
def test_what_is_no_seal_is_refused_at_its_field(cast: Cast, client: Client, text: str) -> None:
    client.force_login(cast.auditor)
    page = client.post(PAGE, {"given": text})
    assert page.status_code == 200 and page.context["form"].errors["given"]
    assert not CheckRequest.objects.exists()


@pytest.mark.django_db(transaction=False)
@pytest.mark.parametrize(("person", "status"), [("auditor", 200), ("administrator", 200), ("secretary", 403)])
def test_who_opens_the_page(cast: Cast, client: Client, person: str, status: int) -> None:
    client.force_login(cast.people[person])
    assert client.get(PAGE).status_code == status
    listed = reverse("integrity") in client.get(reverse("admin:index")).content.decode()
    assert listed is (status == 200)
    if status != 200:
        assert client.post(PAGE, {}).status_code == status
