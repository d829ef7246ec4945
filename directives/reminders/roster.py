"""Who can be written to on a day, said a second time for the morning's reconciliation: a person, a mailbox, a seat.

Written from the rules, not from `audience`: what both get wrong in the same way nobody would notice. Here a question
is asked for one unit or seat at a time, and the answer names only who is to be written to; nobody means that the log
has to give a reason instead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cached_property

from accounts.dated import holds_on
from directives.models import PolicyStep
from steering.models import (
    Assistant,
    Committee,
    CommitteeStaff,
    Posting,
    Seat,
    SeatHolding,
    Succession,
    Unit,
    UnitParent,
)
from steering.tree import answering

Audience, Duty = PolicyStep.Audience, Posting.Duty
Keys = tuple[str, ...]
NOBODY: Keys = ()


class Roster:
    """The sector and the committees on a day (Hà Nội); a query for each register, when first asked for."""

    def __init__(self, *, on: date) -> None:
        self.on = on
        self._asked: dict[tuple[str, int, int], Keys] = {}

    def answers_for(self, unit: int, chosen: int | None) -> int | None:
        """Return the unit that answers for work given to `unit`, by succession or as `chosen`; None: undecided."""
        if unit not in self._successors:
            return unit
        if chosen is None:
            return self._successors[unit]
        return self._successors.get(chosen, chosen)

    def of_unit(self, audience: str, unit: int, committee: int) -> Keys:
        """Return whom a unit's own steps, and that of who stands above it, write to."""
        asked = (audience, unit, committee)
        if asked not in self._asked:
            self._asked[asked] = self._of_unit(audience, unit, committee)
        return self._asked[asked]

    def head_of(self, unit: int) -> Keys:
        """Return the heads in office of a unit that gets mail, or its deputies; nobody stands in for them."""
        return self._led_by(unit) if self._gets_mail(unit) else NOBODY

    def of_seat(self, seat: int) -> Keys:
        """Return the seat's holders in office and those who help them."""
        return tuple(sorted(self._seats.get(seat, ())))

    def chairs(self, committee: int) -> Keys:
        """Return the holders of the committee's first seat, and their assistants."""
        seats = Seat.objects.filter(committee=committee, role=Seat.Role.CHAIR).values_list("pk", flat=True)
        return tuple(sorted({key for seat in seats for key in self.of_seat(seat)}))

    def secretariat(self, committee: int) -> Keys:
        """Return the secretariat's mailbox, or without one its people who have an address."""
        if Committee.objects.filter(pk=committee).exclude(mailbox="").exists():
            return (f"committee:{committee}",)
        staff = CommitteeStaff.objects.filter(holds_on(self.on), committee=committee, user__is_active=True)
        return tuple(sorted({f"user:{row.user_id}" for row in staff.exclude(user__email="")}))

    def above(self, unit: int) -> Iterator[int]:
        """Yield the units above a unit, nearest first, each once."""
        seen, level = {unit}, [unit]
        while level := [up for below in level for up in self._parents[below] if up not in seen]:
            for up in level:
                if up not in seen:
                    seen.add(up)
                    yield up

    def _of_unit(self, audience: str, unit: int, committee: int) -> Keys:
        if not self._gets_mail(unit):
            return NOBODY
        if audience == Audience.OFFICERS:
            return self._people(unit, Duty.OFFICER)
        if audience == Audience.MAILBOX:
            return (f"unit:{unit}",) if self._units[unit].mailbox else NOBODY
        superior = next(filter(None, map(self._led_by, filter(self._is_asked, self.above(unit)))), NOBODY)
        if audience == Audience.SUPERIOR_HEAD:
            return superior
        return self._led_by(unit) or superior or self._for_no_head(committee)

    def _for_no_head(self, committee: int) -> Keys:
        key = ("no head", 0, committee)
        if key not in self._asked:
            self._asked[key] = self.secretariat(committee)
        return self._asked[key]

    def _gets_mail(self, unit: int) -> bool:
        return self._units[unit].in_sector or self._units[unit].automatic_mail

    def _is_asked(self, superior: int) -> bool:
        """The ministry itself is nobody's superior here: a department without a head is not the minister's."""
        top = self._units[superior].kind.code == "bo" and not self._parents[superior]
        return self._gets_mail(superior) and not top

    def _led_by(self, unit: int) -> Keys:
        return self._people(unit, Duty.HEAD) or self._people(unit, Duty.DEPUTY)

    def _people(self, unit: int, duty: str) -> Keys:
        return tuple(sorted(self._posted.get((unit, duty), ())))

    @cached_property
    def _units(self) -> dict[int, Unit]:
        return {unit.pk: unit for unit in Unit.objects.select_related("kind").order_by()}

    @cached_property
    def _parents(self) -> defaultdict[int, list[int]]:
        found: defaultdict[int, list[int]] = defaultdict(list)
        for row in UnitParent.objects.filter(holds_on(self.on)).order_by("pk"):
            found[row.unit_id].append(row.parent_id)
        return found

    @cached_property
    def _posted(self) -> dict[tuple[int, str], set[str]]:
        found: dict[tuple[int, str], set[str]] = {}
        for row in Posting.objects.filter(holds_on(self.on), user__is_active=True).order_by():
            found.setdefault((row.unit_id, row.duty), set()).add(f"user:{row.user_id}")
        return found

    @cached_property
    def _seats(self) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for held in SeatHolding.objects.filter(holds_on(self.on)).select_related("user"):
            if held.user is None or held.user.is_active:
                key = f"user:{held.user_id}" if held.user_id else f"holding:{held.pk}"
                found.setdefault(held.seat_id, set()).add(key)
        helpers = Assistant.objects.filter(holds_on(self.on), holds_on(self.on, "holding__"))
        for helper in helpers.select_related("user", "holding"):
            if helper.user is None or helper.user.is_active:
                key = f"user:{helper.user_id}" if helper.user_id else f"assistant:{helper.pk}"
                found.setdefault(helper.holding.seat_id, set()).add(key)
        return found

    @cached_property
    def _successors(self) -> dict[int, int | None]:
        gone = Succession.objects.filter(takes_effect_on__lte=self.on).values_list("from_unit", flat=True)
        return answering(set(gone), on=self.on)
