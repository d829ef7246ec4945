"""Appointing people to units: the posting and the dated permission rows that follow from it, in one step."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import Permission
from django.db import transaction

from accounts.audit.recording import recorded
from accounts.models import User
from steering.models import Posting, Unit, UnitUserObjectPermission

# What each duty may do at its unit; seeing reaches further (`steering.tree`).
RIGHTS: dict[str, tuple[str, ...]] = {
    Posting.Duty.HEAD: ("see_unit", "report_unit", "submit_unit"),
    Posting.Duty.DEPUTY: ("see_unit", "report_unit", "submit_unit"),
    Posting.Duty.OFFICER: ("see_unit", "report_unit"),
    Posting.Duty.CLERK: ("see_unit", "report_unit"),
}


def appoint(
    *,
    user: User,
    unit: Unit,
    duty: str,
    by: User,
    valid_from: date | None = None,
    valid_until: date | None = None,
) -> Posting:
    """Give a person a duty at a unit, for a time (both days inclusive, Hà Nội); returns the posting."""
    posting = Posting(user=user, unit=unit, duty=duty, valid_from=valid_from, valid_until=valid_until)
    return keep(posting=posting, by=by)


def keep(*, posting: Posting, by: User) -> Posting:
    """Save a new or changed posting together with its permission rows; returns it."""
    with recorded(by=by):
        posting.full_clean()
        posting.save()
        grant(posting)
    return posting


@transaction.atomic
def grant(posting: Posting) -> None:
    """Make the permission rows of a posting agree with it: duty, person, unit and dates."""
    wanted = set(RIGHTS[posting.duty])
    rows = {row.permission.codename: row for row in posting.grants.select_related("permission")}
    for codename, row in rows.items():
        if codename not in wanted:
            row.delete()
    permissions = Permission.objects.filter(content_type__app_label="steering", content_type__model="unit")
    for permission in permissions.filter(codename__in=wanted):
        row = rows.get(permission.codename) or UnitUserObjectPermission(
            posting=posting, permission=permission
        )
        row.user, row.content_object = posting.user, posting.unit
        row.valid_from, row.valid_until = posting.valid_from, posting.valid_until
        row.save()


def end(*, posting: Posting, on: date, by: User) -> None:
    """End a posting: `on` is its last day (Hà Nội)."""
    posting.valid_until = on
    keep(posting=posting, by=by)
