"""Accounts by invitation: a link that works once; a forgotten password the same way, whoever asks."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail as outbox
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from accounts import clock, password_links, tasks
from accounts.audit.context import Door
from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.audit.recording import recorded
from accounts.models import User
from accounts.passwords import keep_password
from tests.accounts.codes import set_up
from tests.accounts.conftest import sign_in
from tests.accounts.forms_filled import errors, send
from tests.cast import Cast
from tests.english import english_in

ADD = "/quan-tri/accounts/user/add/"
FORGOTTEN = reverse("password_forgotten")
NEW = "Mot-mat-khau-moi-77"


@pytest.fixture
def administrator(client: Client, cast: Cast) -> Client:
    client.force_login(cast.administrator)
    return client


@pytest.fixture
def at_once(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker runs in the tests: the job is done where it is given out."""
    monkeypatch.setattr(tasks.send_forgotten, "delay", tasks.send_forgotten)


def the_letter() -> Any:
    """The one mail that went out."""
    (letter,) = outbox.outbox
    return letter


def link_in(text: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:8000(/tai-khoan/dat-mat-khau/\S+)", text)
    assert found is not None, text
    return found[1]


def choose(link: str, password: str = NEW, client: Client | None = None) -> Any:
    return (client or Client()).post(link, {"password1": password, "password2": password})


def test_an_account_is_made_without_a_password_and_its_person_sets_it_by_mail(
    administrator: Client, cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        send(administrator, ADD, username="moi", full_name="Người Mới", email="moi@cast.example", invite="on")
    user = User.objects.get(username="moi")
    assert not user.has_usable_password()
    assert user.history.latest().history_change_reason == "Thêm mới – gửi thư mời đặt mật khẩu"
    letter = the_letter()
    assert letter.to == ["moi@cast.example"]
    assert "tên đăng nhập: moi" in letter.body and "72 giờ" in letter.body
    assert link_in(letter.body) in str(letter.alternatives[0][0])
    line = AccessLog.objects.get(kind="invitation")
    assert (line.actor, line.what) == (cast.administrator, "moi <moi@cast.example>")

    link = link_in(letter.body)
    page = Client().get(link).content.decode()
    assert "Tên đăng nhập: moi" in page and not english_in(page)
    assert "ít nhất 14 ký tự" in choose(link, "Ngan-1a").content.decode()
    assert choose(link)["Location"] == reverse("account_login")
    assert AccessLog.objects.filter(kind="password", actor=user).exists()
    entered = Client()
    assert sign_in(entered, "moi", NEW).status_code == 302
    assert entered.get(reverse("admin:index")).status_code == 200


def test_a_link_works_once_and_opening_it_changes_nothing(cast: Cast) -> None:
    link = password_links.address_of(cast.officer).removeprefix("http://127.0.0.1:8000")
    for _ in range(3):
        assert Client().get(link).status_code == 200
    assert choose(link).status_code == 302
    used = choose(link, "Mot-mat-khau-khac-88")
    assert used.status_code == 410
    assert "đã được dùng" in used.content.decode() and not english_in(used.content.decode())
    assert User.objects.get(pk=cast.officer.pk).check_password(NEW)


@pytest.mark.parametrize(("hours", "status"), [(71, 200), (73, 410)])
def test_a_link_is_good_for_72_hours(cast: Cast, hours: int, status: int) -> None:
    link = password_links.address_of(cast.officer).removeprefix("http://127.0.0.1:8000")
    with time_machine.travel(clock.now().astimezone(clock.HANOI) + timedelta(hours=hours), tick=False):
        assert Client().get(link).status_code == status


@pytest.mark.parametrize(
    "link", ["/tai-khoan/dat-mat-khau/zzz/abc-def/", "/tai-khoan/dat-mat-khau/OTk5/abc-def/"]
)
def test_a_link_of_nobody_is_told_to_be_over(db: None, link: str) -> None:
    assert Client().get(link).status_code == 410


def test_a_deactivated_account_has_no_link(cast: Cast) -> None:
    link = password_links.address_of(cast.officer).removeprefix("http://127.0.0.1:8000")
    cast.officer.is_active = False
    cast.officer.save()
    assert choose(link).status_code == 410


def test_an_invitation_needs_an_address_and_no_second_way(administrator: Client) -> None:
    response = send(administrator, ADD, username="moi", full_name="Người Mới", invite="on", new_password=NEW)
    assert "Nhập địa chỉ thư" in errors(response)
    assert "chỉ chọn một trong hai" in errors(response)


@pytest.mark.django_db(transaction=True)
def test_the_administrator_is_told_when_the_mail_did_not_go_out(administrator: Client, settings: Any) -> None:
    settings.MAIL_ONLY_TO = ["noi-khac.example"]
    send(administrator, ADD, username="moi", full_name="Người Mới", email="moi@cast.example", invite="on")
    assert not outbox.outbox
    assert "Chưa gửi được thư mời" in administrator.get(reverse("admin:index")).content.decode()


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("typed", ["syt.hanoi", "SYT.Hanoi", " syt.hanoi@CAST.example "])
def test_a_forgotten_password_is_set_by_mail_and_the_second_factor_stays(
    client: Client, cast: Cast, typed: str
) -> None:
    set_up(cast.officer)
    client.post(FORGOTTEN, {"typed": typed})
    letter = the_letter()
    assert letter.to == [cast.officer.email]
    choose(link_in(letter.body))
    assert sign_in(client, "syt.hanoi", NEW)["Location"] == reverse("mfa_authenticate")


@pytest.mark.usefixtures("at_once")
def test_the_answer_does_not_tell_whether_there_is_an_account(client: Client, cast: Cast) -> None:
    cast.head.is_active = False
    cast.head.save()
    pages = []
    for typed in ("syt.hanoi", "khong.co", "gd.syt.hanoi", "he-thong", "khong@co.example"):
        answer = client.post(FORGOTTEN, {"typed": typed})
        assert answer.status_code == 200
        pages.append(re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode()))
    assert len(set(pages)) == 1
    assert not english_in(pages[0])
    assert [letter.to for letter in outbox.outbox] == [[cast.officer.email]]
    asked = AccessLog.objects.filter(kind="password_asked")
    assert asked.count() == 5 and not asked.exclude(actor=None).exists()


@pytest.mark.usefixtures("at_once")
def test_nobody_is_sent_mails_by_the_hundred(client: Client, cast: Cast) -> None:
    for _ in range(5):
        client.post(FORGOTTEN, {"typed": "syt.hanoi"})
    assert len(outbox.outbox) == password_links.MAILS_AN_HOUR


@pytest.mark.usefixtures("at_once")
def test_invitations_sent_to_others_do_not_count_as_ones_own_mails(client: Client, cast: Cast) -> None:
    """Not even those to names that begin like the sender's."""
    for _ in range(password_links.MAILS_AN_HOUR):
        what = f"{cast.administrator.username}2 <a@b.example>"
        record(AccessLog.Kind.INVITATION, actor=cast.administrator, what=what)
    client.post(FORGOTTEN, {"typed": cast.administrator.username})
    assert [letter.to for letter in outbox.outbox] == [[cast.administrator.email]]


def test_a_new_password_does_not_bring_back_what_was_changed_meanwhile(cast: Cast) -> None:
    """The account was read when the request came in; since then an administrator deactivated it."""
    before = User.objects.get(pk=cast.officer.pk)
    with recorded(by=cast.administrator, reason="Nghỉ việc", door=Door.WEB):
        cast.officer.is_active = False
        cast.officer.save()
    keep_password(before, NEW, by=before, reason="Tự đổi mật khẩu")
    now = User.objects.get(pk=cast.officer.pk)
    assert not now.is_active and now.check_password(NEW) and before.password == now.password
    assert not now.history.latest().is_active


def test_without_a_broker_everybody_is_told_to_come_back(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(typed: str) -> None:
        raise OperationalError("down")

    monkeypatch.setattr(tasks.send_forgotten, "delay", refuse)
    for typed in ("syt.hanoi", "khong.co"):
        answer = client.post(FORGOTTEN, {"typed": typed})
        assert answer.status_code == 503
        assert "thử lại sau" in answer.content.decode()


def test_a_password_set_by_the_administrator_is_changed_first(administrator: Client, cast: Cast) -> None:
    send(administrator, ADD, username="moi", full_name="Người Mới", new_password=NEW)
    client = Client()
    sign_in(client, "moi", NEW, next="/quan-tri/directives/assignment/")
    led = client.get("/quan-tri/directives/assignment/")
    page = reverse("account_change_password")
    assert led["Location"].startswith(f"{page}?next=")
    assert "do người khác đặt" in client.get(led["Location"]).content.decode()
    own = "Cua-rieng-minh-2026"
    fields = {"oldpassword": NEW, "password1": own, "password2": own, "next": "/quan-tri/"}
    assert client.post(page, fields)["Location"] == "/quan-tri/"
    assert client.get("/quan-tri/").status_code == 200
