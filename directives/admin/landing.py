"""*Tổng quan*: the page each person lands on, made of the parts that their desks call for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.clock import as_of, now, today
from accounts.models import User
from accounts.roles import Role
from directives import lists
from directives.admin import reconciliation
from directives.admin.addresses import waiting
from directives.admin.figure_views import Figure, heading_groups, list_url, table_rows, total_row
from directives.admin.navigation import registers
from directives.admin.operation import signs
from directives.admin.short_lists import Viewer, short_lists
from directives.counters import Figures, figures
from directives.figure_columns import COLUMNS, closing_sum, grouped
from directives.lists import Desk
from directives.models import Message
from directives.reminders.faults import open_faults
from directives.rights import rights
from directives.statistics import Cells, percent
from directives.tables import by_unit

UNITS_SHOWN = 120
# The table by unit of this page is narrower than that of the statistics.
NARROW = tuple(
    column
    for column in COLUMNS
    if column.name in ("given", "counted", "done_on_time", "done_late", "open_in_time", "overdue")
)
TO_DO = (
    ("to_confirm", "open"),
    ("extension", "open"),
    ("overdue", "overdue"),
    ("not_accepted", "none"),
    ("declined", "late"),
    ("undecided", "late"),
)


@dataclass(frozen=True)
class Card:
    """A number of *Việc cần làm hôm nay*, and the list it opens."""

    label: str | Promise
    count: int
    url: str
    tone: str


@dataclass(frozen=True)
class Cell:
    """One of the four cells: a number in words and colour, with what it includes."""

    label: str | Promise
    icon: str
    figure: Figure
    detail: str | Promise = ""


def landing(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to the context of the index what this person begins the day with."""
    user: User = request.user  # type: ignore[assignment]
    on, at = today(), now()
    held = rights(user, on=on)
    mine = lists.desks(held)
    context["title"] = _("Tổng quan")
    context["roles"] = [role.label for role in Role if user.has_role(role)]
    if not mine:
        return context
    found = figures(user, on=on, at=at)
    context |= {
        "as_of": as_of(found.computed_at),
        "cards": _cards(user, found, held.secretariat_of) if Desk.SECRETARIAT in mine else [],
        "short_lists": short_lists(Viewer(held, on, found)),
        "cells": _cells(found.cells),
        # Who answers for all of it begins with the figures; who has work of their own, with the work.
        "cells_first": bool(mine & {Desk.SECRETARIAT, Desk.LEADER}),
        "sums": _sums(found.cells),
        "closing_sum": closing_sum(found.cells),
    }
    told = signs(at=at) if user.has_role(Role.ADMINISTRATOR) else []
    if reconciliation.may_run(held) and (checked := reconciliation.sign()):
        told = [checked, *told]
    context["signs"] = told
    if user.has_role(Role.ADMINISTRATOR, Role.AUDITOR):
        context["registers"] = registers(request)
    if mine & {Desk.SECRETARIAT, Desk.LEADER} or user.has_role(Role.AUDITOR):
        context |= _unit_table(found, on)
    return context


def _cards(user: User, found: Figures, committees: frozenset[int]) -> list[Card]:
    cards = [Card(lists.LISTS[name].label, found.tabs[name], list_url(name), tone) for name, tone in TO_DO]
    if found.mails_undelivered is not None and admin.site.is_registered(Message):
        address = reverse("admin:directives_message_changelist")
        url = f"{address}?{lists.PARAMETER}={lists.UNDELIVERED_NAME}"
        cards.append(Card(_("Không gửi được"), found.mails_undelivered, url, "late"))
        if faults := open_faults(committees):
            # The list of mails says whose; on a good day there is nothing to be said.
            cards.append(Card(_("Chưa soạn được thư"), len(faults), address, "overdue"))
    addresses = waiting(found.addresses_waiting)
    if addresses and addresses.count:
        cards.append(Card(_("Địa chỉ không nhận được thư"), addresses.count, addresses.url, "late"))
    return cards


def _cells(cells: Cells) -> list[Cell]:
    """The four cells of every official report (DOMAIN §3)."""
    no_date = _("trong đó không có thời hạn: %(count)s") % {"count": grouped(cells.no_date)}
    columns = {column.name: column for column in COLUMNS}
    looks = (
        ("done_on_time", "check_circle", ""),
        ("done_late", "history", ""),
        ("open_in_time", "schedule", no_date if cells.no_date else ""),
        ("overdue", "error", ""),
    )
    return [
        Cell(
            columns[name].heading,
            icon,
            Figure(grouped(getattr(cells, name)), list_url(name), columns[name].tone),
            detail,
        )
        for name, icon, detail in looks
    ]


def _sums(cells: Cells) -> list[tuple[str | Promise, str, str]]:
    """The sums of the cells and the rates, each with what it is a part of."""
    return [
        (_("Đã hoàn thành"), grouped(cells.done), list_url("done")),
        (_("Chưa hoàn thành"), grouped(cells.not_done), list_url("not_done")),
        (_("Được tính"), grouped(cells.counted), list_url("counted")),
        (_("Tỷ lệ hoàn thành (đã hoàn thành / được tính)"), percent(cells.done_rate), ""),
        (_("Tỷ lệ đúng hạn (đúng hạn / đã hoàn thành)"), percent(cells.on_time_rate), ""),
        (_("Tỷ lệ quá hạn (chưa hoàn thành, quá hạn / được tính)"), percent(cells.overdue_rate), ""),
    ]


def _unit_table(found: Figures, on: date) -> dict[str, Any]:
    # Units that only coordinate stand in the whole table.
    lines = by_unit({key: cells for key, cells in found.by_unit.items() if cells.given}, on=on)
    return {
        "heading_groups": heading_groups(NARROW),
        "unit_rows": table_rows(lines[:UNITS_SHOWN], "don_vi", columns=NARROW),
        "unit_total": total_row(found.cells, columns=NARROW),
        "units_more": max(0, len(lines) - UNITS_SHOWN),
        "units_url": reverse("figures_units"),
    }
