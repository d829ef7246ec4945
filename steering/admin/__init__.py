"""The screens of people, units, committee and calendar."""

from steering.admin import calendar, committee, people, units

__all__ = ["calendar", "committee", "people", "units"]
