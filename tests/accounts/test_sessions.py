"""What a page is told of its session, the list of one's own, and what the night clears away."""

from __future__ import annotations

from datetime import datetime, timedelta

import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts import sessions, tasks
from accounts.audit.models import AccessLog
from accounts.clock import HANOI
from tests.accounts.conftest import sign_in
from tests.cast import Cast
from tests.english import english_in

START = datetime(2026, 11, 20, 9, 0, tzinfo=HANOI)
STATE = reverse("session_state")
LIST = reverse("sessions")
HOME = reverse("admin:index")


def test_asking_is_no_activity_and_typing_is(client: Client, cast: Cast) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        sign_in(client, "thuky")
        client.get(HOME)
        traveller.shift(timedelta(minutes=10))
        told = client.get(STATE).json()
        assert told["left"] == 6 * 60
        assert told["person"] == str(cast.secretary.pk)
        assert client.post(STATE).json()["left"] == 16 * 60
        traveller.shift(timedelta(minutes=15, seconds=30))
        assert client.get(STATE).json()["left"] == 30
        traveller.shift(timedelta(minutes=1))
        over = client.get(STATE)
        assert (over.status_code, over.json()) == (200, {"left": 0})
        assert client.get(HOME).status_code == 302
    assert AccessLog.objects.filter(kind="sign_out", what="Hết thời gian không hoạt động").count() == 1


def test_a_visitor_learns_nothing(client: Client, db: None) -> None:
    assert client.get(STATE).json() == {"left": 0}
    assert client.post(STATE).json() == {"left": 0}


def test_typing_is_refused_to_a_foreign_page(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.secretary)
    assert client.post(STATE).status_code == 403


def test_every_page_carries_what_its_clock_needs(client: Client, cast: Cast) -> None:
    with time_machine.travel(START, tick=False):
        client.force_login(cast.secretary)
        page = client.get(HOME).content.decode()
    assert "accounts/session.js" in page and 'data-left="960"' in page and 'data-warn="120"' in page
    assert "data-session" not in Client().get(reverse("account_login")).content.decode()


def test_a_person_sees_and_ends_their_own_sessions_only(cast: Cast) -> None:
    here, there, foreign = Client(), Client(headers={"user-agent": "Firefox ở nhà"}), Client()
    for client, name in ((here, "thuky"), (there, "thuky"), (foreign, "syt.hanoi")):
        sign_in(client, name)
    page = here.get(LIST)
    assert len(page.context["sessions"]) == 2
    assert "Firefox ở nhà" in page.content.decode() and not english_in(page.content.decode())

    theirs = UserSession.objects.get(user=cast.officer)
    assert here.post(LIST, {"session": theirs.pk}).status_code == 404
    for typed in ("x", "²", "", "9" * 5000):
        assert here.post(LIST, {"session": typed}).status_code == 404
    assert foreign.get(HOME).status_code == 200

    other = UserSession.objects.get(user=cast.secretary, user_agent="Firefox ở nhà")
    assert here.post(LIST, {"session": other.pk})["Location"] == LIST
    assert there.get(HOME).status_code == 302
    assert AccessLog.objects.filter(kind="sign_out", what="Kết thúc phiên từ 127.0.0.1").exists()
    own = UserSession.objects.get(user=cast.secretary)
    assert here.post(LIST, {"session": own.pk})["Location"] == reverse("account_login")
    assert here.get(HOME).status_code == 302


def test_a_session_that_is_idle_too_long_is_not_listed(client: Client, cast: Cast) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        sign_in(Client(), "thuky")
        traveller.shift(timedelta(minutes=18))
        sign_in(client, "thuky")
        assert len(sessions.running(cast.secretary, at=START + timedelta(minutes=18))) == 1


def test_the_night_clears_away_what_opens_nothing(client: Client, cast: Cast) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        sign_in(Client(), "thuky")
        gone = Client()
        sign_in(gone, "syt.hanoi")
        gone.post(reverse("account_logout"))
        traveller.shift(timedelta(minutes=20))
        sign_in(client, "kiemtra")
        tasks.clean_sessions()
        assert {row.user for row in UserSession.objects.all()} == {cast.auditor}
        assert Session.objects.count() == 1
        assert client.get(HOME).status_code == 200


def test_half_a_day_after_the_last_activity_a_session_is_gone(client: Client, cast: Cast) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        sign_in(client, "thuky")
        traveller.shift(timedelta(hours=12, seconds=1))
        assert client.get(STATE).json() == {"left": 0}
        tasks.clean_sessions()
        assert not Session.objects.exists()
