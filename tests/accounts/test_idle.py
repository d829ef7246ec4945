"""A session ends by itself when nobody works in it; activity is written at most once a minute (TRAPS 20)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.audit.models import AccessLog
from accounts.clock import HANOI
from tests.accounts.conftest import sign_in
from tests.cast import Cast

START = datetime(2026, 11, 20, 9, 0, tzinfo=HANOI)
PAGE = "/tai-khoan/doi-mat-khau/"


@pytest.mark.parametrize(("username", "minutes"), [("thuky", 15), ("quantri", 5)])
def test_a_session_ends_after_its_time_and_says_why(
    client: Client, cast: Cast, username: str, minutes: int
) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        sign_in(client, username)
        client.get(PAGE)
        traveller.shift(timedelta(minutes=minutes))
        assert client.get(PAGE).status_code == 200
        traveller.shift(timedelta(minutes=minutes + 1, seconds=1))
        response = client.get(f"{PAGE}?a=1")
        assert response.status_code == 302
        page = client.get(response["Location"])
    assert "Phiên làm việc đã kết thúc vì không hoạt động" in page.content.decode()
    assert f'value="{PAGE}?a=1"' in page.content.decode()
    assert AccessLog.objects.filter(kind="sign_out", what="Hết thời gian không hoạt động").count() == 1


def test_work_keeps_the_session_alive(client: Client, cast: Cast) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        sign_in(client, "thuky")
        for _ in range(6):
            traveller.shift(timedelta(minutes=10))
            assert client.get(PAGE).status_code == 200


def session_writes(client: Client) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(PAGE).status_code == 200
    table = Session._meta.db_table
    return sum(q["sql"].startswith(("UPDATE", "INSERT")) and table in q["sql"] for q in queries)


def test_activity_is_written_at_most_once_a_minute(client: Client, cast: Cast) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        sign_in(client, "thuky")
        session_writes(client)
        assert session_writes(client) == 0
        traveller.shift(timedelta(seconds=59))
        assert session_writes(client) == 0
        traveller.shift(timedelta(seconds=1))
        assert session_writes(client) == 1


def test_a_form_sent_too_late_leads_back_to_its_page_as_does_a_dialog(client: Client, cast: Cast) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        for headers, status, header in (
            ({"referer": f"http://testserver{PAGE}"}, 302, "Location"),
            ({"referer": f"http://testserver{PAGE}", "hx-request": "true"}, 204, "HX-Redirect"),
        ):
            sign_in(client, "thuky")
            client.get(PAGE)
            traveller.shift(timedelta(minutes=17))
            response = client.post(reverse("admin:index"), headers=headers)
            assert response.status_code == status
            assert response[header].endswith("next=%2Ftai-khoan%2Fdoi-mat-khau%2F")


def test_a_foreign_page_is_no_way_back(client: Client, cast: Cast) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        sign_in(client, "thuky")
        client.get(PAGE)
        traveller.shift(timedelta(minutes=17))
        response = client.post(PAGE, headers={"referer": "https://example.org/x"})
    assert "next" not in response["Location"]
