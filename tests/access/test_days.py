"""Rights begin and end with the day of their row; successors step in on theirs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from accounts.audit.context import acting
from accounts.models import User
from accounts.roles import Role
from directives import services
from directives.access import can, visible_to
from directives.admin.seen import Seen
from directives.models import Assignment, Directive, PolicyStep, ReminderPolicy
from directives.reminders.daily import rehearse
from directives.rights import rights
from directives.search import searched
from steering.models import Assistant, CommitteeStaff, Posting, SeatHolding, Succession, Unit, UnitKind
from steering.postings import appoint
from tests.cast import Cast, _person, _unit, at

LAST = date(2023, 6, 14)


def anew(user: User) -> User:
    return User.objects.get(pk=user.pk)


def sees(user: User, row: Assignment, on: date) -> bool:
    """Whether a person sees an assignment and its directive (always both or neither) on a day."""
    user = anew(user)
    found = visible_to(user, Assignment, on=on).filter(pk=row.pk).exists()
    assert found == visible_to(user, Directive, on=on).filter(pk=row.directive_id).exists()
    return found


def end_posting(cast: Cast, row: Assignment) -> User:
    posting = Posting.objects.get(user=cast.officer)
    posting.valid_until = LAST
    from steering.postings import keep

    keep(posting=posting, by=cast.administrator)
    return cast.officer


def end_seat(cast: Cast, row: Assignment) -> User:
    SeatHolding.objects.get(user=cast.member).delete()
    SeatHolding.objects.create(seat=cast.member_seat, person="Phạm", user=cast.member, valid_until=LAST)
    return cast.member


def end_staff(cast: Cast, row: Assignment) -> User:
    staff = CommitteeStaff.objects.get(user=cast.secretary)
    staff.valid_until = LAST
    staff.save()
    return cast.secretary


def end_assistant(cast: Cast, row: Assignment) -> User:
    helper = _person("giupviec", "Người Giúp Việc", Role.MEMBER)
    holding = SeatHolding.objects.get(user=cast.member)
    Assistant.objects.create(holding=holding, person="Người Giúp Việc", user=helper, valid_until=LAST)
    return helper


def end_holding_of_the_helped(cast: Cast, row: Assignment) -> User:
    helper = end_assistant(cast, row)
    assistant = Assistant.objects.get(user=helper)
    assistant.valid_until = None
    assistant.save()
    holding = assistant.holding
    holding.valid_until = LAST
    holding.save()
    return helper


def end_grant(cast: Cast, row: Assignment) -> User:
    services.grant_view(
        directive=row.directive,
        person=cast.other_member,
        by=cast.secretary,
        at=at(2),
        reason="Phối hợp",
        valid_until=LAST,
    )
    return cast.other_member


@pytest.mark.parametrize(
    "ending", [end_posting, end_seat, end_staff, end_assistant, end_holding_of_the_helped, end_grant]
)
def test_a_right_holds_on_its_last_day_and_no_longer_on_the_next(cast: Cast, ending: Any) -> None:
    row = cast.assignment(cast.hanoi, is_restricted=True)
    with acting(by=cast.administrator, reason="Thôi nhiệm vụ"):
        person = ending(cast, row)
    assert sees(person, row, LAST)
    assert not sees(person, row, LAST + timedelta(days=1))


@pytest.mark.parametrize("model", [Posting, SeatHolding, CommitteeStaff])
def test_a_right_begins_on_its_first_day(cast: Cast, model: Any) -> None:
    row = cast.assignment(cast.hanoi)
    first = LAST + timedelta(days=1)
    newcomer = _person("nguoimoi", "Người Mới", Role.UNIT_OFFICER, Role.MEMBER, Role.SECRETARIAT)
    with acting(by=cast.administrator, reason="Bổ nhiệm"):
        if model is Posting:
            appoint(user=newcomer, unit=cast.hanoi, duty="officer", by=cast.administrator, valid_from=first)
        elif model is SeatHolding:
            SeatHolding.objects.create(seat=cast.member_seat, person="Mới", user=newcomer, valid_from=first)
        else:
            CommitteeStaff.objects.create(committee=cast.committee, user=newcomer, valid_from=first)
    assert not sees(newcomer, row, LAST)
    assert sees(newcomer, row, first)


def test_a_role_without_a_row_and_a_row_without_a_role_show_nothing(cast: Cast) -> None:
    row = cast.assignment(cast.hanoi)
    with acting(by=cast.administrator, reason="Thử"):
        idle = _person("khongphancong", "Không Phân Công", Role.UNIT_OFFICER, Role.SECRETARIAT, Role.LEADER)
        bare = _person("khongvaitro", "Không Vai Trò")
        appoint(user=bare, unit=cast.hanoi, duty="head", by=cast.administrator)
        CommitteeStaff.objects.create(committee=cast.committee, user=bare)
        SeatHolding.objects.create(seat=cast.chair_seat, person="Không Vai Trò", user=bare)
    for person in (idle, bare):
        assert not sees(person, row, LAST)


# Successions

EFFECTIVE = date(2025, 7, 1)
EVE = EFFECTIVE - timedelta(days=1)


def test_from_the_day_on_the_predecessors_own_postings_are_over(cast: Cast) -> None:
    """DOMAIN §2: who answers is found by following successors; the row keeps its unit, the posting its dates."""
    with acting(by=cast.administrator, reason="Thử"):
        former = _person("syt.quangnam", "Người Cũ", Role.UNIT_HEAD)
        appoint(user=former, unit=cast.quangnam, duty="head", by=cast.administrator)
    row = cast.assignment(cast.quangnam)
    assert sees(former, row, EVE) and can(anew(former), "accept", row, on=EVE)
    assert not sees(former, row, EFFECTIVE) and not can(anew(former), "accept", row, on=EFFECTIVE)
    assert not sees(cast.danang_head, row, EVE) and not can(anew(cast.danang_head), "accept", row, on=EVE)
    assert sees(cast.danang_head, row, EFFECTIVE) and can(anew(cast.danang_head), "accept", row, on=EFFECTIVE)
    assert Posting.objects.get(user=former).valid_until is None, "nothing is rewritten"
    offered = [
        {posting.user for posting in Seen(cast.secretary, row, day).colleagues()} for day in (EVE, EFFECTIVE)
    ]
    assert offered == [{former}, {cast.danang_officer, cast.danang_head}]
    row.refresh_from_db()
    assert row.unit == cast.quangnam


def _province(name: str) -> Unit:
    kind = UnitKind.objects.get(code="so-y-te")
    order = 20 + Unit.objects.count()
    return _unit(f"syt.{name}", f"Sở Y tế tỉnh {name.title()}", kind, order)


def test_a_chain_of_successors_ends_with_the_last_from_its_day_on(cast: Cast) -> None:
    """Quảng Nam → Đà Nẵng (2025) → a third unit (2027): each answers for its time, and every name is found."""
    later = date(2027, 1, 1)
    with acting(by=cast.administrator, reason="Sáp nhập"):
        last = _province("trungbo")
        Succession.objects.create(from_unit=cast.danang, to_unit=last, takes_effect_on=later)
        heir = _person("syt.trungbo", "Người Kế", Role.UNIT_OFFICER)
        appoint(user=heir, unit=last, duty="officer", by=cast.administrator)
    row = cast.assignment(cast.quangnam)
    before = later - timedelta(days=1)
    assert sees(cast.danang_officer, row, before) and not sees(heir, row, before)
    assert sees(heir, row, later) and not sees(cast.danang_officer, row, later)
    assert can(anew(heir), "report", row, on=later) and not can(
        anew(cast.danang_officer), "report", row, on=later
    )
    seen = visible_to(anew(heir), Assignment, on=later)
    for name in ("Quảng Nam", "da nang", "Trungbo"):
        found = searched(name, held=rights(anew(heir), on=later))
        assert row in seen.filter(found.condition), name


def test_three_units_merged_into_one_leave_three_assignments_of_one_successor(cast: Cast) -> None:
    """Each stays what was given to whom; the successor's people see, act for and are mailed about all three."""
    with acting(by=cast.administrator, reason="Sáp nhập"):
        merged = [_province(name) for name in ("motcu", "haicu", "bacu")]
        heir_unit = _province("moi")
        for unit in merged:
            Succession.objects.create(from_unit=unit, to_unit=heir_unit, takes_effect_on=EFFECTIVE)
        heir = _person("syt.moi", "Người Kế", Role.UNIT_OFFICER)
        appoint(user=heir, unit=heir_unit, duty="officer", by=cast.administrator)
        policy = ReminderPolicy.objects.create(committee=cast.committee, name="Thử")
        PolicyStep.objects.create(policy=policy, audience="officers", offset_days=0, repeat_every_days=1)
    directive = cast.issued(units=merged, due_on=date(2025, 6, 20))
    rows = list(visible_to(anew(heir), Assignment, on=EFFECTIVE).filter(directive=directive))
    assert {row.unit for row in rows} == set(merged)
    assert all(can(anew(heir), "accept", row, on=EFFECTIVE) for row in rows)
    assert not visible_to(anew(heir), Assignment, on=EVE).exists()
    mails = [
        mail
        for mail in rehearse(on=EFFECTIVE, at=at(1, 7, 2025), any_day=True).mails
        if mail.to == "Người Kế"
    ]
    assert len(mails) == 1 and mails[0].reminders == 3
    services.accept(assignment=rows[0], by=anew(heir), at=at(2, 7, 2025))
    statuses = sorted(directive.assignments.values_list("status", flat=True))
    assert statuses == ["assigned", "assigned", "in_progress"]


# Units among each other


def test_a_superior_sees_below_but_nothing_restricted_and_nobody_sees_upwards(cast: Cast) -> None:
    below, above = cast.assignment(cast.hanoi_hospital), cast.assignment(cast.hanoi)
    restricted = cast.assignment(cast.hanoi_hospital, is_restricted=True)
    assert sees(cast.officer, below, LAST) and not sees(cast.officer, restricted, LAST)
    assert sees(cast.hospital_officer, restricted, LAST)
    assert not sees(cast.hospital_officer, above, LAST)
    for verb in ("accept", "report", "submit", "decline"):
        assert not can(anew(cast.head), verb, below, on=LAST), "a superior looks, and reports for nobody"


def test_coordinating_units_see_the_leads_part_and_change_only_their_own(cast: Cast) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang, cast.office], is_restricted=True)
    parts = {row.unit: row for row in directive.assignments.select_related("unit")}
    lead, own = parts[cast.hanoi], parts[cast.danang]
    officer = anew(cast.danang_officer)
    assert sees(officer, lead, LAST) and sees(officer, own, LAST)
    assert not visible_to(officer, Assignment, on=LAST).filter(pk=parts[cast.office].pk).exists()
    assert can(officer, "report", own, on=LAST) and not can(officer, "report", lead, on=LAST)
    # The unit above a coordinating one sees nothing of a restricted directive.
    assert not sees(cast.ministry_officer, lead, LAST)
