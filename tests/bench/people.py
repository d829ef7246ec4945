"""Who the measured pages are opened by, found in whatever sector was filled in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from accounts.models import User
from directives.models import Assignment
from directives.rights import rights
from steering.models import Posting, Unit, UnitParent

SECRETARY, CHAIR, MEMBER, ADMINISTRATOR = "thu-ky", "chu-tich", "uy-vien", "quan-tri"


@dataclass(frozen=True)
class People:
    """One of each desk; `upper` is an officer of the unit (a Sở) with most units below it."""

    secretary: User
    chair: User
    member: User
    officer: User
    head: User
    upper: User

    @property
    def readers(self) -> dict[str, User]:
        """Whose lists are measured, by what they are called on the page."""
        return {"unit officer": self.officer, "Sở": self.upper, "secretary": self.secretary}


def find_people(on: date) -> People:
    """Return the people of a filled sector on a day."""
    below = UnitParent.objects.values("parent").annotate(count=Count("pk")).order_by("-count", "parent")
    upper = Unit.objects.get(pk=below[0]["parent"])
    postings = Posting.objects.filter(duty=Posting.Duty.OFFICER, user__is_active=True)
    # A unit in the middle: neither above another nor one that another answers for.
    leaves = Unit.objects.exclude(pk__in=UnitParent.objects.values("parent")).filter(
        successions_from__isnull=True, valid_until__isnull=True, pk__in=postings.values("unit")
    )
    counts = Assignment.objects.values("unit").filter(unit__in=leaves).annotate(count=Count("pk"))
    ranked = list(counts.order_by("count", "unit"))
    ordinary = ranked[len(ranked) // 2]["unit"]
    heads = Posting.objects.filter(Q(unit=ordinary) | Q(unit__in=leaves), duty=Posting.Duty.HEAD)
    named = {user.username: user for user in User.objects.filter(username__in=(SECRETARY, CHAIR, MEMBER))}
    return People(
        secretary=named[SECRETARY],
        chair=named[CHAIR],
        member=named[MEMBER],
        officer=postings.filter(unit=ordinary)[0].user,
        head=heads.order_by("unit_id")[0].user,
        upper=postings.filter(unit=upper)[0].user,
    )


def units_of(user: User, on: date) -> str:
    """Return the ids of the units that a person sees, for the floors; "" for somebody who sees all."""
    return ",".join(map(str, sorted(rights(user, on=on).sees)))
