"""Which committees, seats, units and directives a person has on a day: resolved once, from dated rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from accounts.dated import holds_on
from accounts.models import User
from accounts.roles import Role
from directives.models import DirectiveUserObjectPermission
from steering.models import CommitteeStaff, Seat, SeatHolding, UnitUserObjectPermission
from steering.tree import answers_for, reach

LEADING = (Seat.Role.CHAIR, Seat.Role.STANDING_VICE_CHAIR, Seat.Role.VICE_CHAIR)
SEES_RESTRICTED = (Seat.Role.CHAIR, Seat.Role.STANDING_VICE_CHAIR)
NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Rights:
    """Ids throughout. `reports` and `submits` hold units the person acts for, predecessors included."""

    auditor: bool = False
    administrator: bool = False
    secretariat_of: frozenset[int] = NOTHING
    leads: frozenset[int] = NOTHING
    leads_restricted: frozenset[int] = NOTHING
    seats: frozenset[int] = NOTHING
    sees: frozenset[int] = NOTHING
    reports: frozenset[int] = NOTHING
    submits: frozenset[int] = NOTHING
    directives: frozenset[int] = NOTHING

    @property
    def committees(self) -> frozenset[int]:
        """The committees of which everything unrestricted is read."""
        return self.secretariat_of | self.leads


def rights(user: User, *, on: date) -> Rights:
    """Return the person's rights on a day (Hà Nội); at most eight queries, kept on the instance (one request)."""
    kept: dict[date, Rights] = user.__dict__.setdefault("_rights", {})
    if on not in kept:
        kept[on] = _resolve(user, on) if user.is_active and user.pk else Rights()
    return kept[on]


def _resolve(user: User, on: date) -> Rights:
    secretariat = NOTHING
    if user.has_role(Role.SECRETARIAT):
        staff = CommitteeStaff.objects.filter(holds_on(on), user=user)
        secretariat = frozenset(staff.values_list("committee_id", flat=True))
    leads, leads_restricted, seats = set(), set(), set()
    if user.has_role(Role.LEADER, Role.MEMBER):
        held = Q(user=user) | Q(holds_on(on, "assistants__"), assistants__user=user)
        holdings = SeatHolding.objects.filter(holds_on(on)).filter(held)
        for seat, role, committee in holdings.values_list("seat_id", "seat__role", "seat__committee_id"):
            seats.add(seat)
            if role in LEADING and user.has_role(Role.LEADER):
                leads.add(committee)
                if role in SEES_RESTRICTED:
                    leads_restricted.add(committee)
    granted: dict[str, set[int]] = defaultdict(set)
    if user.has_role(Role.UNIT_HEAD, Role.UNIT_OFFICER):
        rows = UnitUserObjectPermission.objects.filter(holds_on(on), user=user)
        for unit, codename in rows.values_list("content_object_id", "permission__codename"):
            granted[codename].add(unit)
    named = DirectiveUserObjectPermission.objects.filter(
        holds_on(on), user=user, permission__codename="see_directive"
    )
    reports = answers_for(granted["report_unit"], on=on)
    same = granted["submit_unit"] == granted["report_unit"]
    return Rights(
        auditor=user.has_role(Role.AUDITOR),
        administrator=user.has_role(Role.ADMINISTRATOR),
        secretariat_of=secretariat,
        leads=frozenset(leads),
        leads_restricted=frozenset(leads_restricted),
        seats=frozenset(seats),
        sees=reach(granted["see_unit"], on=on),
        reports=reports,
        submits=reports if same else answers_for(granted["submit_unit"], on=on),
        directives=frozenset(named.values_list("content_object_id", flat=True)),
    )
