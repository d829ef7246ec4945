"""Addresses that take no mail: noted when a server says so, left out of what is composed, put right by people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit.context import acting
from accounts.audit.recording import recorded
from accounts.clock import hanoi_date
from accounts.dated import holds_on
from accounts.models import User
from directives import counters
from directives.errors import NotAllowed, Refused
from directives.models import AddressProblem, Message
from directives.rights import rights
from steering.models import Assistant, Committee, SeatHolding, Unit

# An answer of a server is a line or two; a returned mail may say anything at any length.
LONGEST = 2000


def normal(address: str) -> str:
    """Return an address as problems keep it: without space around it, in lower case."""
    return address.strip().lower()


def suppressed(addresses: Iterable[str]) -> set[str]:
    """Return which of these addresses, as they are written, take no mail for now; one query, none for no address."""
    asked = {address: normal(address) for address in addresses if address}
    if not asked:
        return set()
    rows = AddressProblem.objects.filter(resolved_at__isnull=True, address__in=set(asked.values()))
    found = set(rows.values_list("address", flat=True))
    return {address for address, key in asked.items() if key in found}


@transaction.atomic
def note_problem(
    address: str,
    *,
    kind: AddressProblem.Kind,
    said: str,
    detail: str,
    at: datetime,
    message: Message | None = None,
) -> AddressProblem:
    """Note that an address takes no mail, unless that is noted already; returns the open row.

    `said` is a sentence for people, `detail` what the other side said, word for word.
    """
    with (
        translation.override(settings.LANGUAGE_CODE),
        acting(by=User.objects.system(), reason=str(kind.label), at=at),
    ):
        problem, _new = AddressProblem.objects.get_or_create(
            address=normal(address),
            resolved_at=None,
            defaults={
                "kind": kind,
                "message": message,
                "said": said[:LONGEST],
                "detail": detail[:LONGEST],
                "noted_at": at,
            },
        )
    return problem


def may_resolve(problem: AddressProblem, *, by: User, at: datetime) -> bool:
    """Return whether a person may let mails go to the address again: the secretariat whose mail it was, and whoever
    looks after accounts and units."""
    held = rights(by, on=hanoi_date(at))
    return held.administrator or problem.committee_id in held.secretariat_of


def resolve(problem: AddressProblem, *, by: User, at: datetime, note: str) -> AddressProblem:
    """Let mails go to an address again; `note` says what was done, and goes into the history. Returns the row.

    Raises NotAllowed for anybody else (`may_resolve`); Refused without a note, and when somebody did it before.
    """
    if not may_resolve(problem, by=by, at=at):
        raise NotAllowed(
            _("Chỉ Tổ thư ký của Ban Chỉ đạo hoặc quản trị hệ thống được cho gửi lại đến địa chỉ này.")
        )
    if not note.strip():
        raise Refused(_("Hãy ghi đã xử lý thế nào, ví dụ: đơn vị báo đã mở lại hộp thư."), field="note")
    with recorded(by=by, reason=note.strip(), at=at):
        row = AddressProblem.objects.select_for_update(of=("self",)).get(pk=problem.pk)
        if row.resolved_at is not None:
            raise Refused(_("Địa chỉ này đã được đánh dấu gửi lại được."))
        row.resolved_at, row.resolved_by, row.resolution = at, by, note
        row.save()
        transaction.on_commit(partial(counters.touch, by.pk))
    return row


@dataclass(frozen=True)
class Bearer:
    """Who has an address: what kind of row (`label`), its name and its id; `model` is that of the row."""

    model: type[models.Model]
    pk: int
    label: str | Promise
    name: str


def bearers(addresses: Iterable[str], *, on: date) -> dict[str, list[Bearer]]:
    """Return who has these addresses (lower case) on a day (Hà Nội), by address; five queries, however many."""
    asked = set(addresses)
    found: dict[str, list[Bearer]] = defaultdict(list)
    if not asked:
        return found
    for model, field, name, label in _BEARING:
        rows = model._default_manager.annotate(_key=Lower(field)).filter(_key__in=asked)
        if model in (SeatHolding, Assistant):
            rows = rows.filter(holds_on(on))
        for key, pk, named in rows.order_by("pk").values_list("_key", "pk", name):
            found[key].append(Bearer(model, pk, label, named))
    return found


_BEARING: tuple[tuple[type[models.Model], str, str, str | Promise], ...] = (
    (User, "email", "full_name", gettext_lazy("Tài khoản")),
    (Unit, "mailbox", "name", gettext_lazy("Hộp thư của đơn vị")),
    (SeatHolding, "email", "person", gettext_lazy("Người giữ vị trí")),
    (Assistant, "email", "person", gettext_lazy("Người giúp việc")),
    (Committee, "mailbox", "name", gettext_lazy("Hộp thư của Tổ thư ký")),
)
