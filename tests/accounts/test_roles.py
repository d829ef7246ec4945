"""Roles are a table in code, and the groups follow it."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from accounts.roles import ROLES, Role, sync_groups
from accounts.system import ensure_system_user
from tests.cast import Cast


def permissions_of(group: Group) -> set[str]:
    return {
        f"{p.content_type.app_label}.{p.codename}" for p in group.permissions.select_related("content_type")
    }


def test_each_role_has_a_group_with_exactly_its_permissions(db: None) -> None:
    assert set(Group.objects.values_list("name", flat=True)) == {role.value for role in Role}
    for role, row in ROLES.items():
        assert permissions_of(Group.objects.get(name=role.value)) == set(row.permissions)


def test_a_group_that_was_changed_is_put_right(db: None) -> None:
    group = Group.objects.get(name=Role.MEMBER.value)
    group.permissions.set(Permission.objects.filter(codename="delete_document"))
    sync_groups()
    assert permissions_of(group) == set(ROLES[Role.MEMBER].permissions)


def test_no_role_may_delete_and_only_the_administrator_touches_accounts() -> None:
    for role, row in ROLES.items():
        assert not [name for name in row.permissions if ".delete_" in name], role
        may_change = {"accounts.add_user", "accounts.change_user"} & set(row.permissions)
        assert bool(may_change) == (role is Role.ADMINISTRATOR)


def test_the_administrator_changes_nothing_of_the_case() -> None:
    case = ("directives.document", "directives.directive", "directives.assignment")
    held = ROLES[Role.ADMINISTRATOR].permissions
    writing = {
        f"{app}.{verb}_{model}" for app, model in (m.split(".") for m in case) for verb in ("add", "change")
    }
    assert not writing & set(held)


def test_an_inactive_person_has_no_role(cast: Cast) -> None:
    assert cast.secretary.has_role(Role.SECRETARIAT)
    cast.secretary.is_active = False
    assert not cast.secretary.has_role(Role.SECRETARIAT)


def test_the_history_of_roles_cannot_be_rewritten(cast: Cast) -> None:
    for statement in (
        "UPDATE accounts_historicaluser_groups SET group_id = 1",
        "DELETE FROM accounts_historicaluser_groups",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_accounts_cannot_be_deleted_by_the_run_role(cast: Cast) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_user WHERE username = 'nguoila'")


def test_signing_in_leaves_no_row_in_the_history_of_the_account(cast: Cast) -> None:
    before = cast.officer.history.count()
    cast.officer.save(update_fields=["last_login"])
    assert cast.officer.history.count() == before


def test_the_system_user_is_made_once(db: None) -> None:
    ensure_system_user()
    assert User.objects.filter(username="he-thong").count() == 1


def create_administrator(monkeypatch: pytest.MonkeyPatch, password: str, name: str = "admin") -> str:
    out = StringIO()
    monkeypatch.setattr("sys.stdin", StringIO(password + "\n"))
    call_command("create_administrator", name, "Nguyễn Văn Quản", stdout=out)
    return out.getvalue()


def test_the_first_administrator_is_made_on_the_command_line(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Quản trị hệ thống" in create_administrator(monkeypatch, "Mat-khau-dau-tien-1")
    user = User.objects.get(username="admin")
    assert user.roles == {Role.ADMINISTRATOR}
    assert user.check_password("Mat-khau-dau-tien-1")
    assert user.history.latest().history_change_reason == "Tạo quản trị"
    with pytest.raises(CommandError, match="already"):
        create_administrator(monkeypatch, "Mat-khau-dau-tien-1", name="Admin")


@pytest.mark.parametrize("password", ["", "yeu", "khong-co-chu-hoa-1"])
def test_its_password_follows_the_rules(db: None, monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    with pytest.raises(CommandError):
        create_administrator(monkeypatch, password)
    assert not User.objects.filter(username="admin").exists()
