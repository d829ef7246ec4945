"""Whom and what to measure with, found in a generated sector."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from accounts.clock import today
from directives.models import Directive
from directives.sector.people import ADMINISTRATOR, AUDITOR, CHAIR, HEAD, MEMBER, OFFICER, SECRETARY
from directives.sector.tree import SO_Y_TE
from steering.models import Unit
from steering.tree import reaches


@dataclass(frozen=True)
class Landmarks:
    """User names, and ids of units and of a directive.

    `officer` and `head` are of `unit`, which has none below it; `province_officer` is of `province`, the Sở with the
    most units below it (`below`); `directive` was given to each unit, and is neither restricted nor standing.
    """

    secretary: str
    chair: str
    member: str
    auditor: str
    administrator: str
    officer: str
    head: str
    unit: int
    province_officer: str
    province: int
    below: int
    directive: int


def landmarks() -> Landmarks:
    """Find them; raises LookupError in a database that `generate` did not fill."""
    provinces = Unit.objects.filter(kind__code=SO_Y_TE).in_bulk()
    far = reaches(provinces, on=today())
    if not far:
        raise LookupError("There is no generated sector in this database.")
    province = max(far, key=lambda pk: (len(far[pk].below), -pk))
    below = far[province].below
    unit = Unit.objects.filter(pk__in=below or [province], children=None).order_by("order").last()
    directive = (
        Directive.objects.filter(
            mode=Directive.Mode.EACH, state=Directive.State.ISSUED, is_restricted=False, is_standing=False
        )
        .annotate(given=Count("assignments", filter=~Q(assignments__status="transferred")))
        .order_by("-given", "-due_on", "pk")
        .first()
    )
    if unit is None or directive is None:
        raise LookupError("There is no generated sector in this database.")
    return Landmarks(
        secretary=SECRETARY,
        chair=CHAIR,
        member=MEMBER,
        auditor=AUDITOR,
        administrator=ADMINISTRATOR,
        officer=f"{OFFICER}{unit.code}",
        head=f"{HEAD}{unit.code}",
        unit=unit.pk,
        province_officer=f"{OFFICER}{provinces[province].code}",
        province=province,
        below=len(below),
        directive=directive.pk,
    )
