"""Steps of the ladder in words, for screens."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from directives.models import PolicyStep, Reminder


def step_in_words(row: Reminder) -> str:
    """Return a reminder's step, e.g. "trước hạn 3 ngày", "đúng hạn", "sau hạn 10 ngày", "thư tuần 26/06/2023"."""
    if row.step.audience == PolicyStep.Audience.SECRETARIAT:
        return _("thư tuần %(monday)s") % {"monday": f"{row.falls_on:%d/%m/%Y}"}
    days = (row.falls_on - row.due_on).days
    if days == 0:
        return _("đúng hạn")
    if days < 0:
        return ngettext("trước hạn %(days)d ngày", "trước hạn %(days)d ngày", -days) % {"days": -days}
    return ngettext("sau hạn %(days)d ngày", "sau hạn %(days)d ngày", days) % {"days": days}
