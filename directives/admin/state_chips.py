"""How the state and the deadline of an assignment look: a colour of DOMAIN §3, a sign of its own, and words."""

from __future__ import annotations

from datetime import date

from directives.admin.progress import Chip
from directives.lifecycle import Status
from directives.models import Assignment
from directives.timeliness import Timeliness, deadline_in_words, timeliness

# A status's tone while it is not late, and its sign.
LOOKS: dict[str, tuple[str, str]] = {
    Status.ASSIGNED: ("none", "radio_button_unchecked"),
    Status.IN_PROGRESS: ("open", "pending"),
    Status.SUBMITTED: ("open", "rate_review"),
    Status.COMPLETED: ("done", "check_circle"),
    Status.DECLINED: ("overdue", "undo"),
    Status.SUSPENDED: ("none", "pause_circle"),
    Status.REVOKED: ("none", "block"),
    Status.TRANSFERRED: ("none", "swap_horiz"),
    Status.ENDED: ("none", "check_circle"),
}
TONES: dict[str, tuple[str, str]] = {
    Timeliness.DONE_ON_TIME: ("done", "check_circle"),
    Timeliness.DONE_LATE: ("late", "history"),
    Timeliness.OPEN_IN_TIME: ("open", "schedule"),
    Timeliness.OVERDUE: ("overdue", "error"),
}


def status_chip(assignment: Assignment, *, on: date) -> Chip:
    """Return the state of an assignment on a day (Hà Nội)."""
    tone, icon = LOOKS[assignment.status]
    if timeliness(assignment, on=on) == Timeliness.DONE_LATE:
        tone, icon = TONES[Timeliness.DONE_LATE]
    # Not `get_status_display`, which makes a dictionary of all choices each time.
    return Chip(tone, icon, Status(assignment.status).label)


def deadline_chip(assignment: Assignment, *, on: date) -> Chip | None:
    """Return the deadline in words on a day (Hà Nội); None where there is nothing to say of it."""
    cell = timeliness(assignment, on=on)
    if cell is None or (assignment.due_on is None and cell == Timeliness.OPEN_IN_TIME):
        return None
    return Chip(*TONES[cell], deadline_in_words(assignment, on=on))


def verdict_chip(assignment: Assignment, *, on: date, original: bool) -> Chip | None:
    """Return the verdict against the present or the original due date; None outside the four cells, where all
    standing work is."""
    if assignment.directive.is_standing:
        return None
    cell = timeliness(assignment, on=on, original=original)
    return Chip(*TONES[cell], cell.label) if cell is not None else None
