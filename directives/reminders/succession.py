"""Who answers for units that others succeeded, as columns for the statements of the planner."""

from __future__ import annotations

from datetime import date
from typing import Any

from steering.models import Succession
from steering.tree import answering


def answers(*, on: date) -> dict[str, list[Any]]:
    """Return `units` that were succeeded by the day (Hà Nội), and `answers`: who answers for each, None when nobody
    of several is marked."""
    rows = Succession.objects.filter(takes_effect_on__lte=on).values_list("from_unit", flat=True)
    succeeded = answering(set(rows), on=on)
    return {"units": list(succeeded), "answers": list(succeeded.values())}
