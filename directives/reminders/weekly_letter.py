"""Subject, text and HTML of a weekly letter: figures, what changed, lines with the overdue first; both say the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.clock import HANOI, as_of
from accounts.dated import holds_on
from directives import lists
from directives.figure_columns import closing_sum, denominators, grouped
from directives.models import Directive, Message
from directives.reminders.chart import COLOURS, SHOWN_HEIGHT, SHOWN_WIDTH, chart, in_words
from directives.reminders.digest import SECTION_LABELS, Section
from directives.reminders.envelope import image_id
from directives.reminders.lines import (
    ASKED,
    Line,
    Work,
    absolute,
    and_others,
    content_in_words,
    state_in_words,
)
from directives.reminders.recipients import Recipient
from directives.reminders.render import COLOURS as SECTION_COLOURS
from directives.reminders.week_figures import Change, Lines, Told, Week, of_seats
from directives.statistics import Cells, percent
from directives.timeliness import DUE_SOON_DAYS, deadline_in_words
from steering.models import Committee, Seat, SeatHolding

# Of a directive's content; the letter has more lines than a digest, and stays below 100 kB.
CONTENT_CHARS = 140
CHANGED_CHARS = 80
MEMBERS_SHOWN = 10
MINUS = "−"
CHANGE_LABELS: dict[Change, str | Promise] = {
    Change.COMPLETED: gettext_lazy("Mới hoàn thành"),
    Change.OVERDUE: gettext_lazy("Mới quá hạn"),
    Change.GIVEN: gettext_lazy("Mới giao"),
}
ROWS: dict[str, str | Promise] = {
    "done_on_time": gettext_lazy("Hoàn thành đúng hạn"),
    "done_late": gettext_lazy("Hoàn thành quá hạn"),
    "open_in_time": gettext_lazy("Chưa hoàn thành, trong hạn"),
    "overdue": gettext_lazy("Chưa hoàn thành, quá hạn"),
}


@dataclass(frozen=True)
class Letter:
    """What a letter says; `image` is the PNG that its HTML shows."""

    subject: str
    text: str
    html: str
    image: bytes
    image_alt: str


def letter(
    kind: str,
    told: Week,
    *,
    committee: Committee,
    to: Recipient,
    seats: frozenset[int],
    monday: date,
    on: date,
    at: datetime,
    message_id: str,
) -> Letter:
    """Return the letter of the week of `monday`, in the language that is active.

    `seats` are those of whom it is written to, `on` the day and `at` the instant of the figures, `message_id` what the
    picture is named after.
    """
    works = _works(told)
    figures = _figures_in_words(told)
    alt = in_words(told.now)
    context: dict[str, Any] = {
        "subject": _subject(committee, figures, monday),
        "committee": committee,
        "to": to,
        "figures": figures,
        "week": week_in_words(monday),
        "chair": kind == Message.Kind.CHAIR,
        "image": {"id": image_id(message_id), "alt": alt, "width": SHOWN_WIDTH, "height": SHOWN_HEIGHT},
        "cells": _rows(told),
        "rates": _rates(told.now),
        "sum": closing_sum(told.now),
        "notes": denominators()[1:],
        "as_of": as_of(at),
        "since": told.since.astimezone(HANOI),
        "changes": [_change(change, told, works) for change in Change if told.changes[change].count],
        "sections": [
            _section(label, section, lines, works, on=on)
            for label, section, lines in (
                (SECTION_LABELS[Section.OVERDUE], Section.OVERDUE, told.overdue),
                (_soon_label(), Section.SOON, told.soon),
            )
            if lines.count
        ],
        "list_url": absolute(reverse("admin:directives_assignment_changelist")),
        "demo": settings.DEMO or any(work.is_fictitious for work in works.values()),
    }
    if context["chair"]:
        own = of_seats(told, seats)
        told_of_own = {"counted": grouped(own.counted), "overdue": grouped(own.overdue)}
        context["own"] = told_of_own if own.counted else None
        context["members"] = _members(told, on=on)
    return Letter(
        subject=context["subject"],
        # What a template renders counts as safe: put into a page, it would not be escaped.
        text=render_to_string("mail/weekly.txt", context).strip() + "\n",
        html=render_to_string("mail/weekly.html", context) + "",
        image=chart(told.now),
        image_alt=alt,
    )


def week_in_words(monday: date) -> str:
    """Return the working days of a week: "26/06–30/06/2023", with both years when there are two."""
    friday = monday + timedelta(days=4)
    first = f"{monday:%d/%m}" if monday.year == friday.year else f"{monday:%d/%m/%Y}"
    return f"{first}–{friday:%d/%m/%Y}"


def _subject(committee: Committee, figures: str, monday: date) -> str:
    return _("[%(committee)s] Thư tuần: %(figures)s – tuần %(week)s") % {
        "committee": committee.short_name,
        "figures": figures,
        "week": week_in_words(monday),
    }


def _figures_in_words(told: Week) -> str:
    words = []
    if told.overdue.count:
        words.append(_("%(count)s quá hạn") % {"count": grouped(told.overdue.count)})
    if told.soon.count:
        words.append(_("%(count)s sắp đến hạn") % {"count": grouped(told.soon.count)})
    return ", ".join(words) or _("không có nhiệm vụ quá hạn")


def _difference(now: int, then: int) -> str:
    """Return e.g. "+3", "−2"; "0" for no change."""
    sign = {True: "+", False: MINUS}[now > then] if now != then else ""
    return f"{sign}{grouped(abs(now - then))}"


def _rows(told: Week) -> list[dict[str, Any]]:
    colours = {name: piece for name, piece, _digits in COLOURS}
    rows = [(name, ROWS[name], colours[name]) for name in ROWS]
    rows.insert(3, ("no_date", _("trong đó: không có thời hạn"), ""))
    rows.append(("counted", _("Tổng số nhiệm vụ được tính"), ""))
    return [
        {
            "name": name,
            "label": label,
            "colour": colour,
            "now": grouped(getattr(told.now, name)),
            "difference": _difference(getattr(told.now, name), getattr(told.then, name)),
        }
        for name, label, colour in rows
    ]


def _rates(cells: Cells) -> list[str]:
    """Each rate with what it is a part of."""
    return [
        _("Tỷ lệ hoàn thành: %(rate)s (%(part)s/%(whole)s nhiệm vụ được tính)")
        % _share(cells.done_rate, cells.done, cells.counted),
        _("Tỷ lệ đúng hạn: %(rate)s (%(part)s/%(whole)s nhiệm vụ đã hoàn thành)")
        % _share(cells.on_time_rate, cells.done_on_time, cells.done),
        _("Tỷ lệ quá hạn: %(rate)s (%(part)s/%(whole)s nhiệm vụ được tính)")
        % _share(cells.overdue_rate, cells.overdue, cells.counted),
    ]


def _share(rate: float | None, part: int, whole: int) -> dict[str, str]:
    return {"rate": percent(rate), "part": grouped(part), "whole": grouped(whole)}


def _soon_label() -> str:
    return _("Đến hạn trong %(days)d ngày tới") % {"days": DUE_SOON_DAYS}


def _works(told: Week) -> dict[int, Work]:
    rows = Directive.objects.filter(pk__in=told.directives).order_by()
    found = rows.values_list("pk", "code", "content", "kind", "document__is_fictitious")
    return {row[0]: Work(*row) for row in found}


def _change(change: Change, told: Week, works: dict[int, Work]) -> dict[str, Any]:
    changes = told.changes[change]
    lines = [
        {
            "code": works[directive].code,
            "content": content_in_words(works[directive], CHANGED_CHARS),
            "units": _units(count) if count > 1 else "",
            "url": absolute(reverse("admin:directives_directive_change", args=[directive])),
        }
        for directive, count in changes.lines
    ]
    return {
        "label": CHANGE_LABELS[change],
        "count": grouped(changes.count),
        "lines": lines,
        "left_out": changes.count - sum(count for _directive, count in changes.lines),
    }


def _units(count: int) -> str:
    return ngettext("%(count)d đơn vị", "%(count)d đơn vị", count) % {"count": count}


def _section(
    label: str | Promise, section: Section, lines: Lines, works: dict[int, Work], *, on: date
) -> dict[str, Any]:
    background, colour = SECTION_COLOURS[section]
    name = {Section.OVERDUE: "overdue", Section.SOON: "due_soon"}[section]
    return {
        "label": label,
        "count": grouped(lines.count),
        "background": background,
        "colour": colour,
        "lines": [_line(told, works[told.directive], on=on) for told in lines.told],
        "left_out": lines.left_out,
        "url": f"{absolute(reverse('admin:directives_assignment_changelist'))}?{lists.PARAMETER}={name}",
    }


def _line(told: Told, work: Work, *, on: date) -> Line:
    alone = told.count == 1
    due = f"{told.due_on:%d/%m/%Y}"
    page = ("assignment", told.first.pk) if alone else ("directive", told.directive)
    unfinished = ngettext("%(count)d đơn vị chưa hoàn thành", "%(count)d đơn vị chưa hoàn thành", told.count)
    return Line(
        code=work.code,
        content=content_in_words(work, CONTENT_CHARS),
        due=_("Thời hạn %(date)s") % {"date": due}
        if told.same_day
        else _("Thời hạn sớm nhất %(date)s") % {"date": due},
        words=str(deadline_in_words(told.first, on=on)),
        state=state_in_words(told.first.status, told.first.progress) if alone else "",
        units=""
        if alone
        else f"{unfinished % {'count': told.count}}: {and_others(list(told.units), told.count)}",
        note=told.units[0] if alone else "",
        detail="",
        url=absolute(reverse(f"admin:directives_{page[0]}_change", args=[page[1]])),
        asked=work.kind in ASKED,
        fictitious=work.is_fictitious,
    )


def _members(told: Week, *, on: date) -> dict[str, Any]:
    """Whose directives are overdue, most first: what a chair asks after."""
    late = {seat: cells for seat, cells in told.by_seat.items() if cells.overdue}
    people: dict[int, str] = {}
    seats = {seat.pk: seat for seat in Seat.objects.filter(pk__in=[pk for pk in late if pk])}
    for seat, person in SeatHolding.objects.filter(holds_on(on), seat__in=seats).values_list(
        "seat_id", "person"
    ):
        people[seat] = f"{people[seat]}, {person}" if seat in people else person

    def name(pk: int | None) -> str:
        if pk is None:
            return _("Chưa có thành viên phụ trách")
        return f"{seats[pk].get_role_display()} {people.get(pk, _('(chưa có người giữ vị trí)'))}"

    def place(entry: tuple[int | None, Cells]) -> tuple[int, int]:
        seat, cells = entry
        return -cells.overdue, seats[seat].protocol_order if seat else 0

    rows = [
        {"name": name(seat), "overdue": grouped(cells.overdue), "counted": grouped(cells.counted)}
        for seat, cells in sorted(late.items(), key=place)
    ]
    return {"rows": rows[:MEMBERS_SHOWN], "left_out": len(rows[MEMBERS_SHOWN:])}
