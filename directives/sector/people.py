"""The committee and everybody with an account: roles, never persons (DOMAIN §2); mail goes to `.example`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission
from django.db import connection

from accounts.audit.record_sql import history_model
from accounts.models import User
from accounts.roles import Role
from accounts.text import person_sort_key
from directives.sector.recorded import create, record
from steering import programme
from steering.models import (
    CalendarDay,
    Committee,
    CommitteeStaff,
    Posting,
    Seat,
    SeatHolding,
    Unit,
    UnitUserObjectPermission,
)
from steering.postings import RIGHTS
from steering.workdays import SEED_YEARS, seed_days

SECRETARY, CHAIR, MEMBER, AUDITOR, ADMINISTRATOR = "thu-ky", "chu-tich", "uy-vien", "kiem-toan", "quan-tri"
OFFICER, HEAD = "cv.", "tt."
OF_COMMITTEE: tuple[tuple[str, str, Role], ...] = (
    (SECRETARY, "Thư ký (dữ liệu minh họa)", Role.SECRETARIAT),
    (CHAIR, "Trưởng ban (dữ liệu minh họa)", Role.LEADER),
    (MEMBER, "Ủy viên (dữ liệu minh họa)", Role.MEMBER),
    (AUDITOR, "Kiểm tra viên (dữ liệu minh họa)", Role.AUDITOR),
    (ADMINISTRATOR, "Quản trị viên (dữ liệu minh họa)", Role.ADMINISTRATOR),
)
DUTIES: tuple[tuple[str, str, Role, str], ...] = (
    (OFFICER, "Chuyên viên", Role.UNIT_OFFICER, Posting.Duty.OFFICER),
    (HEAD, "Thủ trưởng", Role.UNIT_HEAD, Posting.Duty.HEAD),
)


def make_people(units: Sequence[Unit], *, password: str | None) -> dict[str, User]:
    """Make the accounts, an officer and a head for each unit; returns all by user name.

    Without a password nobody can sign in; one is hashed once for all. Call within `acting(…)`.
    """
    hashed = make_password(password)
    rows = [(username, name, name.split(" (")[0]) for username, name, _role in OF_COMMITTEE]
    found = _accounts(rows, hashed, [role for *_, role in OF_COMMITTEE])
    for prefix, title, role, duty in DUTIES:
        rows = [(f"{prefix}{unit.code}", f"{title} {unit.name}"[:150], title) for unit in units]
        people = _accounts(rows, hashed, [role] * len(rows))
        _appoint(people, units, prefix, duty)
        found |= people
    return found


def _accounts(rows: Iterable[tuple[str, str, str]], hashed: str, roles: Sequence[Role]) -> dict[str, User]:
    groups = {group.name: group.pk for group in Group.objects.all()}
    users = create(
        User,
        (
            User(
                username=username,
                full_name=name,
                name_key=person_sort_key(name),
                post=post,
                email=f"{username.replace('.', '-')}@nguoi-dung.example",
                password=hashed,
            )
            for username, name, post in rows
        ),
    )
    _give_roles([user.pk for user in users], [groups[role.value] for role in roles])
    return {user.username: user for user in users}


def _give_roles(users: list[int], groups: list[int]) -> None:
    """Put each into its group, and into the history of that person's roles."""
    history: Any = history_model(User)
    kept = history.groups.model._meta.db_table
    through = User.groups.through._meta.db_table
    with connection.cursor() as cursor:
        given = "unnest(%(users)s::bigint[], %(groups)s::bigint[]) AS given(user_id, group_id)"
        values = {"users": users, "groups": groups}
        cursor.execute(
            f'INSERT INTO "{through}" (user_id, group_id) SELECT user_id, group_id FROM {given}', values
        )
        cursor.execute(
            f'INSERT INTO "{kept}" (history_id, id, user_id, group_id)'
            f' SELECT h.history_id, t.id, t.user_id, t.group_id FROM "{through}" t'
            f' JOIN "{history._meta.db_table}" h ON h.id = t.user_id WHERE t.user_id = ANY (%(users)s) ORDER BY t.id',
            values,
        )


def _appoint(people: dict[str, User], units: Sequence[Unit], prefix: str, duty: str) -> None:
    postings = create(
        Posting, (Posting(user=people[f"{prefix}{unit.code}"], unit=unit, duty=duty) for unit in units)
    )
    rights = Permission.objects.filter(
        content_type__app_label="steering", content_type__model="unit", codename__in=RIGHTS[duty]
    )
    table = UnitUserObjectPermission._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" (user_id, content_object_id, posting_id, permission_id)'
            " SELECT p.user_id, p.unit_id, p.id, right_id FROM steering_posting p"
            " CROSS JOIN unnest(%s::bigint[]) AS right_id WHERE p.id = ANY (%s) ORDER BY p.id, right_id RETURNING id",
            [list(rights.values_list("pk", flat=True)), [row.pk for row in postings]],
        )
        record(UnitUserObjectPermission, [key for (key,) in cursor.fetchall()])


def make_committee(people: dict[str, User]) -> tuple[Committee, list[Seat]]:
    """Make the committee, its seats with their holders and its secretariat; returns it and the seats in their order.

    The chair's and a member's seat are held by accounts, the others by nobody's name. Call within `acting(…)`.
    """
    data = programme.committee()
    (committee,) = create(
        Committee,
        [
            Committee(
                code=data.code,
                name=data.name,
                short_name=data.short_name,
                secretariat_label=data.secretariat_label,
                standing_unit=Unit.objects.filter(code="byt.ttttytqg").first(),
                mailbox="to-thu-ky@ban-chi-dao.example",
            )
        ],
    )
    seats = create(
        Seat, [Seat(committee=committee, role=s.role, protocol_order=s.protocol_order) for s in data.seats]
    )
    holders = {Seat.Role.CHAIR.value: people[CHAIR]}
    member = member_seat(seats)
    create(SeatHolding, [_holding(s, people[MEMBER] if s == member else holders.get(s.role)) for s in seats])
    create(CommitteeStaff, [CommitteeStaff(committee=committee, user=people[SECRETARY])])
    return committee, seats


def member_seat(seats: Sequence[Seat]) -> Seat:
    """Return the seat of the account `uy-vien`: the first member's."""
    return next(seat for seat in seats if seat.role == Seat.Role.MEMBER)


def _holding(seat: Seat, user: User | None) -> SeatHolding:
    name = user.full_name if user else f"{seat.get_role_display()} {seat.protocol_order} (dữ liệu minh họa)"
    email = user.email if user else f"vi-tri-{seat.protocol_order}@ban-chi-dao.example"
    return SeatHolding(seat=seat, person=name, user=user, email=email)


def make_calendar() -> None:
    """Enter the days off and make-up days that are not there yet. Call within `acting(…)`."""
    kinds = {False: CalendarDay.Kind.DAY_OFF, True: CalendarDay.Kind.MAKE_UP}
    there = set(CalendarDay.objects.values_list("day", flat=True))
    seeds = (seed for year in SEED_YEARS for seed in seed_days(year) if seed.day not in there)
    create(
        CalendarDay,
        [CalendarDay(day=s.day, kind=kinds[s.working], name=s.name, source=s.source) for s in seeds],
    )
