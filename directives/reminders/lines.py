"""The words of each line of a mail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from directives.lifecycle import Status
from directives.models import Directive, Occasion, Reminder
from directives.reminders.digest import Entry, Item, Section
from directives.timeliness import deadline_in_words
from steering.models import Succession, Unit

CONTENT_CHARS = 240
ASKED = (Directive.Kind.REQUEST, Directive.Kind.COMMITMENT)


class Work(NamedTuple):
    """What a line says of a directive: only that is read, the row has long columns."""

    pk: int
    code: str
    content: str
    kind: str
    is_fictitious: bool


class Place(NamedTuple):
    """What a line says of a unit; `is_succeeded`: others took its work over."""

    pk: int
    name: str
    is_succeeded: bool


@dataclass(frozen=True)
class Line:
    """What a reader sees of one entry; `asked` when the work is asked for, not ordered."""

    code: str
    content: str
    due: str
    words: str
    state: str
    units: str
    note: str
    detail: str
    url: str
    asked: bool
    fictitious: bool


@dataclass(frozen=True)
class Words:
    """The names behind many entries, read at once for all the mails that are composed together."""

    works: dict[int, Work]
    places: dict[int, Place]


def words_of(entries: Iterable[Entry], *, on: date) -> Words:
    """Return what lines say of the directives and units of these entries; two queries."""
    found = list(entries)
    directives = Directive.objects.filter(pk__in={entry.first.directive for entry in found})
    rows = directives.order_by().values_list("pk", "code", "content", "kind", "document__is_fictitious")
    successions = Succession.objects.filter(from_unit=OuterRef("pk"), takes_effect_on__lte=on)
    named = {unit for entry in found for _order, unit in entry.units} | {entry.first.unit for entry in found}
    units = Unit.objects.filter(pk__in=named).annotate(is_succeeded=Exists(successions)).order_by()
    return Words(
        works={row[0]: Work(*row) for row in rows},
        places={row[0]: Place(*row) for row in units.values_list("pk", "name", "is_succeeded")},
    )


def lines(entries: Iterable[Entry], words: Words, *, on: date, naming_units: bool) -> dict[Entry, Line]:
    """Return the words of the entries. `naming_units`: say of one's own work, too, whose it is."""
    return {entry: _line(entry, words, on=on, naming_units=naming_units) for entry in entries}


def absolute(path: str) -> str:
    """Return the address of a path of this site, for a reader elsewhere."""
    return f"{settings.SITE_URL}{path}"


@cache
def _around(model: str) -> list[str]:
    """What stands around the number in the address of a model's page; looking it up costs more than a line."""
    return reverse(f"admin:directives_{model}_change", args=[0]).rsplit("0", 1)


def _address(model: str, pk: int) -> str:
    before, after = _around(model)
    return f"{before}{pk}{after}"


def _line(entry: Entry, words: Words, *, on: date, naming_units: bool) -> Line:
    first, work = entry.first, words.works[entry.first.directive]
    given_to = words.places[first.unit]
    alone = entry.count == 1
    notes = []
    if entry.own and given_to.is_succeeded:
        notes.append(_("(nhiệm vụ tiếp nhận từ %(unit)s)") % {"unit": given_to.name})
    elif alone and (naming_units or not entry.own):
        notes.append(given_to.name)
    if first.fallback:
        fallback = Reminder.Fallback(first.fallback).label
        notes.append(_("(gửi %(instead)s)") % {"instead": fallback})
    page = _address("assignment", first.assignment) if alone else _address("directive", work.pk)
    return Line(
        code=work.code,
        content=content_in_words(work),
        due=_due(entry),
        words=str(deadline_in_words(first, on=on)) if first.due_on else "",
        state=state_in_words(first.status, first.progress) if alone and not first.occasion else "",
        units="" if alone else _units(entry, words.places),
        note=" ".join(notes),
        detail=_detail(first) if alone else "",
        url=absolute(page),
        asked=work.kind in ASKED,
        fictitious=work.is_fictitious,
    )


def _due(entry: Entry) -> str:
    due_on = entry.due_on
    if due_on is None:
        return _("Không có thời hạn")
    words = {"date": f"{due_on:%d/%m/%Y}"}
    return _("Thời hạn %(date)s") % words if entry.same_day else _("Thời hạn sớm nhất %(date)s") % words


def _detail(item: Item) -> str:
    """What happened, in a word, and what was said of it."""
    if not item.occasion:
        return ""
    label = str(Occasion.Kind(item.occasion).label)
    short = _short(item.detail)
    if short:
        return f"{label}: {short}"
    # That it was given, the group above says.
    return "" if item.occasion == Occasion.Kind.ASSIGNED else label


def content_in_words(work: Work, longest: int = CONTENT_CHARS) -> str:
    """Return the beginning of a directive's content, at most so many characters of it.

    A request or a commitment is worded as one: the committee cannot order everybody (DOMAIN §2).
    """
    short = _short(work.content, longest)
    if work.kind == Directive.Kind.REQUEST:
        return _("Đề nghị: %(content)s") % {"content": short}
    if work.kind == Directive.Kind.COMMITMENT:
        return _("Đề nghị thực hiện cam kết: %(content)s") % {"content": short}
    return short


def _short(text: str, longest: int = CONTENT_CHARS) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else Truncator(line).chars(longest)


def state_in_words(status: str, progress: int) -> str:
    """Return e.g. "Đang thực hiện, 40%"."""
    label = str(Status(status).label)
    if status == Status.IN_PROGRESS and progress:
        return _("%(status)s, %(percent)d%%") % {"status": label, "percent": progress}
    return label


def _units(entry: Entry, places: dict[int, Place]) -> str:
    """ "42 đơn vị chưa báo cáo hoàn thành: A, B, C và 39 đơn vị khác", in official order."""
    count = entry.count
    if entry.section in (Section.WAITING, Section.DECISION):
        told = ngettext("%(count)d đơn vị chờ xác nhận", "%(count)d đơn vị chờ xác nhận", count)
        if entry.first.occasion in (Occasion.Kind.ASKED, Occasion.Kind.DECLINED):
            told = ngettext("%(count)d đơn vị chờ quyết định", "%(count)d đơn vị chờ quyết định", count)
    else:
        told = ngettext("%(count)d đơn vị chưa hoàn thành", "%(count)d đơn vị chưa hoàn thành", count)
    named = [places[unit].name for _order, unit in entry.units]
    return f"{told % {'count': count}}: {and_others(named, count)}"


def and_others(names: list[str], count: int) -> str:
    """Return "A, B, C và 39 đơn vị khác": the names of some of `count` units."""
    named = ", ".join(names)
    rest = count - len(names)
    if rest > 0:
        named = ngettext("%(named)s và %(rest)d đơn vị khác", "%(named)s và %(rest)d đơn vị khác", rest) % {
            "named": named,
            "rest": rest,
        }
    return named
