"""Load the demo: accounts, mailboxes, how the plans went, and a fictitious notice with work of these days."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from accounts.clock import hanoi_date
from accounts.models import User
from directives.demo.accounts import create_accounts, give_mailboxes, member_seat
from directives.demo.notice import play_notice
from directives.demo.scene import Scene
from directives.demo.spread import play_plans, play_standing
from directives.models import Directive
from directives.programme.loading import committee_of_programme, units_of_programme
from steering.calendar import work_calendar
from steering.models import Seat

PLANS, STANDING = "1710/QĐ-BYT – 01", "1710/QĐ-BYT – 02"


@transaction.atomic
def load_demo(*, password: str, at: datetime) -> dict[str, User]:
    """Load everything as of the day of `at` (an aware instant); returns the accounts by user name.

    Needs the programme and a database without real data (`boundary.mixture`). Call within `acting(by=…, …)`.
    """
    committee, units = committee_of_programme(), units_of_programme()
    people = create_accounts(committee, units, password=password, by=User.objects.system())
    give_mailboxes(committee, units)
    scene = set_scene(people, today=hanoi_date(at))
    play_plans(scene, Directive.objects.get(code=PLANS))
    play_standing(scene, Directive.objects.get(code=STANDING))
    play_notice(scene)
    return people


def set_scene(people: dict[str, User], *, today: date) -> Scene:
    """Return what the stories need, for the demo's accounts and a day of loading (Hà Nội)."""
    committee = committee_of_programme()
    return Scene(
        committee=committee,
        units=units_of_programme(),
        people=people,
        calendar=work_calendar(),
        today=today,
        chair_seat=Seat.objects.get(committee=committee, role=Seat.Role.CHAIR),
        member_seat=member_seat(committee),
    )
