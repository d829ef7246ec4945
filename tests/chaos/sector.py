"""Work for the reminders to be about, and who must be written to because of it, by the rules and not by the code."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from accounts.audit.context import Door, acting
from accounts.models import User
from steering.models import Unit, UnitName
from tests.cast import Cast
from tests.chaos.site import DAY, instant

# The step of the third day after the date: units, heads and whoever supervises are all written to.
DUE = DAY - timedelta(days=3)
GIVEN_AT = instant(9, day=DAY - timedelta(days=40))


def give(cast: Cast, *, more: int = 0, news: bool = True) -> set[str]:
    """Give overdue work to the cast's units and `more` others, and new work this morning to the cast's.

    Returns the addresses that must get a mail on DAY.
    """
    units = [cast.hanoi, cast.danang, cast.office]
    others = mailboxes(cast, more)
    cast.issued(units=[*units, *others], due_on=DUE, at=GIVEN_AT)
    if news:
        cast.issued(units=units, due_on=DAY + timedelta(days=60), at=instant(7, 30))
    people = (cast.officer, cast.head, cast.danang_officer, cast.danang_head, cast.member)
    return {
        *(person.email for person in people),
        *(unit.mailbox for unit in [*units, *others]),
        cast.committee.mailbox,
    }


def mailboxes(cast: Cast, count: int) -> list[Unit]:
    """Make units that have nobody but a mailbox."""
    with acting(by=User.objects.system(), reason="Chuẩn bị", door=Door.JOB), transaction.atomic():
        units = [
            Unit.objects.create(
                code=f"dv{n}",
                name=f"Đơn vị {n}",
                short_name=f"ĐV {n}",
                kind=cast.office.kind,
                order=1000 + n,
                mailbox=f"dv{n}@cast.example",
            )
            for n in range(count)
        ]
        for unit in units:
            UnitName.objects.create(unit=unit, name=unit.name)
    return units
