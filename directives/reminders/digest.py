"""What one mail tells: its figures and its lines, most overdue first. Pure: facts in, structure out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from directives.lifecycle import Status
from directives.models import PolicyStep
from directives.models.directive import Part
from directives.timeliness import Timeliness, timeliness

MAX_LINES = 30
WATCHING = (PolicyStep.Audience.SUPERVISOR, PolicyStep.Audience.SECRETARIAT)


class Section(StrEnum):
    """The groups of a mail, in their order."""

    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    WAITING = "waiting"
    COORDINATING = "coordinating"


SECTION_LABELS: dict[Section, str | Promise] = {
    Section.OVERDUE: _("Quá hạn"),
    Section.TODAY: _("Đến hạn hôm nay"),
    Section.SOON: _("Sắp đến hạn"),
    Section.WAITING: _("Chờ xác nhận"),
    Section.COORDINATING: _("Phối hợp"),
}
_ORDER = list(Section)


@dataclass(frozen=True, slots=True)
class Item:
    """One assignment a mail speaks of, as it stands now. `own`: the recipient's unit does it; else they watch it."""

    assignment: int
    directive: int
    unit: int
    own: bool
    part: str
    status: str
    progress: int
    due_on: date
    submitted_on: date | None = None
    original_due_on: date | None = None
    completed_on: date | None = None

    def section(self, on: date) -> Section:
        """Return the group it belongs to on a day; a coordinating part is counted apart, as on every screen."""
        if self.part == Part.COORDINATING:
            return Section.COORDINATING
        if timeliness(self, on=on) == Timeliness.OVERDUE:
            return Section.OVERDUE
        if self.status == Status.SUBMITTED:
            return Section.WAITING
        return Section.TODAY if self.due_on == on else Section.SOON


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: an assignment of one's own, or all that one watches of a directive in one group."""

    section: Section
    own: bool
    items: tuple[Item, ...]

    @property
    def due_on(self) -> date:
        """The earliest due date of the line."""
        return min(item.due_on for item in self.items)


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
    """Return the digest of a day (Hà Nội). What is both one's own and watched is told once, as one's own."""
    by_assignment: dict[int, Item] = {}
    for item in items:
        known = by_assignment.get(item.assignment)
        if known is None or (item.own and not known.own):
            by_assignment[item.assignment] = item
    groups: dict[tuple[Section, bool, int], list[Item]] = {}
    figures: Counter[Section] = Counter()
    for item in by_assignment.values():
        section = item.section(on)
        figures[section] += 1
        line = item.assignment if item.own else item.directive
        groups.setdefault((section, item.own, line), []).append(item)
    entries = sorted(
        (Entry(section, own, tuple(found)) for (section, own, _line), found in groups.items()),
        key=lambda entry: (_ORDER.index(entry.section), entry.due_on, entry.items[0].assignment),
    )
    return Digest(
        on=on,
        figures={section: figures[section] for section in _ORDER if figures[section]},
        entries=tuple(entries[:MAX_LINES]),
        left_out=sum(len(entry.items) for entry in entries[MAX_LINES:]),
    )
