"""What one mail tells: its figures and its lines, most overdue first. Pure: facts in, structure out.

However many assignments a mail is about, only its lines are kept: a fan-out is one line for who watches it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from directives.lifecycle import Status
from directives.models import Occasion
from directives.models.directive import Part
from directives.timeliness import Timeliness, timeliness

MAX_LINES = 30
NAMED_UNITS = 3
Kind = Occasion.Kind


class Section(StrEnum):
    """The groups of a mail, in their order."""

    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    NEW = "new"
    SENT_BACK = "sent_back"
    DECISION = "decision"
    NEWS = "news"
    WAITING = "waiting"
    COORDINATING = "coordinating"


SECTION_LABELS: dict[Section, str | Promise] = {
    Section.OVERDUE: _("Quá hạn"),
    Section.TODAY: _("Đến hạn hôm nay"),
    Section.SOON: _("Sắp đến hạn"),
    Section.NEW: _("Mới giao"),
    Section.SENT_BACK: _("Yêu cầu bổ sung, hoàn thiện"),
    Section.DECISION: _("Chờ anh/chị quyết định"),
    Section.NEWS: _("Quyết định và ý kiến"),
    Section.WAITING: _("Chờ xác nhận"),
    Section.COORDINATING: _("Phối hợp"),
}
_ORDER = list(Section)
_OF_OCCASION = {
    Kind.ASSIGNED: Section.NEW,
    Kind.SENT_BACK: Section.SENT_BACK,
    Kind.EXTENSION: Section.NEWS,
    Kind.COMMENT: Section.NEWS,
    Kind.PRESENTED: Section.DECISION,
    Kind.SUBMITTED: Section.DECISION,
    Kind.ASKED: Section.DECISION,
    Kind.DECLINED: Section.DECISION,
}


@dataclass(frozen=True, slots=True)
class Item:
    """One assignment a mail speaks of, as it stands now. `own`: the recipient's unit does it; else they watch it.

    `occasion` is the kind of what happened and `detail` its words, empty for a reminder of the ladder; `unit_order`
    is the unit's place in the official order, `fallback` why somebody else than the step's reader is written to.
    """

    assignment: int
    directive: int
    unit: int
    own: bool
    part: str
    status: str
    progress: int
    due_on: date | None
    submitted_on: date | None = None
    original_due_on: date | None = None
    completed_on: date | None = None
    occasion: str = ""
    detail: str = ""
    unit_order: int = 0
    fallback: str = ""

    def section(self, on: date) -> Section:
        """Return the group it belongs to on a day; a coordinating part is counted apart, as on every screen."""
        if self.occasion:
            return _OF_OCCASION[Kind(self.occasion)]
        if self.part == Part.COORDINATING:
            return Section.COORDINATING
        if timeliness(self, on=on) == Timeliness.OVERDUE:
            return Section.OVERDUE
        if self.status == Status.SUBMITTED:
            return Section.WAITING
        return Section.TODAY if self.due_on == on else Section.SOON


@dataclass(slots=True, eq=False)
class Entry:
    """One line: an assignment of one's own, or all that one watches of a directive in one group.

    `first` is the item that is due first, `units` the first few in official order, as (order, id).
    """

    section: Section
    own: bool
    first: Item
    count: int = 0
    same_day: bool = True
    units: list[tuple[int, int]] = field(default_factory=list)

    @property
    def due_on(self) -> date | None:
        """The earliest due date of the line; None when nothing of it has one."""
        return self.first.due_on

    def add(self, item: Item) -> None:
        """Count one more assignment to the line."""
        self.count += 1
        self.same_day = self.same_day and item.due_on == self.first.due_on
        if (item.due_on or date.max) < (self.first.due_on or date.max):
            self.first = item
        self.units = sorted({*self.units, (item.unit_order, item.unit)})[:NAMED_UNITS]


@dataclass(frozen=True)
class Digest:
    """`entries` holds at most MAX_LINES lines; `left_out` counts the assignments of those beyond."""

    on: date
    figures: dict[Section, int]
    entries: tuple[Entry, ...]
    left_out: int

    @property
    def sections(self) -> list[tuple[Section, list[Entry]]]:
        """The lines by group, in order; groups without a line are left out."""
        return [
            (section, lines)
            for section in _ORDER
            if (lines := [entry for entry in self.entries if entry.section == section])
        ]


def digest(items: Iterable[Item], *, on: date) -> Digest:
    """Return the digest of a day (Hà Nội). Items of one's own come first: what is both one's own and watched is told
    once, as one's own; so is what is watched for two reasons."""
    seen: set[tuple[int, str]] = set()
    lines: dict[tuple[Section, bool, int, str], Entry] = {}
    figures: Counter[Section] = Counter()
    for item in items:
        if (item.assignment, item.occasion) in seen:
            continue
        seen.add((item.assignment, item.occasion))
        section = item.section(on)
        figures[section] += 1
        key = (section, item.own, item.assignment if item.own else item.directive, item.occasion)
        entry = lines.get(key)
        if entry is None:
            lines[key] = entry = Entry(section, item.own, item)
        entry.add(item)
    entries = sorted(
        lines.values(),
        key=lambda entry: (_ORDER.index(entry.section), entry.due_on or date.max, entry.first.assignment),
    )
    return Digest(
        on=on,
        figures={section: figures[section] for section in _ORDER if figures[section]},
        entries=tuple(entries[:MAX_LINES]),
        left_out=sum(entry.count for entry in entries[MAX_LINES:]),
    )
