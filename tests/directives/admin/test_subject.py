"""What drafts and corrections have in common: dates of single units, the directive above, the words of a deadline."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.text import nfc
from directives import services
from directives.admin.own_dates import read_own_dates
from directives.admin.unit_choice import unit_line
from directives.errors import Refused
from directives.models import Directive, Document
from steering.models import Unit
from tests.cast import Cast, at
from tests.directives.admin.asking import address, errors, filled, words


@pytest.fixture
def secretary(cast: Cast, client: Client) -> Client:
    client.force_login(cast.secretary)
    return client


def test_units_with_a_date_of_their_own_are_pasted_shown_and_given_it(cast: Cast, secretary: Client) -> None:
    draft = cast.draft(lead=cast.hanoi, units=[cast.danang, cast.office])
    url = address("directive_edit", draft.pk)
    typed = "so y te thanh pho da nang\t15/7/2023\n\nbyt.vp : 01-06-2023\n"
    secretary.post(url, filled(secretary.get(url), own_dates=typed))

    again = secretary.get(url).context["form"]["own_dates"].value()
    assert again == ("Văn phòng Bộ (byt.vp): 01/06/2023\nSở Y tế thành phố Đà Nẵng (syt.danang): 15/07/2023")
    asked = words(secretary.get(address("directive_issue", draft.pk)))
    assert "Sở Y tế thành phố Đà Nẵng – thời hạn riêng 15/07/2023" in asked
    secretary.post(address("directive_issue", draft.pk))
    assert dict(draft.assignments.values_list("unit__code", "due_on")) == {
        "syt.hanoi": date(2023, 6, 30),
        "syt.danang": date(2023, 7, 15),
        "byt.vp": date(2023, 6, 1),
    }
    replacement = services.replace_directive(
        directive=draft, by=cast.secretary, at=at(2), reason="Giao lại theo văn bản mới"
    )
    assert dict(replacement.addressees.values_list("unit__code", "due_on")) == {
        "syt.hanoi": None,
        "syt.danang": date(2023, 7, 15),
        "byt.vp": date(2023, 6, 1),
    }


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("syt.danang", "hãy ghi đơn vị rồi ngày dạng dd/mm/yyyy"),
        ("syt.danang: 31/02/2023", "hãy ghi đơn vị rồi ngày dạng dd/mm/yyyy"),
        ("15/07/2023", "hãy ghi đơn vị rồi ngày dạng dd/mm/yyyy"),
        ("syt.khongco: 15/07/2023", "Không tìm thấy đơn vị “syt.khongco”"),
        ("syt.danang: 15/07/2023\nsyt.danang: 16/07/2023", "hai thời hạn riêng khác nhau"),
        ("syt.danang: 15/07/2023\nSở Y tế thành phố Đà Nẵng: 16/07/2023", "hai thời hạn riêng khác nhau"),
        ("byt.vp: 15/07/2023", "Có thời hạn riêng nhưng không nhận nhiệm vụ này: Văn phòng Bộ"),
    ],
)
def test_a_date_of_its_own_that_cannot_be_read_is_named(
    cast: Cast, secretary: Client, typed: str, refusal: str
) -> None:
    draft = cast.draft(lead=cast.hanoi, units=[cast.danang])
    url = address("directive_edit", draft.pk)
    response = secretary.post(url, filled(secretary.get(url), own_dates=typed, content="Khác"))

    assert refusal in errors(response)["own_dates"][0]
    draft.refresh_from_db()
    assert draft.content != "Khác"
    assert set(draft.addressees.values_list("due_on", flat=True)) == {None}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    day=st.dates(min_value=date(2000, 1, 1), max_value=date(2068, 12, 31)),
    form=st.sampled_from(["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"]),
    between=st.sampled_from([" ", ":", ": ", "\t", " – ", ", "]),
    noise=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30),
)
def test_a_unit_and_its_date_are_read_however_they_are_written(
    cast: Cast, day: date, form: str, between: str, noise: str
) -> None:
    line = f"{unit_line(cast.hanoi)}{between}{day.strftime(form)}"
    dates, problems = read_own_dates(f"{line}\n{noise}", on=date(2023, 6, 1))

    assert dates == {cast.hanoi.pk: day}
    assert bool(problems) == bool("".join(nfc(raw, one_line=True) for raw in noise.splitlines()))


def test_standing_work_has_no_dates_of_single_units(cast: Cast, secretary: Client) -> None:
    draft = cast.draft(units=[cast.hanoi], due_on=None, is_standing=True)
    url = address("directive_edit", draft.pk)
    response = secretary.post(url, filled(secretary.get(url), own_dates="syt.hanoi: 15/07/2023"))

    assert "không có thời hạn riêng" in errors(response)["own_dates"][0]


def test_a_directive_is_put_under_another_by_its_code_or_its_words(cast: Cast, secretary: Client) -> None:
    above = cast.issued(units=[cast.hanoi], content="Hồ sơ sức khỏe điện tử toàn quốc")
    cast.draft(units=[cast.hanoi], content="Hồ sơ sức khỏe của cán bộ")
    draft = cast.draft(units=[cast.hanoi])
    url = address("directive_edit", draft.pk)
    form = filled(secretary.get(url))

    assert "Không tìm thấy" in errors(secretary.post(url, form | {"parent": "999/KHÔNG"}))["parent"][0]
    several = errors(secretary.post(url, form | {"parent": "ho so suc khoe"}))["parent"][0]
    assert above.code in several
    secretary.post(url, form | {"parent": "dien tu suc khoe"})
    draft.refresh_from_db()
    assert draft.parent == above
    assert filled(secretary.get(url))["parent"] == above.code

    page = words(secretary.get(address("directive_change", draft.pk)))
    assert f">{above.code}</a>" in page
    assert f">{draft.code}</a>" in words(secretary.get(address("directive_change", above.pk)))


def test_who_does_not_see_a_part_is_not_told_of_it(cast: Cast, client: Client) -> None:
    above = cast.issued(units=[cast.hanoi, cast.danang])
    part = cast.issued(units=[cast.danang], parent=above)
    client.force_login(cast.officer)
    assert part.code not in words(client.get(address("directive_change", above.pk)))
    client.force_login(cast.danang_officer)
    assert part.code in words(client.get(address("directive_change", above.pk)))


def test_no_directive_is_a_part_of_itself_or_of_its_parts(cast: Cast) -> None:
    above = cast.issued(units=[cast.hanoi])
    part = cast.issued(units=[cast.hanoi], parent=above)
    for parent in (above, part):
        with pytest.raises(Refused, match="không thể thuộc chính nó") as refused:
            services.correct_directive(
                directive=above, by=cast.secretary, at=at(2), reason="Sửa", changes={"parent": parent}
            )
        assert refused.value.field == "parent"


def test_a_correction_reads_the_words_of_a_deadline_as_a_draft_does(cast: Cast, secretary: Client) -> None:
    directive = cast.issued(units=[cast.hanoi])
    url = address("directive_correct", directive.pk)
    form = filled(secretary.get(url), deadline_words="trong quý III/2023", reason="Chép nhầm")

    read = secretary.post(url, form | {"read_deadline": "1"})
    assert "30/09/2023" in words(read)
    directive.refresh_from_db()
    assert directive.due_on == date(2023, 6, 30)
    proposed = secretary.post(url, form | {"due_on": ""})
    assert "kiểm tra rồi bấm Lưu" in errors(proposed)["due_on"][0]
    secretary.post(url, filled(proposed))
    assert directive.assignments.get().original_due_on == date(2023, 9, 30)


def test_what_was_called_standing_by_mistake_gets_its_date_and_the_other_way_round(
    cast: Cast, secretary: Client
) -> None:
    directive = cast.issued(units=[cast.hanoi], due_on=None, is_standing=True, deadline_words="thường xuyên")
    url = address("directive_correct", directive.pk)
    form = filled(secretary.get(url), reason="Nhầm")

    assert (
        "thường xuyên không có thời hạn"
        in errors(secretary.post(url, form | {"due_on": "15/07/2023"}))["due_on"][0]
    )
    secretary.post(url, {k: v for k, v in form.items() if k != "is_standing"} | {"due_on": "15/07/2023"})
    directive.refresh_from_db()
    assert (directive.is_standing, directive.assignments.get().due_on) == (False, date(2023, 7, 15))
    secretary.post(url, filled(secretary.get(url), reason="Nhầm", is_standing="on", due_on=""))
    directive.refresh_from_db()
    assert (directive.is_standing, directive.assignments.get().due_on) == (True, None)


def test_the_day_of_giving_is_corrected_to_one_on_which_the_units_exist(
    cast: Cast, secretary: Client
) -> None:
    directive = cast.issued(units=[cast.hanoi, cast.quangnam])
    url = address("directive_correct", directive.pk)
    form = filled(secretary.get(url), reason="Nhầm năm")

    assert "Hãy nhập ngày giao" in errors(secretary.post(url, form | {"given_on": ""}))["given_on"][0]
    gone = errors(secretary.post(url, form | {"given_on": "05/07/2025"}))["given_on"][0]
    assert "Sở Y tế tỉnh Quảng Nam" in gone
    assert "Hà Nội" not in gone
    secretary.post(url, form | {"given_on": "06/04/2023"})
    directive.refresh_from_db()
    assert directive.given_on == date(2023, 4, 6)


def test_what_was_changed_since_one_looked_is_not_given(cast: Cast, secretary: Client) -> None:
    draft = cast.draft(units=[cast.hanoi])
    url = address("directive_issue", draft.pk)
    seen = filled(secretary.get(url))
    services.save_draft(
        directive=Directive.objects.get(pk=draft.pk),
        units=[*Unit.objects.filter(code__startswith="syt.")],
        by=cast.second_secretary,
        at=at(2),
    )

    assert "người khác sửa" in words(secretary.post(url, seen))
    draft.refresh_from_db()
    assert draft.state == "draft"
    secretary.post(url, filled(secretary.get(url)))
    draft.refresh_from_db()
    assert draft.state == "issued"


def test_a_document_without_directives_is_recorded_as_issued(cast: Cast, secretary: Client) -> None:
    document = cast.document()
    url = address("document_issue", document.pk)
    assert url in words(secretary.get(address("document_change", document.pk)))
    seen = filled(secretary.get(url))
    services.save_document(document=Document.objects.get(pk=document.pk), by=cast.second_secretary, at=at(2))

    assert "người khác sửa" in words(secretary.post(url, seen))
    page = words(secretary.post(url, filled(secretary.get(url)), follow=True))
    assert "Đã ghi nhận văn bản đã ban hành" in page
    assert url not in page
    document.refresh_from_db()
    assert document.state == "issued"
    assert "đã được ban hành" in words(secretary.post(url))
