"""Entering documents and drafting directives: what the services keep, put right and refuse."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.audit.context import acting
from directives import services
from directives.access import visible_to
from directives.errors import NotAllowed, Refused
from directives.models import Directive, DirectiveUserObjectPermission, Document, DocumentRelation
from steering.models import Committee, Seat
from tests.cast import START, Cast, at, pdf


def test_a_number_is_kept_as_it_is_written_on_paper(cast: Cast) -> None:
    document = cast.document(number="số: 5 / qđ–byt")

    assert (document.number, document.number_key, document.year) == ("05/QĐ-BYT", "5/qd/byt", 2023)


def test_the_same_number_of_a_year_is_refused_at_the_number(cast: Cast) -> None:
    cast.document(number="05/QĐ-BYT")

    with pytest.raises(Refused) as refusal:
        cast.document(number="5/QD-BYT")
    assert refusal.value.field == "number"
    assert cast.document(number="5/QD-BYT", issued_on=date(2024, 1, 9)).year == 2024
    assert cast.document(number="5/QD-BYT", issuer="Bộ Tài chính").pk


def test_a_stale_edit_of_a_document_is_refused(cast: Cast) -> None:
    document = cast.document()
    stale = Document.objects.get(pk=document.pk)
    services.save_document(document=document, by=cast.secretary, at=at(2))
    stale.subject = "Bản cũ"

    with pytest.raises(Refused, match="đã được người khác sửa"):
        services.save_document(document=stale, by=cast.secretary, at=at(2))


def test_an_issued_document_changes_only_with_a_reason_and_its_directives_follow_its_number(
    cast: Cast,
) -> None:
    directive = cast.issued(units=[cast.hanoi])
    document = Document.objects.get()
    document.number = "1711/QĐ-BYT"

    with pytest.raises(Refused) as refusal:
        services.save_document(document=document, by=cast.secretary, at=at(2))
    assert refusal.value.field == "reason"
    document.refresh_from_db()
    document.number = "1711/QĐ-BYT"
    services.save_document(document=document, by=cast.secretary, at=at(2), reason="Nhập sai số")

    directive.refresh_from_db()
    assert directive.code == "1711/QĐ-BYT – 01"
    assert directive.history.first().history_change_reason == "Nhập sai số"


def test_a_void_document_is_not_edited(cast: Cast) -> None:
    document = cast.document()
    services.issue_document(document=document, by=cast.secretary, at=at(2))
    services.void_document(document=document, by=cast.secretary, at=at(2), reason="Nhập trùng")
    document.refresh_from_db()

    with pytest.raises(Refused, match="đã hủy"):
        services.save_document(document=document, by=cast.secretary, at=at(3), reason="Sửa")


def test_documents_are_related_once_and_never_to_themselves(cast: Cast) -> None:
    plan, resolution = cast.document(), cast.document(number="157-NQ/BCSĐ")
    kind = DocumentRelation.Kind.IMPLEMENTS
    relation = services.relate_documents(
        document=plan, kind=kind, other=resolution, by=cast.secretary, at=at(2)
    )

    for other in (plan, resolution):
        with pytest.raises(Refused):
            services.relate_documents(document=plan, kind=kind, other=other, by=cast.secretary, at=at(2))
    with pytest.raises(NotAllowed):
        services.unrelate_documents(relation=relation, by=cast.chair, at=at(3), reason="Nhầm")
    services.unrelate_documents(relation=relation, by=cast.secretary, at=at(3), reason="Nhầm")
    assert DocumentRelation.history.first().history_change_reason == "Nhầm"


def test_a_wrong_file_goes_and_its_row_stays(cast: Cast) -> None:
    document = cast.document()
    services.save_document(document=document, by=cast.secretary, at=at(2), uploads=[pdf()])
    file = document.files.get()

    with pytest.raises(NotAllowed):
        services.remove_document_file(attachment=file, by=cast.officer, at=at(3), reason="Nhầm")
    services.remove_document_file(attachment=file, by=cast.secretary, at=at(3), reason="Nhầm tệp")
    file.refresh_from_db()
    assert (file.removed_by, file.removal_reason, len(file.sha256)) == (cast.secretary, "Nhầm tệp", 64)


def test_a_draft_and_its_units_are_kept_together_or_not_at_all(cast: Cast) -> None:
    document = cast.document(issued_on=date(2026, 3, 2))
    draft = Directive(document=document, content="Việc", mode=Directive.Mode.EACH)

    with pytest.raises(Refused, match="Sở Y tế tỉnh Quảng Nam"):
        services.save_draft(directive=draft, units=[cast.quangnam], by=cast.secretary, at=at(2, 3, 2026))
    assert not Directive.objects.exists()


def test_a_seat_of_another_committee_neither_gives_nor_supervises(cast: Cast) -> None:
    with acting(by=cast.secretary, reason="Chuẩn bị"):
        other = Committee.objects.create(code="khac", name="Ban khác", short_name="BK")
        seat = Seat.objects.create(committee=other, role=Seat.Role.CHAIR, protocol_order=1)

    with pytest.raises(Refused) as refusal:
        cast.draft(units=[cast.hanoi], supervisor=seat)
    assert refusal.value.field == "supervisor"
    issued = cast.issued(units=[cast.hanoi])
    with pytest.raises(Refused):
        services.correct_directive(
            directive=issued, by=cast.secretary, at=at(2), reason="Sửa", changes={"given_by_seat": seat}
        )


def test_a_stale_draft_and_an_issued_one_are_refused(cast: Cast) -> None:
    draft = cast.draft(units=[cast.hanoi])
    stale = Directive.objects.get(pk=draft.pk)
    services.save_directive(directive=Directive.objects.get(pk=draft.pk), by=cast.secretary, at=at(2))

    with pytest.raises(Refused, match="người khác sửa"):
        services.save_directive(directive=stale, by=cast.secretary, at=at(2))
    services.issue(directive=draft, by=cast.secretary, at=at(2))
    with pytest.raises(Refused, match="Đính chính"):
        services.save_directive(directive=stale, by=cast.secretary, at=at(2))


def test_units_are_added_while_they_exist_and_the_work_goes_on(cast: Cast) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.office])

    with pytest.raises(Refused, match="không hoạt động"):
        services.add_units(
            directive=directive, units=[cast.quangnam], by=cast.secretary, at=at(1, 7, 2026), reason="Bổ sung"
        )
    with pytest.raises(Refused, match="Đã được giao"):
        services.add_units(
            directive=directive, units=[cast.office], by=cast.secretary, at=at(2), reason="Bổ sung"
        )
    lead = directive.assignments.get(part="lead")
    services.submit(assignment=lead, by=cast.head, at=at(3), text="Xong", uploads=[pdf()])
    services.confirm(assignment=lead, by=cast.secretary, at=at(4))
    with pytest.raises(Refused, match="đã hoàn thành"):
        services.add_units(
            directive=directive, units=[cast.danang], by=cast.secretary, at=at(5), reason="Bổ sung"
        )


def test_a_named_person_sees_a_restricted_directive_for_a_time(cast: Cast) -> None:
    directive = cast.issued(units=[cast.hanoi], is_restricted=True, supervisor=None)
    person = cast.other_member
    grant = services.grant_view(
        directive=directive,
        person=person,
        by=cast.secretary,
        at=at(5),
        reason="Theo ý kiến Trưởng ban",
        valid_from=date(2023, 6, 5),
        valid_until=date(2023, 6, 20),
    )

    def sees(day: int) -> bool:
        person.__dict__.pop("_rights", None)
        return visible_to(person, Directive, on=date(2023, 6, day)).exists()

    assert [sees(day) for day in (4, 5, 20, 21)] == [False, True, True, False]
    with pytest.raises(Refused, match="đã có quyền"):
        services.grant_view(directive=directive, person=person, by=cast.secretary, at=at(6), reason="Lần nữa")
    services.end_view(grant=grant, by=cast.secretary, at=at(10), reason="Hết việc")
    assert [sees(day) for day in (9, 10)] == [True, False]


def test_a_right_that_begins_today_ends_today_and_its_history_stays(cast: Cast) -> None:
    directive = cast.issued(units=[cast.hanoi], is_restricted=True)
    grant = services.grant_view(
        directive=directive,
        person=cast.stranger,
        by=cast.secretary,
        at=START,
        reason="Nhầm người",
        valid_from=date(2023, 6, 1),
    )
    services.end_view(grant=grant, by=cast.secretary, at=START, reason="Nhầm người")

    assert not DirectiveUserObjectPermission.objects.exists()
    kinds = DirectiveUserObjectPermission.history.order_by("history_id").values_list(
        "history_type", flat=True
    )
    assert list(kinds) == ["+", "-"]


def test_rights_are_granted_by_the_secretariat_and_only_where_something_is_restricted(cast: Cast) -> None:
    directive = cast.issued(units=[cast.hanoi])

    with pytest.raises(Refused, match="không hạn chế"):
        services.grant_view(
            directive=directive, person=cast.stranger, by=cast.secretary, at=at(2), reason="Xem"
        )
    for somebody in (cast.chair, cast.administrator, cast.auditor, cast.officer):
        with pytest.raises(NotAllowed):
            services.grant_view(
                directive=directive, person=cast.stranger, by=somebody, at=at(2), reason="Xem"
            )
