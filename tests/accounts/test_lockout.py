"""Five wrong passwords lock the account, in the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.test import Client

from accounts import clock
from accounts.audit.models import AccessLog
from accounts.lockout import is_locked, unlock
from tests.accounts.conftest import sign_in
from tests.cast import Cast


def fail(times: int, username: str = "thuky", **extra: Any) -> int:
    status = 0
    for _ in range(times):
        status = sign_in(Client(**extra), username, "sai-mat-khau").status_code
    return status


def test_the_fifth_failure_locks_and_the_right_password_then_fails(cast: Cast) -> None:
    assert fail(4) == 200
    assert not is_locked(cast.secretary)
    assert fail(1) == 429
    assert is_locked(cast.secretary)
    response = sign_in(Client(), "thuky")
    page = response.content.decode()
    assert response.status_code == 429
    assert "Tài khoản tạm khóa" in page
    assert "30 phút" in page
    assert "liên hệ quản trị hệ thống" in page
    assert sign_in(Client(), "kiemtra").status_code == 302


def test_it_counts_across_addresses_browsers_and_spellings(cast: Cast) -> None:
    for number, name in enumerate(("thuky", "ThuKy", "THUKY", "thuky ", "Thuky")):
        fail(1, name, REMOTE_ADDR=f"10.0.0.{number}", HTTP_USER_AGENT=f"browser {number}")
    assert is_locked(cast.secretary)


def test_the_count_is_in_the_database_not_in_a_process(cast: Cast) -> None:
    fail(5)
    # As a second process would: no handler, nothing remembered.
    AxesProxyHandler.get_implementation(force=True)
    assert AccessAttempt.objects.get(username="thuky").failures_since_start == 5
    assert sign_in(Client(), "thuky").status_code == 429


def test_the_lock_ends_after_its_time_though_guessing_goes_on(cast: Cast) -> None:
    start = clock.now()
    fail(5)
    with time_machine.travel(start + timedelta(minutes=20)):
        assert fail(1) == 429
    with time_machine.travel(start + timedelta(minutes=31)):
        assert sign_in(Client(), "thuky").status_code == 302


def test_signing_in_forgets_earlier_failures(cast: Cast) -> None:
    fail(4)
    sign_in(Client(), "thuky")
    fail(4)
    assert not is_locked(cast.secretary)


def test_the_administrator_unlocks(cast: Cast) -> None:
    fail(5)
    unlock(cast.secretary)
    assert sign_in(Client(), "thuky").status_code == 302


def test_failures_and_the_lock_are_in_the_log(cast: Cast) -> None:
    fail(6)
    kinds = list(AccessLog.objects.order_by("id").values_list("kind", "username"))
    assert kinds.count(("sign_in_failed", "thuky")) == 6
    assert ("locked", "thuky") in kinds


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (1, "nonsense", None),
        (2, "203.0.113.9", "127.0.0.1"),
    ],
)
def test_the_address_is_what_our_proxies_say(
    cast: Cast, settings: object, proxies: int, forwarded: str, address: str | None
) -> None:
    settings.TRUSTED_PROXIES = proxies  # type: ignore[attr-defined]
    sign_in(Client(HTTP_X_FORWARDED_FOR=forwarded), "thuky", "sai")
    assert AccessLog.objects.get().address == address
