"""The account that background work acts as."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts.audit.context import Door, acting


def ensure_system_user(using: str = "default", **kwargs: Any) -> None:
    """After migrate: the system user exists, whoever acts first."""
    from accounts.models import SYSTEM_USERNAME, User

    if User.objects.using(using).filter(username=SYSTEM_USERNAME).exists():
        return
    with transaction.atomic(using=using), acting(by=None, reason="Khởi tạo hệ thống", door=Door.JOB):
        User.objects.db_manager(using).system()
