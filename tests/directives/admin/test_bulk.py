"""The same verb on several assignments: one reason, each row by itself, and who was refused and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from directives import services
from directives.lifecycle import Status
from directives.models import Assignment
from tests.cast import Cast, at, pdf
from tests.directives.admin.asking import address, errors, filled, words

BULK = "assignment_bulk"


@pytest.fixture(autouse=True)
def _on_the_tenth_of_june() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(at(10), tick=False):
        yield


@pytest.fixture
def secretary(cast: Cast, client: Client) -> Client:
    client.force_login(cast.secretary)
    return client


def tick(client: Client, verb: str, rows: list[Assignment], query: str = "", **more: str) -> Any:
    """Tick rows of the list and ask for a verb."""
    data: dict[str, Any] = {"viec": verb, "chon": [row.pk for row in rows], **more}
    return client.post(address(BULK) + query, data)


def send(client: Client, shown: Any, **changes: Any) -> Any:
    return client.post(address(BULK), filled(shown, **changes))


def states(rows: list[Assignment]) -> list[str]:
    for row in rows:
        row.refresh_from_db()
    return [row.status for row in rows]


def test_several_are_stopped_with_one_reason(cast: Cast, secretary: Client) -> None:
    rows = [cast.assignment(), cast.assignment(cast.danang)]

    shown = tick(secretary, "suspend", rows)
    page = words(shown)
    assert "Số nhiệm vụ đã chọn: 2" in page
    assert "Sở Y tế thành phố Đà Nẵng" in page
    assert states(rows) == [Status.ASSIGNED] * 2, "asking does nothing yet"
    assert errors(send(secretary, shown)) == {"reason": ["Hãy ghi lý do."]}
    result = words(send(secretary, shown, reason="Chờ hướng dẫn"))

    assert "Đã thực hiện: 2" in result
    assert "Không thực hiện được" not in result
    assert states(rows) == [Status.SUSPENDED] * 2
    assert {row.history.latest("version").history_change_reason for row in rows} == {"Chờ hướng dẫn"}


def test_those_that_cannot_are_named_with_why_and_the_others_are_done(cast: Cast, secretary: Client) -> None:
    ready, waiting, moved = cast.assignment(), cast.assignment(cast.danang), cast.assignment(cast.office)
    own = cast.issued(lead=cast.hanoi, units=[cast.danang]).assignments.get(part="lead")
    for row, head in ((ready, cast.head), (moved, None), (own, cast.head)):
        if head is not None:
            services.submit(assignment=row, by=head, at=at(5), text="Xong", uploads=[pdf()])

    shown = tick(secretary, "confirm", [ready, waiting, own])
    assert "trạng thái này không thực hiện được, sẽ bỏ qua" in words(shown)
    services.withdraw(assignment=own, by=cast.head, at=at(6))
    result = send(secretary, shown)

    page = words(result)
    assert "Đã thực hiện: 1" in page
    assert "Không thực hiện được: 2" in page
    assert "nhiệm vụ đang ở trạng thái “Chưa tiếp nhận”" in page
    assert "Nhiệm vụ đã thay đổi" in page
    assert states([ready, waiting, own]) == [Status.COMPLETED, Status.ASSIGNED, Status.IN_PROGRESS]


def test_a_lead_among_the_revoked_stays(cast: Cast, secretary: Client) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang])
    lead, other = directive.assignments.get(part="lead"), directive.assignments.get(part="coordinating")

    result = send(secretary, tick(secretary, "revoke", [lead, other]), reason="Thu hồi")

    assert "Không thể thu hồi riêng đơn vị chủ trì" in words(result)
    assert states([lead, other]) == [Status.ASSIGNED, Status.REVOKED]


@pytest.mark.parametrize(
    ("verb", "before", "after"),
    [
        ("send_back", "submitted", Status.IN_PROGRESS),
        ("reissue", "declined", Status.ASSIGNED),
        ("resume", "suspended", Status.ASSIGNED),
    ],
)
def test_each_verb_of_the_list_goes_through_its_service(
    cast: Cast, secretary: Client, verb: str, before: str, after: str
) -> None:
    row = cast.assignment()
    if before == "submitted":
        services.submit(assignment=row, by=cast.head, at=at(5), text="Xong", uploads=[pdf()])
    elif before == "declined":
        services.decline(assignment=row, by=cast.head, at=at(5), reason="Không thuộc chức năng")
    else:
        services.suspend(assignment=row, by=cast.secretary, at=at(5), reason="Chờ")

    send(secretary, tick(secretary, verb, [row]), reason="Lý do chung")

    assert states([row]) == [after]


def test_all_pages_of_a_list_are_taken_by_its_address(
    cast: Cast, secretary: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("directives.admin.assignments.AssignmentAdmin.list_per_page", 1)
    directive = cast.issued(units=[cast.hanoi, cast.danang, cast.office])
    other = cast.assignment(cast.vnpt)
    rows = list(directive.assignments.order_by("pk"))
    query = f"?muc=all&nhiem_vu={directive.pk}"

    shown = tick(secretary, "suspend", rows[:1], query, tat_ca="1")
    send(secretary, shown, reason="Chờ")

    assert states(rows) == [Status.SUSPENDED] * 3
    assert states([other]) == [Status.ASSIGNED]
    assert shown.context["back"].endswith(query)


def test_too_many_at_once_are_refused(cast: Cast, secretary: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("directives.admin.bulk.MOST", 1)
    rows = [cast.assignment(), cast.assignment()]

    response = tick(secretary, "suspend", rows, "?muc=all")

    assert response["Location"] == address("assignment_changelist") + "?muc=all"
    assert "nhiều nhất 1 nhiệm vụ" in words(secretary.get(response["Location"]))


def test_rows_that_one_does_not_see_are_left_out(cast: Cast, secretary: Client) -> None:
    row = cast.assignment()
    shown = tick(secretary, "suspend", [row])
    data = filled(shown, reason="x", chosen=f"{row.pk}:1,999999:1,abc,1:,:1,{'9' * 30}:1")

    assert "Đã thực hiện: 1" in words(secretary.post(address(BULK), data))


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"viec": ""},
        {"viec": "end", "chon": "1"},
        {"viec": "suspend"},
        {"viec": "suspend", "chon": "abc"},
        {"viec": "suspend", "chon": "9" * 40},
        {"viec": "suspend", "chosen": ""},
        {"viec": "suspend", "chosen": "1;DROP"},
    ],
)
def test_odd_requests_lead_back_to_the_list(cast: Cast, secretary: Client, data: dict[str, str]) -> None:
    response = secretary.post(address(BULK), data)

    assert response.status_code == 302
    assert response["Location"] == address("assignment_changelist")


def test_only_the_secretariat_and_only_by_post(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    for person in ("officer", "head", "member", "chair", "auditor", "administrator", "stranger"):
        client.force_login(cast.people[person])
        assert tick(client, "suspend", [row]).status_code == 403, person
        assert (
            client.post(
                address(BULK), {"viec": "suspend", "chosen": f"{row.pk}:1", "reason": "x"}
            ).status_code
            == 403
        ), person
    client.force_login(cast.secretary)
    assert client.get(address(BULK), {"viec": "suspend", "chosen": f"{row.pk}:1"}).status_code == 302
    assert states([row]) == [Status.ASSIGNED]


def test_the_list_offers_what_is_usual_for_it_and_nothing_to_others(cast: Cast, client: Client) -> None:
    cast.assignment()

    def offered(person: str, name: str) -> list[str]:
        client.force_login(cast.people[person])
        response: Any = client.get(address("assignment_changelist"), {"muc": name})
        return [entry.slug for entry in response.context["bulk"]]

    assert offered("secretary", "to_confirm") == ["confirm", "send_back", "suspend"]
    assert offered("secretary", "closed") == []
    assert "revoke" in offered("secretary", "all")
    assert offered("officer", "all") == []
    assert offered("auditor", "all") == []
