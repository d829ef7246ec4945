"""Who opens the measured pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from accounts.models import User
from directives.rights import rights
from directives.sector import landmarks


@dataclass(frozen=True)
class People:
    """One of each desk; `upper` is the officer of the Sở with most units below it, `below` how many these are."""

    secretary: User
    chair: User
    member: User
    officer: User
    head: User
    upper: User
    below: int

    @property
    def readers(self) -> dict[str, User]:
        """Whose lists are measured, by what they are called on the page."""
        return {"unit officer": self.officer, "Sở": self.upper, "secretary": self.secretary}

    @property
    def landing(self) -> dict[str, User]:
        """Whose landing pages are measured."""
        return {"chair": self.chair, "member": self.member, "unit head": self.head, **self.readers}


def find_people() -> People:
    """Return the people of a generated sector."""
    found = landmarks()
    named = {user.username: user for user in User.objects.filter(username__in=vars(found).values())}
    return People(
        secretary=named[found.secretary],
        chair=named[found.chair],
        member=named[found.member],
        officer=named[found.officer],
        head=named[found.head],
        upper=named[found.province_officer],
        below=found.below,
    )


def units_of(user: User, on: date) -> str:
    """Return the ids of the units that a person sees, for the floors; "" for somebody who sees all."""
    return ",".join(map(str, sorted(rights(user, on=on).sees)))
