"""Drafting directives and giving them."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from accounts.audit.context import acting, current_act
from accounts.audit.in_bulk import bulk_create_recorded
from directives import services
from directives.models import Addressee, Assignment, Directive, Document
from steering.models import Committee, Unit, UnitAlias, UnitKind, UnitName
from tests.cast import Cast, at
from tests.directives.admin.asking import address, errors, filled, queries, statuses, words


@pytest.fixture
def secretary(cast: Cast, client: Client) -> Client:
    client.force_login(cast.secretary)
    return client


@pytest.fixture
def document(cast: Cast) -> Document:
    return cast.document()


def form_of(document: Document) -> str:
    return f"{address('directive_add')}?van-ban={document.pk}"


def typed(**changes: object) -> dict[str, object]:
    return {
        "content": "Báo cáo kết quả hồ sơ sức khỏe",
        "kind": "order",
        "urgency": "normal",
        "mode": "joint",
        "lead": "syt.hanoi",
        "due_on": "30/06/2099",
    } | changes


def test_a_directive_is_drafted_with_a_lead_and_coordinating_units(
    cast: Cast, secretary: Client, document: Document
) -> None:
    page = secretary.post(
        form_of(document),
        typed(
            units="so y te thanh pho DA NANG\nVăn phòng Bộ (byt.vp)",
            supervisor=cast.member_seat.pk,
            given_by="Thứ trưởng",
            given_by_unit="Bộ Y tế",
            deliverable="Báo cáo",
        ),
        follow=True,
    )
    directive = Directive.objects.get()

    parts = dict(directive.addressees.values_list("unit__code", "part"))
    assert parts == {"syt.hanoi": "lead", "syt.danang": "coordinating", "byt.vp": "coordinating"}
    assert (directive.code, directive.state, directive.given_on) == (
        "1710/QĐ-BYT – 01",
        "draft",
        date(2023, 4, 5),
    )
    assert directive.given_by_unit == cast.ministry
    assert page.redirect_chain == [(address("directive_change", directive.pk), 302)]
    shown = words(page)
    assert "Giao (3 đơn vị)" in shown
    assert "Phạm Ủy Viên – Ủy viên" in shown
    assert "đơn vị chưa nhìn thấy" in shown
    assert not Assignment.objects.exists()


def test_the_form_of_a_draft_gives_back_what_was_entered(cast: Cast, secretary: Client) -> None:
    draft = cast.draft(lead=cast.hanoi, units=[cast.danang, cast.quangnam, cast.office])
    url = address("directive_edit", draft.pk)
    secretary.post(url, filled(secretary.get(url), content="Nội dung sửa"))

    draft.refresh_from_db()
    assert (draft.content, draft.due_on, draft.deadline_words) == (
        "Nội dung sửa",
        date(2023, 6, 30),
        "trước 1/7/2023",
    )
    parts = dict(draft.addressees.values_list("unit__code", "part"))
    assert parts == {
        "syt.hanoi": "lead",
        "syt.danang": "coordinating",
        "syt.quangnam": "coordinating",
        "byt.vp": "coordinating",
    }


def test_the_date_read_from_the_words_is_proposed_once_and_then_decided(
    secretary: Client, document: Document
) -> None:
    first = secretary.post(form_of(document), typed(due_on="", deadline_words="trong 15 ngày làm việc"))

    assert "kiểm tra rồi bấm Lưu" in errors(first)["due_on"][0]
    assert "15 ngày làm việc tính từ ngày 05/04/2023" in words(first)
    assert 'value="26/04/2023"' in words(first)
    assert not Directive.objects.exists()
    secretary.post(form_of(document), filled(first))
    assert Directive.objects.get().due_on == date(2023, 4, 26)
    secretary.post(form_of(document), filled(first, due_on=""))
    assert list(Directive.objects.order_by("pk").values_list("due_on", flat=True)) == [
        date(2023, 4, 26),
        None,
    ]


def test_reading_a_deadline_saves_nothing_and_complains_of_nothing(
    secretary: Client, document: Document
) -> None:
    response = secretary.post(
        form_of(document), {"deadline_words": "trước 1/7/2023", "mode": "joint", "read_deadline": "1"}
    )

    assert not errors(response)
    assert 'value="30/06/2023"' in words(response)
    assert not Directive.objects.exists()


def test_standing_words_propose_a_standing_directive(secretary: Client, document: Document) -> None:
    first = secretary.post(form_of(document), typed(due_on="", deadline_words="thường xuyên"))
    assert "việc thường xuyên" in errors(first)["is_standing"][0]
    secretary.post(form_of(document), filled(first))
    directive = Directive.objects.get()
    assert (directive.is_standing, directive.due_on) == (True, None)


def test_what_is_wrong_with_a_draft_is_said_at_its_field(secretary: Client, document: Document) -> None:
    wrong: list[tuple[dict[str, object], str, str]] = [
        ({"content": " "}, "content", ""),
        ({"lead": "Sở Y tế tỉnh Không Có"}, "lead", "Không tìm thấy đơn vị “Sở Y tế tỉnh Không Có”"),
        ({"lead": "syt.hanoi\nsyt.danang"}, "lead", "Chỉ chọn một đơn vị"),
        ({"mode": "each"}, "lead", "không có đơn vị chủ trì"),
        ({"is_standing": "on"}, "due_on", "thường xuyên không có thời hạn"),
        ({"due_on": "30/02/2023"}, "due_on", ""),
        ({"units": "syt.quangnam", "given_on": "01/08/2026"}, "units", "không hoạt động vào ngày 01/08/2026"),
        ({"kinds": "999999"}, "kinds", ""),
        ({"supervisor": "999999"}, "supervisor", ""),
        ({"ordinal": "-1"}, "ordinal", ""),
    ]
    for changes, field, said in wrong:
        response = secretary.post(form_of(document), typed(**changes))

        assert response.status_code == 200, changes
        assert said in errors(response)[field][0], changes
        assert str(changes.get("content", "Báo cáo kết quả hồ sơ sức khỏe")) in response.content.decode()
    assert not Directive.objects.exists()


def test_an_ordinal_that_another_directive_has_is_refused_and_the_draft_not_half_saved(
    cast: Cast, secretary: Client
) -> None:
    first = cast.draft(units=[cast.hanoi])
    response = secretary.post(form_of(first.document), typed(ordinal="1"))

    assert "đã có nhiệm vụ khác" in words(response)
    assert Directive.objects.count() == 1


def test_units_are_found_by_any_name_they_bear_or_bore(
    cast: Cast, secretary: Client, document: Document
) -> None:
    with acting(by=cast.secretary, reason="Chuẩn bị"):
        UnitAlias.objects.create(unit=cast.vnpt, alias="VNPT (Tập đoàn)")
        UnitName.objects.create(unit=cast.office, name="Văn phòng cũ", valid_until=date(2020, 1, 1))
    secretary.post(
        form_of(document), typed(mode="each", lead="", units="vnpt (tap doan)\nVAN PHONG CU\nSYT.DANANG")
    )
    assert set(Addressee.objects.values_list("unit__code", flat=True)) == {"vnpt", "byt.vp", "syt.danang"}


def test_a_name_of_several_units_has_to_be_chosen(cast: Cast, secretary: Client, document: Document) -> None:
    with acting(by=cast.secretary, reason="Chuẩn bị"):
        Unit.objects.create(code="khac", name="Văn phòng Bộ", kind=cast.office.kind)
    response = secretary.post(form_of(document), typed(units="Văn phòng Bộ"))

    assert "(byt.vp)" in errors(response)["units"][0]
    assert "(khac)" in errors(response)["units"][0]


def test_all_units_of_a_kind_are_those_of_the_day_but_the_ones_left_out(
    cast: Cast, secretary: Client, document: Document
) -> None:
    health = UnitKind.objects.get(code="so-y-te")
    each = {"mode": "each", "lead": "", "kinds": health.pk}

    secretary.post(form_of(document), typed(**each, left_out="syt.hanoi"))
    first = Directive.objects.get()
    codes = set(first.addressees.values_list("unit__code", flat=True))
    assert codes == {"syt.hanoi.bv", "syt.danang", "syt.quangnam"}
    secretary.post(form_of(document), typed(**each, given_on="01/08/2026"))
    later = Directive.objects.exclude(pk=first.pk).get()
    assert "syt.quangnam" not in set(later.addressees.values_list("unit__code", flat=True))


def test_fifteen_hundred_units_travel_as_their_kind(
    cast: Cast, secretary: Client, document: Document
) -> None:
    with acting(by=cast.secretary, reason="Chuẩn bị"):
        kind = UnitKind.objects.create(code="tram", name="Trạm y tế", order=20)
        stations = [
            Unit(code=f"tyt.{n}", name=f"Trạm Y tế xã {n}", kind=kind, order=1000 + n) for n in range(1500)
        ]
        bulk_create_recorded(Unit, stations, current_act())
    secretary.post(form_of(document), typed(mode="each", lead="", kinds=kind.pk, left_out="tyt.7\ntyt.8"))
    draft = Directive.objects.get()
    assert draft.addressees.count() == 1498

    edit = address("directive_edit", draft.pk)
    form = filled(secretary.get(edit))
    assert form["kinds"] == [kind.pk]
    assert "tyt.7" in str(form["left_out"])
    assert len(form) < 30
    secretary.post(edit, form)
    assert draft.addressees.count() == 1498
    # More single units than a form may have fields.
    lines = "\n".join(f"tyt.{n}" for n in range(1100))
    secretary.post(edit, filled(secretary.get(edit), kinds=[], left_out="", units=lines))
    assert draft.addressees.count() == 1100

    few = cast.issued(units=[cast.hanoi, cast.danang], supervisor=None)
    assert "1100 đơn vị" in words(secretary.get(address("directive_issue", draft.pk)))
    secretary.post(address("directive_issue", draft.pk))
    assert Assignment.objects.filter(directive=draft, status="assigned").count() == 1100
    for name in ("change", "history", "revoke", "correct", "add_units"):
        many = queries(secretary, address(f"directive_{name}", draft.pk))
        assert many == queries(secretary, address(f"directive_{name}", few.pk)), name
    page = words(secretary.get(address("directive_change", draft.pk), {"trang": "22"}))
    assert "Trang 22/22" in page
    assert "Trạm Y tế xã 1099" in page


def test_giving_asks_first_and_happens_once(cast: Cast, secretary: Client) -> None:
    draft = cast.draft(lead=cast.hanoi, units=[cast.danang], due_on=date(2020, 1, 31))
    url = address("directive_issue", draft.pk)
    asked = words(secretary.get(url))

    assert "2 đơn vị" in asked
    assert "31/01/2020" in asked
    assert "Thời hạn đã qua" in asked
    assert not Assignment.objects.exists()
    page = words(secretary.post(url, follow=True))
    assert "Đã giao nhiệm vụ 1710/QĐ-BYT – 01 cho 2 đơn vị" in page
    assert secretary.post(url).status_code == 302
    assert Assignment.objects.count() == 2
    assert Document.objects.get().state == "issued"


def test_a_draft_without_units_is_not_given(cast: Cast, secretary: Client) -> None:
    draft = cast.draft(units=[])
    response = secretary.post(address("directive_issue", draft.pk))

    assert "Hãy chọn đơn vị nhận nhiệm vụ" in words(response)
    assert not Assignment.objects.exists()


def test_a_draft_is_deleted_and_a_given_directive_is_not(cast: Cast, secretary: Client) -> None:
    draft, issued = cast.draft(units=[cast.hanoi]), cast.issued(units=[cast.hanoi])

    secretary.get(address("directive_delete_draft", draft.pk))
    assert Directive.objects.filter(pk=draft.pk).exists()
    assert secretary.post(address("directive_delete_draft", draft.pk)).status_code == 302
    assert not Directive.objects.filter(pk=draft.pk).exists()
    assert "Chỉ xóa được bản nháp" in words(secretary.post(address("directive_delete_draft", issued.pk)))


def test_a_stale_draft_is_refused_and_what_was_typed_stays(cast: Cast, secretary: Client) -> None:
    draft = cast.draft(lead=cast.hanoi)
    url = address("directive_edit", draft.pk)
    form = filled(secretary.get(url), content="Bản của tôi")
    services.save_directive(directive=Directive.objects.get(pk=draft.pk), by=cast.second_secretary, at=at(2))
    response = secretary.post(url, form)

    assert "đã được người khác sửa" in words(response)
    assert "Bản của tôi" in words(response)


def test_a_directive_needs_a_document_which_is_looked_for_first(
    cast: Cast, secretary: Client, document: Document
) -> None:
    page = words(secretary.get(address("directive_add"), {"q": "ke hoach"}))
    assert f"?van-ban={document.pk}" in page
    assert "Không tìm thấy" in words(secretary.get(address("directive_add"), {"q": "khong co gi"}))
    assert secretary.get(address("directive_add"), {"van-ban": "x"}).status_code == 302
    assert secretary.get(address("directive_add"), {"van-ban": "999999"}).status_code == 404


def test_a_document_of_another_committee_takes_no_directive(cast: Cast, secretary: Client) -> None:
    with acting(by=cast.secretary, reason="Chuẩn bị"):
        other = Committee.objects.create(code="khac", name="Ban khác", short_name="BK")
        foreign = Document.objects.create(
            committee=other,
            kind="KH",
            number="9/KH-BK",
            number_key="9/kh/bk",
            issuer="BK",
            subject="Việc riêng",
        )
    assert secretary.get(form_of(foreign)).status_code == 404
    assert secretary.post(form_of(foreign), typed()).status_code == 404
    assert "Việc riêng" not in words(secretary.get(address("directive_add")))
    assert not Directive.objects.exists()


def test_a_void_document_takes_no_directive(cast: Cast, secretary: Client, document: Document) -> None:
    services.issue_document(document=document, by=cast.secretary, at=at(2))
    services.void_document(document=document, by=cast.secretary, at=at(2), reason="Nhập trùng")
    assert "đã hủy" in words(secretary.post(form_of(document), typed()))
    assert not Directive.objects.exists()


def test_units_are_suggested_without_accents_as_of_the_day(cast: Cast, secretary: Client) -> None:
    url = address("directive_units")

    def lines(**query: str) -> list[str]:
        return [unit["line"] for unit in secretary.get(url, query).json()["units"]]

    assert lines(q="ha noi y te", ngay="2023-06-01") == ["Sở Y tế thành phố Hà Nội (syt.hanoi)"]
    assert lines(q="quang nam", ngay="01/06/2023") == ["Sở Y tế tỉnh Quảng Nam (syt.quangnam)"]
    assert lines(q="quang nam", ngay="2026-06-01") == []
    assert lines(q="", ngay="hôm qua") == []
    assert lines(q="%") == []


def test_deadlines_are_read_for_the_form_as_it_is_typed(secretary: Client) -> None:
    url = address("directive_read_deadline")
    answer = secretary.get(url, {"q": "trước 1/7/2023", "ngay": "05/04/2023"}).json()
    assert answer["due_on"] == "30/06/2023"
    assert answer["words"].startswith("Đọc là:")
    assert secretary.get(url, {"q": "x" * 3000, "ngay": "05/04/2023"}).json()["due_on"] == ""
    assert secretary.get(url, {"q": "hằng tháng"}).json()["standing"] is True


def test_others_neither_draft_nor_give(cast: Cast, client: Client) -> None:
    draft = cast.draft(units=[cast.hanoi])
    asked = [
        form_of(draft.document),
        address("directive_add"),
        address("directive_units"),
        address("directive_read_deadline"),
    ]
    for person in ("chair", "member", "officer", "head", "auditor", "administrator", "stranger"):
        client.force_login(getattr(cast, person))
        sees = person in ("auditor", "administrator")
        refused = 403 if sees or person == "stranger" else 404

        for name in ("edit", "issue", "delete_draft"):
            url = address(f"directive_{name}", draft.pk)
            assert (client.get(url).status_code, client.post(url, typed()).status_code) == (
                refused,
                refused,
            ), person
        assert client.get(address("directive_change", draft.pk)).status_code == (200 if sees else refused), (
            person
        )
        assert set(statuses(client, asked).values()) == {403}, person
        assert client.post(form_of(draft.document), typed()).status_code == 403, person
    assert Directive.objects.get().state == "draft"
