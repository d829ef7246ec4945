"""The screens of directives that were given: list, page, corrections, rights to see, history."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from directives import services
from directives.models import Assignment, Directive, DirectiveUserObjectPermission, Document
from steering.models import UnitKind
from tests.cast import Cast, at, pdf
from tests.directives.admin.asking import address, errors, filled, queries, statuses, words

DIALOGS = ("correct", "add_units", "revoke", "replace", "grant_view")


@pytest.fixture
def secretary(cast: Cast, client: Client) -> Client:
    client.force_login(cast.secretary)
    return client


def listed(client: Client, **query: str) -> str:
    return words(client.get(address("directive_changelist"), query))


def test_the_list_has_a_tab_for_each_state(cast: Cast, secretary: Client) -> None:
    cast.issued(units=[cast.hanoi], content="Việc đang giao")
    cast.draft(units=[cast.hanoi], content="Việc còn nháp")
    void = cast.issued(units=[cast.hanoi], content="Việc đã hủy")
    services.revoke_directive(directive=void, by=cast.secretary, at=at(2), reason="Nhầm")
    all_of_them = {"Việc đang giao", "Việc còn nháp", "Việc đã hủy"}

    for state, shown in (
        ("", {"Việc đang giao"}),
        ("issued", {"Việc đang giao"}),
        ("draft", {"Việc còn nháp"}),
        ("void", {"Việc đã hủy"}),
        ("tat-ca", all_of_them),
    ):
        page = listed(secretary, **({"tinh-trang": state} if state else {}))
        assert {content for content in all_of_them if content in page} == shown, state


def test_the_list_shows_whom_by_when_and_how_far(cast: Cast, secretary: Client) -> None:
    late = cast.issued(units=[cast.hanoi, cast.danang, cast.office])
    services.accept(assignment=late.assignments.get(unit=cast.hanoi), by=cast.officer, at=at(2))
    cast.issued(lead=cast.danang, units=[cast.office], due_on=None, deadline_words="tới đây")
    page = listed(secretary)

    assert "3 đơn vị" in page
    assert "30/06/2023" in page
    assert "3 quá hạn" in page
    assert "Sở Y tế thành phố Đà Nẵng (+ 1 phối hợp)" in page
    assert "Không có thời hạn" in page


def test_the_list_says_so_when_work_rests(cast: Cast, secretary: Client) -> None:
    row = cast.assignment()
    services.suspend(assignment=row, by=cast.secretary, at=at(2), reason="Chờ quy định mới.")
    assert "Tạm dừng" in listed(secretary)


def test_the_list_is_searched_by_content_number_and_unit(cast: Cast, secretary: Client) -> None:
    cast.issued(units=[cast.hanoi], content="Hồ sơ sức khỏe điện tử")
    cast.issued(units=[cast.danang], content="Bệnh án", document=cast.document(number="828/QĐ-BYT"))

    for typed in ("suc khoe", "1710", "ha noi"):
        page = listed(secretary, q=typed)
        assert "Hồ sơ sức khỏe" in page, typed
        assert "Bệnh án" not in page, typed


def test_the_list_is_filtered(cast: Cast, secretary: Client) -> None:
    first = cast.issued(units=[cast.hanoi], content="Việc thứ nhất", urgency="express", kind="request")
    other = cast.document(number="828/QĐ-BYT")
    cast.issued(
        units=[cast.danang],
        content="Việc thứ hai",
        document=other,
        due_on=date(2099, 1, 1),
        supervisor=cast.other_seat,
    )

    for query in (
        {"document__id__exact": str(first.document_id)},
        {"kind__exact": "request"},
        {"urgency__exact": "express"},
        {"phu-trach": str(cast.member_seat.pk)},
        {"qua-han": "co"},
    ):
        page = listed(secretary, **query)
        assert "Việc thứ nhất" in page, query
        assert "Việc thứ hai" not in page, query
    assert "Phạm Ủy Viên – Ủy viên" in listed(secretary)


def test_a_filter_names_no_document_that_one_does_not_see(cast: Cast, client: Client) -> None:
    cast.issued(units=[cast.danang])
    hidden = cast.issued(
        units=[cast.hanoi], document=cast.document(number="828/QĐ-BYT", subject="Việc riêng")
    )
    client.force_login(cast.danang_officer)

    assert "828/QĐ-BYT" not in listed(client, document__id__exact=str(hidden.document_id))
    asked = {"app_label": "directives", "model_name": "directive", "field_name": "document", "term": "828"}
    found = client.get("/quan-tri/autocomplete/", asked)
    assert found.json()["results"] == []


def test_lists_and_pages_take_as_many_queries_for_nine_rows_as_for_three(
    cast: Cast, secretary: Client
) -> None:
    def add(count: int) -> None:
        for _number in range(count):
            cast.issued(lead=cast.hanoi, units=[cast.danang, cast.office])
            cast.draft(units=[cast.hanoi])

    add(3)
    states = ("issued", "draft", "tat-ca")
    urls = [f"{address('directive_changelist')}?tinh-trang={state}" for state in states]
    few = [queries(secretary, url) for url in urls]
    add(6)
    assert [queries(secretary, url) for url in urls] == few


def test_the_page_shows_figures_and_units_in_official_order(cast: Cast, secretary: Client) -> None:
    directive = cast.issued(units=[cast.quangnam, cast.danang, cast.hanoi, cast.office])
    row = directive.assignments.get(unit=cast.hanoi)
    services.submit(assignment=row, by=cast.head, at=at(20), text="Xong", uploads=[pdf()])
    services.confirm(assignment=row, by=cast.secretary, at=at(21))
    row = directive.assignments.get(unit=cast.office)
    services.suspend(assignment=row, by=cast.secretary, at=at(21), reason="Chờ nghị định")
    response = secretary.get(address("directive_change", directive.pk))
    page = words(response)

    shown = [found["assignment"].unit for found in response.context["assignments"]]
    assert shown == [cast.office, cast.hanoi, cast.danang, cast.quangnam]
    assert {figure["name"]: figure["count"] for figure in response.context["figures"]} == {
        "done_on_time": 1,
        "done_late": 0,
        "open_in_time": 0,
        "overdue": 2,
    }
    assert "Tổng giao 4 = được tính 3 + tạm dừng 1 + thu hồi, đã chuyển 0 + thường xuyên 0" in page
    assert "“trước 1/7/2023”" in page
    assert "quá hạn" in page
    narrowed = secretary.get(address("directive_change", directive.pk), {"muc": "overdue"})
    assert [found["assignment"].unit for found in narrowed.context["assignments"]] == [
        cast.danang,
        cast.quangnam,
    ]
    assert (
        secretary.get(address("directive_change", directive.pk), {"muc": "'", "trang": "x"}).status_code
        == 200
    )


def test_a_correction_reaches_text_people_and_dates_and_keeps_the_old_ones(
    cast: Cast, secretary: Client
) -> None:
    directive = cast.issued(units=[cast.hanoi, cast.danang])
    url = address("directive_correct", directive.pk)
    form = filled(secretary.get(url))

    assert "Chưa có nội dung nào thay đổi" in words(secretary.post(url, form | {"reason": "Sửa"}))
    assert "reason" in errors(secretary.post(url, form | {"content": "Khác"}))
    page = secretary.post(
        url, form | {"content": "Nội dung đúng", "due_on": "15/07/2023", "reason": "Nhập sai"}, follow=True
    )
    assert "Đã đính chính" in words(page)
    directive.refresh_from_db()
    assert (directive.content, directive.due_on) == ("Nội dung đúng", date(2023, 7, 15))
    assert set(Assignment.objects.values_list("due_on", "original_due_on")) == {
        (date(2023, 7, 15), date(2023, 7, 15))
    }
    stale = secretary.post(url, form | {"content": "Bản cũ", "reason": "Lần nữa"})
    assert "người khác sửa" in words(stale)
    history = words(secretary.get(address("directive_history", directive.pk)))
    assert "<del>30/06/2023</del>" in history
    assert "<ins>15/07/2023</ins>" in history
    assert "Nhập sai" in history
    assert "Giao cho 2 đơn vị" in history


def test_units_are_added_by_name_or_by_kind_except_those_that_have_it(cast: Cast, secretary: Client) -> None:
    directive = cast.issued(units=[cast.hanoi])
    url = address("directive_add_units", directive.pk)
    health = UnitKind.objects.get(code="so-y-te")

    assert "reason" in errors(secretary.post(url, {"units": "syt.danang", "reason": ""}))
    assert "Hãy chọn đơn vị cần thêm" in words(secretary.post(url, {"reason": "Bổ sung"}))
    assert (
        "không hoạt động"
        in errors(secretary.post(url, {"units": "syt.quangnam", "reason": "Bổ sung"}))["units"][0]
    )
    assert (
        "Đã được giao" in errors(secretary.post(url, {"units": "syt.hanoi", "reason": "Bổ sung"}))["units"][0]
    )
    secretary.post(url, {"units": "vnpt", "kinds": health.pk, "reason": "Theo ý kiến Trưởng ban"})
    codes = set(directive.assignments.values_list("unit__code", flat=True))
    assert codes == {"syt.hanoi", "syt.hanoi.bv", "syt.danang", "vnpt"}
    assert set(directive.assignments.values_list("part", flat=True)) == {"each"}


def test_a_whole_directive_is_taken_back_with_a_reason(cast: Cast, secretary: Client) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang])
    url = address("directive_revoke", directive.pk)

    secretary.get(url)
    assert "reason" in errors(secretary.post(url, {"reason": ""}))
    assert set(directive.assignments.values_list("status", flat=True)) == {"assigned"}
    page = words(secretary.post(url, {"reason": "Không còn phù hợp"}, follow=True))
    assert "Đã thu hồi nhiệm vụ" in page
    assert "Đính chính" not in page
    assert set(directive.assignments.values_list("status", flat=True)) == {"revoked"}
    assert "Chỉ thu hồi được nhiệm vụ đã giao" in words(secretary.post(url, {"reason": "Lần nữa"}))


def test_a_replacement_opens_as_a_draft_with_the_same_words_and_units(cast: Cast, secretary: Client) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang])
    response = secretary.post(address("directive_replace", directive.pk), {"reason": "Giao lại"}, follow=True)

    draft = Directive.objects.get(state="draft")
    assert response.redirect_chain == [(address("directive_edit", draft.pk), 302)]
    assert "Sở Y tế thành phố Hà Nội (syt.hanoi)" in words(response)
    page = words(secretary.get(address("directive_change", directive.pk)))
    assert f'được thay bằng <a href="{address("directive_change", draft.pk)}">' in page
    unit = Client()
    unit.force_login(cast.officer)
    for name in ("change", "history"):
        assert draft.code not in words(unit.get(address(f"directive_{name}", directive.pk)))


def test_a_named_person_is_let_see_a_restricted_directive_and_no_longer(
    cast: Cast, client: Client, secretary: Client
) -> None:
    directive = cast.issued(units=[cast.hanoi], is_restricted=True, supervisor=None)
    page, rights = address("directive_change", directive.pk), address("directive_view_rights", directive.pk)
    person = Client()
    person.force_login(cast.other_member)
    assert person.get(page).status_code == 404

    assert "Quyền xem" in words(secretary.get(page))
    url = address("directive_grant_view", directive.pk)
    form = filled(secretary.get(url), person="HOANG uy vien HAI", reason="Theo ý kiến Trưởng ban")
    assert "Không tìm thấy" in errors(secretary.post(url, form | {"person": "Ai Đó"}))["person"][0]
    assert "valid_until" in errors(secretary.post(url, form | {"valid_until": "01/01/2020"}))
    assert "Hoàng Ủy Viên Hai" in words(secretary.post(url, form, follow=True))
    assert "đã có quyền xem" in errors(secretary.post(url, form | {"person": "uyvien2"}))["person"][0]
    assert person.get(page).status_code == 200
    grant = DirectiveUserObjectPermission.objects.get()
    secretary.post(address("directive_end_view", directive.pk, grant.pk), {"reason": "Hết việc"})
    assert person.get(page).status_code == 404
    history = words(secretary.get(address("directive_history", directive.pk)))
    assert "Cấp quyền xem: Hoàng Ủy Viên Hai" in history
    assert "Kết thúc quyền xem: Hoàng Ủy Viên Hai" in history
    assert person.get(rights).status_code == 404


def test_a_right_of_another_directive_is_not_ended_here(cast: Cast, secretary: Client) -> None:
    one, other = (cast.issued(units=[cast.hanoi], is_restricted=True) for _number in range(2))
    grant = services.grant_view(
        directive=one, person=cast.stranger, by=cast.secretary, at=at(1), reason="Xem"
    )
    url = address("directive_end_view", other.pk, grant.pk)
    assert secretary.post(url, {"reason": "Nhầm"}).status_code == 404


def test_others_read_and_do_nothing(cast: Cast, client: Client) -> None:
    directive = cast.issued(units=[cast.hanoi, cast.office])
    urls = [address(f"directive_{name}", directive.pk) for name in DIALOGS]
    for person in ("chair", "member", "officer", "head", "auditor", "administrator", "ministry_officer"):
        client.force_login(getattr(cast, person))
        page = words(client.get(address("directive_change", directive.pk)))

        assert directive.content in page, person
        for word in ("Đính chính", "Thêm đơn vị", "Thay thế", "Thu hồi cả nhiệm vụ", "Quyền xem"):
            assert word not in page, person
        assert set(statuses(client, urls).values()) == {403}, person
        assert {client.post(url, {"reason": "x", "content": "x"}).status_code for url in urls} == {403}, (
            person
        )
        assert "Thêm nhiệm vụ" not in listed(client), person
    assert set(directive.assignments.values_list("status", flat=True)) == {"assigned"}


def test_a_unit_sees_its_own_part_and_none_of_the_drafts(cast: Cast, client: Client) -> None:
    directive = cast.issued(units=[cast.hanoi, cast.danang])
    cast.draft(units=[cast.hanoi], content="Việc còn nháp")
    client.force_login(cast.officer)
    response = client.get(address("directive_change", directive.pk))

    assert [row["assignment"].unit for row in response.context["assignments"]] == [cast.hanoi]
    assert "Đà Nẵng" not in words(response)
    assert "Tổng giao 1" in words(response)
    assert "Việc còn nháp" not in listed(client, **{"tinh-trang": "tat-ca"})
    assert "tinh-trang=draft" not in listed(client)
    history = words(client.get(address("directive_history", directive.pk)))
    assert "Soạn nhiệm vụ" not in history
    assert "Giao cho 1 đơn vị" in history


def test_what_one_does_not_see_is_not_there(cast: Cast, client: Client) -> None:
    directive = cast.issued(units=[cast.hanoi], content="Việc của Hà Nội")
    urls = [
        address(f"directive_{name}", directive.pk) for name in ("change", "history", "view_rights", *DIALOGS)
    ]
    for person, refused in (("danang_officer", 404), ("other_member", 404), ("stranger", 403)):
        client.force_login(getattr(cast, person))

        assert set(statuses(client, urls).values()) == {refused}, person
        assert {client.post(url, {"reason": "x"}).status_code for url in urls[2:]} == {refused}, person
        assert client.get(address("directive_delete", directive.pk)).status_code == 404, person
        if refused == 404:
            assert "Việc của Hà Nội" not in listed(client, **{"tinh-trang": "tat-ca", "q": "ha noi"}), person


def test_a_restricted_directive_is_read_by_the_chair_and_not_by_every_leader(
    cast: Cast, client: Client
) -> None:
    directive = cast.issued(units=[cast.hanoi], is_restricted=True, supervisor=None)
    for person, status in (
        ("chair", 200),
        ("officer", 200),
        ("auditor", 200),
        ("member", 404),
        ("administrator", 404),
    ):
        client.force_login(getattr(cast, person))
        assert client.get(address("directive_change", directive.pk)).status_code == status, person


def test_the_history_is_never_a_way_to_write(cast: Cast, client: Client) -> None:
    directive = cast.issued(units=[cast.hanoi])
    url = f"/quan-tri/directives/directive/{directive.pk}/history/{directive.history.earliest().pk}/"
    for person, status in (("secretary", 405), ("officer", 405), ("danang_officer", 404)):
        client.force_login(getattr(cast, person))
        assert client.post(url, {"content": "Ghi đè"}).status_code == status
    assert not Document.objects.filter(directives__content="Ghi đè").exists()
