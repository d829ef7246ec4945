"""Every kind of the log of access is written where it happens: who, when, from where, what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client
from django.urls import reverse

from accounts import tasks
from accounts.audit.models import AccessLog
from accounts.models import User
from accounts.roles import Role
from steering.models import Posting
from tests.accounts.conftest import sign_in
from tests.accounts.forms_filled import send
from tests.cast import PASSWORD, Cast, pdf

Kind = AccessLog.Kind
FROM = "10.9.8.7"
Doing = Callable[[Client, Cast], Any]


def page_of(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


def as_person(name: str, act: Doing) -> Doing:
    def doing(client: Client, cast: Cast) -> None:
        client.force_login(cast.people[name])
        act(client, cast)

    return doing


def lock(client: Client, cast: Cast) -> None:
    for _ in range(5):
        sign_in(client, "thuky", "sai")


def unlock(client: Client, cast: Cast) -> None:
    lock(Client(), cast)
    client.force_login(cast.administrator)
    send(client, page_of(cast.secretary), unlock="on", reason="Đã gọi điện")


def change_password(client: Client, cast: Cast) -> None:
    new = "Mot-mat-khau-khac-9"
    fields = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    client.post(reverse("account_change_password"), fields)


def give_role(client: Client, cast: Cast) -> None:
    send(client, page_of(cast.officer), roles=[Role.UNIT_HEAD.value], reason="Bổ nhiệm")


def post_to_unit(client: Client, cast: Cast) -> None:
    rows = {
        "postings-TOTAL_FORMS": "1",
        "postings-0-unit": cast.danang.pk,
        "postings-0-duty": Posting.Duty.OFFICER.value,
        "postings-0-valid_from": "01/03/2026",
    }
    send(client, page_of(cast.stranger), reason="Điều động", **rows)


def upload(client: Client, cast: Cast) -> None:
    row = cast.assignment()
    address = f"/quan-tri/directives/assignment/{row.pk}/report/"
    client.post(address, {"percent": "20", "text": "Đang làm", "uploads": pdf("tiến độ.pdf")})


CASES: list[tuple[str, Doing, str]] = [
    (Kind.SIGN_IN, lambda client, cast: sign_in(client, "thuky"), ""),
    (Kind.SIGN_IN_FAILED, lambda client, cast: sign_in(client, "thuky", "sai"), ""),
    (Kind.LOCKED, lock, ""),
    (Kind.UNLOCKED, unlock, "thuky: Đã gọi điện"),
    (Kind.SIGN_OUT, as_person("secretary", lambda client, cast: client.post("/tai-khoan/dang-xuat/")), ""),
    (
        Kind.PASSWORD_ASKED,
        lambda client, cast: client.post(reverse("password_forgotten"), {"typed": "thuky"}),
        "",
    ),
    (Kind.PASSWORD, as_person("secretary", change_password), "Tự đổi mật khẩu"),
    (Kind.RIGHTS, as_person("administrator", give_role), "thêm vai trò Thủ trưởng đơn vị"),
    (Kind.RIGHTS, as_person("administrator", post_to_unit), "Sở Y tế thành phố Đà Nẵng (từ 01/03/2026)"),
    (Kind.UPLOAD, as_person("officer", upload), "1 tệp, tại /quan-tri/directives/assignment/"),
    (
        Kind.EXPORT,
        as_person(
            "administrator", lambda client, cast: client.get("/quan-tri/accounts/user/xuat-excel/").getvalue()
        ),
        "Tài khoản: ",
    ),
]


@pytest.mark.parametrize(
    ("kind", "doing", "what"), CASES, ids=[f"{kind}-{what}" for kind, _doing, what in CASES]
)
def test_it_is_logged_with_who_when_from_where_and_what(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, kind: str, doing: Doing, what: str
) -> None:
    monkeypatch.setattr(tasks.send_forgotten, "delay", tasks.send_forgotten)
    doing(Client(REMOTE_ADDR=FROM), cast)
    line = AccessLog.objects.filter(kind=kind, what__contains=what).latest("id")
    assert line.actor is not None or line.username == "thuky"
    assert line.address == FROM
    assert not outbox.outbox or kind == Kind.PASSWORD_ASKED


def test_every_kind_is_tried_somewhere() -> None:
    """Downloads, prints and reading what is restricted are tried with their screens, the rest beside second factors
    and invitations."""
    elsewhere = {Kind.DOWNLOAD, Kind.PRINT, Kind.VIEW, Kind.INVITATION, Kind.SECOND_FACTOR}
    assert {kind for kind, _doing, _what in CASES} | elsewhere == set(Kind)


def test_set_up_leaves_the_history_alone(cast: Cast) -> None:
    assert not AccessLog.objects.filter(kind=Kind.RIGHTS).exists()
