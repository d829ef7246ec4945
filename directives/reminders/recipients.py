"""Who a recipient's key stands for: name, post, address, as of a day."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.translation import gettext as _

from accounts.dated import holds_on
from accounts.models import User
from directives.models import Reminder
from steering.models import Assistant, Committee, Posting, SeatHolding, Unit

Skip = Reminder.Skip


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


def recipient(key: str, *, committee: Committee, on: date) -> Recipient:
    """Return whom a planned reminder's key stands for, with the post and the mailbox of today and the postings of `on`.

    Raises KeyError for a key of another kind: such rows are planned with a reason and never composed.
    """
    kind, _colon, number = key.partition(":")
    return _BY_KIND[kind](int(number), committee, on)


def _reachable(address: str) -> str:
    try:
        validate_email(address)
    except ValidationError:
        return Skip.NO_ADDRESS.value
    return ""


def _comrade(name: str, post: str) -> str:
    words = {"name": name, "post": post}
    return _("Đồng chí %(name)s, %(post)s") % words if post else _("Đồng chí %(name)s") % words


def _account(pk: int, committee: Committee, on: date) -> Recipient:
    user = User.objects.get(pk=pk)
    helped = (
        Assistant.objects.filter(holds_on(on), holds_on(on, "holding__"), user=user)
        .select_related("holding")
        .order_by("pk")
        .first()
    )
    # Asked for only where something is missing or depends on it: most accounts are of units' people.
    wanted = helped or not (user.email and user.post)
    holdings = SeatHolding.objects.filter(holds_on(on), user=user).select_related("seat")
    holding = holdings.order_by("pk").first() if wanted else None
    address = user.email or (holding.email if holding else "") or (helped.email if helped else "")
    post = user.post or (_seat_post(holding) if holding else "") or _duty(user, on)
    return Recipient(
        key=f"user:{pk}",
        name=user.full_name,
        salutation=_comrade(user.full_name, post),
        address=address,
        skip=_reachable(address) if user.is_active else Skip.INACTIVE.value,
        user=user,
        copy_of=_comrade(helped.holding.person, helped.holding.post) if helped and not holding else "",
    )


def _duty(user: User, on: date) -> str:
    postings = Posting.objects.filter(holds_on(on), user=user).order_by("pk")
    posting = postings.values_list("duty", "unit__name").first()
    return f"{Posting.Duty(posting[0]).label}, {posting[1]}" if posting else ""


def _seat_post(holding: SeatHolding) -> str:
    return holding.post or holding.seat.get_role_display()


def _holder(pk: int, committee: Committee, on: date) -> Recipient:
    holding = SeatHolding.objects.select_related("seat").get(pk=pk)
    return Recipient(
        key=f"holding:{pk}",
        name=holding.person,
        salutation=_comrade(holding.person, _seat_post(holding)),
        address=holding.email,
        skip=_reachable(holding.email),
    )


def _assistant(pk: int, committee: Committee, on: date) -> Recipient:
    row = Assistant.objects.select_related("holding").get(pk=pk)
    return Recipient(
        key=f"assistant:{pk}",
        name=row.person,
        salutation=_comrade(row.person, ""),
        address=row.email,
        skip=_reachable(row.email),
        copy_of=_comrade(row.holding.person, row.holding.post),
    )


def _mailbox(pk: int, committee: Committee, on: date) -> Recipient:
    unit = Unit.objects.get(pk=pk)
    return Recipient(
        key=f"unit:{pk}",
        name=unit.name,
        salutation=unit.name_on(on),
        address=unit.mailbox,
        skip=_reachable(unit.mailbox),
        unit=unit,
    )


def _secretariat(pk: int, committee: Committee, on: date) -> Recipient:
    label = f"{committee.secretariat_label} {committee.name}"
    return Recipient(
        key=f"committee:{pk}",
        name=label,
        salutation=label,
        address=committee.mailbox,
        skip=_reachable(committee.mailbox),
    )


_BY_KIND: dict[str, Callable[[int, Committee, date], Recipient]] = {
    "user": _account,
    "unit": _mailbox,
    "holding": _holder,
    "assistant": _assistant,
    "committee": _secretariat,
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
