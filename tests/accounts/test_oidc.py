"""Signing in with a provider, against a real one: who exists comes in, nobody is made, a code is asked as ever."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount, SocialToken
from authlib.deprecate import AuthlibDeprecationWarning  # type: ignore[import-untyped]
from django.test import Client
from django.urls import reverse

from accounts import oidc
from accounts.audit.models import AccessLog
from accounts.models import User
from config import checks
from tests.accounts.codes import code, set_up
from tests.cast import Cast
from tests.english import english_in

with warnings.catch_warnings():
    # The provider of these tests takes modules of authlib's that are to go.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    import oidc_provider_mock  # type: ignore[import-untyped]
    from oidc_provider_mock import User as Member

# The provider's own libraries speak to each other about their next versions.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib", "ignore:get_jwt_config")
LOGIN = reverse("account_login")
START = reverse("openid_connect_login", args=[oidc.PROVIDER])
HOME = reverse("admin:index")


def member(name: str, **claims: Any) -> Member:
    return Member(sub=name, claims={"email": f"{name}@cast.example", "email_verified": True} | claims)


MEMBERS = (
    member("thuky", email="THUKY@cast.example"),
    member("syt.hanoi"),
    member("unverified", email="thuky@cast.example", email_verified=False),
    member("said-yes", email="thuky@cast.example", email_verified="true"),
    member("stranger", email="khong.co@moh.vn"),
    member("named", email="", preferred_username="ThuKy"),
)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with oidc_provider_mock.run_server_in_thread(user_claims=MEMBERS) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def provider(issuer: str, settings: Any) -> Any:
    """An installation that was told of the provider."""
    settings.OIDC_ISSUER, settings.OIDC_NAME, settings.OIDC_MATCH = issuer, "tài khoản thử", "email"
    app = {
        "provider_id": oidc.PROVIDER,
        "name": "tài khoản thử",
        "client_id": "dondoc",
        "secret": "bi-mat",
        "settings": {"server_url": issuer},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    return settings


def come(client: Client, name: str, *, answer: dict[str, str] | None = None, **fields: str) -> Any:
    """Go to the provider and back as a browser does; returns our answer to the way back."""
    out = client.post(START, fields)
    assert out.status_code == 302, out.content.decode()
    said = requests.post(out["Location"], data=answer or {"sub": name}, allow_redirects=False, timeout=10)
    assert said.status_code == 302, said.text
    back = urlsplit(said.headers["Location"])
    return client.get(f"{back.path}?{back.query}")


@pytest.mark.usefixtures("provider")
def test_an_existing_account_comes_in_by_its_verified_address_and_nothing_is_kept(
    client: Client, cast: Cast
) -> None:
    page = client.get(LOGIN).content.decode()
    assert "Đăng nhập bằng tài khoản thử" in page and not english_in(page)
    people = User.objects.count()
    assert come(client, "thuky", next="/quan-tri/?a=1")["Location"] == "/quan-tri/?a=1"
    assert client.get(HOME).context["user"] == cast.secretary
    assert User.objects.count() == people
    assert not SocialAccount.objects.exists() and not SocialToken.objects.exists()
    line = AccessLog.objects.get(kind="sign_in")
    assert line.actor == cast.secretary


@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize("name", ["unverified", "said-yes", "stranger", "named", "somebody@else.example"])
def test_who_has_no_account_is_refused_and_none_is_made(client: Client, cast: Cast, name: str) -> None:
    people = User.objects.count()
    answer = come(client, name)
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "Không có tài khoản đang hoạt động" in page and not english_in(page)
    assert client.get(HOME).status_code == 302
    assert User.objects.count() == people
    assert AccessLog.objects.filter(kind="sign_in_failed", what="OpenID Connect").exists()


@pytest.mark.usefixtures("provider")
def test_neither_a_deactivated_account_nor_one_of_two_comes_in(client: Client, cast: Cast) -> None:
    cast.secretary.is_active = False
    cast.secretary.save()
    assert come(client, "thuky").status_code == 403
    cast.head.email = cast.officer.email
    cast.head.save()
    assert come(client, "syt.hanoi").status_code == 403


def test_the_user_name_counts_only_where_it_was_said_so(client: Client, cast: Cast, provider: Any) -> None:
    provider.OIDC_MATCH = "username"
    assert come(client, "named").status_code == 302
    assert client.get(HOME).context["user"] == cast.secretary


def test_a_second_factor_of_ours_is_asked_for_and_required_as_after_a_password(
    client: Client, cast: Cast, provider: Any
) -> None:
    secret = set_up(cast.officer)
    asked = come(client, "syt.hanoi", next="/quan-tri/?a=1")
    assert asked["Location"] == reverse("mfa_authenticate")
    assert client.get(HOME).status_code == 302
    assert client.post(asked["Location"], {"code": code(secret)})["Location"] == "/quan-tri/?a=1"
    provider.SECOND_FACTOR_REQUIRED = True
    other = Client()
    come(other, "thuky")
    assert other.get(HOME)["Location"].startswith(reverse("mfa_activate_totp"))


@pytest.mark.usefixtures("provider")
def test_who_turns_back_at_the_provider_is_told_so(client: Client, cast: Cast) -> None:
    answer = come(client, "", answer={"action": "deny"})
    assert answer.status_code == 401
    page = answer.content.decode()
    assert "Chưa đăng nhập được bằng tài khoản thử" in page and not english_in(page)


@pytest.mark.usefixtures("provider")
def test_an_answer_that_nobody_asked_for_is_refused(client: Client, cast: Cast) -> None:
    back = reverse("openid_connect_callback", args=[oidc.PROVIDER])
    assert client.get(back, {"code": "x", "state": "y"}).status_code == 401
    assert client.get(HOME).status_code == 302


def test_a_provider_that_is_down_leaves_the_password(client: Client, cast: Cast, provider: Any) -> None:
    provider.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = (
        "http://localhost:1"
    )
    answer = client.post(START)
    assert answer.status_code == 401
    assert "dùng mật khẩu" in answer.content.decode()


def test_without_a_provider_there_is_no_such_door(client: Client, cast: Cast) -> None:
    assert "Đăng nhập bằng" not in client.get(LOGIN).content.decode()
    assert client.post(START).status_code == 404
    assert client.get(START).status_code == 405


@pytest.mark.parametrize(
    ("changes", "client_id", "said"),
    [
        ({"OIDC_ISSUER": ""}, "", 0),
        ({"OIDC_ISSUER": "https://sso.moh.vn"}, "dondoc", 0),
        ({"OIDC_ISSUER": "http://sso.moh.vn"}, "dondoc", 1),
        ({"OIDC_ISSUER": "https://sso.moh.vn"}, "", 1),
        ({"OIDC_ISSUER": "https://sso.moh.vn", "OIDC_MATCH": "sub"}, "", 2),
    ],
)
def test_settings_that_cannot_work_are_named(
    provider: Any, changes: dict[str, str], client_id: str, said: int
) -> None:
    provider.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["client_id"] = client_id
    for name, value in changes.items():
        setattr(provider, name, value)
    assert [message.id for message in checks.provider()] == ["dondoc.E010"] * said
