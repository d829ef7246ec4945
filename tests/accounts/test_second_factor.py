"""The second factor: who needs it, what is asked, what a wrong code costs, and how it is taken away."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts import second_factor
from accounts.audit.models import AccessLog
from accounts.clock import HANOI
from accounts.lockout import is_locked
from accounts.models import User
from tests.accounts.codes import code, set_up
from tests.accounts.conftest import sign_in
from tests.cast import PASSWORD, Cast
from tests.english import english_in

ASKED = reverse("mfa_authenticate")
ACTIVATE = reverse("mfa_activate_totp")
HOME = reverse("admin:index")


@pytest.fixture
def required(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True


def enter(client: Client, typed: str) -> Any:
    return client.post(ASKED, {"code": typed})


def test_after_the_password_the_code_is_asked_and_the_way_back_is_kept(client: Client, cast: Cast) -> None:
    secret = set_up(cast.officer)
    wanted = "/quan-tri/directives/assignment/?q=1"
    assert sign_in(client, "syt.hanoi", next=wanted)["Location"] == ASKED
    assert client.get(HOME).status_code == 302
    page = client.get(ASKED).content.decode()
    assert "mã dự phòng" in page and not english_in(page)
    assert enter(client, "000000").status_code == 200
    assert enter(client, code(secret))["Location"] == wanted
    assert client.get(HOME).status_code == 200


def test_a_code_is_taken_once_whatever_the_cache_remembers(client: Client, cast: Cast) -> None:
    secret = set_up(cast.officer)
    at = datetime(2026, 11, 20, 9, 0, 5, tzinfo=HANOI)
    with time_machine.travel(at, tick=False) as traveller:
        typed = code(secret)
        sign_in(client, "syt.hanoi")
        assert enter(client, typed).status_code == 302
        # The cache forgets after 30 seconds, or at once when the broker restarts; the code is valid a little longer.
        cache.clear()
        traveller.shift(timedelta(seconds=31))
        again = Client()
        sign_in(again, "syt.hanoi")
        answer = enter(again, typed)
        assert answer.status_code == 200
        assert "Mã không đúng hoặc đã được dùng" in answer.content.decode()
        traveller.shift(timedelta(seconds=31))
        assert enter(again, code(secret)).status_code == 302


def test_a_recovery_code_works_once(client: Client, cast: Cast) -> None:
    set_up(cast.officer)
    spare = RecoveryCodes.activate(cast.officer).generate_codes()[0]
    sign_in(client, "syt.hanoi")
    assert enter(client, spare).status_code == 302
    other = Client()
    sign_in(other, "syt.hanoi")
    assert enter(other, spare).status_code == 200


@pytest.mark.parametrize("guess", ["app", "recovery"])
def test_a_secret_kept_under_another_key_opens_nothing_not_even_to_who_knows_that(
    client: Client, cast: Cast, settings: Any, guess: str
) -> None:
    """What cannot be read must not count as an empty secret, whose codes anybody can compute."""
    set_up(cast.officer)
    settings.SECRET_KEY = "khoa-khac-" * 6
    empty = Authenticator(data={"seed": second_factor.SecondFactorAdapter().encrypt(""), "used_mask": 0})
    typed = code("") if guess == "app" else RecoveryCodes(empty).generate_codes()[0]
    sign_in(client, "syt.hanoi")
    answer = enter(client, typed)
    assert answer.status_code == 200 and "Mã không đúng" in answer.content.decode()
    assert client.get(HOME).status_code == 302


def test_five_wrong_codes_lock_the_account_and_the_right_one_then_fails(client: Client, cast: Cast) -> None:
    secret = set_up(cast.officer)
    sign_in(client, "syt.hanoi")
    answers = [enter(client, "000000").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    assert is_locked(cast.officer)
    assert enter(client, code(secret)).status_code == 429
    assert client.get(HOME).status_code == 302
    kinds = list(AccessLog.objects.filter(username="syt.hanoi").values_list("kind", flat=True))
    assert kinds.count("sign_in_failed") == 5
    assert "locked" in kinds and "sign_in" not in kinds


def test_who_guesses_codes_in_a_session_left_open_locks_the_account_too(client: Client, cast: Cast) -> None:
    secret = set_up(cast.officer)
    with time_machine.travel(datetime(2026, 11, 20, 9, 0, tzinfo=HANOI), tick=False) as traveller:
        sign_in(client, "syt.hanoi")
        enter(client, code(secret))
        traveller.shift(timedelta(minutes=6))
        again = reverse("mfa_reauthenticate")
        answers = [client.post(again, {"code": "000000"}).status_code for _ in range(5)]
        assert answers == [200, 200, 200, 200, 429]
        assert client.post(again, {"code": code(secret)}).status_code == 429


@pytest.mark.usefixtures("required")
@pytest.mark.parametrize(
    ("person", "led"), [("administrator", True), ("secretary", True), ("officer", False)]
)
def test_administrators_and_secretariats_set_it_up_before_they_work(
    client: Client, cast: Cast, person: str, led: bool
) -> None:
    client.force_login(cast.people[person])
    answer = client.get("/quan-tri/directives/document/?q=a")
    if not led:
        assert answer.status_code == 200
        return
    assert answer["Location"].startswith(f"{ACTIVATE}?next=%2Fquan-tri%2Fdirectives")
    assert client.post(HOME).status_code == 302
    dialog = client.get(HOME, headers={"hx-request": "true"})
    assert dialog.status_code == 204 and dialog["HX-Redirect"].startswith(ACTIVATE)
    for open_page in (reverse("account_change_password"), reverse("sessions"), reverse("account_logout")):
        assert client.get(open_page).status_code == 200, open_page


@pytest.mark.usefixtures("required")
def test_it_is_set_up_with_the_first_code_and_gives_recovery_codes(
    client: Client, cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    sign_in(client, "thuky")
    page = client.get(ACTIVATE)
    assert page.status_code == 200
    words = page.content.decode()
    assert "bắt buộc xác thực hai lớp" in words and "data:image/svg+xml" in words and not english_in(words)
    secret = page.context["form"].secret
    assert client.post(ACTIVATE, {"code": "000000"}).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(ACTIVATE, {"code": code(secret)})
    assert done["Location"] == reverse("mfa_view_recovery_codes")
    codes = client.get(done["Location"]).content.decode()
    assert len(re.findall(r"<li>\d{8}</li>", codes)) == 10 and not english_in(codes)
    assert client.get(HOME).status_code == 200
    assert second_factor.is_set_up(cast.secretary)
    assert AccessLog.objects.filter(
        kind="second_factor", actor=cast.secretary, what__contains="mã xác thực"
    ).exists()
    # The database alone betrays nothing.
    assert secret not in str(Authenticator.objects.get(user=cast.secretary, type="totp").data)


@pytest.mark.usefixtures("required")
def test_who_needs_it_cannot_turn_it_off_and_others_must_then_choose_a_new_password(cast: Cast) -> None:
    for person, may in (("secretary", False), ("officer", True)):
        user, client = cast.people[person], Client()
        secret = set_up(user)
        sign_in(client, user.username)
        enter(client, code(secret))
        answer = client.post(reverse("mfa_deactivate_totp"))
        assert second_factor.is_set_up(user) is not may
        if may:
            assert answer.status_code == 302
            assert client.get(HOME)["Location"].startswith(reverse("account_change_password"))
        else:
            assert "không tắt được" in answer.content.decode()


def test_what_is_changed_later_asks_for_the_password_again(client: Client, cast: Cast) -> None:
    with time_machine.travel(datetime(2026, 11, 20, 9, 0, tzinfo=HANOI), tick=False) as traveller:
        sign_in(client, "syt.hanoi")
        traveller.shift(timedelta(minutes=6))
        asked = client.get(ACTIVATE)
        again = reverse("account_reauthenticate")
        assert asked["Location"].startswith(again)
        page = client.get(asked["Location"]).content.decode()
        assert "Xác nhận lại" in page and not english_in(page)
        assert client.post(asked["Location"], {"password": "sai"}).status_code == 200
        assert (
            client.post(asked["Location"], {"password": PASSWORD, "next": ACTIVATE})["Location"] == ACTIVATE
        )
        assert client.get(ACTIVATE).status_code == 200


def test_a_shorter_password_is_enough_with_a_second_factor(client: Client, cast: Cast) -> None:
    def change(user: User, new: str) -> bool:
        client.force_login(user)
        fields = {"oldpassword": PASSWORD, "password1": new, "password2": new}
        return client.post(reverse("account_change_password"), fields).status_code == 302

    assert not change(cast.officer, "quạt-trần")
    set_up(cast.officer)
    assert not change(cast.officer, "quạt-tr")
    assert change(cast.officer, "quạt-trần")


def test_the_page_of_the_second_factor_says_how_it_stands(client: Client, cast: Cast) -> None:
    client.force_login(cast.officer)
    assert "chưa bật" in client.get(reverse("mfa_index")).content.decode()
    set_up(cast.officer)
    page = client.get(reverse("mfa_index")).content.decode()
    assert "đang bật" in page and "Tắt xác thực hai lớp" in page and not english_in(page)


def test_break_glass_takes_it_away_with_a_reason_and_ends_the_sessions(client: Client, cast: Cast) -> None:
    secret = set_up(cast.officer)
    sign_in(client, "syt.hanoi")
    enter(client, code(secret))
    call_command("reset_second_factor", "SYT.Hanoi", reason="Mất điện thoại")
    assert not Authenticator.objects.filter(user=cast.officer).exists()
    assert client.get(HOME).status_code == 302
    line = AccessLog.objects.filter(kind="second_factor").latest("id")
    assert line.actor == User.objects.system()
    assert "syt.hanoi: Mất điện thoại" in line.what
    row = cast.officer.history.latest()
    assert (row.history_user, row.history_change_reason) == (User.objects.system(), "Mất điện thoại")
    assert sign_in(client, "syt.hanoi").status_code == 302
    assert client.get(HOME)["Location"].startswith(reverse("account_change_password"))


@pytest.mark.parametrize(("name", "reason"), [("khong.co", "x"), ("syt.hanoi", "x"), ("syt.hanoi", " ")])
def test_break_glass_refuses_what_makes_no_sense(cast: Cast, name: str, reason: str) -> None:
    if not reason.strip():
        set_up(cast.officer)
    with pytest.raises(CommandError):
        call_command("reset_second_factor", name, reason=reason)
