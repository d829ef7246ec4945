"""Who a recipient's key stands for: name, post, address, as of a day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.translation import gettext as _

from accounts.dated import holds_on
from accounts.models import User
from directives.models import Reminder
from directives.reminders.addresses import suppressed
from steering.models import Assistant, Committee, CommitteeStaff, Posting, SeatHolding, Unit

Skip = Reminder.Skip
R = TypeVar("R", bound=models.Model)


@dataclass(frozen=True)
class Recipient:
    """`salutation` follows "Kính gửi: ", `skip` says why nothing can be sent now, `copy_of` whom an assistant helps."""

    key: str
    name: str
    salutation: str
    address: str
    skip: str = ""
    user: User | None = None
    unit: Unit | None = None
    copy_of: str = ""
    is_secretariat: bool = False


def recipient(key: str, *, committee: Committee, on: date) -> Recipient:
    """Return whom a planned reminder's key stands for, with the post and the mailbox of today and the postings of `on`.

    Raises KeyError for a key of another kind: such rows are planned with a reason and never composed.
    """
    return recipients([key], committee=committee, on=on)[key]


def recipients(keys: Iterable[str], *, committee: Committee, on: date) -> dict[str, Recipient]:
    """Return the same for many keys of one committee, in a number of queries that does not depend on them."""
    by_kind: dict[str, list[int]] = {}
    for key in keys:
        kind, _colon, number = key.partition(":")
        by_kind.setdefault(kind, []).append(int(number))
    found: dict[str, Recipient] = {}
    for kind, numbers in by_kind.items():
        found |= {row.key: row for row in _BY_KIND[kind](numbers, committee, on)}
    closed = suppressed(row.address for row in found.values() if not row.skip)
    return {
        key: replace(row, skip=Skip.BOUNCED.value) if not row.skip and row.address in closed else row
        for key, row in found.items()
    }


def _reachable(address: str) -> str:
    try:
        validate_email(address)
    except ValidationError:
        return Skip.NO_ADDRESS.value
    return ""


def _comrade(name: str, post: str) -> str:
    words = {"name": name, "post": post}
    return _("Đồng chí %(name)s, %(post)s") % words if post else _("Đồng chí %(name)s") % words


def _accounts(pks: list[int], committee: Committee, on: date) -> Iterator[Recipient]:
    users = User.objects.filter(pk__in=pks).prefetch_related("groups")
    helped = _first_by_user(
        Assistant.objects.filter(holds_on(on), holds_on(on, "holding__"), user__in=pks).select_related(
            "holding"
        )
    )
    held = _first_by_user(SeatHolding.objects.filter(holds_on(on), user__in=pks).select_related("seat"))
    staff = set(CommitteeStaff.objects.filter(holds_on(on), user__in=pks).values_list("user", flat=True))
    posted = _first_by_user(Posting.objects.filter(holds_on(on), user__in=pks).select_related("unit"))
    for user in users:
        holding, help_of, posting = held.get(user.pk), helped.get(user.pk), posted.get(user.pk)
        address = user.email or (holding.email if holding else "") or (help_of.email if help_of else "")
        post = user.post or (_seat_post(holding) if holding else "") or (_duty(posting) if posting else "")
        copy_of = _comrade(help_of.holding.person, help_of.holding.post) if help_of and not holding else ""
        yield Recipient(
            key=f"user:{user.pk}",
            name=user.full_name,
            salutation=_comrade(user.full_name, post),
            address=address,
            skip=_reachable(address) if user.is_active else Skip.INACTIVE.value,
            user=user,
            copy_of=copy_of,
            is_secretariat=user.pk in staff,
        )


def _first_by_user(rows: models.QuerySet[R]) -> dict[int, R]:
    """Of each user the row that was entered first."""
    found: dict[int, R] = {}
    for row in rows.order_by("pk"):
        found.setdefault(row.user_id, row)  # type: ignore[attr-defined]
    return found


def _duty(posting: Posting) -> str:
    return f"{posting.get_duty_display()}, {posting.unit.name}"


def _seat_post(holding: SeatHolding) -> str:
    return holding.post or holding.seat.get_role_display()


def _holders(pks: list[int], committee: Committee, on: date) -> Iterator[Recipient]:
    for holding in SeatHolding.objects.select_related("seat").filter(pk__in=pks):
        yield Recipient(
            key=f"holding:{holding.pk}",
            name=holding.person,
            salutation=_comrade(holding.person, _seat_post(holding)),
            address=holding.email,
            skip=_reachable(holding.email),
        )


def _assistants(pks: list[int], committee: Committee, on: date) -> Iterator[Recipient]:
    for row in Assistant.objects.select_related("holding", "user").filter(pk__in=pks):
        address = row.email or (row.user.email if row.user else "")
        locked = row.user is not None and not row.user.is_active
        yield Recipient(
            key=f"assistant:{row.pk}",
            name=row.person,
            salutation=_comrade(row.person, ""),
            address=address,
            skip=Skip.INACTIVE.value if locked else _reachable(address),
            user=row.user,
            copy_of=_comrade(row.holding.person, row.holding.post),
        )


def _mailboxes(pks: list[int], committee: Committee, on: date) -> Iterator[Recipient]:
    for unit in Unit.objects.filter(pk__in=pks).prefetch_related("names"):
        yield Recipient(
            key=f"unit:{unit.pk}",
            name=unit.name,
            salutation=unit.name_on(on),
            address=unit.mailbox,
            skip=_reachable(unit.mailbox),
            unit=unit,
        )


def _secretariats(pks: list[int], committee: Committee, on: date) -> Iterator[Recipient]:
    for row in Committee.objects.filter(pk__in=pks):
        label = f"{row.secretariat_label} {row.name}"
        yield Recipient(
            key=f"committee:{row.pk}",
            name=label,
            salutation=label,
            address=row.mailbox,
            skip=_reachable(row.mailbox),
            is_secretariat=True,
        )


_BY_KIND: dict[str, Callable[[list[int], Committee, date], Iterator[Recipient]]] = {
    "user": _accounts,
    "unit": _mailboxes,
    "holding": _holders,
    "assistant": _assistants,
    "committee": _secretariats,
}

# Where each kind of key keeps a name.
_NAMED: dict[str, tuple[type[models.Model], str]] = {
    "user": (User, "full_name"),
    "unit": (Unit, "name"),
    "holding": (SeatHolding, "person"),
    "assistant": (Assistant, "person"),
    "committee": (Committee, "secretariat_label"),
}


def names(keys: Iterable[str]) -> dict[str, str]:
    """Return the names behind recipients' keys as they are now; a key that stands for nobody is left out."""
    by_kind: dict[str, list[str]] = {}
    for key in keys:
        kind, _colon, number = key.partition(":")
        if kind in _NAMED and number.isdecimal():
            by_kind.setdefault(kind, []).append(number)
    found: dict[str, str] = {}
    for kind, numbers in by_kind.items():
        model, field = _NAMED[kind]
        rows = model._default_manager.filter(pk__in=numbers).values_list("pk", field)
        found |= {f"{kind}:{pk}": name for pk, name in rows}
    return found
