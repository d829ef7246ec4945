"""Dates, deadlines and people in the words of the screens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.dated import holds_on
from directives.models import Directive
from steering.models import Seat, SeatHolding

SHORT = 110


def in_days(due_on: date, *, on: date) -> str:
    """Return how far a date is from a day (Hà Nội): "còn 3 ngày", "hôm nay", "đã qua 12 ngày"."""
    days = (due_on - on).days
    if days == 0:
        return _("hôm nay")
    if days > 0:
        return ngettext("còn %(days)d ngày", "còn %(days)d ngày", days) % {"days": days}
    return ngettext("đã qua %(days)d ngày", "đã qua %(days)d ngày", -days) % {"days": -days}


def due_in_words(directive: Directive) -> str | Promise:
    """Return a directive's own deadline as a cell shows it: the date, "Thường xuyên" or "Không có thời hạn"."""
    if directive.is_standing:
        return _("Thường xuyên")
    return f"{directive.due_on:%d/%m/%Y}" if directive.due_on else _("Không có thời hạn")


def short(text: str, longest: int = SHORT) -> str:
    """Return the beginning of a text, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    return line[:longest].rsplit(" ", 1)[0].rstrip(",;:–-") + " …"


def seat_labels(seats: Iterable[Seat], *, on: date) -> dict[int, str]:
    """Return for each seat who holds it on a day (Hà Nội) and which seat it is; one query."""
    seats = list(seats)
    holders = dict(
        SeatHolding.objects.filter(holds_on(on), seat__in=[seat.pk for seat in seats])
        .order_by("valid_from", "pk")
        .values_list("seat_id", "person")
    )
    return {seat.pk: seat_label(seat.role, seat.protocol_order, holders.get(seat.pk)) for seat in seats}


def seat_label(seat_role: str, protocol_order: int, person: str | None) -> str:
    """Return who holds a seat (None: nobody) and which seat it is."""
    # Not `get_role_display`, which makes a dictionary of all choices each time.
    role = Seat.Role(seat_role).label
    if person:
        return f"{person} – {role}"
    return _("%(role)s thứ %(order)d (chưa có người)") % {"role": role, "order": protocol_order}
