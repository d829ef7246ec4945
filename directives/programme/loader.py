"""The account that enters the programme: a secretary for the days that it enters, locked before and after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.contrib.auth.models import Group

from accounts.models import User
from accounts.roles import Role
from steering.models import Committee, CommitteeStaff

LOADER_USERNAME = "nap-du-lieu"


@contextmanager
def loader(committee: Committee, *, first: date, last: date) -> Iterator[User]:
    """In the block, an account that works for the committee's secretariat from `first` to `last` (Hà Nội).

    Services take no shortcut for the system, so whoever enters documents needs a secretary's dated rights.
    The account has no password and is locked again at the end; its posting lies in the past, so that nobody
    takes it for a colleague. Call within a transaction and `acting(…)`: a failure leaves nothing behind.
    """
    account = User.objects.filter(username=LOADER_USERNAME).first()
    if account is None:
        account = User.objects.create_user(LOADER_USERNAME, full_name="Nạp dữ liệu")
        account.groups.add(Group.objects.get(name=Role.SECRETARIAT.value))
    else:
        account.is_active = True
        account.save()
    CommitteeStaff.objects.create(committee=committee, user=account, valid_from=first, valid_until=last)
    yield account
    account.is_active = False
    account.save()
