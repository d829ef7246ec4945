"""Drafts, their units, and giving them out; documents and their numbers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.audit.context import acting
from directives import services
from directives.errors import NotAllowed, Refused
from directives.models import Assignment, DeadlineEntry, Directive, Document, DocumentRelation
from steering.models import Unit, UnitKind
from tests.cast import START, Cast, at

Counter = Callable[[int], AbstractContextManager[Any]]


def test_a_draft_is_edited_freely_and_given_once(cast: Cast) -> None:
    draft = cast.draft(lead=cast.hanoi, units=[cast.danang])
    assert not draft.assignments.exists()
    draft.content = "Nội dung khác"
    services.save_directive(directive=draft, by=cast.secretary, at=START)
    services.issue(directive=draft, by=cast.secretary, at=START)
    parts = dict(Assignment.objects.filter(directive=draft).values_list("unit__code", "part"))
    assert parts == {"syt.hanoi": "lead", "syt.danang": "coordinating"}
    assert DeadlineEntry.objects.filter(kind="original", due_on=date(2023, 6, 30)).count() == 2
    draft.document.refresh_from_db()
    assert draft.document.state == Document.State.ISSUED
    with pytest.raises(Refused, match="đã được giao"):
        services.issue(directive=draft, by=cast.secretary, at=START)
    draft.refresh_from_db()
    with pytest.raises(Refused, match="Đính chính"):
        services.save_directive(directive=draft, by=cast.secretary, at=START)


def test_only_the_committees_secretariat_gives(cast: Cast) -> None:
    draft = cast.draft(units=[cast.hanoi])
    for name in ("chair", "member", "officer", "head", "auditor", "administrator", "stranger"):
        with pytest.raises(NotAllowed):
            services.issue(directive=draft, by=cast.people[name], at=START)
    assert not Assignment.objects.exists()


@pytest.mark.parametrize(
    ("mode", "lead", "units", "field"),
    [("joint", False, 1, "lead"), ("joint", False, 0, "units"), ("each", False, 0, "units")],
)
def test_what_lacks_its_units_is_not_given(cast: Cast, mode: str, lead: bool, units: int, field: str) -> None:
    draft = cast.draft(units=[cast.danang][:units], mode=mode)
    with pytest.raises(Refused) as refused:
        services.issue(directive=draft, by=cast.secretary, at=START)
    assert refused.value.field == field
    draft.refresh_from_db()
    assert draft.state == Directive.State.DRAFT


def test_a_unit_that_was_not_yet_or_no_longer_there_is_refused_by_name(cast: Cast) -> None:
    late = cast.document(number="9/QĐ-BYT", issued_on=date(2025, 8, 1))
    draft = cast.draft(lead=cast.hanoi, document=late, at=at(2, month=8, year=2025))
    with pytest.raises(Refused, match="Quảng Nam"):
        services.set_addressees(
            directive=draft,
            lead=cast.hanoi,
            units=[cast.quangnam],
            by=cast.secretary,
            at=at(2, month=8, year=2025),
        )


def test_a_standing_directive_has_no_date(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        cast.draft(units=[cast.hanoi], is_standing=True)
    assert refused.value.field == "due_on"
    row = cast.assignment(is_standing=True, due_on=None, deadline_words="thường xuyên")
    assert (row.due_on, row.original_due_on) == (None, None)


def test_further_units_get_an_issued_directive_and_nobody_gets_it_twice(cast: Cast) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang])
    with pytest.raises(Refused, match="Đà Nẵng"):
        services.add_units(
            directive=directive,
            units=[cast.office, cast.danang],
            by=cast.secretary,
            at=at(2),
            reason="Bổ sung",
        )
    services.add_units(
        directive=directive, units=[cast.office], by=cast.secretary, at=at(2), reason="Bổ sung"
    )
    row = directive.assignments.get(unit=cast.office)
    assert (row.part, row.assigned_on) == ("coordinating", date(2023, 6, 2))
    assert row.history.get().history_change_reason == "Bổ sung"


def test_giving_to_many_units_takes_a_constant_number_of_statements(cast: Cast) -> None:
    kind = UnitKind.objects.get(code="so-y-te")
    with acting(by=cast.administrator, reason="Chuẩn bị"):
        units = [
            Unit.objects.create(
                code=f"so.{n}", name=f"Sở {n}", short_name=f"Sở {n}", kind=kind, order=100 + n
            )
            for n in range(40)
        ]

    def statements(count: int) -> int:
        draft = cast.draft(units=units[:count])
        with CaptureQueriesContext(connection) as queries:
            services.issue(directive=draft, by=cast.secretary, at=START)
        return len(queries)

    statements(1)  # issues the document with it, once
    assert statements(3) == statements(40)


def test_a_document_has_one_number_a_year_however_it_is_spelled(cast: Cast) -> None:
    issuer = "Ban cán sự đảng Bộ Y tế"
    first = cast.document(number="157 -NQ / BCSĐ", issued_on=date(2023, 2, 3), kind="NQ", issuer=issuer)
    assert first.year == 2023
    with pytest.raises(Refused, match="đã được nhập"):
        cast.document(
            number="157–nq/bcsđ", issued_on=date(2023, 5, 1), kind="NQ", issuer="BAN CÁN SỰ ĐẢNG Bộ Y tế"
        )
    cast.document(
        number="157-NQ/BCSĐ", issued_on=date(2024, 2, 3), kind="NQ", issuer="Ban cán sự đảng Bộ Y tế"
    )
    cast.document(number="157-NQ/BCSĐ", issued_on=date(2023, 2, 3), kind="NQ", issuer="Cơ quan khác")


def test_kinds_without_a_number_take_none_and_several_may_stand_side_by_side(cast: Cast) -> None:
    for _copy in range(2):
        cast.document(number="", kind="meeting", issued_on=date(2022, 6, 8), issuer="Bộ Y tế")
    with pytest.raises(Refused) as refused:
        cast.document(number="1/BB", kind="meeting")
    assert refused.value.field == "number"
    with pytest.raises(Refused) as refused:
        cast.document(number="không số")
    assert refused.value.field == "number"


def test_the_code_is_number_and_ordinal_with_the_year_where_two_would_read_alike(cast: Cast) -> None:
    assert cast.draft(units=[cast.hanoi]).code == "1710/QĐ-BYT – 01"
    assert cast.draft(units=[cast.hanoi]).code == "1710/QĐ-BYT – 02"
    later = cast.document(issued_on=date(2024, 4, 5))
    assert cast.draft(units=[cast.hanoi], document=later).code == "1710/QĐ-BYT (2024) – 01"


def test_a_draft_is_deleted_with_a_trace_and_an_issued_one_never(cast: Cast) -> None:
    draft = cast.draft(units=[cast.hanoi])
    pk = draft.pk
    services.delete_draft(draft=draft, by=cast.secretary, at=START)
    assert Directive.history.filter(id=pk, history_type="-").get().history_user == cast.secretary
    issued = cast.issued(units=[cast.hanoi])
    with pytest.raises(Refused):
        services.delete_draft(draft=issued, by=cast.secretary, at=START)


def test_a_document_is_void_only_without_live_directives(cast: Cast) -> None:
    directive = cast.issued(units=[cast.hanoi])
    document = directive.document
    with pytest.raises(Refused, match="thu hồi"):
        services.void_document(document=document, by=cast.secretary, at=START, reason="Ban hành nhầm")
    services.revoke_directive(directive=directive, by=cast.secretary, at=START, reason="Ban hành nhầm")
    services.void_document(document=document, by=cast.secretary, at=START, reason="Ban hành nhầm")
    document.refresh_from_db()
    assert (document.state, document.void_reason) == ("void", "Ban hành nhầm")


def test_text_is_kept_in_one_form_whatever_was_typed(cast: Cast) -> None:
    import unicodedata

    typed = unicodedata.normalize("NFD", "  Nguyễn   Thị ") + "\u200b"
    document = cast.document(number="5/QĐ-BYT", signer=typed)
    document.refresh_from_db()
    assert document.signer == "Nguyễn Thị"
    assert Document.objects.filter(signer=typed).get() == document


def test_a_draft_in_another_directives_place_is_deleted_and_no_longer_named(cast: Cast) -> None:
    directive = cast.issued(units=[cast.hanoi])
    draft = services.replace_directive(
        directive=directive, by=cast.secretary, at=START, reason="Sai nội dung"
    )
    services.delete_draft(draft=draft, by=cast.secretary, at=START)
    directive.refresh_from_db()
    assert (directive.state, directive.replaced_by) == ("void", None)


def test_a_draft_document_that_others_relate_to_stays(cast: Cast) -> None:
    draft, other = cast.document(number="8/QĐ-BYT"), cast.document(number="9/QĐ-BYT")
    with acting(by=cast.secretary, reason="Liên quan"):
        DocumentRelation.objects.create(document=other, kind="implements", other=draft)
    with pytest.raises(Refused, match="không xóa được"):
        services.delete_draft(draft=draft, by=cast.secretary, at=START)


def test_what_was_done_under_a_directive_taken_back_is_not_reopened(cast: Cast) -> None:
    directive = cast.issued(units=[cast.hanoi, cast.danang])
    done = directive.assignments.get(unit=cast.hanoi)
    services.submit(assignment=done, by=cast.head, at=at(2), text="Xong", result_number="1/KH")
    services.confirm(assignment=done, by=cast.secretary, at=at(3))
    services.revoke_directive(directive=directive, by=cast.secretary, at=at(4), reason="Thôi")
    with pytest.raises(Refused, match="không mở lại được"):
        services.reopen(assignment=done, by=cast.secretary, at=at(5), reason="Xem lại")
