"""What a person wants of the mails: their own to say, and nobody else's."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.audit.recording import recorded
from accounts.models import User
from directives.models import MailPreference


def preference(user: User) -> MailPreference:
    """Return what a person wants of the mails; unsaved, with the defaults, when they never said."""
    return MailPreference.objects.filter(user=user).first() or MailPreference(user=user)


def choose_mails(*, by: User, events: str, mutes: bool) -> MailPreference:
    """Keep what a person wants from now on: `events` a value of `MailPreference.Events`, `mutes` whether reminders
    that may be muted stay away. What is overdue is always told."""
    with recorded(by=by, reason=_("Đổi cách nhận thư")):
        row, _made = MailPreference.objects.select_for_update().get_or_create(user=by)
        if (row.events, row.mutes) != (events, mutes):
            row.events, row.mutes = events, mutes
            row.save()
    return row
