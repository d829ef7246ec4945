"""The screens of units, the committee and the calendar."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from steering.models import Assistant, CalendarDay, SeatHolding, Succession, Unit
from tests.accounts.forms_filled import errors, send
from tests.cast import Cast


@pytest.fixture
def administrator(client: Client, cast: Cast) -> Client:
    client.force_login(cast.administrator)
    return client


def page(model: str, pk: int) -> str:
    return reverse(f"admin:steering_{model}_change", args=[pk])


def test_a_unit_is_entered_with_its_first_name_aliases_and_parent(administrator: Client, cast: Cast) -> None:
    response = send(
        administrator,
        reverse("admin:steering_unit_add"),
        name="Cục Mới",
        code="cm",
        kind=cast.office.kind_id,
        order="3",
        in_sector="on",
        valid_from="01/03/2026",
        **{
            "aliases-TOTAL_FORMS": "1",
            "aliases-0-alias": "CM",
            "parents-TOTAL_FORMS": "1",
            "parents-0-parent": cast.ministry.pk,
        },
    )
    assert response.status_code == 302
    unit = Unit.objects.get(code="cm")
    assert unit.names.get().valid_from == date(2026, 3, 1)
    assert unit.aliases.get().alias == "CM"
    assert unit.parents.get().parent == cast.ministry
    assert unit.history.latest().history_user == cast.administrator


def test_a_unit_is_renamed_from_a_day_on(administrator: Client, cast: Cast) -> None:
    address = page("unit", cast.hanoi.pk)
    response = send(
        administrator, address, new_name="Sở Mới", new_name_from="01/03/2026", reason="Quyết định 1"
    )
    assert response.status_code == 302
    cast.hanoi.refresh_from_db()
    assert cast.hanoi.name == "Sở Mới"
    assert cast.hanoi.name_on(date(2026, 2, 28)) == "Sở Y tế thành phố Hà Nội"
    assert cast.hanoi.history.latest().history_change_reason == "Quyết định 1"


def test_the_form_says_what_is_wrong_with_a_renaming(administrator: Client, cast: Cast) -> None:
    address = page("unit", cast.hanoi.pk)
    no_name = send(administrator, address, new_name_from="01/03/2026", reason="x")
    assert "Nhập tên mới." in errors(no_name)
    same = send(administrator, address, new_name=cast.hanoi.name, new_name_from="01/03/2026", reason="x")
    assert "Tên mới trùng tên hiện tại." in errors(same)


def test_a_name_is_put_right_without_a_day(administrator: Client, cast: Cast) -> None:
    send(administrator, page("unit", cast.hanoi.pk), new_name="Sở Y tế TP. Hà Nội", reason="Viết sai")
    assert [row.name for row in cast.hanoi.names.all()] == ["Sở Y tế TP. Hà Nội"]


@pytest.mark.parametrize("typed", ["31/02/2023", "²", "9" * 30, "-1", "a\0b", "True"])
def test_what_is_no_unit_is_not_taken_for_the_choice_of_one(
    administrator: Client, cast: Cast, typed: str
) -> None:
    """A box that suggests shows again what was posted: a key that cannot be one is no error of the server."""
    response = send(
        administrator,
        page("unit", cast.hanoi.pk),
        reason="x",
        **{"parents-TOTAL_FORMS": "1", "parents-0-parent": typed},
    )
    assert response.status_code == 200
    (form,) = (
        fs.formset for fs in response.context["inline_admin_formsets"] if fs.formset.prefix == "parents"
    )
    assert list(form.forms[-1].errors) == ["parent"]
    cast.hanoi.refresh_from_db()
    assert not cast.hanoi.parents.exists()


def successor(number: int, unit: Unit, answering: bool = False) -> dict[str, Any]:
    prefix = f"successions_from-{number}"
    row = {f"{prefix}-to_unit": unit.pk, f"{prefix}-takes_effect_on": "01/07/2026"}
    return row | ({f"{prefix}-answering": "on"} if answering else {})


def succeed(client: Client, unit: Unit, *rows: dict[str, Any]) -> Any:
    fields: dict[str, Any] = {"successions_from-TOTAL_FORMS": str(len(rows)), "reason": "Sáp nhập"}
    for row in rows:
        fields |= row
    return send(client, page("unit", unit.pk), **fields)


def test_units_succeed_a_unit_and_nothing_is_moved(administrator: Client, cast: Cast) -> None:
    response = succeed(
        administrator, cast.hanoi, successor(0, cast.danang), successor(1, cast.office, answering=True)
    )
    assert response.status_code == 302
    rows = Succession.objects.filter(from_unit=cast.hanoi)
    assert {(row.to_unit, row.answering) for row in rows} == {(cast.danang, False), (cast.office, True)}
    assert Unit.objects.get(pk=cast.hanoi.pk).valid_until is None


def test_successions_that_make_no_sense_are_refused(administrator: Client, cast: Cast) -> None:
    two = succeed(
        administrator,
        cast.hanoi,
        successor(0, cast.danang, answering=True),
        successor(1, cast.office, answering=True),
    )
    assert "Nhiều nhất một đơn vị chịu trách nhiệm trả lời." in errors(two)
    twice = succeed(administrator, cast.hanoi, successor(0, cast.danang), successor(1, cast.danang))
    assert "Mỗi đơn vị kế thừa chỉ ghi một lần." in errors(twice)
    itself = succeed(administrator, cast.hanoi, successor(0, cast.hanoi))
    assert "Đơn vị không kế thừa chính mình." in errors(itself)
    back = succeed(administrator, cast.danang, successor(0, cast.quangnam))
    assert "Hai đơn vị không kế thừa lẫn nhau." in errors(back)


def test_a_person_is_posted_from_the_units_page(administrator: Client, cast: Cast) -> None:
    count = cast.danang.postings.count()
    row = {
        "postings-TOTAL_FORMS": str(count + 1),
        f"postings-{count}-user": cast.stranger.pk,
        f"postings-{count}-duty": "officer",
        "reason": "Phân công",
    }
    assert send(administrator, page("unit", cast.danang.pk), **row).status_code == 302
    assert cast.stranger.postings.get().grants.count() == 2


def test_the_secretariat_sees_whom_to_call_and_changes_no_unit(client: Client, cast: Cast) -> None:
    cast.officer.phone = "024 3999"
    cast.officer.save()
    client.force_login(cast.secretary)
    address = page("unit", cast.hanoi.pk)
    shown = client.get(address).content.decode()
    assert "024 3999" in shown
    assert client.post(address, {"name": "Khác", "reason": "x"}).status_code == 403


def test_two_people_do_not_hold_a_seat_at_once(administrator: Client, cast: Cast) -> None:
    address = page("seat", cast.member_seat.pk)
    rows = {"holdings-TOTAL_FORMS": "2", "holdings-1-person": "Người Sau", "reason": "Thay người"}
    both = send(administrator, address, **rows, **{"holdings-1-valid_from": "01/07/2026"})
    assert "Các khoảng thời gian không được chồng lên nhau." in errors(both)
    follow = {"holdings-0-valid_until": "30/06/2026", "holdings-1-valid_from": "01/07/2026"}
    assert send(administrator, address, **rows, **follow).status_code == 302
    assert SeatHolding.objects.filter(seat=cast.member_seat).count() == 2


def test_an_assistant_is_named_on_the_holders_page(administrator: Client, cast: Cast) -> None:
    holding = SeatHolding.objects.get(seat=cast.member_seat)
    row = {"assistants-TOTAL_FORMS": "1", "assistants-0-person": "Trợ Lý", "reason": "Phân công"}
    assert send(administrator, page("seatholding", holding.pk), **row).status_code == 302
    assert Assistant.objects.get().holding == holding


def test_the_secretariat_keeps_the_calendar_and_a_removed_day_stays_in_its_history(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.secretary)
    add = reverse("admin:steering_calendarday_add")
    fields = {"day": "02/01/2026", "kind": "day_off", "name": "Nghỉ bù"}
    assert send(client, add, **fields, reason="Thông báo nghỉ").status_code == 302
    day = CalendarDay.objects.get(day=date(2026, 1, 2))
    url = reverse("admin:steering_calendarday_delete", args=[day.pk])
    assert "Nghỉ bù" in client.get(url).content.decode()
    refused = client.post(url, {"post": "yes", "reason": " "})
    assert "Nhập lý do thay đổi" in refused.content.decode()
    assert CalendarDay.objects.filter(pk=day.pk).exists()
    assert client.post(url, {"reason": "Thông báo thay thế"}).status_code == 302
    last = CalendarDay.history.filter(id=day.pk).latest()
    assert (last.history_type, last.history_user) == ("-", cast.secretary)
    assert last.history_change_reason == "Thông báo thay thế"
    assert not CalendarDay.objects.filter(pk=day.pk).exists()
