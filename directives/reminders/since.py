"""What was changed after a day's plan was made: what follows from it, only the next run can know."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from accounts.models import User
from directives.models import Assignment, Directive, PolicyStep, ReminderPolicy
from directives.reminders.expected import Expectation
from directives.reminders.roster import Roster
from steering.models import (
    Assistant,
    CalendarDay,
    Committee,
    CommitteeStaff,
    Posting,
    SeatHolding,
    Succession,
    Unit,
    UnitParent,
)


def _changed(model: Any, since: datetime, name: str = "id") -> set[int]:
    """Return the ids that the history rows since then name."""
    rows = model.history.filter(history_date__gt=since).order_by()
    return {pk for pk in rows.values_list(name, flat=True).distinct() if pk is not None}


@dataclass
class Changed:
    """Ids of what was changed; `keys` are recipients, `calendar` says that days off were."""

    assignments: set[int] = field(default_factory=set)
    directives: set[int] = field(default_factory=set)
    policies: set[int] = field(default_factory=set)
    steps: set[int] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    units: set[int] = field(default_factory=set)
    seats: set[int] = field(default_factory=set)
    committees: set[int] = field(default_factory=set)
    calendar: bool = False

    @classmethod
    def since(cls, since: datetime) -> Self:
        """Read it from the histories; a fixed number of queries."""
        people = _changed(User, since) | {
            person
            for model in (Posting, SeatHolding, Assistant, CommitteeStaff)
            for person in _changed(model, since, "user_id")
        }
        units, holdings = _changed(Unit, since), _changed(SeatHolding, since)
        helped = _changed(Assistant, since, "holding_id")
        seats = SeatHolding.objects.filter(pk__in=holdings | helped) | SeatHolding.objects.filter(
            user__in=people
        )
        posted = Posting.objects.filter(user__in=people)
        return cls(
            assignments=_changed(Assignment, since),
            directives=_changed(Directive, since),
            policies=_changed(ReminderPolicy, since),
            steps=_changed(PolicyStep, since),
            keys={f"user:{pk}" for pk in people}
            | {f"unit:{pk}" for pk in units}
            | {f"holding:{pk}" for pk in holdings},
            units=units
            | _changed(Posting, since, "unit_id")
            | _changed(UnitParent, since, "unit_id")
            | _changed(Succession, since, "from_unit_id")
            | set(posted.values_list("unit", flat=True)),
            seats=set(seats.values_list("seat", flat=True)) | _changed(SeatHolding, since, "seat_id"),
            committees=_changed(Committee, since) | _changed(CommitteeStaff, since, "committee_id"),
            calendar=bool(_changed(CalendarDay, since)),
        )

    def explains(self, expected: Expectation, key: str, roster: Roster) -> bool:
        """Return whether one of the rows on which an expectation rests was changed."""
        work, step = expected.work, expected.step
        if (
            work.pk in self.assignments
            or work.directive in self.directives
            or step.pk in self.steps
            or step.policy_id in self.policies
            or key in self.keys
            or work.committee in self.committees
            or work.supervisor in self.seats
            or (self.calendar and step.day_kind == PolicyStep.DayKind.WORKING)
        ):
            return True
        unit = roster.answers_for(work.unit, work.answering)
        concerned = {work.unit} if unit is None else {work.unit, unit, *roster.above(unit)}
        return not concerned.isdisjoint(self.units)
