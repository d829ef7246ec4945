"""The roles, what each is for and what it may open: one table, kept in step with Django's groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The value is the name of the group."""

    ADMINISTRATOR = "administrator", _("Quản trị hệ thống")
    SECRETARIAT = "secretariat", _("Tổ thư ký")
    LEADER = "leader", _("Lãnh đạo Ban")
    MEMBER = "member", _("Thành viên Ban")
    UNIT_HEAD = "unit_head", _("Thủ trưởng đơn vị")
    UNIT_OFFICER = "unit_officer", _("Chuyên viên đầu mối")
    AUDITOR = "auditor", _("Kiểm tra, giám sát")


@dataclass(frozen=True)
class RoleRow:
    """`permissions` open screens only; which rows, and what may be done to them, `directives.access` decides."""

    description: Promise | str
    permissions: tuple[str, ...]


def _crud(*models_: str, verbs: str = "view add change") -> tuple[str, ...]:
    return tuple(
        f"{app}.{verb}_{model}" for app, model in (m.split(".") for m in models_) for verb in verbs.split()
    )


CASE = ("directives.document", "directives.directive", "directives.assignment")
SECTOR = ("steering.unit", "steering.committee", "steering.seat", "steering.calendarday", "steering.unitkind")
MAIL = ("directives.message", "directives.addressproblem")

ROLES: dict[Role, RoleRow] = {
    Role.ADMINISTRATOR: RoleRow(
        _("Quản lý tài khoản, đơn vị, chính sách nhắc việc; không đổi trạng thái nhiệm vụ."),
        _crud("accounts.user", *SECTOR, "directives.reminderpolicy")
        + _crud("steering.posting", "steering.committeestaff", "steering.seatholding")
        + _crud(*CASE, *MAIL, "audit.accesslog", "audit.check", verbs="view"),
    ),
    Role.SECRETARIAT: RoleRow(
        _("Nhập văn bản, giao nhiệm vụ, đôn đốc, xác nhận kết quả của Ban Chỉ đạo mình."),
        _crud(*CASE)
        + _crud("steering.calendarday", "directives.reminderpolicy")
        + _crud(*SECTOR, *MAIL, verbs="view"),
    ),
    Role.LEADER: RoleRow(
        _("Xem toàn bộ nhiệm vụ của Ban Chỉ đạo mình, ghi ý kiến trao đổi."), _crud(*CASE, verbs="view")
    ),
    Role.MEMBER: RoleRow(
        _("Xem nhiệm vụ mình được phân công phụ trách, ghi ý kiến trao đổi."), _crud(*CASE, verbs="view")
    ),
    Role.UNIT_HEAD: RoleRow(
        _("Báo cáo, trình kết quả, trả lại nhiệm vụ của đơn vị mình."), _crud(*CASE, verbs="view")
    ),
    Role.UNIT_OFFICER: RoleRow(_("Tiếp nhận, cập nhật tiến độ của đơn vị mình."), _crud(*CASE, verbs="view")),
    Role.AUDITOR: RoleRow(
        _("Xem tất cả cùng lịch sử thay đổi, không sửa gì."),
        _crud(
            "accounts.user",
            *SECTOR,
            *CASE,
            *MAIL,
            "directives.reminderpolicy",
            "audit.accesslog",
            "audit.check",
            verbs="view",
        )
        + _crud("steering.posting", "steering.committeestaff", "steering.seatholding", verbs="view"),
    ),
}


def sync_groups(using: str = "default", **kwargs: Any) -> None:
    """After migrate: one group a role with exactly the permissions of the table.

    Permissions are created here when their app's own signal has not yet run.
    """
    from django.apps import apps
    from django.contrib.auth.management import create_permissions
    from django.contrib.auth.models import Group, Permission

    for config in apps.get_app_configs():
        create_permissions(config, verbosity=0, using=using)
    by_name = {
        f"{app}.{codename}": pk
        for pk, app, codename in Permission.objects.using(using).values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    for role, row in ROLES.items():
        group, _created = Group.objects.using(using).get_or_create(name=role.value)
        group.permissions.set([by_name[name] for name in row.permissions])
