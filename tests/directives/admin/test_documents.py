"""The screens of documents."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.audit.context import acting
from directives import services
from directives.models import Attachment, Document, DocumentRelation
from steering.models import Committee, CommitteeStaff
from tests.cast import START, Cast, at, pdf
from tests.directives.admin.asking import address, errors, filled, queries, statuses, words

NEW = {
    "kind": "QĐ",
    "number": "số 5 / qđ–byt",
    "issued_on": "05/04/2023",
    "issuer": "Bộ Y tế",
    "subject": "Kế hoạch chuyển đổi số",
    "urgency": "normal",
}


@pytest.fixture
def secretary(cast: Cast, client: Client) -> Client:
    client.force_login(cast.secretary)
    return client


def test_a_document_is_entered_with_its_files(cast: Cast, secretary: Client) -> None:
    response = secretary.post(
        address("document_add"), NEW | {"uploads": [pdf("a.pdf"), pdf("b.pdf")]}, follow=True
    )

    document = Document.objects.get()
    assert response.redirect_chain == [(address("document_change", document.pk), 302)]
    assert (document.number, document.committee, document.state) == ("05/QĐ-BYT", cast.committee, "draft")
    assert list(document.files.values_list("name", flat=True)) == ["a.pdf", "b.pdf"]
    page = words(response)
    assert "Đã lưu văn bản" in page
    assert "Quyết định 05/QĐ-BYT" in page
    assert (
        f'<a href="{address("attachment_download", document.files.get(name="a.pdf").pk)}">a.pdf</a>' in page
    )


def test_the_form_offers_known_issuers_and_never_the_only_committee(cast: Cast, secretary: Client) -> None:
    cast.document(issuer="Ban cán sự đảng Bộ Y tế")
    page = words(secretary.get(address("document_add")))

    assert '<option value="Ban cán sự đảng Bộ Y tế">' in page
    assert 'name="committee"' not in page
    assert "Ban Chỉ đạo minh họa" not in page


def test_with_several_committees_one_is_chosen_of_ones_own(cast: Cast, secretary: Client) -> None:
    with acting(by=cast.secretary, reason="Chuẩn bị"):
        second = Committee.objects.create(code="hai", name="Ban thứ hai", short_name="B2")
        foreign = Committee.objects.create(code="ba", name="Ban thứ ba", short_name="B3")
        CommitteeStaff.objects.create(committee=second, user=cast.secretary)

    refused = secretary.post(address("document_add"), NEW | {"committee": foreign.pk})
    assert "committee" in errors(refused)
    assert "Ban thứ ba" not in words(refused)
    secretary.post(address("document_add"), NEW | {"committee": second.pk})
    assert Document.objects.get().committee == second


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(secretary: Client) -> None:
    for changes, field, said in (
        ({"number": "828"}, "number", "thiếu ký hiệu"),
        ({"kind": "meeting"}, "number", "không có số"),
        ({"subject": ""}, "subject", ""),
        ({"issued_on": "31/02/2023"}, "issued_on", ""),
        ({"kind": "ABC"}, "kind", ""),
    ):
        response = secretary.post(address("document_add"), NEW | changes)

        assert response.status_code == 200, changes
        assert said in errors(response)[field][0], changes
        assert "Bộ Y tế" in words(response)
    assert not Document.objects.exists()


def test_a_number_entered_already_is_refused_at_the_number(cast: Cast, secretary: Client) -> None:
    cast.document(number="05/QĐ-BYT")
    response = secretary.post(address("document_add"), NEW)

    assert "đã được nhập trong năm này" in errors(response)["number"][0]
    assert Document.objects.count() == 1


def test_a_file_that_is_not_what_it_says_is_refused_with_advice(secretary: Client) -> None:
    wrong = SimpleUploadedFile("quyet-dinh.pdf", b"MZ\x90\x00 not a PDF", content_type="application/pdf")
    response = secretary.post(address("document_add"), NEW | {"uploads": [wrong]})

    assert "lưu thành DOCX hoặc PDF" in words(response)
    assert "Tệp đã chọn cần chọn lại" in words(response)
    assert not Document.objects.exists()
    assert not Attachment.objects.exists()


def test_the_list_finds_without_accents_and_any_spelling_of_a_number(cast: Cast, secretary: Client) -> None:
    cast.document(number="05/QĐ-BYT", subject="Đề án hồ sơ sức khỏe")
    cast.document(number="06/QĐ-BYT", subject="Kế hoạch khác")

    for typed in ("5 / qd - byt", "SUC KHOE ho so", "đề án"):
        page = words(secretary.get(address("document_changelist"), {"q": typed}))
        assert "05/QĐ-BYT" in page, typed
        assert "06/QĐ-BYT" not in page, typed


def test_the_newest_comes_first_and_what_has_no_date_last(cast: Cast, secretary: Client) -> None:
    undated = cast.document(number="", kind=Document.Kind.MEETING, issued_on=None, subject="Không ngày")
    old, new = cast.document(number="1/QĐ-BYT"), cast.document(number="2/QĐ-BYT", issued_on=date(2023, 6, 1))
    response = secretary.get(address("document_changelist"))
    assert [row.pk for row in response.context["cl"].result_list] == [new.pk, old.pk, undated.pk]
    assert response.context["title"] == "Văn bản"


def test_the_list_is_filtered_by_kind_state_and_year(cast: Cast, secretary: Client) -> None:
    cast.document(number="05/QĐ-BYT")
    cast.document(number="157-NQ/BCSĐ", kind="NQ", issued_on=date(2022, 2, 3))

    for query in ({"kind__exact": "NQ"}, {"nam": "2022"}, {"nam": "2022", "state__exact": "draft"}):
        page = words(secretary.get(address("document_changelist"), query))
        assert "157-NQ/BCSĐ" in page
        assert "05/QĐ-BYT" not in page
    assert "05/QĐ-BYT" in words(secretary.get(address("document_changelist"), {"nam": "x"}))


def test_the_page_shows_directives_with_the_progress_of_their_units(cast: Cast, secretary: Client) -> None:
    each = cast.issued(units=[cast.hanoi, cast.danang, cast.quangnam], due_on=date(2099, 1, 1))
    services.accept(assignment=each.assignments.get(unit=cast.hanoi), by=cast.officer, at=at(2))
    cast.issued(lead=cast.danang, units=[cast.office], content="Việc chủ trì")
    cast.draft(units=[cast.hanoi])
    page = words(secretary.get(address("document_change", each.document_id)))

    assert "0/3 hoàn thành" in page
    assert "1 đang thực hiện" in page
    assert "2 chưa tiếp nhận" in page
    assert "Sở Y tế thành phố Đà Nẵng (+ 1 phối hợp)" in page
    assert page.count("Nháp") >= 1
    assert f'href="{address("directive_add")}?van-ban={each.document_id}"' in page


def test_pages_take_as_many_queries_for_nine_rows_as_for_three(cast: Cast, secretary: Client) -> None:
    def add(count: int, start: int) -> None:
        for number in range(start, start + count):
            cast.document(number=f"{number}/KH-BYT", kind="KH")
            cast.issued(lead=cast.hanoi, units=[cast.danang])

    add(3, 1)
    document = Document.objects.get(number="1710/QĐ-BYT")
    urls = [
        address("document_changelist"),
        address("document_change", document.pk),
        address("document_history", document.pk),
    ]
    few = [queries(secretary, url) for url in urls]
    add(6, 4)
    assert [queries(secretary, url) for url in urls] == few


def test_an_issued_document_is_edited_with_a_reason_and_a_stale_form_is_refused(
    cast: Cast, secretary: Client
) -> None:
    document = cast.issued(units=[cast.hanoi]).document
    url = address("document_edit", document.pk)
    form = filled(secretary.get(url), subject="Trích yếu đúng")

    assert "reason" in errors(secretary.post(url, form))
    secretary.post(url, form | {"reason": "Nhập thiếu chữ"})
    document.refresh_from_db()
    assert document.subject == "Trích yếu đúng"
    stale = secretary.post(url, form | {"reason": "Lần nữa", "subject": "Bản cũ"})
    assert "đã được người khác sửa" in words(stale)
    assert "Bản cũ" in words(stale)


def test_a_document_is_made_void_once_its_directives_are_taken_back(cast: Cast, secretary: Client) -> None:
    directive = cast.issued(units=[cast.hanoi])
    url = address("document_void", directive.document_id)

    assert "còn nhiệm vụ đang giao" in words(secretary.post(url, {"reason": "Nhập trùng"}))
    assert "reason" in errors(secretary.post(url, {"reason": "  "}))
    services.revoke_directive(directive=directive, by=cast.secretary, at=at(2), reason="Nhập trùng")
    page = words(secretary.post(url, {"reason": "Nhập trùng"}, follow=True))
    assert "Đã hủy văn bản" in page
    assert "Nhập trùng" in page
    assert "Thêm nhiệm vụ" not in page


def test_a_draft_with_nothing_under_it_is_deleted_by_post_only(cast: Cast, secretary: Client) -> None:
    document = cast.document()
    url = address("document_delete_draft", document.pk)

    secretary.get(url)
    assert Document.objects.exists()
    assert secretary.post(url, follow=True).redirect_chain == [(address("document_changelist"), 302)]
    assert not Document.objects.exists()
    assert Document.history.first().history_change_reason == "Xóa bản nháp"


def test_a_wrong_file_is_removed_with_a_reason_and_its_name_stays(cast: Cast, secretary: Client) -> None:
    document = cast.document()
    services.save_document(document=document, by=cast.secretary, at=START, uploads=[pdf("nham.pdf")])
    file = document.files.get()
    url = address("document_remove_file", document.pk, file.pk)

    assert "reason" in errors(secretary.post(url, {"reason": ""}))
    page = words(secretary.post(url, {"reason": "Nhầm tệp"}, follow=True))
    assert "nham.pdf" in page
    assert "Nguyễn Thư Ký: Nhầm tệp" in page
    assert secretary.get(url).status_code == 404


def test_documents_are_related_by_number_or_words_and_parted_with_a_reason(
    cast: Cast, secretary: Client
) -> None:
    plan = cast.document()
    resolution = cast.document(number="157-NQ/BCSĐ", subject="Nghị quyết chuyển đổi số")
    cast.document(number="828/QĐ-BYT", subject="Đề án chuyển đổi số")
    url = address("document_relate", plan.pk)

    several = secretary.post(url, {"kind": "implements", "other": "chuyen doi so"})
    assert "chọn một văn bản" in errors(several)["other"][0]
    assert f'value="#{resolution.pk}"' in words(several)
    assert (
        "Không tìm thấy"
        in errors(secretary.post(url, {"kind": "implements", "other": "999/QĐ-BYT"}))["other"][0]
    )
    page = words(secretary.post(url, {"kind": "implements", "other": "157 - nq/bcsd"}, follow=True))
    assert "Thực hiện:" in page
    relation = DocumentRelation.objects.get()
    assert relation.other == resolution
    assert "Thực hiện" in words(secretary.get(address("document_change", resolution.pk)))
    secretary.post(address("document_unrelate", plan.pk, relation.pk), {"reason": "Ghi nhầm"})
    assert not DocumentRelation.objects.exists()


def test_the_history_tells_who_when_why_and_what(cast: Cast, secretary: Client) -> None:
    document = cast.document()
    document.subject = "Trích yếu mới"
    services.save_document(document=document, by=cast.second_secretary, at=at(3), uploads=[pdf("qd.pdf")])
    page = words(secretary.get(address("document_history", document.pk)))

    assert "09:00 03/06/2023" in page
    assert "Trần Thư Ký Hai" in page
    assert "Sửa bản nháp" in page
    assert "<ins>Trích yếu mới</ins>" in page
    assert "Thêm tệp: qd.pdf" in page


def test_the_history_names_no_document_that_one_does_not_see(cast: Cast, client: Client) -> None:
    plan = cast.issued(units=[cast.hanoi]).document
    hidden = cast.document(number="828/QĐ-BYT")
    services.relate_documents(
        document=plan, kind=DocumentRelation.Kind.IMPLEMENTS, other=hidden, by=cast.secretary, at=at(2)
    )
    for person, named in (("secretary", True), ("officer", False)):
        client.force_login(getattr(cast, person))
        for name in ("change", "history"):
            assert ("828/QĐ-BYT" in words(client.get(address(f"document_{name}", plan.pk)))) is named, person


def dialogs(document: Document) -> list[str]:
    return [address(f"document_{name}", document.pk) for name in ("edit", "void", "delete_draft", "relate")]


def test_others_read_what_they_see_and_do_nothing(cast: Cast, client: Client) -> None:
    document = cast.issued(units=[cast.hanoi]).document
    for person in ("chair", "member", "officer", "head", "auditor", "administrator"):
        client.force_login(getattr(cast, person))
        page = words(client.get(address("document_change", document.pk)))

        assert document.subject in page, person
        for word in ("Sửa<", "Hủy văn bản", "Thêm nhiệm vụ", "Thêm tệp", "Gỡ"):
            assert word not in page, person
        asked = [*dialogs(document), address("document_add")]
        assert set(statuses(client, asked).values()) == {403}, person
        assert {client.post(url, NEW | {"reason": "x"}).status_code for url in asked} == {403}, person
    assert Document.objects.count() == 1


def test_what_one_does_not_see_is_not_there(cast: Cast, client: Client) -> None:
    document = cast.issued(units=[cast.hanoi]).document
    urls = [address(f"document_{name}", document.pk) for name in ("change", "history", "delete")]
    for person, missing in (("danang_officer", 404), ("other_member", 404), ("stranger", 403)):
        client.force_login(getattr(cast, person))

        found = statuses(client, [*urls, *dialogs(document)])
        assert set(found.values()) <= {missing, 404}, person
        assert {client.post(url, {"reason": "x"}).status_code for url in dialogs(document)} == {missing}, (
            person
        )
        if missing == 404:
            assert document.number not in words(client.get(address("document_changelist"))), person


def test_a_draft_is_seen_by_nobody_of_the_units_or_the_leaders(cast: Cast, client: Client) -> None:
    document = cast.document()
    for person in ("chair", "member", "officer"):
        client.force_login(getattr(cast, person))
        assert client.get(address("document_change", document.pk)).status_code == 404


def test_the_history_is_never_a_way_to_write(cast: Cast, client: Client) -> None:
    document = cast.issued(units=[cast.hanoi]).document
    version = document.history.earliest().pk
    url = f"/quan-tri/directives/document/{document.pk}/history/{version}/"
    for person in ("secretary", "officer"):
        client.force_login(getattr(cast, person))
        assert client.post(url, {"subject": "Ghi đè"}).status_code == 405
    client.force_login(cast.danang_officer)
    assert client.post(url, {"subject": "Ghi đè"}).status_code == 404
    assert client.get(url).status_code == 404
    assert Document.objects.get(pk=document.pk).subject == document.subject


def test_an_address_that_names_nothing_is_not_found(secretary: Client) -> None:
    for typed in ("abc", "99999999999999999999999", "-1", "1_0"):
        assert secretary.get(f"/quan-tri/directives/document/{typed}/change/").status_code == 404, typed


@pytest.mark.parametrize("level", ["secret", "highly", "top"])
def test_a_secret_document_does_not_enter_but_as_a_stub(cast: Cast, secretary: Client, level: str) -> None:
    refused = secretary.post(address("document_add"), NEW | {"secrecy": level})
    assert "Văn bản mật không được đưa vào hệ thống này" in errors(refused)["secrecy"][0]
    stub = NEW | {"secrecy": level, "subject": "Hồ sơ mật, quản lý ngoài hệ thống"}
    assert "secrecy" in errors(secretary.post(address("document_add"), stub | {"uploads": [pdf()]}))
    assert not Document.objects.exists() and not Attachment.objects.exists()
    secretary.post(address("document_add"), stub)
    assert Document.objects.get().subject == "Hồ sơ mật, quản lý ngoài hệ thống"
