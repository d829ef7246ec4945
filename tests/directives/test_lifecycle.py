"""States × verbs × people: what the table says is what the services do, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from directives import access, services
from directives.errors import NotAllowed, Refused
from directives.lifecycle import OPEN, TRANSITIONS, Status, Verb, targets
from directives.models import Assignment
from tests.cast import Cast, at, pdf

S = Status
DAY = at(10)


def call(verb: Verb, row: Assignment, by: User, cast: Cast) -> Any:
    """Call a verb's service with everything it needs."""
    common: dict[str, Any] = {"assignment": row, "by": by, "at": DAY}
    needs: dict[Verb, Callable[[], Any]] = {
        Verb.ACCEPT: lambda: services.accept(**common),
        Verb.REPORT: lambda: services.report(**common, percent=40, text="Đang làm"),
        Verb.SUBMIT: lambda: services.submit(
            **common,
            text="Xong",
            result_number="12/KH-SYT",
            result_on=date(2023, 6, 9),
            result_signer="Vũ Giám Đốc",
        ),
        Verb.WITHDRAW: lambda: services.withdraw(**common),
        Verb.CONFIRM: lambda: services.confirm(**common),
        Verb.SEND_BACK: lambda: services.send_back(**common, reason="Thiếu phụ lục"),
        Verb.DECLINE: lambda: services.decline(**common, reason="Không thuộc thẩm quyền"),
        Verb.REISSUE: lambda: services.reissue(**common, reason="Đúng thẩm quyền"),
        Verb.TRANSFER: lambda: services.transfer(
            **common, unit=cast.danang, reason="Đổi đầu mối", basis="15/CV-BCĐ"
        ),
        Verb.SUSPEND: lambda: services.suspend(**common, reason="Chờ hướng dẫn"),
        Verb.RESUME: lambda: services.resume(**common),
        Verb.REVOKE: lambda: services.revoke(**common, reason="Không còn phù hợp"),
        Verb.REOPEN: lambda: services.reopen(**common, reason="Kết quả phải sửa"),
    }
    return needs[verb]()


PATHS: dict[Status, tuple[tuple[Verb, str], ...]] = {
    S.ASSIGNED: (),
    S.IN_PROGRESS: ((Verb.ACCEPT, "officer"),),
    S.SUBMITTED: ((Verb.SUBMIT, "head"),),
    S.COMPLETED: ((Verb.SUBMIT, "head"), (Verb.CONFIRM, "secretary")),
    S.DECLINED: ((Verb.DECLINE, "head"),),
    S.SUSPENDED: ((Verb.ACCEPT, "officer"), (Verb.SUSPEND, "secretary")),
    S.REVOKED: ((Verb.REVOKE, "secretary"),),
    S.TRANSFERRED: ((Verb.TRANSFER, "secretary"),),
}
ALLOWED: dict[Verb, set[str]] = {
    Verb.ACCEPT: {"officer", "head"},
    Verb.REPORT: {"officer", "head"},
    Verb.SUBMIT: {"officer", "head"},
    Verb.WITHDRAW: {"officer", "head"},
    Verb.DECLINE: {"head"},
    Verb.CONFIRM: {"secretary", "second_secretary"},
    Verb.SEND_BACK: {"secretary", "second_secretary"},
    Verb.REISSUE: {"secretary", "second_secretary"},
    Verb.TRANSFER: {"secretary", "second_secretary"},
    Verb.SUSPEND: {"secretary", "second_secretary"},
    Verb.RESUME: {"secretary", "second_secretary"},
    Verb.REVOKE: {"secretary", "second_secretary"},
    Verb.REOPEN: {"secretary", "second_secretary"},
}


@pytest.mark.parametrize("state", list(PATHS))
def test_each_verb_by_each_person_in_each_state(cast: Cast, state: Status) -> None:
    row = cast.assignment()
    for verb, name in PATHS[state]:
        call(verb, row, cast.people[name], cast)
    row.refresh_from_db()
    assert row.status == state
    for verb, whose in ALLOWED.items():
        for name, person in cast.people.items():
            fits = state in TRANSITIONS[verb].sources
            theirs = name in whose
            assert access.can(person, verb, row, on=date(2023, 6, 10)) == (fits and theirs), (verb, name)
            with transaction.atomic():
                if fits and theirs:
                    call(verb, row, person, cast)
                    after = Assignment.objects.get(pk=row.pk)
                    assert after.status in targets(TRANSITIONS[verb]), (verb, name)
                    last = after.history.latest("version")
                    assert (last.history_user, last.status, bool(last.history_change_reason)) == (
                        person,
                        after.status,
                        True,
                    )
                else:
                    with pytest.raises(Refused if theirs else NotAllowed):
                        call(verb, row, person, cast)
                    assert Assignment.objects.get(pk=row.pk).version == row.version
                transaction.set_rollback(True)


def test_the_table_names_every_status_and_every_verb_has_a_row() -> None:
    assert set(TRANSITIONS) == set(Verb)
    assert {status for t in TRANSITIONS.values() for status in targets(t)} == set(Status)
    assert set(PATHS) | {S.ENDED} == set(Status)


def test_an_officer_without_the_signed_document_presents_to_the_head(cast: Cast) -> None:
    row = cast.assignment()
    with pytest.raises(Refused) as refused:
        services.submit(assignment=row, by=cast.officer, at=DAY, text="Xong", uploads=[pdf()])
    assert refused.value.field == "result_number"
    services.present_to_head(assignment=row, by=cast.officer, at=DAY, text="Xong", uploads=[pdf()])
    row.refresh_from_db()
    assert (row.status, row.with_head_since) == (S.IN_PROGRESS, DAY)
    services.give_back(assignment=row, by=cast.head, at=at(11), reason="Bổ sung số liệu")
    row.refresh_from_db()
    assert row.with_head_since is None
    services.present_to_head(assignment=row, by=cast.officer, at=at(12), text="Đã bổ sung", uploads=[pdf()])
    # The presented file is the evidence; the head adds nothing.
    services.submit(assignment=row, by=cast.head, at=at(13), text="Đồng ý")
    row.refresh_from_db()
    assert (row.status, row.with_head_since, row.submitted_on) == (S.SUBMITTED, None, date(2023, 6, 13))


def test_a_result_needs_a_file_or_a_number(cast: Cast) -> None:
    row = cast.assignment()
    with pytest.raises(Refused) as refused:
        services.submit(assignment=row, by=cast.head, at=DAY, text="Xong")
    assert refused.value.field == "files"
    row.refresh_from_db()
    assert row.status == S.ASSIGNED and not row.reports.exists()


def test_nobody_confirms_a_report_of_their_own(cast: Cast) -> None:
    """A secretary who is also the unit's head may not decide on the unit's report."""
    from steering.postings import appoint

    cast.secretary.groups.add(*cast.head.groups.all())
    appoint(user=cast.secretary, unit=cast.hanoi, duty="head", by=cast.administrator)
    secretary = User.objects.get(pk=cast.secretary.pk)
    row = cast.assignment()
    services.submit(assignment=row, by=secretary, at=DAY, text="Xong", uploads=[pdf()])
    with pytest.raises(NotAllowed):
        services.confirm(assignment=row, by=secretary, at=DAY)
    services.confirm(assignment=row, by=cast.second_secretary, at=DAY)


def test_the_day_that_counts_as_done(cast: Cast) -> None:
    row = cast.assignment(due_on=date(2023, 6, 5))
    services.submit(
        assignment=row, by=cast.head, at=at(4), text="Lần 1", result_number="1/KH", result_on=date(2023, 6, 3)
    )
    services.send_back(assignment=row, by=cast.secretary, at=at(5), reason="Thiếu dấu")
    row.refresh_from_db()
    assert (row.submitted_on, row.submitted_at, row.first_submitted_on) == (None, None, date(2023, 6, 4))
    services.submit(
        assignment=row, by=cast.head, at=at(8), text="Lần 2", result_number="1/KH", result_on=date(2023, 6, 3)
    )
    with pytest.raises(Refused, match="chỉ có thể"):
        services.confirm(
            assignment=row, by=cast.secretary, at=at(9), completed_on=date(2023, 6, 6), reason="Khác"
        )
    with pytest.raises(Refused) as refused:
        services.confirm(assignment=row, by=cast.secretary, at=at(9), completed_on=date(2023, 6, 4))
    assert refused.value.field == "reason"
    for day, reason in (
        (date(2023, 6, 8), ""),
        (date(2023, 6, 4), "Lỗi con dấu"),
        (date(2023, 6, 3), "Theo văn bản"),
    ):
        with transaction.atomic():
            services.confirm(assignment=row, by=cast.secretary, at=at(9), completed_on=day, reason=reason)
            assert Assignment.objects.get(pk=row.pk).completed_on == day
            transaction.set_rollback(True)


def test_confirming_the_lead_ends_only_the_open_coordinating_parts(cast: Cast) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang, cast.office, cast.quangnam])
    lead, danang, office, quangnam = (
        directive.assignments.get(unit=u) for u in (cast.hanoi, cast.danang, cast.office, cast.quangnam)
    )
    services.suspend(assignment=office, by=cast.secretary, at=at(2), reason="Chờ")
    services.revoke(assignment=quangnam, by=cast.secretary, at=at(2), reason="Thôi")
    services.submit(assignment=lead, by=cast.head, at=at(3), text="Xong", uploads=[pdf()])
    services.confirm(assignment=lead, by=cast.secretary, at=at(4))
    for row, status in ((danang, S.ENDED), (office, S.SUSPENDED), (quangnam, S.REVOKED)):
        row.refresh_from_db()
        assert row.status == status
    ended = danang.history.latest("version")
    assert (ended.history_user.username, ended.door) == ("he-thong", "job")


def test_a_suspension_returns_where_it_came_from(cast: Cast) -> None:
    for state in (S.ASSIGNED, S.IN_PROGRESS, S.SUBMITTED):
        row = cast.assignment()
        for verb, person in PATHS[state]:
            call(verb, row, cast.people[person], cast)
        services.suspend(assignment=row, by=cast.secretary, at=at(11), reason="Chờ")
        services.resume(assignment=row, by=cast.secretary, at=at(12), due_on=date(2023, 8, 1))
        row.refresh_from_db()
        assert (row.status, row.status_before, row.due_on) == (state, "", date(2023, 8, 1))
        assert [d.kind for d in row.deadlines.all()] == ["original", "resume"]


def test_a_transfer_links_the_new_row_and_takes_the_dates_along(cast: Cast) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.office])
    lead = directive.assignments.get(part="lead")
    request = services.ask_extension(
        assignment=lead, by=cast.officer, at=at(2), due_on=date(2023, 7, 15), reason="Chờ số liệu"
    )
    services.decide_extension(
        request=request, by=cast.secretary, at=at(3), granted=True, decided_by="Lê Trưởng Ban"
    )
    new = services.transfer(
        assignment=lead,
        unit=cast.danang,
        by=cast.secretary,
        at=at(4),
        reason="Đổi đầu mối",
        basis="15/CV-BCĐ",
    )
    new.refresh_from_db()
    lead.refresh_from_db()
    assert (lead.status, new.status, new.part, new.transferred_from) == (
        S.TRANSFERRED,
        S.ASSIGNED,
        "lead",
        lead,
    )
    assert (new.original_due_on, new.due_on) == (date(2023, 6, 30), date(2023, 7, 15))
    assert lead.history.latest("version").history_change_reason == "Đổi đầu mối (15/CV-BCĐ)"
    with pytest.raises(Refused, match="đã được giao"):
        services.transfer(
            assignment=new, unit=cast.office, by=cast.secretary, at=at(5), reason="x", basis="y"
        )
    later = at(1, month=8, year=2025)
    with pytest.raises(Refused, match="không còn hoạt động"):
        services.transfer(
            assignment=new, unit=cast.quangnam, by=cast.secretary, at=later, reason="x", basis="y"
        )


def test_the_lead_is_not_revoked_alone_but_with_the_directive(cast: Cast) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang])
    lead = directive.assignments.get(part="lead")
    with pytest.raises(Refused, match="cả nhiệm vụ"):
        services.revoke(assignment=lead, by=cast.secretary, at=DAY, reason="Thôi")
    services.revoke_directive(directive=directive, by=cast.secretary, at=DAY, reason="Thay chủ trương")
    directive.refresh_from_db()
    assert directive.state == "void"
    assert set(directive.assignments.values_list("status", flat=True)) == {S.REVOKED}


def test_a_replacement_starts_from_the_same_text_and_units(cast: Cast) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang])
    draft = services.replace_directive(directive=directive, by=cast.secretary, at=DAY, reason="Sai nội dung")
    directive.refresh_from_db()
    assert (directive.state, directive.replaced_by, draft.state) == ("void", draft, "draft")
    assert {(a.unit, a.part) for a in draft.addressees.all()} == {
        (cast.hanoi, "lead"),
        (cast.danang, "coordinating"),
    }
    services.issue(directive=draft, by=cast.secretary, at=DAY)


def test_a_form_that_was_opened_before_someone_elses_change_is_refused(cast: Cast) -> None:
    row = cast.assignment()
    seen = row.version
    services.accept(assignment=row, by=cast.officer, at=DAY)
    with pytest.raises(Refused, match="Đang thực hiện"):
        services.decline(assignment=row, by=cast.head, at=DAY, reason="Không", version=seen)


def test_open_means_what_the_table_says() -> None:
    assert set(OPEN) == {S.ASSIGNED, S.IN_PROGRESS, S.SUBMITTED, S.DECLINED}
