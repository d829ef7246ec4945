"""Taking queued mails for a time: a lease, renewed when each mail's turn comes, that nobody else takes meanwhile."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from directives.models import Message, MessageEvent

log = structlog.get_logger(__name__)

State, Event = Message.State, MessageEvent.Kind

# After so many processes that took a mail and were never heard of again it is set aside: it may be what ends them.
MOST_ABANDONED = 5


@dataclass(frozen=True)
class Claim:
    """A mail that is this process's until `leased_until`; the instant is the proof of it."""

    message: int
    leased_until: datetime


def claim(*, at: datetime, size: int, any_hour: bool = True) -> list[Claim]:
    """Take up to `size` queued mails whose time has come and that nobody holds; without `any_hour` only such as wait
    for no hour. What too many processes took and never told of is set aside instead."""
    until = at + timedelta(seconds=settings.MAIL_LEASE_SECONDS)
    with transaction.atomic():
        free = Message.objects.filter(_free(at), state=State.QUEUED, next_attempt_at__lte=at)
        if not any_hour:
            free = free.filter(at_any_hour=True)
        rows = free.select_for_update(skip_locked=True).order_by("next_attempt_at", "pk")[:size]
        found = list(rows.values_list("pk", "leased_until", "abandoned"))
        left = [pk for pk, leased, _times in found if leased is not None]
        poison = {pk for pk, leased, times in found if leased is not None and times + 1 >= MOST_ABANDONED}
        Message.objects.filter(pk__in=left).update(abandoned=F("abandoned") + 1)
        _set_aside(poison, at=at)
        ids = [pk for pk, _leased, _times in found if pk not in poison]
        Message.objects.filter(pk__in=ids).update(leased_until=until)
    if poison and not ids:
        return claim(at=at, size=size, any_hour=any_hour)
    return [Claim(pk, until) for pk in ids]


def _set_aside(poison: Collection[int], *, at: datetime) -> None:
    if not poison:
        return
    sentence = _("Đã %(count)d lần tiến trình gửi thư này dừng giữa chừng; thư được để riêng") % {
        "count": MOST_ABANDONED
    }
    Message.objects.filter(pk__in=poison).update(state=State.FAILED, leased_until=None, error=sentence)
    MessageEvent.objects.bulk_create(
        MessageEvent(message_id=pk, kind=Event.FAILED, at=at, detail=f"abandoned {MOST_ABANDONED} times")
        for pk in sorted(poison)
    )
    log.error("mail_set_aside", messages=sorted(poison))


def _free(at: datetime) -> Q:
    return Q(leased_until__isnull=True) | Q(leased_until__lt=at)


def held_by_others(*, at: datetime) -> datetime | None:
    """Return until when the last of the queued mails that are due is held by somebody, None when none is."""
    held = Message.objects.filter(state=State.QUEUED, next_attempt_at__lte=at, leased_until__gte=at)
    return held.order_by("-leased_until").values_list("leased_until", flat=True).first()
