"""Filling an empty database: units, people, committee, documents, then the work, portion by portion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.audit.context import Door, acting
from accounts.audit.recording import recorded
from accounts.clock import start_of_day
from accounts.models import User
from directives.errors import Refused
from directives.models import Directive, Document
from directives.reminders.policy import ensure_default_policy
from directives.sector import cases, people, schedule, tree
from steering.models import Committee, Unit

# The language of the records, whatever the shell speaks.
LANGUAGE = "vi"
# The set-up is dated before all work: nobody acts before there is an account.
SET_UP_DAYS_BEFORE = 1200


@dataclass(frozen=True)
class Summary:
    """What was made. `analysed`: the planner's statistics are fresh; the run role may not make them (see README)."""

    units: int
    directives: int
    assignments: int
    assignment_history: int
    reports: int
    analysed: bool


def generate(
    *,
    units: int,
    directives: int,
    seed: int,
    on: date,
    progress: Callable[[int, int], None] | None = None,
    password: str | None = None,
) -> Summary:
    """Fill an empty database with a sector as it would be on the day `on` (Hà Nội); the same for the same arguments.

    `progress` is told how many assignments of how many are there. With a `password` all accounts can sign in. Each
    portion is committed by itself: what was interrupted has to begin again with an empty database.
    Raises Refused when the database is not empty or the sizes make no sector.
    """
    _demand(units, directives)
    with translation.override(LANGUAGE):
        dice = Random(seed)  # noqa: S311 - nothing here is secret
        at = start_of_day(on - timedelta(days=SET_UP_DAYS_BEFORE))
        system = User.objects.system()
        with recorded(by=system, reason="Tạo dữ liệu ngành để đo", door=Door.IMPORT, at=at):
            places = tree.make_units(units, on=on)
            persons = people.make_people(places, password=password)
            committee, seats = people.make_committee(persons)
            people.make_calendar()
            ensure_default_policy(committee)
        secretary = persons[people.SECRETARY]
        leaders = [n for n, unit in enumerate(places, 1) if unit.code.startswith(f"{tree.MINISTRY}.")]
        planned = schedule.plan(
            directives, units, departments=leaders, committee=committee, seats=seats, dice=dice, on=on
        )
        with acting(by=secretary, reason="Soạn nhiệm vụ", door=Door.WEB, at=None):
            with recorded():
                schedule.enter(planned, dice=dice)
            made = cases.make_cases(
                planned, places, persons, seed=seed, on=on, progress=progress or (lambda done, total: None)
            )
    return Summary(units, directives, made.assignments, made.history, made.reports, _analyse())


def _demand(units: int, directives: int) -> None:
    if units < 3 or directives < 1:
        raise Refused(_("Cần ít nhất 3 đơn vị và 1 nhiệm vụ."))
    if (
        Unit.objects.exists()
        or Document.objects.exists()
        or Directive.objects.exists()
        or Committee.objects.exists()
    ):
        raise Refused(
            _("Cơ sở dữ liệu đã có đơn vị hoặc văn bản; hãy dùng một cơ sở dữ liệu trống, vừa chạy migrate.")
        )
    names = [name for name, *_rest in people.OF_COMMITTEE]
    if taken := User.objects.filter(username__in=names).order_by("username").first():
        raise Refused(
            _("Tài khoản %(name)s đã có; hãy dùng một cơ sở dữ liệu trống, vừa chạy migrate.")
            % {"name": taken.username}
        )


def _analyse() -> bool:
    """Make the planner's statistics where this role may; returns whether it did. Only who owns a table may."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'directives_assignment'::regclass"
        )
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("ANALYZE")
        return True
