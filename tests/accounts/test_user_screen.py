"""The screen of accounts: roles and postings, never single rights; a reason for each change."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.lockout import is_locked
from accounts.models import SYSTEM_USERNAME, User
from accounts.roles import Role
from steering.models import Posting
from tests.accounts.conftest import sign_in
from tests.accounts.forms_filled import errors, send
from tests.cast import Cast

ADD = "/quan-tri/accounts/user/add/"
LIST = "/quan-tri/accounts/user/"
NEW_PASSWORD = "Mot-mat-khau-moi-77"


@pytest.fixture
def administrator(client: Client, cast: Cast) -> Client:
    client.force_login(cast.administrator)
    return client


def page_of(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


def test_an_account_is_made_with_roles_a_posting_and_a_first_password(
    administrator: Client, cast: Cast
) -> None:
    response = send(
        administrator,
        ADD,
        username="moi",
        full_name="Nguyễn  Văn Mới",
        new_password=NEW_PASSWORD,
        roles=[Role.UNIT_OFFICER.value],
        **{
            "postings-TOTAL_FORMS": "1",
            "postings-0-unit": cast.danang.pk,
            "postings-0-duty": Posting.Duty.OFFICER.value,
            "postings-0-valid_from": "01/03/2026",
        },
    )
    assert response.status_code == 302
    user = User.objects.get(username="moi")
    assert user.full_name == "Nguyễn Văn Mới"
    assert user.roles == {Role.UNIT_OFFICER}
    posting = user.postings.get()
    assert posting.valid_from == date(2026, 3, 1)
    assert set(posting.grants.values_list("permission__codename", flat=True)) == {"see_unit", "report_unit"}
    row = user.history.earliest()
    assert (row.history_user, row.history_change_reason, row.door) == (
        cast.administrator,
        "Thêm mới – đặt mật khẩu",
        "web",
    )
    assert sign_in(Client(), "moi", NEW_PASSWORD).status_code == 302


def test_a_duty_is_chosen_not_taken_for_granted(administrator: Client, cast: Cast) -> None:
    rows = {"postings-TOTAL_FORMS": "1", "postings-0-unit": cast.danang.pk}
    response = send(administrator, ADD, username="moi", full_name="Người Mới", **rows)
    assert response.status_code == 200
    assert "duty" in errors(response)


def test_without_a_password_nobody_can_sign_in(administrator: Client) -> None:
    send(administrator, ADD, username="moi", full_name="Người Mới")
    assert not User.objects.get(username="moi").has_usable_password()


def test_a_weak_password_and_a_taken_name_are_refused(administrator: Client) -> None:
    response = send(administrator, ADD, username="ThuKy", full_name="Trùng", new_password="yeu")
    assert response.status_code == 200
    assert "Đã có tài khoản với tên đăng nhập này." in errors(response)
    assert "ít nhất 14 ký tự" in errors(response)


def test_a_change_needs_a_reason_and_the_history_keeps_it(administrator: Client, cast: Cast) -> None:
    response = send(administrator, page_of(cast.officer), phone="024 1234")
    assert "Nhập lý do thay đổi" in errors(response)
    send(administrator, page_of(cast.officer), phone="024 1234", reason="Đổi số máy")
    row = cast.officer.history.latest()
    assert (row.phone, row.history_change_reason) == ("024 1234", "Đổi số máy")
    assert row.history_user == cast.administrator
    assert row.door == "web"


def test_a_change_of_roles_is_in_the_history_in_words(administrator: Client, cast: Cast) -> None:
    send(administrator, page_of(cast.officer), roles=[Role.UNIT_HEAD.value], reason="Bổ nhiệm")
    assert User.objects.get(pk=cast.officer.pk).roles == {Role.UNIT_HEAD}
    page = administrator.get(f"{LIST}{cast.officer.pk}/history/").content.decode()
    assert "Chuyên viên đầu mối → –" in page
    assert "– → Thủ trưởng đơn vị" in page
    assert "Bổ nhiệm" in page
    assert "Tạ Quản Trị" in page


def test_a_saved_form_without_changed_roles_leaves_them(administrator: Client, cast: Cast) -> None:
    send(administrator, page_of(cast.officer), phone="1", reason="Thử")
    assert User.objects.get(pk=cast.officer.pk).roles == {Role.UNIT_OFFICER}


def test_an_ended_posting_ends_its_grants(administrator: Client, cast: Cast) -> None:
    ended = {"postings-0-valid_until": "30/06/2026", "reason": "Chuyển công tác"}
    assert send(administrator, page_of(cast.officer), **ended).status_code == 302
    posting = cast.officer.postings.get()
    assert {row.valid_until for row in posting.grants.all()} == {date(2026, 6, 30)}
    assert posting.history.latest().history_change_reason == "Chuyển công tác"


def test_nobody_changes_their_own_roles_or_locks_themselves_out(administrator: Client, cast: Cast) -> None:
    page = administrator.get(page_of(cast.administrator))
    fields = page.context["adminform"].form.fields
    assert "roles" not in fields
    assert "is_active" not in fields
    send(
        administrator,
        page_of(cast.administrator),
        roles=[Role.SECRETARIAT.value],
        is_active=None,
        reason="Thử",
    )
    again = User.objects.get(pk=cast.administrator.pk)
    assert again.roles == {Role.ADMINISTRATOR}
    assert again.is_active


def test_the_form_gives_nothing_beyond_roles(administrator: Client, cast: Cast) -> None:
    fields = administrator.get(page_of(cast.officer)).context["adminform"].form.fields
    assert not {"is_superuser", "user_permissions", "groups", "is_staff", "password"} & set(fields)
    send(administrator, page_of(cast.officer), is_superuser="on", user_permissions="1", reason="Thử")
    officer = User.objects.get(pk=cast.officer.pk)
    assert not officer.is_superuser
    assert not officer.user_permissions.exists()


def test_an_account_is_deactivated_never_deleted(administrator: Client, cast: Cast) -> None:
    assert administrator.get(f"{LIST}{cast.officer.pk}/delete/").status_code == 403
    assert administrator.post(f"{LIST}{cast.officer.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in administrator.get(LIST).content.decode()
    send(administrator, page_of(cast.officer), is_active=None, reason="Nghỉ việc")
    assert not User.objects.get(pk=cast.officer.pk).is_active


def test_the_administrator_unlocks_an_account(administrator: Client, cast: Cast) -> None:
    assert "unlock" not in administrator.get(page_of(cast.officer)).context["adminform"].form.fields
    for _ in range(5):
        sign_in(Client(), "syt.hanoi", "sai")
    assert is_locked(cast.officer)
    send(administrator, page_of(cast.officer), unlock="on", reason="Đã xác minh qua điện thoại")
    assert not is_locked(cast.officer)
    done = "Đã xác minh qua điện thoại – mở khóa đăng nhập"
    assert cast.officer.history.latest().history_change_reason == done


def test_the_system_user_is_not_on_the_screen(administrator: Client) -> None:
    system = User.objects.get(username=SYSTEM_USERNAME)
    assert administrator.get(page_of(system)).status_code == 404
    assert administrator.get(f"{LIST}{system.pk}/history/").status_code == 404
    assert SYSTEM_USERNAME not in administrator.get(LIST).content.decode()


def test_people_are_found_without_accents_and_by_role(administrator: Client) -> None:
    def found(query: str) -> set[str]:
        rows = administrator.get(f"{LIST}?{query}").context["cl"].result_list
        return {user.username for user in rows}

    assert found("q=chuyen+do") == {"syt.hanoi"}
    assert found("vai-tro=auditor") == {"kiemtra"}
    assert found("vai-tro=-") == {"nguoila"}


def test_the_access_review_lists_accounts_idle_for_45_days(administrator: Client, cast: Cast) -> None:
    with time_machine.travel(clock.now() + timedelta(days=46), tick=False):
        administrator.force_login(cast.administrator)
        rows = administrator.get(f"{LIST}?dang-nhap=lau").context["cl"].result_list
        assert "syt.hanoi" in {user.username for user in rows}
        assert "quantri" not in {user.username for user in rows}


def test_the_list_asks_a_constant_number_of_questions(
    administrator: Client, cast: Cast, django_assert_max_num_queries: object
) -> None:
    administrator.get(LIST)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        administrator.get(LIST)


def test_an_auditor_looks_and_cannot_change(client: Client, cast: Cast) -> None:
    client.force_login(cast.auditor)
    page = client.get(page_of(cast.officer))
    assert page.status_code == 200
    assert "Chuyên viên đầu mối" in page.content.decode()
    assert "Lý do" not in page.content.decode()
    assert client.post(page_of(cast.officer), {"phone": "1", "reason": "x"}).status_code == 403
    assert client.get(ADD).status_code == 403


@pytest.mark.parametrize("person", ["secretary", "chair", "member", "head", "officer", "stranger"])
def test_others_do_not_see_accounts(client: Client, cast: Cast, person: str) -> None:
    client.force_login(cast.people[person])
    for address in (LIST, ADD, page_of(cast.officer), f"{LIST}{cast.officer.pk}/history/"):
        assert client.get(address).status_code in (403, 404), address


def test_persons_are_listed_by_given_name_as_vietnamese_sorts(administrator: Client, cast: Cast) -> None:
    names = ["Trần Văn Ánh", "Lê Thị Đào", "Đỗ Văn An", "Phạm Minh Dũng"]
    for number, name in enumerate(names):
        User.objects.create_user(f"nguoi{number}", full_name=name)
    renamed = User.objects.get(username="nguoi3")
    renamed.full_name = "Phạm Minh Ẩn"
    renamed.save(update_fields=["full_name"])

    page = administrator.get(LIST, {"q": "nguoi"}).content.decode()
    places = [page.index(name) for name in ("Đỗ Văn An", "Trần Văn Ánh", "Phạm Minh Ẩn", "Lê Thị Đào")]
    assert places == sorted(places)
