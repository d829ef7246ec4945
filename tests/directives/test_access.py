"""Who sees what: people × relation × restricted, on the day they ask."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from accounts.audit.context import acting
from accounts.models import User
from directives import access, services
from directives.access import RULES, can, seen_row, sees_inside, visible_to
from directives.models import (
    AddressProblem,
    Assignment,
    DirectiveUserObjectPermission,
    Message,
)
from directives.rights import rights
from steering.models import CommitteeStaff, Posting, SeatHolding, Succession, Unit
from steering.postings import appoint, end
from tests.cast import Cast, at, pdf

ON = date(2023, 6, 10)
EVERYBODY = {
    "secretary", "second_secretary", "chair", "member", "other_member", "officer", "head", "hospital_officer",
    "danang_officer", "danang_head", "ministry_officer", "auditor", "administrator", "stranger",
}  # fmt: skip
WIDE = {"secretary", "second_secretary", "chair", "auditor", "administrator"}
HANOI = {"officer", "head"}


def who_sees(cast: Cast, row: Any, *, on: date = ON) -> set[str]:
    """Return the people of the cast to whom a row is visible."""
    model = type(row)
    people = {name: User.objects.get(pk=person.pk) for name, person in cast.people.items()}
    return {
        name for name, person in people.items() if visible_to(person, model, on=on).filter(pk=row.pk).exists()
    }


def test_an_assignment_is_seen_by_its_unit_its_supervisor_and_those_with_the_committee(cast: Cast) -> None:
    assert set(cast.people) == EVERYBODY
    row = cast.assignment(cast.hanoi)
    expected = WIDE | HANOI | {"member"}
    assert who_sees(cast, row) == expected
    assert who_sees(cast, row.directive) == expected
    assert who_sees(cast, row.directive.document) == expected


def test_a_superior_sees_below_and_a_subordinate_never_above(cast: Cast) -> None:
    below = cast.assignment(cast.hanoi_hospital)
    assert who_sees(cast, below) == WIDE | HANOI | {"hospital_officer", "member"}
    assert not can(cast.head, "accept", below, on=ON)
    assert can(cast.hospital_officer, "accept", below, on=ON)
    above = cast.assignment(cast.hanoi)
    assert "hospital_officer" not in who_sees(cast, above)
    office = cast.assignment(cast.office)
    assert "ministry_officer" in who_sees(cast, office)


def test_a_draft_is_the_secretariats_alone(cast: Cast) -> None:
    draft = cast.draft(lead=cast.hanoi, units=[cast.danang])
    assert who_sees(cast, draft) == {"secretary", "second_secretary", "auditor", "administrator"}
    assert who_sees(cast, draft.document) == {"secretary", "second_secretary", "auditor", "administrator"}


def test_a_coordinating_unit_sees_the_leads_progress_but_not_its_exchanges_nor_other_parts(
    cast: Cast,
) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang, cast.office])
    lead, danang, office = (directive.assignments.get(unit=u) for u in (cast.hanoi, cast.danang, cast.office))
    report = services.report(
        assignment=lead, by=cast.officer, at=at(5), percent=60, text="Đã dự thảo", uploads=[pdf()]
    )
    request = services.ask_extension(
        assignment=lead, by=cast.officer, at=at(6), due_on=date(2023, 7, 9), reason="Chờ", uploads=[pdf()]
    )
    note = services.add_note(
        assignment=lead, by=cast.secretary, at=at(7), kind="phone", held_on=date(2023, 6, 7), text="Nhắc"
    )
    partners = {"danang_officer", "danang_head", "ministry_officer"}
    assert partners <= who_sees(cast, lead)
    assert partners <= who_sees(cast, report) & who_sees(cast, report.files.get())
    for inside in (request, note, request.files.get()):
        assert not partners & who_sees(cast, inside), inside
        assert {"officer", "head", "secretary", "chair", "member"} <= who_sees(cast, inside), inside
    assert not HANOI & who_sees(cast, danang), "the lead does not see what a coordinator is told"
    assert not {"danang_officer"} & who_sees(cast, office)
    assert sees_inside(cast.officer, lead, on=ON) and not sees_inside(cast.danang_officer, lead, on=ON)
    assert not can(cast.danang_head, "decline", lead, on=ON)
    services.revoke(assignment=danang, by=cast.secretary, at=at(8), reason="Thôi phối hợp")
    assert "danang_officer" not in who_sees(cast, lead)


@pytest.mark.parametrize("is_restricted", [False, True])
def test_of_a_row_at_hand_the_same_is_said_as_the_condition_finds(cast: Cast, is_restricted: bool) -> None:
    directive = cast.issued(
        lead=cast.hanoi, units=[cast.danang, cast.hanoi_hospital], is_restricted=is_restricted
    )
    chosen = directive.assignments.get(unit=cast.hanoi_hospital)
    with acting(by=cast.secretary, reason="Chọn đơn vị trả lời"), transaction.atomic():
        chosen.answering_unit = cast.office
        chosen.save()
    told, shown = {}, {}
    rows = Assignment.objects.select_related("directive")
    for person in cast.people.values():
        visible = set(visible_to(person, Assignment, on=ON))
        found = set(rows.filter(access.inside(rights(person, on=ON))))
        for row in rows.filter(directive=directive):
            one = str(person), row.unit
            told[one] = sees_inside(person, row, on=ON)
            assert told[one] == (row in found), one
            shown[one] = seen_row(person, rows, row.pk, on=ON)
            assert shown[one] == (row if row in visible else None), one
    assert set(told.values()) == {True, False}
    # A coordinating unit sees the lead's part without what goes on inside.
    assert {one for one in shown if shown[one] and not told[one]}
    assert seen_row(cast.secretary, rows, 0, on=ON) is None


@pytest.mark.parametrize("model", [m for m in RULES if m not in (Message, AddressProblem)])
def test_nothing_of_hanoi_is_visible_to_danang_or_a_stranger(cast: Cast, model: type) -> None:
    row = cast.assignment(cast.hanoi)
    services.report(assignment=row, by=cast.officer, at=at(5), percent=60, text="x", uploads=[pdf()])
    services.ask_extension(assignment=row, by=cast.officer, at=at(6), due_on=date(2023, 7, 9), reason="Chờ")
    services.add_note(
        assignment=row, by=cast.head, at=at(7), kind="phone", held_on=date(2023, 6, 7), text="Nhắc"
    )
    services.accept(
        assignment=cast.assignment(cast.vnpt),
        by=cast.secretary,
        at=at(8),
        letter=services.LetterData(number="1/VNPT", dated_on=date(2023, 6, 8), uploads=[pdf()]),
    )
    for person in (cast.danang_officer, cast.danang_head, cast.stranger, cast.other_member, AnonymousUser()):
        assert not visible_to(person, model, on=ON).exists()
    if model.__name__ != "Reminder":
        assert visible_to(cast.secretary, model, on=ON).exists(), (
            "the test itself must have something to hide"
        )


def test_a_model_without_a_rule_is_visible_to_nobody(cast: Cast) -> None:
    with pytest.raises(KeyError):
        visible_to(cast.secretary, Unit, on=ON)


def test_a_restricted_directive(cast: Cast) -> None:
    """Secretariat, its units, its supervising seat, the chair, who is named; the auditor that it exists."""
    row = cast.assignment(cast.hanoi, is_restricted=True)
    assert who_sees(cast, row) == {"secretary", "second_secretary", "chair", "member", "auditor"} | HANOI
    with acting(by=cast.secretary, reason="Được phép"):
        DirectiveUserObjectPermission.objects.create(
            user=cast.other_member,
            content_object=row.directive,
            permission=Permission.objects.get(codename="see_directive"),
            valid_from=date(2023, 6, 5),
            valid_until=date(2023, 6, 12),
        )
    for day, seen in ((date(2023, 6, 4), False), (date(2023, 6, 5), True), (date(2023, 6, 12), True)):
        assert ("other_member" in who_sees(cast, row, on=day)) == seen
    assert "other_member" not in who_sees(cast, row, on=date(2023, 6, 13))


def test_an_ended_posting_stops_access_the_same_day(cast: Cast) -> None:
    row = cast.assignment(cast.hanoi)
    posting = Posting.objects.get(user=cast.officer)
    end(posting=posting, on=date(2023, 6, 14), by=cast.administrator)
    officer = User.objects.get(pk=cast.officer.pk)
    assert visible_to(officer, Assignment, on=date(2023, 6, 14)).filter(pk=row.pk).exists()
    assert can(officer, "accept", row, on=date(2023, 6, 14))
    assert not visible_to(officer, Assignment, on=date(2023, 6, 15)).exists()
    assert not can(officer, "accept", row, on=date(2023, 6, 15))
    assert not officer.has_perm("steering.see_unit", cast.hanoi), "guardian's own answer respects the dates"


def test_ended_seats_and_staff_postings_stop_access_the_same_day(cast: Cast) -> None:
    row = cast.assignment(cast.hanoi)
    with acting(by=cast.administrator, reason="Thôi nhiệm"):
        for holding in SeatHolding.objects.all():
            holding.valid_until = date(2023, 6, 14)
            holding.save()
        for staff in CommitteeStaff.objects.all():
            staff.valid_until = date(2023, 6, 14)
            staff.save()
    before, after = who_sees(cast, row, on=date(2023, 6, 14)), who_sees(cast, row, on=date(2023, 6, 15))
    assert before - after == {"secretary", "second_secretary", "chair", "member"}


def test_a_deactivated_person_sees_nothing(cast: Cast) -> None:
    row = cast.assignment(cast.hanoi)
    with acting(by=cast.administrator, reason="Nghỉ việc"):
        cast.secretary.is_active = False
        cast.secretary.save()
    assert "secretary" not in who_sees(cast, row)


def test_there_is_no_superuser() -> None:
    assert "is_superuser" not in {field.name for field in User._meta.get_fields()}
    assert not User().is_superuser


def test_the_successors_people_see_and_act_for_a_former_unit_from_the_day_on(cast: Cast) -> None:
    row = cast.assignment(cast.quangnam)
    before, after = date(2025, 6, 30), date(2025, 7, 1)
    assert "danang_officer" not in who_sees(cast, row, on=before)
    assert {"danang_officer", "danang_head"} <= who_sees(cast, row, on=after)
    assert can(cast.danang_officer, "accept", row, on=after) and not can(
        cast.danang_officer, "accept", row, on=before
    )
    services.accept(assignment=row, by=cast.danang_officer, at=at(2, month=7, year=2025))
    row.refresh_from_db()
    assert row.unit == cast.quangnam, "nothing is moved"


def test_with_several_successors_and_none_marked_the_secretariat_says_who_answers(cast: Cast) -> None:
    with acting(by=cast.administrator, reason="Chia tách"):
        Succession.objects.create(
            from_unit=cast.quangnam, to_unit=cast.hanoi, takes_effect_on=date(2025, 7, 1)
        )
    row = cast.assignment(cast.quangnam)
    after = date(2025, 7, 2)
    assert {"danang_officer", "officer"} <= who_sees(cast, row, on=after)
    assert not can(cast.danang_officer, "accept", row, on=after)
    assert not can(cast.officer, "accept", row, on=after)
    services.choose_answering_unit(
        assignment=row,
        unit=cast.hanoi,
        by=cast.secretary,
        at=at(2, month=7, year=2025),
        reason="Theo phân công",
    )
    row.refresh_from_db()
    assert can(cast.officer, "accept", row, on=after)
    assert not can(cast.danang_officer, "accept", row, on=after)


def test_rights_are_resolved_by_a_constant_number_of_queries(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _more in range(5):
        appoint(user=cast.officer, unit=cast.office, duty="officer", by=cast.administrator)
    officer = User.objects.get(pk=cast.officer.pk)
    with django_assert_max_num_queries(8):
        rights(officer, on=ON)
    with django_assert_max_num_queries(0):
        rights(officer, on=ON)


def test_the_auditor_and_the_administrator_change_nothing(cast: Cast) -> None:
    row = cast.assignment(cast.hanoi)
    for person in (cast.auditor, cast.administrator, cast.chair, cast.member):
        for verb in ("accept", "report", "submit", "decline", "revoke", "suspend", "transfer"):
            assert not can(person, verb, row, on=ON)


def test_every_model_of_the_case_has_a_rule_or_is_reached_through_one() -> None:
    from django.apps import apps

    reached = {"Addressee", "DocumentRelation", "PolicyStep", "ReminderPolicy", "ReminderRun", "MessageEvent",
               "DirectiveUserObjectPermission", "MailPreference", "Occasion", "Reconciliation"}  # fmt: skip
    models = {
        m.__name__ for m in apps.get_app_config("directives").get_models() if "Historical" not in m.__name__
    }
    assert models - {m.__name__ for m in RULES} == reached


def test_a_letter_that_is_a_report_is_read_with_the_report_any_other_stays_inside(cast: Cast) -> None:
    directive = cast.issued(lead=cast.vnpt, units=[cast.danang])
    lead = directive.assignments.get(part="lead")
    for number, verb in (("1/VNPT", services.accept), ("2/VNPT", services.submit)):
        letter = services.LetterData(number=number, dated_on=date(2023, 6, 8), uploads=[pdf()])
        given: dict[str, Any] = {"text": "Đã bàn giao"} if verb is services.submit else {}
        verb(assignment=lead, by=cast.secretary, at=at(9), letter=letter, **given)
    accepted, reported = lead.letters.order_by("pk")
    assert "danang_officer" in who_sees(cast, reported) & who_sees(cast, reported.files.get())
    assert "danang_officer" not in who_sees(cast, accepted) | who_sees(cast, accepted.files.get())


def test_the_administrator_reads_no_mail_about_what_is_restricted(cast: Cast) -> None:
    from directives.models import PolicyStep, Reminder, ReminderPolicy

    with acting(by=cast.administrator, reason="Thử"):
        policy = ReminderPolicy.objects.create(committee=cast.committee, name="Thử")
        step = PolicyStep.objects.create(policy=policy, audience="officers", offset_days=0)
    seen = {}
    for restricted in (True, False):
        row = cast.assignment(cast.hanoi, is_restricted=restricted)
        message = Message.objects.create(
            committee=cast.committee,
            kind="digest",
            on=ON,
            recipient_key=f"user:{restricted:d}",
            recipient_name="Ai đó",
            address="ai@cast.example",
            subject="Nhắc",
            text="Nhắc",
            html="Nhắc",
            message_id=f"<{restricted:d}@cast.example>",
            composed_at=at(10),
            next_attempt_at=at(10),
        )
        Reminder.objects.create(
            assignment=row,
            step=step,
            falls_on=ON,
            due_on=ON,
            recipient_key=message.recipient_key,
            planned_on=ON,
            message=message,
        )
        seen[restricted] = who_sees(cast, message)
    assert seen[False] - seen[True] == {"administrator"}
    assert seen[True] == {"secretary", "second_secretary", "auditor"}
