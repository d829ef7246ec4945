"""The named lists of assignments: one table for tabs, counters, landing pages and the numbers that open them.

`?muc=<name>` on the list of assignments opens a row of this table; `counters.figures(...).tabs[name]` counts it.
A row without desks is no tab: only a number in a table of figures opens it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BooleanField, Case, F, Q, QuerySet, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from directives.access import acted_for, assignments_apart, inside, inside_apart
from directives.lifecycle import CLOSED_FOR_UNIT, NOT_LIVE, OPEN, Status
from directives.models import ExtensionRequest, Message
from directives.models.directive import Part
from directives.rights import Rights
from directives.statistics import COUNTED_PARTS
from directives.timeliness import due_soon, in_time, overdue
from steering.models import Succession
from steering.tree import answers_for

PARAMETER = "muc"
Condition = Callable[[Rights, date], Q]


class Desk(StrEnum):
    """What a person works at; one person may have several."""

    SECRETARIAT = "secretariat"
    LEADER = "leader"
    SUPERVISOR = "supervisor"
    HEAD = "head"
    UNIT = "unit"
    READER = "reader"


def desks(held: Rights) -> frozenset[Desk]:
    """Return the desks that rights give; an auditor, an administrator or whoever was granted rows only reads."""
    found = {
        Desk.SECRETARIAT: bool(held.secretariat_of),
        Desk.LEADER: bool(held.leads),
        Desk.SUPERVISOR: bool(held.seats),
        Desk.HEAD: bool(held.submits),
        Desk.UNIT: bool(held.sees or held.reports),
        Desk.READER: held.auditor or held.administrator or bool(held.directives),
    }
    return frozenset(desk for desk, has in found.items() if has)


@dataclass(frozen=True)
class ListRow:
    """`condition(rights, on)` narrows the rows that figures are about (`scope`); `few` is the same condition for who
    begins with its rows, because they are few, and does not ask it of each row."""

    label: str | Promise
    condition: Condition
    desks: frozenset[Desk] = frozenset()
    few: Condition | None = None


def scope(held: Rights) -> Q:
    """Return the condition of what lists and figures are about: all that is visible, but not the lead's part
    that a unit sees only because it coordinates."""
    return inside(held)


def sees_beyond_scope(held: Rights) -> bool:
    """Return whether more may be visible to a person than figures are about."""
    return bool(held.sees) and not (held.auditor or held.administrator)


def undecided(on: date) -> Q:
    """Return the condition of open work whose unit went to several, nobody marked or chosen to answer for it."""
    ways: dict[int, list[bool]] = {}
    rows = Succession.objects.filter(takes_effect_on__lte=on).values_list("from_unit_id", "answering")
    for unit, answering in rows:
        ways.setdefault(unit, []).append(answering)
    forks = [unit for unit, marks in ways.items() if len(marks) > 1 and not any(marks)]
    units = answers_for(forks, on=on)
    return Q(status__in=OPEN) & (
        Q(answering_unit__among=units) | Q(answering_unit__isnull=True, unit__among=units)
    )


COUNTED = Q(part__in=COUNTED_PARTS, directive__is_standing=False)
COMPLETED = COUNTED & Q(status=Status.COMPLETED)
TO_DO = (Status.ASSIGNED, Status.IN_PROGRESS)
LATE = Q(completed_on__gt=F("due_on"))
NOT_LATE = Q(due_on__isnull=True) | Q(completed_on__lte=F("due_on"))


def _open_extensions() -> QuerySet[Any, Any]:
    return ExtensionRequest.objects.order_by().filter(state=ExtensionRequest.State.OPEN).values("assignment")


_all = frozenset(Desk)
_committee = frozenset({Desk.SECRETARIAT, Desk.LEADER, Desk.READER})
_units = frozenset({Desk.UNIT, Desk.HEAD})

LISTS: dict[str, ListRow] = {
    "doing": ListRow(
        _("Đang phải làm"),
        lambda held, on: acted_for(held) & Q(status__in=TO_DO, with_head_since__isnull=True),
        _units,
    ),
    "with_head": ListRow(
        _("Chờ thủ trưởng"),
        lambda held, on: acted_for(held) & Q(status__in=TO_DO, with_head_since__isnull=False),
        _units,
    ),
    "supervised": ListRow(
        _("Phụ trách"),
        lambda held, on: Q(directive__supervisor__in=held.seats, status__in=OPEN),
        frozenset({Desk.SUPERVISOR}),
    ),
    "to_confirm": ListRow(
        _("Chờ xác nhận"), lambda held, on: Q(status=Status.SUBMITTED), _committee | _units
    ),
    "extension": ListRow(
        _("Đề nghị gia hạn"),
        lambda held, on: Q(pk__in=_open_extensions()),
        _committee,
        few=lambda held, on: Q(pk__among=_open_extensions()),
    ),
    "overdue": ListRow(_("Quá hạn"), lambda held, on: COUNTED & overdue(on), _all),
    "due_soon": ListRow(_("Sắp đến hạn"), lambda held, on: COUNTED & due_soon(on), _all),
    "not_accepted": ListRow(
        _("Chưa tiếp nhận"),
        lambda held, on: Q(status=Status.ASSIGNED),
        _committee | {Desk.SUPERVISOR},
    ),
    "declined": ListRow(_("Đơn vị trả lại"), lambda held, on: Q(status=Status.DECLINED), _committee),
    "undecided": ListRow(
        _("Chờ chọn đơn vị trả lời"), lambda held, on: undecided(on), frozenset({Desk.SECRETARIAT})
    ),
    "closed": ListRow(_("Kết thúc"), lambda held, on: Q(status__in=CLOSED_FOR_UNIT), _all),
    "all": ListRow(_("Tất cả"), lambda held, on: Q(), _all),
    # The cells and columns of `statistics.Cells`.
    "counted": ListRow(_("Được tính"), lambda held, on: COUNTED & Q(status__in=(*OPEN, Status.COMPLETED))),
    "done": ListRow(_("Đã hoàn thành"), lambda held, on: COMPLETED),
    "done_on_time": ListRow(_("Hoàn thành đúng hạn"), lambda held, on: COMPLETED & NOT_LATE),
    "done_late": ListRow(_("Hoàn thành quá hạn"), lambda held, on: COMPLETED & LATE),
    "not_done": ListRow(_("Chưa hoàn thành"), lambda held, on: COUNTED & Q(status__in=OPEN)),
    "open_in_time": ListRow(_("Chưa hoàn thành, trong hạn"), lambda held, on: COUNTED & in_time(on)),
    "no_date": ListRow(
        _("Không có thời hạn"), lambda held, on: COUNTED & Q(status__in=OPEN, due_on__isnull=True)
    ),
    "suspended": ListRow(_("Tạm dừng"), lambda held, on: Q(part__in=COUNTED_PARTS, status=Status.SUSPENDED)),
    "withdrawn": ListRow(
        _("Thu hồi, đã chuyển"),
        lambda held, on: Q(part__in=COUNTED_PARTS, status__in=(*NOT_LIVE, Status.ENDED)),
    ),
    "standing": ListRow(
        _("Thường xuyên"),
        lambda held, on: (
            Q(part__in=COUNTED_PARTS, directive__is_standing=True) & Q(status__in=(*OPEN, Status.COMPLETED))
        ),
    ),
    "given": ListRow(_("Tổng giao"), lambda held, on: Q(part__in=COUNTED_PARTS)),
    "coordinating": ListRow(
        _("Phối hợp"), lambda held, on: Q(part=Part.COORDINATING) & ~Q(status__in=NOT_LIVE)
    ),
}


def tabs_for(held: Rights) -> list[str]:
    """Return the names of a person's tabs, in order."""
    mine = desks(held)
    return [name for name, row in LISTS.items() if row.desks & mine]


def apart(name: str, held: Rights, *, together: bool = False) -> list[Q]:
    """Return the conditions of which one must hold for a row of a list to be shown, each served by an index of its own;
    `together` as one that is served by none: for what is looked for by its own index, being fewer.

    With what the list itself asks (`LISTS[name].condition`) they say what `visible_to` and `condition` say together.
    """
    found = assignments_apart(held) if name == "all" else inside_apart(held)
    if not (together and found):
        return found
    # A plain "or" PostgreSQL would look for, too, by the indexes of its parts.
    return [Q(Case(When(reduce(or_, found), then=True), default=False, output_field=BooleanField()))]


def condition(name: str, held: Rights, *, on: date) -> Q:
    """Return what a list adds to the rows that are visible to a person on a day (Hà Nội).

    Raises KeyError for a name that is not in the table.
    """
    narrowed = LISTS[name].condition(held, on)
    return narrowed if name == "all" else narrowed & scope(held)


UNDELIVERED_NAME = "undelivered"
# Mails that could not be delivered and have not been sent again; on rows that are visible to a person.
UNDELIVERED = Q(state=Message.State.FAILED, resends__isnull=True)
