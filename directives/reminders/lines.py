"""The words of each line of a mail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
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
    """Return the words of the entries; three queries. `naming_units`: say of one's own work, too, whose it is."""
    found = list(entries)
    directives = {
        row.pk: row
        for row in Directive.objects.filter(
            pk__in={item.directive for entry in found for item in entry.items}
        ).select_related("document")
    }
    units = Unit.objects.only("name", "order").in_bulk({item.unit for entry in found for item in entry.items})
    succeeded = set(
        Succession.objects.filter(takes_effect_on__lte=on, from_unit__in=units).values_list(
            "from_unit", flat=True
        )
    )
    return {
        entry: _line(
            entry, directives[entry.items[0].directive], units, succeeded, on=on, naming_units=naming_units
        )
        for entry in found
    }


def absolute(path: str) -> str:
    """Return the address of a path of this site, for a reader elsewhere."""
    return f"{settings.SITE_URL}{path}"


def _line(
    entry: Entry,
    directive: Directive,
    units: dict[int, Unit],
    succeeded: set[int],
    *,
    on: date,
    naming_units: bool,
) -> Line:
    first = min(entry.items, key=lambda item: item.due_on)
    given_to = units[first.unit]
    alone = len(entry.items) == 1
    note = ""
    if entry.own and first.unit in succeeded:
        note = _("(nhiệm vụ tiếp nhận từ %(unit)s)") % {"unit": given_to}
    elif alone and (naming_units or not entry.own):
        note = str(given_to)
    if alone:
        url = reverse("admin:directives_assignment_change", args=[first.assignment])
    else:
        url = reverse("admin:directives_directive_change", args=[directive.pk])
    same_day = len({item.due_on for item in entry.items}) == 1
    due = f"{first.due_on:%d/%m/%Y}"
    return Line(
        code=directive.code,
        content=_content(directive),
        due=_("Thời hạn %(date)s") % {"date": due}
        if same_day
        else _("Thời hạn sớm nhất %(date)s") % {"date": due},
        words=str(deadline_in_words(first, on=on)),
        state=_state(first.status, first.progress) if alone else "",
        units="" if alone else _units(entry, units),
        note=note,
        url=absolute(url),
        asked=directive.kind in ASKED,
        fictitious=directive.document.is_fictitious,
    )


def _content(directive: Directive) -> str:
    """A request or a commitment is worded as one: the committee cannot order everybody (DOMAIN §2)."""
    short = Truncator(" ".join(directive.content.split())).chars(CONTENT_CHARS)
    if directive.kind == Directive.Kind.REQUEST:
        return _("Đề nghị: %(content)s") % {"content": short}
    if directive.kind == Directive.Kind.COMMITMENT:
        return _("Đề nghị thực hiện cam kết: %(content)s") % {"content": short}
    return short


def _state(status: str, progress: int) -> str:
    label = str(Status(status).label)
    if status == Status.IN_PROGRESS and progress:
        return _("%(status)s, %(percent)d%%") % {"status": label, "percent": progress}
    return label


def _units(entry: Entry, units: dict[int, Unit]) -> str:
    """ "42 đơn vị chưa báo cáo hoàn thành: A, B, C và 39 đơn vị khác", in official order."""
    count = len(entry.items)
    if entry.section == Section.WAITING:
        told = ngettext("%(count)d đơn vị chờ xác nhận", "%(count)d đơn vị chờ xác nhận", count)
    else:
        told = ngettext("%(count)d đơn vị chưa hoàn thành", "%(count)d đơn vị chưa hoàn thành", count)
    rows = sorted((units[item.unit] for item in entry.items), key=lambda unit: (unit.order, unit.pk))
    named = ", ".join(str(unit) for unit in rows[:NAMED_UNITS])
    rest = count - NAMED_UNITS
    if rest > 0:
        named = ngettext("%(named)s và %(rest)d đơn vị khác", "%(named)s và %(rest)d đơn vị khác", rest) % {
            "named": named,
            "rest": rest,
        }
    return f"{told % {'count': count}}: {named}"
