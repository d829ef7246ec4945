"""The page each role lands on: its work first, numbers that open what they count, sums that agree everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.audit.context import acting
from accounts.models import User
from directives import counters, services
from directives.models import Assignment, Message, ReminderPolicy
from directives.statistics import Cells, total
from tests.cast import Cast, at, pdf
from tests.directives.spread import AT, ON

INDEX = "admin:index"
PEOPLE = ("secretary", "chair", "member", "officer", "head", "danang_officer", "auditor", "administrator")


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def landing(client: Client, user: User) -> Any:
    """Return what a person lands on."""
    client.force_login(user)
    response = client.get(reverse(INDEX))
    assert response.status_code == 200
    return response


def entries(response: Any) -> list[str]:
    """Return the titles beside the page, in order."""
    return [
        str(item["title"]) for group in response.context_data["sidebar_navigation"] for item in group["items"]
    ]


def counted(client: Client, url: str) -> int:
    """Return how many rows the list at an address has."""
    found: Any = client.get(url)
    assert found.status_code == 200, url
    rows: int = found.context_data["cl"].queryset.count()
    return rows


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.usefixtures("spread")
def test_every_number_opens_a_list_of_as_many_rows(cast: Cast, client: Client, who: str) -> None:
    page = landing(client, cast.people[who]).context_data
    numbers = {card.url: card.count for card in page["cards"] if "assignment" in card.url}
    numbers |= {cell.figure.url: int(cell.figure.text) for cell in page["cells"]}
    numbers |= {url: int(value) for _label, value, url in page["sums"] if url}
    for row in page.get("unit_rows", []):
        numbers |= {figure.url: int(figure.text) for figure in row.figures if figure.url}
    numbers |= {found.url: found.count for found in page["short_lists"]}
    assert {url: counted(client, url) for url in numbers} == numbers


@pytest.mark.usefixtures("spread")
def test_the_secretariat_begins_with_what_is_to_be_done_today(cast: Cast, client: Client) -> None:
    response = landing(client, cast.secretary)
    page = response.context_data
    assert {str(card.label): card.count for card in page["cards"]} | {"Không gửi được": 0} == {
        "Chờ xác nhận": 1,
        "Đề nghị gia hạn": 1,
        "Quá hạn": 7,
        "Chưa tiếp nhận": 8,
        "Đơn vị trả lại": 1,
        "Chờ chọn đơn vị trả lời": 0,
        "Không gửi được": 0,
    }
    text = response.content.decode()
    order = [
        text.index(words)
        for words in ("Việc cần làm hôm nay", "Tình hình thực hiện", "Sắp đến hạn", "Theo đơn vị")
    ]
    assert order == sorted(order)
    assert "Số liệu tính đến 09:00 ngày 10/07/2023" in text
    assert "Tổng giao 17 = được tính 13 + tạm dừng 1 + thu hồi, đã chuyển 2 + thường xuyên 1" in text
    assert [str(row.label) for row in page["unit_rows"]] == [
        "Văn phòng Bộ",
        "Sở Y tế thành phố Hà Nội",
        "Sở Y tế tỉnh Quảng Nam",
        "Tập đoàn Bưu chính Viễn thông Việt Nam",
    ]


def test_a_units_officer_has_one_list_with_one_main_button_each(
    cast: Cast, spread: dict[str, Assignment], client: Client
) -> None:
    services.report(assignment=spread["soon"], by=cast.officer, at=AT, percent=100, text="Xong phần việc")
    (work,) = landing(client, cast.officer).context_data["short_lists"]
    shown = {
        item.code[-2:]: (str(item.button.label), item.deadline and str(item.deadline.text))
        for item in work.items
    }
    assert shown == {
        "03": ("Tiếp nhận", "quá hạn 10 ngày"),
        "04": ("Báo cáo tiến độ", "quá hạn 10 ngày"),
        "10": ("Tiếp nhận", "quá hạn 10 ngày"),
        "11": ("Tiếp nhận", None),
        "12": ("Tiếp nhận", None),
        "13": ("Trình thủ trưởng", "còn 3 ngày"),
    }
    for item in work.items:
        assert client.get(item.button.url).status_code == 200


def test_the_head_first_sees_what_waits_for_a_signature(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    other = cast.assignment(ordinal=2)
    services.present_to_head(assignment=row, by=cast.officer, at=at(5), text="Dự thảo", uploads=[pdf()])
    first, second = landing(client, cast.head).context_data["short_lists"]
    assert (str(first.title), [item.url for item in first.items]) == (
        "Chờ thủ trưởng",
        [reverse("admin:directives_assignment_change", args=[row.pk])],
    )
    assert str(first.items[0].button.label) == "Báo cáo hoàn thành"
    assert [item.url for item in second.items] == [
        reverse("admin:directives_assignment_change", args=[other.pk])
    ]
    (mine,) = landing(client, cast.officer).context_data["short_lists"]
    assert len(mine.items) == 1


@pytest.mark.usefixtures("spread")
def test_a_member_sees_what_they_supervise_overdue_first(cast: Cast, client: Client) -> None:
    (work,) = landing(client, cast.member).context_data["short_lists"]
    tones = [item.deadline.tone for item in work.items if item.deadline]
    assert tones[0] == "overdue"
    assert tones == sorted(tones, key=["overdue", "open"].index)
    assert not any(item.button for item in work.items)
    (other,) = landing(client, cast.other_member).context_data["short_lists"]
    assert [item.unit.name for item in other.items] == [cast.vnpt.name]


@pytest.mark.usefixtures("spread")
def test_a_leader_sees_the_whole_committee(cast: Cast, client: Client) -> None:
    page = landing(client, cast.chair).context_data
    assert [cell.figure.text for cell in page["cells"]] == ["2", "1", "3", "7"]
    assert page["unit_rows"]
    assert not page["cards"]
    assert [str(work.title) for work in page["short_lists"]] == [
        "Nhiệm vụ phụ trách",
        "Quá hạn",
        "Sắp đến hạn",
    ]


def test_auditor_and_administrator_are_led_to_their_registers(cast: Cast, client: Client) -> None:
    audited = landing(client, cast.auditor)
    assert "Nhật ký truy cập" in [str(entry["title"]) for entry in audited.context_data["registers"]]
    assert not audited.context_data["signs"]
    managed = landing(client, cast.administrator).context_data
    assert {"Tài khoản", "Đơn vị", "Nhật ký truy cập"} <= {
        str(entry["title"]) for entry in managed["registers"]
    }
    assert "chưa chạy lần nào" in [str(sign.text) for sign in managed["signs"]]


def test_who_has_no_work_here_is_told_so(cast: Cast, client: Client) -> None:
    cast.assignment()
    response = landing(client, cast.stranger)
    assert "chưa được gắn với đơn vị hay Ban Chỉ đạo nào" in response.content.decode()
    assert entries(response) == ["Tổng quan"]


def test_each_role_has_few_entries_of_its_own(cast: Cast, client: Client) -> None:
    assert entries(landing(client, cast.officer)) == [
        "Tổng quan",
        "Nhiệm vụ của đơn vị",
        "Văn bản",
        "Thống kê",
    ]
    assert entries(landing(client, cast.member)) == [
        "Tổng quan",
        "Phân công",
        "Nhiệm vụ",
        "Văn bản",
        "Thống kê",
    ]
    assert {"Văn bản", "Nhiệm vụ", "Phân công", "Thống kê", "Đơn vị"} <= set(
        entries(landing(client, cast.secretary))
    )
    assert "Tài khoản" not in entries(landing(client, cast.secretary))
    assert "Tài khoản" in entries(landing(client, cast.administrator))


def test_a_neighbour_lands_on_nothing_of_another_unit(cast: Cast, client: Client) -> None:
    for ordinal in range(1, 4):
        cast.assignment(cast.hanoi, ordinal=ordinal, content="Việc riêng của Hà Nội")
    response = landing(client, cast.danang_officer)
    text = response.content.decode()
    assert "Việc riêng" not in text
    assert "Hà Nội" not in text
    assert [cell.figure.text for cell in response.context_data["cells"]] == ["0"] * 4
    page = client.get(reverse("figures_units")).content.decode()
    assert "Hà Nội" not in page


def test_the_number_of_queries_does_not_depend_on_the_rows(cast: Cast, client: Client) -> None:
    def queries(who: str) -> int:
        user = cast.people[who]
        client.force_login(user)
        client.get(reverse(INDEX))
        counters.touch(user)
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(INDEX))
        return len(captured)

    people = ("secretary", "officer", "member", "chair", "administrator")
    cast.issued(units=[cast.hanoi, cast.danang, cast.office])
    cast.assignment(ordinal=90, due_on=ON)
    before = {who: queries(who) for who in people}
    for ordinal in range(2, 6):
        cast.issued(
            units=[cast.hanoi, cast.danang, cast.office], ordinal=ordinal, supervisor=cast.member_seat
        )
    for ordinal in range(6, 10):
        cast.assignment(cast.vnpt, ordinal=ordinal, due_on=ON)
    assert {who: queries(who) for who in people} == before


# Tables of figures


@pytest.mark.parametrize("name", ["figures_units", "figures_supervisors", "figures_documents"])
@pytest.mark.usefixtures("spread")
def test_every_table_states_its_time_and_closes_with_the_same_sum(
    cast: Cast, client: Client, name: str
) -> None:
    client.force_login(cast.secretary)
    response: Any = client.get(reverse(name))
    text = response.content.decode()
    assert "Số liệu tính đến 09:00 ngày 10/07/2023" in text
    assert "Tổng giao 17 = được tính 13 + tạm dừng 1 + thu hồi, đã chuyển 2 + thường xuyên 1" in text
    assert "Tỷ lệ hoàn thành = đã hoàn thành / được tính" in text
    rows = response.context_data["rows"]
    totals = response.context_data["total"]
    for number, figure in enumerate(totals):
        if "%" not in figure.text and figure.text != "–":
            assert sum(int(row.figures[number].text) for row in rows) == int(figure.text)
    urls = {figure.url: int(figure.text) for row in rows for figure in row.figures if figure.url}
    assert urls
    assert {url: counted(client, url) for url in urls} == urls


def test_the_new_map_shows_former_units_at_their_successor(cast: Cast, client: Client) -> None:
    cast.assignment(cast.quangnam)
    client.force_login(cast.secretary)
    with time_machine.travel(at(10, 7, 2025), tick=False):
        client.force_login(cast.secretary)
        response: Any = client.get(reverse("figures_units"), {"ban_do": "new"})
    (row,) = response.context_data["rows"]
    assert (row.label, row.detail) == (cast.danang.name, "gồm nhiệm vụ tiếp nhận từ Sở Y tế tỉnh Quảng Nam")


def test_figures_are_for_those_who_open_the_list_of_assignments(cast: Cast, client: Client) -> None:
    assert client.get(reverse("figures_units")).status_code == 302
    client.force_login(cast.stranger)
    assert client.get(reverse("figures_units")).status_code == 403
    client.force_login(cast.officer)
    assert client.get(reverse("figures_units")).status_code == 200
    assert client.post(reverse("figures_units")).status_code == 405


def test_a_page_past_the_last_shows_the_last(cast: Cast, client: Client) -> None:
    cast.assignment()
    client.force_login(cast.secretary)
    for asked in ("99", "0", "abc", "-1"):
        assert client.get(reverse("figures_documents"), {"trang": asked}).status_code == 200


def test_the_cells_of_an_empty_committee_are_dashes(cast: Cast, client: Client) -> None:
    page = landing(client, cast.secretary).context_data
    assert total([]) == Cells()
    assert [value for _label, value, url in page["sums"] if not url] == ["–", "–", "–"]


def test_the_administrator_is_told_when_mails_or_reminders_stand_still(cast: Cast, client: Client) -> None:
    def told() -> dict[str, str]:
        return {
            str(sign.label): sign.tone for sign in landing(client, cast.administrator).context_data["signs"]
        }

    assert not {"Việc gửi thư", "Nhắc việc hôm nay"} & set(told())
    waiting: dict[str, Any] = {
        "committee": cast.committee,
        "kind": Message.Kind.DIGEST,
        "on": ON,
        "recipient_key": "committee:1",
        "recipient_name": "Tổ thư ký",
        "address": "bcd@cast.example",
        "subject": "1 quá hạn",
        "text": "…",
        "html": "…",
        "message_id": "<1@cast.example>",
        "composed_at": AT,
    }
    message = Message.objects.create(**waiting, next_attempt_at=AT - timedelta(minutes=10))
    assert "Việc gửi thư" not in told()
    message.next_attempt_at = AT - timedelta(hours=1)
    message.save()
    assert told()["Việc gửi thư"] == "overdue"
    with acting(by=cast.administrator, reason="Thêm"):
        ReminderPolicy.objects.create(committee=cast.committee, name="Bậc thang")
    # The database's clock says when the policy came into being: it is today's by now, whatever day the test plays.
    with time_machine.travel(datetime(2100, 1, 4, 5, 0, tzinfo=UTC), tick=False):
        assert told()["Nhắc việc hôm nay"] == "overdue"
