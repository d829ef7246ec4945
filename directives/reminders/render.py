"""Subject, text and HTML of a mail: the first lines say all, both parts say the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from directives import lists
from directives.models import Assignment, Message, Occasion
from directives.reminders.digest import SECTION_LABELS, Digest, Section
from directives.reminders.lines import Line, Words, absolute, lines
from directives.reminders.recipients import Recipient
from directives.rights import Rights
from steering.models import Committee

# What waits for the secretariat itself; names of `directives.lists`.
TO_DO = ("to_confirm", "extension", "declined", "undecided")
# Background and letters (DOMAIN §3: red overdue, blue open in time, grey what is not counted), always beside words.
_BLUE = ("#dbeafe", "#1e40af")
_AMBER = ("#fef3c7", "#92400e")
COLOURS = {
    Section.OVERDUE: ("#fee2e2", "#991b1b"),
    Section.TODAY: _BLUE,
    Section.SOON: _BLUE,
    Section.NEW: _BLUE,
    Section.SENT_BACK: _AMBER,
    Section.DECISION: _AMBER,
    Section.NEWS: _BLUE,
    Section.WAITING: _BLUE,
    Section.COORDINATING: ("#f3f4f6", "#374151"),
}


@dataclass(frozen=True)
class Content:
    """What a mail says."""

    subject: str
    text: str
    html: str


def render(
    kind: str, told: Digest, words: Words, *, committee: Committee, to: Recipient, on: date
) -> Content:
    """Return the content of a recipient's mail of a day (Hà Nội), in the language that is active."""
    own_units = {unit for entry in told.entries if entry.own for _order, unit in entry.units}
    said = lines(told.entries, words, on=on, naming_units=to.unit is None and len(own_units) > 1)
    context: dict[str, Any] = {
        "subject": subject(kind, told, list(said.values()), committee=committee, on=on),
        "committee": committee,
        "to": to,
        "on": on,
        "figures": figures_in_words(told.figures),
        "sections": [
            {
                "label": SECTION_LABELS[section],
                "count": told.figures[section],
                "lines": [said[entry] for entry in entries],
                "background": COLOURS[section][0],
                "colour": COLOURS[section][1],
            }
            for section, entries in told.sections
        ],
        "worst": said[told.entries[0]] if told.figures.get(Section.OVERDUE, 0) > 1 else None,
        "left_out": told.left_out,
        "list_url": absolute(reverse("admin:directives_assignment_changelist")),
        "weekly": kind == Message.Kind.WEEKLY,
        "event": kind == Message.Kind.EVENT,
        "office": to.is_secretariat,
        "own": bool(own_units),
        "overdue": any(entry.own and entry.section == Section.OVERDUE for entry in told.entries),
        "asked": all(line.asked for entry, line in said.items() if entry.own),
        "to_do": _to_do(committee, on=on) if kind == Message.Kind.WEEKLY else [],
        "demo": settings.DEMO or any(line.fictitious for line in said.values()),
    }
    return Content(
        subject=context["subject"],
        text=_plain(render_to_string("mail/digest.txt", context)).strip() + "\n",
        html=_plain(render_to_string("mail/digest.html", context)),
    )


def _plain(rendered: str) -> str:
    """What a template renders counts as safe: put into a page, it would not be escaped."""
    return rendered + ""


def subject(kind: str, told: Digest, said: list[Line], *, committee: Committee, on: date) -> str:
    """Return e.g. "[BCĐ CĐS] 3 quá hạn, 5 sắp đến hạn – 24/06/2023", or what happened to which directive."""
    if kind == Message.Kind.EVENT and len(said) == 1:
        happened = Occasion.Kind(told.entries[0].first.occasion).label
        return f"[{committee.short_name}] {happened}: {said[0].code}"
    figures = figures_in_words(told.figures)
    if kind == Message.Kind.WEEKLY:
        figures = _("Thư tuần: %(figures)s") % {"figures": figures}
    return f"[{committee.short_name}] {figures} – {on:%d/%m/%Y}"


def figures_in_words(figures: dict[Section, int]) -> str:
    """Return e.g. "3 quá hạn, 1 đến hạn hôm nay, 5 sắp đến hạn"."""
    words: dict[Section, str] = {
        Section.OVERDUE: _("quá hạn"),
        Section.TODAY: _("đến hạn hôm nay"),
        Section.SOON: _("sắp đến hạn"),
        Section.NEW: _("mới giao"),
        Section.SENT_BACK: _("yêu cầu bổ sung"),
        Section.DECISION: _("chờ quyết định"),
        Section.NEWS: _("quyết định, ý kiến"),
        Section.WAITING: _("chờ xác nhận"),
        Section.COORDINATING: _("phối hợp"),
    }
    return ", ".join(f"{count} {words[section]}" for section, count in figures.items())


def _to_do(committee: Committee, *, on: date) -> list[tuple[str | Promise, int, str]]:
    """Return what waits for the secretariat: label, count, address of the list that has as many."""
    secretariat = Rights(secretariat_of=frozenset({committee.pk}))
    base = absolute(reverse("admin:directives_assignment_changelist"))
    counted = [
        (name, Assignment.objects.filter(lists.condition(name, secretariat, on=on)).count()) for name in TO_DO
    ]
    return [
        (lists.LISTS[name].label, count, f"{base}?{lists.PARAMETER}={name}")
        for name, count in counted
        if count
    ]
