"""The one definition of on time, late, open in time and overdue (DOMAIN §3): an SQL expression and its Python twin.

Timeliness is derived from dates and never stored. Due today is not overdue; open without a date is in time; done
without a date is on time; submitted on or before the due date and waiting for confirmation is in time.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

from django.db.models import Case, CharField, F, Q, TextChoices, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from directives.lifecycle import OPEN, Status

DUE_SOON_DAYS = 7


class Timeliness(TextChoices):
    """The four cells; a row outside them (suspended, revoked, transferred, ended) has none."""

    DONE_ON_TIME = "done_on_time", _("Hoàn thành đúng hạn")
    DONE_LATE = "done_late", _("Hoàn thành quá hạn")
    OPEN_IN_TIME = "open_in_time", _("Chưa hoàn thành, trong hạn")
    OVERDUE = "overdue", _("Chưa hoàn thành, quá hạn")


class Dated(Protocol):
    @property
    def status(self) -> str: ...
    @property
    def due_on(self) -> date | None: ...
    @property
    def original_due_on(self) -> date | None: ...
    @property
    def submitted_on(self) -> date | None: ...
    @property
    def completed_on(self) -> date | None: ...


def timeliness(assignment: Dated, *, on: date, original: bool = False) -> Timeliness | None:
    """Return the cell of an assignment on a day (Hà Nội), against the present or the original due date."""
    due = assignment.original_due_on if original else assignment.due_on
    if assignment.status == Status.COMPLETED:
        done = assignment.completed_on
        late = due is not None and done is not None and done > due
        return Timeliness.DONE_LATE if late else Timeliness.DONE_ON_TIME
    if assignment.status not in OPEN:
        return None
    if due is None or due >= on or (assignment.submitted_on is not None and assignment.submitted_on <= due):
        return Timeliness.OPEN_IN_TIME
    return Timeliness.OVERDUE


def timeliness_expression(on: date, *, original: bool = False, prefix: str = "") -> Case:
    """Return the same as an expression on assignments (`prefix` leads to them); NULL outside the cells."""
    due = f"{prefix}original_due_on" if original else f"{prefix}due_on"
    completed = Q(**{f"{prefix}status": Status.COMPLETED})
    is_open = Q(**{f"{prefix}status__in": OPEN})
    return Case(
        When(completed & Q(**{f"{prefix}completed_on__gt": F(due)}), then=Value(Timeliness.DONE_LATE.value)),
        When(completed, then=Value(Timeliness.DONE_ON_TIME.value)),
        When(
            is_open
            & (
                Q(**{f"{due}__isnull": True})
                | Q(**{f"{due}__gte": on})
                | Q(**{f"{prefix}submitted_on__lte": F(due)})
            ),
            then=Value(Timeliness.OPEN_IN_TIME.value),
        ),
        When(is_open, then=Value(Timeliness.OVERDUE.value)),
        default=None,
        output_field=CharField(null=True),
    )


def overdue(on: date) -> Q:
    """Return the condition of being overdue on a day, in a form the open-and-due index serves."""
    return Q(status__in=OPEN, due_on__lt=on) & (
        Q(submitted_on__isnull=True) | Q(submitted_on__gt=F("due_on"))
    )


def in_time(on: date) -> Q:
    """Return the condition of being open and not overdue on a day."""
    on_time = Q(due_on__isnull=True) | Q(due_on__gte=on) | Q(submitted_on__lte=F("due_on"))
    return Q(status__in=OPEN) & on_time


def due_soon(on: date, days: int = DUE_SOON_DAYS) -> Q:
    """Return the condition of being due within so many days from `on`, both ends included, and not submitted."""
    return Q(
        status__in=OPEN,
        submitted_on__isnull=True,
        due_on__gte=on,
        due_on__lte=date.fromordinal(on.toordinal() + days),
    )


def deadline_in_words(assignment: Dated, *, on: date) -> str | Promise:
    """Return what a person reads beside the date: "còn 3 ngày", "đến hạn hôm nay", "quá hạn 12 ngày"."""
    cell = timeliness(assignment, on=on)
    if cell in (Timeliness.DONE_ON_TIME, Timeliness.DONE_LATE):
        return cell.label
    if cell is None:
        return ""
    if assignment.due_on is None:
        return _("không có thời hạn")
    if assignment.submitted_on is not None and cell == Timeliness.OPEN_IN_TIME:
        return _("đã báo cáo trong hạn")
    days = (assignment.due_on - on).days
    if days == 0:
        return _("đến hạn hôm nay")
    if days > 0:
        return ngettext("còn %(days)d ngày", "còn %(days)d ngày", days) % {"days": days}
    return ngettext("quá hạn %(days)d ngày", "quá hạn %(days)d ngày", -days) % {"days": -days}
