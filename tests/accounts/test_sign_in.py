"""Signing in at one address, going out, the password's rules."""

from __future__ import annotations

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.audit.models import AccessLog
from accounts.models import User
from tests.accounts.conftest import sign_in
from tests.cast import PASSWORD, Cast

LOGIN = "/tai-khoan/dang-nhap/"


def kinds() -> list[str]:
    return list(AccessLog.objects.order_by("id").values_list("kind", flat=True))


def test_a_person_signs_in_and_lands_on_the_page_of_the_admin(client: Client, cast: Cast) -> None:
    response = sign_in(client, "thuky")
    assert response.status_code == 302
    assert response["Location"] == reverse("admin:index")
    assert client.get(reverse("admin:index")).status_code == 200


def test_the_way_back_is_kept_and_no_foreign_address_is_followed(client: Client, cast: Cast) -> None:
    asked = client.get("/quan-tri/", follow=True)
    assert asked.redirect_chain[-1][0].startswith(LOGIN)
    assert "next=/quan-tri/" in asked.redirect_chain[-1][0]
    assert 'value="/quan-tri/"' in asked.content.decode()
    assert sign_in(client, "thuky", next="/quan-tri/?x=1")["Location"] == "/quan-tri/?x=1"
    client.logout()
    assert sign_in(client, "thuky", next="https://example.org/")["Location"] == reverse("admin:index")


def test_the_admin_has_no_sign_in_page_of_its_own(client: Client, db: None) -> None:
    response = client.get("/quan-tri/login/?next=/quan-tri/accounts/user/")
    assert response.status_code == 302
    assert response["Location"] == f"{LOGIN}?next=/quan-tri/accounts/user/"
    assert client.post("/quan-tri/login/", {"username": "x", "password": "y"}).status_code == 302


def test_a_wrong_password_is_refused_in_vietnamese_and_logged(client: Client, cast: Cast) -> None:
    response = sign_in(client, "thuky", "sai")
    assert response.status_code == 200
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in response.content.decode()
    line = AccessLog.objects.get()
    assert (line.kind, line.username, line.address) == ("sign_in_failed", "thuky", "127.0.0.1")
    assert line.actor is None


def test_the_case_of_the_first_letter_does_not_matter(client: Client, cast: Cast) -> None:
    assert sign_in(client, "Thuky").status_code == 302
    assert AccessLog.objects.get().actor == cast.secretary


def test_a_deactivated_person_cannot_sign_in_and_a_running_session_ends(client: Client, cast: Cast) -> None:
    sign_in(client, "thuky")
    cast.secretary.is_active = False
    cast.secretary.save()
    assert client.get(reverse("admin:index")).status_code == 302
    assert sign_in(Client(), "thuky").status_code == 200


def test_the_system_user_cannot_sign_in(client: Client, db: None) -> None:
    system = User.objects.system()
    assert not system.has_usable_password()
    assert not system.is_active
    assert User.objects.system() == system


def test_signing_out_takes_a_post_and_is_logged(client: Client, cast: Cast) -> None:
    sign_in(client, "thuky")
    assert client.get("/quan-tri/logout/").status_code == 200
    assert client.get(reverse("admin:index")).status_code == 200
    response = client.post("/quan-tri/logout/", follow=True)
    assert "Bạn đã đăng xuất." in response.content.decode()
    assert client.get(reverse("admin:index")).status_code == 302
    assert kinds() == ["sign_in", "sign_out"]


@pytest.mark.parametrize(
    "name",
    [
        "account_signup",
        "account_email",
        "account_reset_password",
        "account_set_password",
        "account_inactive",
        "account_confirm_email",
    ],
)
def test_pages_nobody_uses_do_not_exist(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_the_password_is_changed_with_the_old_one_and_by_the_rules(client: Client, cast: Cast) -> None:
    sign_in(client, "thuky")
    other = Client()
    sign_in(other, "thuky")
    address = reverse("account_change_password")
    assert client.get(address).status_code == 200

    def change(old: str, new: str) -> str:
        fields = {"oldpassword": old, "password1": new, "password2": new}
        return client.post(address, fields, follow=True).content.decode()

    assert "Nhập mật khẩu hiện tại" in change("sai", "Mot-mat-khau-khac-9")
    assert "ít nhất 14 ký tự" in change(PASSWORD, "Ngan-1a")
    assert "đủ chữ hoa" in change(PASSWORD, "chi co chu thuong va dau")
    assert "Đã đổi mật khẩu." in change(PASSWORD, "Mot-mat-khau-khac-9")
    assert client.get(reverse("admin:index")).status_code == 200
    assert other.get(reverse("admin:index")).status_code == 302
    assert sign_in(Client(), "thuky", "Mot-mat-khau-khac-9").status_code == 302


def test_a_visitor_is_led_to_sign_in_before_changing_a_password(client: Client, db: None) -> None:
    assert client.get(reverse("account_change_password"))["Location"].startswith(LOGIN)


@pytest.mark.parametrize("password", ["Đủ-bốn-lớp-1234", "Mat-khau-2026-x"])
def test_a_password_of_four_classes_passes(password: str) -> None:
    validate_password(password)


@pytest.mark.parametrize(
    "password",
    ["Khong-co-chu-so", "khong-co-chu-hoa-1", "KHONG-CO-CHU-THUONG-1", "KhongCoKyTuNao12", "Mat-khau-1"],
)
def test_a_password_that_lacks_a_class_or_length_is_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password)
