"""The columns of a table of figures, on screen and in Excel alike, and the sentences that close it (DOMAIN §3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.spreadsheet_columns import Share
from directives.statistics import Cells


@dataclass(frozen=True)
class FigureColumn:
    """`name` is that of the list which the figure opens (`directives.lists`), "" for a rate; `tone` its colour.

    On screen a column stands under the heading of its group by its short name; in Excel under its full one.
    """

    heading: str | Promise
    read: Callable[[Cells], int | Share]
    name: str = ""
    tone: str = ""
    group: str | Promise = ""
    short: str | Promise = ""


_done, _open, _rates, _outside = _("Đã hoàn thành"), _("Chưa hoàn thành"), _("Tỷ lệ"), _("Không tính")
_on_time, _late, _overdue = _("Hoàn thành đúng hạn"), _("Hoàn thành quá hạn"), _("Chưa hoàn thành, quá hạn")
COLUMNS = (
    FigureColumn(_("Tổng giao"), lambda cells: cells.given, "given"),
    FigureColumn(_("Được tính"), lambda cells: cells.counted, "counted"),
    FigureColumn(_on_time, lambda cells: cells.done_on_time, "done_on_time", "done", _done, _("đúng hạn")),
    FigureColumn(_late, lambda cells: cells.done_late, "done_late", "late", _done, _("quá hạn")),
    FigureColumn(
        _("Chưa hoàn thành, trong hạn"),
        lambda cells: cells.open_in_time,
        "open_in_time",
        "open",
        _open,
        _("trong hạn"),
    ),
    FigureColumn(
        _("Trong đó: không có thời hạn"),
        lambda cells: cells.no_date,
        "no_date",
        "",
        _open,
        _("(không thời hạn)"),
    ),
    FigureColumn(_overdue, lambda cells: cells.overdue, "overdue", "overdue", _open, _("quá hạn")),
    FigureColumn(
        _("Tỷ lệ hoàn thành"), lambda cells: Share(cells.done_rate), group=_rates, short=_("hoàn thành")
    ),
    FigureColumn(
        _("Tỷ lệ đúng hạn"), lambda cells: Share(cells.on_time_rate), group=_rates, short=_("đúng hạn")
    ),
    FigureColumn(
        _("Tỷ lệ quá hạn"), lambda cells: Share(cells.overdue_rate), group=_rates, short=_("quá hạn")
    ),
    FigureColumn(_("Tạm dừng"), lambda cells: cells.suspended, "suspended", "", _outside, _("tạm dừng")),
    FigureColumn(
        _("Thu hồi, đã chuyển"),
        lambda cells: cells.withdrawn,
        "withdrawn",
        "",
        _outside,
        _("thu hồi, chuyển"),
    ),
    FigureColumn(
        _("Thường xuyên"), lambda cells: cells.standing, "standing", "", _outside, _("thường xuyên")
    ),
    FigureColumn(
        _("Phối hợp (không tính)"),
        lambda cells: cells.coordinating,
        "coordinating",
        "",
        _outside,
        _("phối hợp"),
    ),
)


def grouped(number: int) -> str:
    """Return a number as it is written here: thousands grouped by "."."""
    return f"{number:,}".replace(",", ".")


def closing_sum(cells: Cells) -> str:
    """Return the sum that closes every table, so that suspending hides nothing."""
    return _now(
        "Tổng giao %(given)s = được tính %(counted)s + tạm dừng %(suspended)s + thu hồi, đã chuyển %(withdrawn)s"
        " + thường xuyên %(standing)s"
    ) % {
        "given": grouped(cells.given),
        "counted": grouped(cells.counted),
        "suspended": grouped(cells.suspended),
        "withdrawn": grouped(cells.withdrawn),
        "standing": grouped(cells.standing),
    }


def denominators() -> list[str]:
    """Return what the rates are parts of, and what is not counted."""
    return [
        _now(
            "Tỷ lệ hoàn thành = đã hoàn thành / được tính; tỷ lệ đúng hạn = hoàn thành đúng hạn / đã hoàn thành;"
        )
        + " "
        + _now("tỷ lệ quá hạn = chưa hoàn thành, quá hạn / được tính; “–” khi mẫu số bằng 0."),
        _now(
            "Được tính: phần chủ trì và phần từng đơn vị thực hiện; không tính nhiệm vụ thường xuyên và phần phối hợp."
        ),
    ]
