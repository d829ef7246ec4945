"""The committee and the sector, one noun a file."""

from steering.models.calendar import CalendarDay
from steering.models.committee import Assistant, Committee, CommitteeStaff, Seat, SeatHolding
from steering.models.posting import Posting, UnitUserObjectPermission
from steering.models.unit import Succession, Unit, UnitAlias, UnitKind, UnitName, UnitParent

__all__ = [
    "Assistant",
    "CalendarDay",
    "Committee",
    "CommitteeStaff",
    "Posting",
    "Seat",
    "SeatHolding",
    "Succession",
    "Unit",
    "UnitAlias",
    "UnitKind",
    "UnitName",
    "UnitParent",
    "UnitUserObjectPermission",
]
