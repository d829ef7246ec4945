"""System checks of the installation, with ids and hints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register()
def time_zone(**kwargs: Any) -> list[CheckMessage]:
    """dondoc.E002: business dates are dates in Hà Nội."""
    if settings.TIME_ZONE == "Asia/Ho_Chi_Minh" and settings.USE_TZ:
        return []
    return [Error("TIME_ZONE must be Asia/Ho_Chi_Minh with USE_TZ on.", id="dondoc.E002")]


@register(Tags.database)
def database(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """dondoc.E003: a character type of C folds wrongly (TRAPS 13). dondoc.E004: the run role owns nothing."""
    if not databases or "default" not in databases:
        return []
    from django.db import connections

    found: list[CheckMessage] = []
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT lower('ĐÀO')")
        if cursor.fetchone()[0] != "đào":
            found.append(
                Error(
                    "The database's character type does not know Vietnamese letters.",
                    hint="Create the database with LOCALE 'C.UTF-8' or another UTF-8 locale.",
                    id="dondoc.E003",
                )
            )
        cursor.execute(
            "SELECT rolsuper OR EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid AND c.relkind = 'r')"
            " FROM pg_roles r WHERE rolname = current_user"
        )
        if cursor.fetchone()[0] and settings.DATABASE_OWNER:
            found.append(
                Error(
                    "The database role that serves owns tables or is a superuser: it could switch the guards off.",
                    hint="Give DATABASE_URL a role of its own and DATABASE_OWNER_URL the owner.",
                    id="dondoc.E004",
                )
            )
    return found
