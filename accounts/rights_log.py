"""Changes of what people may do, in the log of access: who made them from where. The history has the rows.

Whatever is done to roles, accounts, postings and grants on a screen is seen here, by whichever form it came, because
each leaves a history row. Set-up and nightly work have no address; the history alone tells of them.
"""

from __future__ import annotations

from typing import Any

from allauth.core import context
from simple_history.signals import post_create_historical_record

from accounts.audit.context import Door, current_act
from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.models import User
from accounts.roles import Role

# Rows that give rights, by name: the rooms above are not imported.
GIVING = (
    "steering.Posting",
    "steering.CommitteeStaff",
    "steering.SeatHolding",
    "directives.DirectiveUserObjectPermission",
)
DONE = {"+": "Thêm", "~": "Đổi", "-": "Xóa"}


def connect() -> None:
    """Listen to the history of everything that gives rights; called when the app is ready."""
    post_create_historical_record.connect(_written, dispatch_uid="rights_log.written")


def _written(sender: Any, instance: Any, history_instance: Any, **kwargs: Any) -> None:
    act = current_act()
    if act.door != Door.WEB or act.by is None:
        return
    if isinstance(instance, User):
        what = _of_account(instance, history_instance)
    elif instance._meta.label in GIVING:
        kind = instance._meta.verbose_name
        what = f"{DONE[history_instance.history_type]} {kind}: {instance}{_days(instance)}"
    else:
        return
    if what:
        request = getattr(context, "request", None)
        record(
            AccessLog.Kind.RIGHTS, request=request, actor=act.by, what=f"{what}. Lý do: {act.reason or '–'}"
        )


def _of_account(user: User, now: Any) -> str:
    """Return what changed of an account's roles and whether it may sign in; "" when neither did."""
    before = now.prev_record
    gained, lost = _roles(now) - _roles(before), _roles(before) - _roles(now)
    parts = [f"thêm vai trò {role.label}" for role in sorted(gained)]
    parts += [f"bỏ vai trò {role.label}" for role in sorted(lost)]
    was_active = before.is_active if before is not None else None
    if before is None:
        parts.insert(0, "tạo tài khoản")
    elif was_active != now.is_active:
        parts.append("mở lại tài khoản" if now.is_active else "ngừng hoạt động")
    return f"{user.username}: {', '.join(parts)}" if parts else ""


def _roles(row: Any) -> set[Role]:
    names = set(row.groups.values_list("group__name", flat=True)) if row is not None else set()
    return {role for role in Role if role.value in names}


def _days(instance: Any) -> str:
    since, until = getattr(instance, "valid_from", None), getattr(instance, "valid_until", None)
    dates = (("từ", since), ("đến", until))
    parts = [f"{word} {day:%d/%m/%Y}" for word, day in dates if day is not None]
    return f" ({' '.join(parts)})" if parts else ""
