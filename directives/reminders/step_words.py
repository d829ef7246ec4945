"""A step of the ladder as a clerk says it: when, to whom, about which work."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from directives.lifecycle import Status
from directives.models import Directive, PolicyStep
from directives.models.directive import Part
from directives.models.document import Urgency

_CHOICES: dict[str, Any] = {"urgencies": Urgency, "kinds": Directive.Kind, "parts": Part, "statuses": Status}


def when(step: Any) -> str:
    """Return when a step (or a version of its history) falls: "7 ngày trước hạn"."""
    if step.audience == PolicyStep.Audience.SECRETARIAT:
        return _("mỗi thứ Hai")
    first = _first(step)
    if not step.repeat_every_days:
        return first
    return _("%(first)s, rồi mỗi %(days)s") % {"first": first, "days": _days(step, step.repeat_every_days)}


def _first(step: Any) -> str:
    if not step.offset_days:
        return _("đúng ngày đến hạn")
    words = {"days": _days(step, abs(step.offset_days))}
    return _("%(days)s trước hạn") % words if step.offset_days < 0 else _("sau hạn %(days)s") % words


def _days(step: Any, count: int) -> str:
    if step.day_kind == PolicyStep.DayKind.WORKING:
        return _("%(count)d ngày làm việc") % {"count": count}
    return _("%(count)d ngày") % {"count": count}


def whom(step: Any) -> str:
    """Return whom a step writes to; a named person by name (`person` is read with the step)."""
    if step.audience == PolicyStep.Audience.PERSON and step.person is not None:
        return str(step.person.full_name)
    return str(PolicyStep.Audience(step.audience).label)


def about(step: Any) -> list[str]:
    """Return what narrows the work that a step is about, one line a filter; empty for all work."""
    lines = []
    for name, choices in _CHOICES.items():
        if chosen := getattr(step, name):
            label = str(PolicyStep._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            told = ", ".join(str(choices(value).label) for value in chosen)
            lines.append(f"{label[:1].upper()}{label[1:]}: {told}")
    if step.document_id is not None:
        lines.append(_("Văn bản: %(document)s") % {"document": step.document.label})
    return lines
