"""The newest seal by mail, to each secretariat and to the auditors: a copy outside the database pins all before it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.audit.seals.models import Seal
from accounts.audit.seals.sealing import seal
from accounts.clock import hanoi_date, start_of_day
from accounts.models import User
from accounts.roles import Role
from directives.models import Message
from directives.reminders.lines import absolute
from directives.reminders.outbox import mail, queue
from directives.reminders.recipients import Recipient, recipient
from directives.reminders.threads import message_id
from steering.models import Committee

log = structlog.get_logger(__name__)

KIND = Message.Kind.SEAL


def seal_once_a_day(*, at: datetime) -> list[Message]:
    """Seal what was recorded, unless that was done on the day of `at` (Hà Nội), and mail the newest seal; returns the
    mails that were queued. Safe to repeat: a mail of a seal goes out once."""
    by = User.objects.system()
    if not Seal.objects.filter(sealed_at__gte=start_of_day(hanoi_date(at))).exists():
        seal(by=by)
    newest = Seal.objects.first()
    return write_mails(newest, at=at, by=by) if newest is not None else []


def write_mails(sealed: Seal, *, at: datetime, by: User) -> list[Message]:
    """Queue the mails of a seal and return them: one a committee and one an auditor, at most one a day for each."""
    on = hanoi_date(sealed.sealed_at)
    made = []
    with translation.override(settings.LANGUAGE_CODE):
        for committee, key in _recipients():
            if message := _write(sealed, committee, key, on=on, at=at, by=by):
                made.append(message)
    return made


def _recipients() -> list[tuple[Committee, str]]:
    """Each secretariat's mailbox, and the auditors, whose mails come from the first committee."""
    committees = list(Committee.objects.order_by("pk"))
    found = [(committee, f"committee:{committee.pk}") for committee in committees]
    if committees:
        auditors = User.objects.filter(groups__name=Role.AUDITOR.value, is_active=True).order_by("pk")
        found += [(committees[0], f"user:{auditor.pk}") for auditor in auditors]
    return found


@transaction.atomic
def _write(
    sealed: Seal, committee: Committee, key: str, *, on: date, at: datetime, by: User
) -> Message | None:
    # Two at once would both find nothing; the lock is the row of whom it comes from.
    Committee.objects.select_for_update().get(pk=committee.pk)
    if Message.objects.filter(committee=committee, kind=KIND, on=on, recipient_key=key).exists():
        return None
    to = recipient(key, committee=committee, on=on)
    if to.skip:
        log.warning("seal_not_mailed", recipient=key, reason=to.skip, number=sealed.number)
        return None
    context = _context(sealed, committee, to)
    row = mail(
        KIND,
        committee=committee,
        on=on,
        key=key,
        to=to,
        at=at,
        subject=context["subject"],
        # What a template renders counts as safe: put into a page, it would not be escaped.
        text=render_to_string("mail/seal.txt", context).strip() + "\n",
        html=render_to_string("mail/seal.html", context) + "",
        message_id=message_id(committee.pk, KIND, on, key),
        # It is to leave the machine before anybody could touch it.
        at_any_hour=True,
    )
    return queue([row], by=by)[0]


def _context(sealed: Seal, committee: Committee, to: Recipient) -> dict[str, Any]:
    day = hanoi_date(sealed.sealed_at)
    subject = _("[%(committee)s] Mã niêm phong nhật ký số %(number)d – %(day)s") % {
        "committee": committee.short_name,
        "number": sealed.number,
        "day": f"{day:%d/%m/%Y}",
    }
    return {
        "subject": subject,
        "committee": committee,
        "to": to,
        "seal": sealed,
        "page": absolute(reverse("integrity")),
        "demo": settings.DEMO,
    }
