"""The screen of addresses that take no mail: told where work begins, shown with whose they are, opened again."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from directives.models import AddressProblem, Message
from directives.reminders.addresses import note_problem
from tests.cast import Cast, at
from tests.directives.admin.asking import address, errors, queries, words
from tests.directives.reminders.test_envelope import unsaved

LIST = "addressproblem_changelist"
TOLD = "1 địa chỉ thư không nhận được thư"


@pytest.fixture
def secretary(cast: Cast, client: Client) -> Client:
    client.force_login(cast.secretary)
    return client


def closed(cast: Cast, number: int = 1, **fields: str) -> AddressProblem:
    message = unsaved(
        cast.committee, pk=None, message_id=f"<{number}@x>", recipient_key=f"user:{number}", **fields
    )
    message.save()
    return note_problem(
        message.address,
        kind=AddressProblem.Kind.BOUNCED,
        said="Thư bị trả lại, không có hộp thư này: “550 5.1.1 no”",
        detail="550 5.1.1 no",
        at=at(30),
        message=message,
    )


@pytest.fixture
def problem(cast: Cast) -> AddressProblem:
    return closed(cast, address=cast.hanoi.mailbox)


def test_work_begins_with_what_is_to_be_put_right(secretary: Client, problem: AddressProblem) -> None:
    for page in (address("assignment_changelist"), address("message_changelist")):
        response = secretary.get(page)
        assert TOLD in words(response)
        assert address(LIST) in response.content.decode()
    landing = secretary.get(reverse("admin:index"))
    assert "1</strong> Địa chỉ không nhận được thư" in landing.content.decode()
    assert address(LIST) in landing.content.decode()


def test_on_a_good_day_nothing_is_said(cast: Cast, secretary: Client) -> None:
    for page in (address("assignment_changelist"), address("message_changelist"), reverse("admin:index")):
        assert "không nhận được thư" not in words(secretary.get(page)).lower()
    assert secretary.get(address(LIST)).status_code == 200


@pytest.mark.parametrize("name", ["officer", "head", "member", "chair", "auditor"])
def test_it_is_no_work_of_others(cast: Cast, client: Client, problem: AddressProblem, name: str) -> None:
    client.force_login(getattr(cast, name))
    assert TOLD not in words(client.get(address("assignment_changelist")))


def test_the_list_says_whose_the_address_is_and_what_the_server_said(
    cast: Cast, secretary: Client, problem: AddressProblem
) -> None:
    page = words(secretary.get(address(LIST)))
    for told in (problem.address, cast.hanoi.name, "Hộp thư của đơn vị", problem.said, "Chờ sửa"):
        assert told in page
    assert problem.address not in words(secretary.get(address(LIST), {"muc": "resolved"}))
    export = secretary.get(address("addressproblem_export"))
    assert (export.status_code, b"PK" in b"".join(export)) == (200, True)


def test_the_list_takes_as_many_queries_for_twenty_as_for_one(
    cast: Cast, secretary: Client, problem: AddressProblem
) -> None:
    once = queries(secretary, address(LIST))
    for number in range(2, 22):
        closed(cast, number, address=f"hop-thu-{number}@cast.example")
    assert queries(secretary, address(LIST)) == once


def test_an_address_is_opened_again_with_a_note_and_only_on_post(
    cast: Cast, secretary: Client, problem: AddressProblem
) -> None:
    page = address("addressproblem_change", problem.pk)
    dialog = address("addressproblem_resolve", problem.pk)
    first = secretary.get(page).content.decode()
    assert dialog in first
    # The mail that came back, for who may read it; the server's own words for who looks for the cause.
    assert address("message_change", problem.message_id) in first
    assert "Chi tiết kỹ thuật" not in first
    assert "Đã sửa, gửi lại được" in words(secretary.get(dialog))
    refused = secretary.post(dialog, {"note": " "})
    assert errors(refused) == {"note": ["Hãy ghi đã xử lý thế nào, ví dụ: đơn vị báo đã mở lại hộp thư."]}
    problem.refresh_from_db()
    assert problem.resolved_at is None

    response = secretary.post(dialog, {"note": "Đơn vị đã mở lại hộp thư"})
    assert response.headers["Location"] == address(LIST)
    problem.refresh_from_db()
    assert problem.resolved_by == cast.secretary
    after = words(secretary.get(page))
    assert "Đơn vị đã mở lại hộp thư" in after
    assert dialog not in after
    history = words(secretary.get(address("addressproblem_history", problem.pk)))
    assert "Đơn vị đã mở lại hộp thư" in history
    assert "Màn hình" in history
    again = secretary.post(dialog, {"note": "Lần nữa"})
    assert "Địa chỉ này đã được đánh dấu gửi lại được." in words(again)


def test_the_administrator_gets_to_where_the_address_is_corrected(
    cast: Cast, client: Client, problem: AddressProblem
) -> None:
    client.force_login(cast.administrator)
    page = client.get(address("addressproblem_change", problem.pk)).content.decode()
    assert reverse("admin:steering_unit_change", args=[cast.hanoi.pk]) in page
    assert "Chi tiết kỹ thuật" in page
    assert Message.objects.count() == 1
