"""The words of each line of a mail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from directives.lifecycle import Status
from directives.models import Directive
from directives.reminders.digest import Entry, Section
from directives.timeliness import deadline_in_words
from steering.models import Succession, Unit

CONTENT_CHARS = 240
NAMED_UNITS = 3
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
    order: int
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
    url: str
    asked: bool
    fictitious: bool


def lines(entries: Iterable[Entry], *, on: date, naming_units: bool) -> dict[Entry, Line]:
    """Return the words of the entries; two queries. `naming_units`: say of one's own work, too, whose it is."""
    found = list(entries)
    directives = Directive.objects.filter(
        pk__in={item.directive for entry in found for item in entry.items}
    ).values_list("pk", "code", "content", "kind", "document__is_fictitious")
    works = {row[0]: Work(*row) for row in directives.order_by()}
    successions = Succession.objects.filter(from_unit=OuterRef("pk"), takes_effect_on__lte=on)
    units = (
        Unit.objects.filter(pk__in={item.unit for entry in found for item in entry.items})
        .annotate(is_succeeded=Exists(successions))
        .values_list("pk", "name", "order", "is_succeeded")
    )
    places = {row[0]: Place(*row) for row in units.order_by()}
    return {
        entry: _line(entry, works[entry.items[0].directive], places, on=on, naming_units=naming_units)
        for entry in found
    }


def absolute(path: str) -> str:
    """Return the address of a path of this site, for a reader elsewhere."""
    return f"{settings.SITE_URL}{path}"


def _line(entry: Entry, work: Work, places: dict[int, Place], *, on: date, naming_units: bool) -> Line:
    first = min(entry.items, key=lambda item: item.due_on)
    given_to = places[first.unit]
    alone = len(entry.items) == 1
    note = ""
    if entry.own and given_to.is_succeeded:
        note = _("(nhiệm vụ tiếp nhận từ %(unit)s)") % {"unit": given_to.name}
    elif alone and (naming_units or not entry.own):
        note = given_to.name
    if alone:
        url = reverse("admin:directives_assignment_change", args=[first.assignment])
    else:
        url = reverse("admin:directives_directive_change", args=[work.pk])
    same_day = len({item.due_on for item in entry.items}) == 1
    due = f"{first.due_on:%d/%m/%Y}"
    return Line(
        code=work.code,
        content=_content(work),
        due=_("Thời hạn %(date)s") % {"date": due}
        if same_day
        else _("Thời hạn sớm nhất %(date)s") % {"date": due},
        words=str(deadline_in_words(first, on=on)),
        state=_state(first.status, first.progress) if alone else "",
        units="" if alone else _units(entry, places),
        note=note,
        url=absolute(url),
        asked=work.kind in ASKED,
        fictitious=work.is_fictitious,
    )


def _content(work: Work) -> str:
    """A request or a commitment is worded as one: the committee cannot order everybody (DOMAIN §2)."""
    short = Truncator(" ".join(work.content.split())).chars(CONTENT_CHARS)
    if work.kind == Directive.Kind.REQUEST:
        return _("Đề nghị: %(content)s") % {"content": short}
    if work.kind == Directive.Kind.COMMITMENT:
        return _("Đề nghị thực hiện cam kết: %(content)s") % {"content": short}
    return short


def _state(status: str, progress: int) -> str:
    label = str(Status(status).label)
    if status == Status.IN_PROGRESS and progress:
        return _("%(status)s, %(percent)d%%") % {"status": label, "percent": progress}
    return label


def _units(entry: Entry, places: dict[int, Place]) -> str:
    """ "42 đơn vị chưa báo cáo hoàn thành: A, B, C và 39 đơn vị khác", in official order."""
    count = len(entry.items)
    if entry.section == Section.WAITING:
        told = ngettext("%(count)d đơn vị chờ xác nhận", "%(count)d đơn vị chờ xác nhận", count)
    else:
        told = ngettext("%(count)d đơn vị chưa hoàn thành", "%(count)d đơn vị chưa hoàn thành", count)
    rows = sorted((places[item.unit] for item in entry.items), key=lambda place: (place.order, place.pk))
    named = ", ".join(place.name for place in rows[:NAMED_UNITS])
    rest = count - NAMED_UNITS
    if rest > 0:
        named = ngettext("%(named)s và %(rest)d đơn vị khác", "%(named)s và %(rest)d đơn vị khác", rest) % {
            "named": named,
            "rest": rest,
        }
    return f"{told % {'count': count}}: {named}"
