"""The list of assignments: whose tabs, which rows, in what words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.audit.context import acting
from directives import services
from directives.models import Assignment
from tests.cast import Cast, at, pdf
from tests.directives.admin.asking import address, queries, words

LIST = "assignment_changelist"


@pytest.fixture(autouse=True)
def _on_the_tenth_of_june() -> Iterator[None]:
    """The stories' day; and no figures of an earlier test."""
    cache.clear()
    with time_machine.travel(at(10), tick=False):
        yield


def ask(client: Client, query: str = "") -> Any:
    response = client.get(f"{address(LIST)}{query}")
    assert response.status_code == 200, response.status_code
    return response


def rows(response: Any) -> list[Assignment]:
    return [row.assignment for row in response.context["rows"]]


def tabs(response: Any) -> dict[str, int | None]:
    return {tab.name: tab.count for tab in response.context["tabs"]}


@pytest.mark.parametrize(
    ("person", "first", "has", "lacks"),
    [
        ("secretary", "all", {"to_confirm", "extension", "overdue", "due_soon", "not_accepted"}, {"doing"}),
        ("officer", "doing", {"overdue", "with_head", "closed", "all"}, {"extension", "declined"}),
        ("head", "doing", {"with_head"}, {"not_accepted"}),
        ("member", "supervised", {"overdue"}, {"doing", "declined"}),
        ("auditor", "all", {"overdue", "closed"}, {"doing"}),
    ],
)
def test_everyone_has_the_tabs_of_their_work(
    cast: Cast, client: Client, person: str, first: str, has: set[str], lacks: set[str]
) -> None:
    cast.assignment()
    client.force_login(getattr(cast, person))

    response = ask(client)

    names = list(tabs(response))
    assert names[0] == first
    assert has <= set(names)
    assert lacks.isdisjoint(names)
    assert response.context["cl"].name == first


def test_each_tab_lists_what_it_counts(cast: Cast, client: Client) -> None:
    fresh = cast.assignment(due_on=date(2023, 6, 5), deadline_words="")
    waiting = cast.assignment(cast.danang)
    services.submit(assignment=waiting, by=cast.danang_head, at=at(5), text="Xong", uploads=[pdf()])
    asked = cast.assignment(cast.office)
    letter = services.LetterData("1/VP", date(2023, 6, 2), "", [pdf()])
    services.ask_extension(
        assignment=asked, by=cast.secretary, at=at(5), due_on=date(2023, 7, 30), reason="Chờ", letter=letter
    )
    client.force_login(cast.secretary)

    counted = tabs(ask(client))

    assert counted == {
        "all": 3,
        "to_confirm": 1,
        "extension": 1,
        "overdue": 1,
        "due_soon": 0,
        "not_accepted": 2,
        "declined": 0,
        "undecided": 0,
        "closed": 0,
    }
    assert rows(ask(client, "?muc=to_confirm")) == [waiting]
    assert rows(ask(client, "?muc=extension")) == [asked]
    assert rows(ask(client, "?muc=overdue")) == [fresh]
    for name, count in counted.items():
        assert len(rows(ask(client, f"?muc={name}"))) == count


def test_a_row_says_what_who_how_far_and_until_when(cast: Cast, client: Client) -> None:
    row = cast.assignment(urgency="urgent")
    services.report(assignment=row, by=cast.officer, at=at(5), percent=60, text="Đã dự thảo")
    client.force_login(cast.secretary)

    page = words(ask(client))

    for said in (
        "1710/QĐ-BYT – 01",
        "Xây dựng kế hoạch triển khai Nghị quyết số 157",
        "Sở Y tế thành phố Hà Nội",
        "Đang thực hiện",
        "60%",
        "30/06/2023",
        "còn 20 ngày",
        "Phạm Ủy Viên",
        "Khẩn",
        "Số liệu tính đến 09:00 ngày 10/06/2023",
    ):
        assert said in page, said


def test_overdue_is_said_in_words_and_a_day_without_a_date_too(cast: Cast, client: Client) -> None:
    cast.assignment(due_on=date(2023, 6, 3), deadline_words="")
    cast.assignment(cast.danang, due_on=None, deadline_words="")
    client.force_login(cast.secretary)

    page = words(ask(client))

    assert "quá hạn 7 ngày" in page
    assert "Không có thời hạn" in page


def test_a_units_list_is_its_own_with_the_heads_signature_apart(cast: Cast, client: Client) -> None:
    mine, presented, done = cast.assignment(), cast.assignment(), cast.assignment()
    cast.assignment(cast.danang)
    services.present_to_head(assignment=presented, by=cast.officer, at=at(3), text="Dự thảo", uploads=[pdf()])
    services.submit(assignment=done, by=cast.head, at=at(3), text="Xong", uploads=[pdf()])
    services.confirm(assignment=done, by=cast.secretary, at=at(4))

    client.force_login(cast.head)
    assert rows(ask(client)) == [mine]
    assert rows(ask(client, "?muc=with_head")) == [presented]
    assert rows(ask(client, "?muc=closed")) == [done]
    assert set(rows(ask(client, "?muc=all"))) == {mine, presented, done}


def test_a_member_reads_what_they_supervise_and_nobody_elses(cast: Cast, client: Client) -> None:
    late = cast.assignment(due_on=date(2023, 6, 2), deadline_words="")
    early = cast.assignment()
    cast.assignment(supervisor=cast.other_seat)
    client.force_login(cast.member)

    assert rows(ask(client)) == [late, early]
    assert rows(ask(client, "?muc=overdue")) == [late]


def test_the_successor_reads_its_own_name_first(cast: Cast, client: Client) -> None:
    row = cast.assignment(cast.quangnam)
    with time_machine.travel(at(1, month=8, year=2025), tick=False):
        client.force_login(cast.danang_officer)
        mine = words(ask(client, "?muc=all"))
        client.force_login(cast.secretary)
        theirs = words(ask(client))

    assert "Sở Y tế thành phố Đà Nẵng (tiếp nhận từ Sở Y tế tỉnh Quảng Nam)" in _plain(mine)
    assert "Sở Y tế tỉnh Quảng Nam (nay: Sở Y tế thành phố Đà Nẵng)" in _plain(theirs)
    assert row.unit == cast.quangnam


def _plain(page: str) -> str:
    return page.replace('<span class="case-quiet">', "").replace("</span>", "")


def test_filters_narrow_the_list(cast: Cast, client: Client) -> None:
    urgent = cast.assignment(urgency="express")
    other = cast.document(number="828/QĐ-BYT", subject="Đề án nền tảng")
    elsewhere = cast.assignment(cast.danang, document=other, due_on=date(2023, 9, 30), deadline_words="")
    services.accept(assignment=elsewhere, by=cast.danang_officer, at=at(2))
    client.force_login(cast.secretary)

    def found(query: str) -> list[Assignment]:
        return rows(ask(client, f"?muc=all&{query}"))

    assert found("khan=express") == [urgent]
    assert found("trang_thai=in_progress") == [elsewhere]
    assert found(f"don_vi={cast.danang.pk}") == [elsewhere]
    assert found("van_ban=828 / qd-byt") == [elsewhere]
    assert found("van_ban=de an") == [elsewhere]
    assert found("van_ban=khong co") == []
    assert found("tu=01/07/2023") == [elsewhere]
    assert found("den=01/07/2023") == [urgent]
    assert found(f"nhiem_vu={urgent.directive_id}") == [urgent]
    assert found(f"phu_trach={cast.member_seat.pk}") == [elsewhere, urgent]
    assert found("q=ha noi") == [urgent]
    assert found("q=đề án 828") == [elsewhere]


def test_a_filter_or_search_without_a_tab_looks_at_everything(cast: Cast, client: Client) -> None:
    done = cast.assignment()
    services.submit(assignment=done, by=cast.head, at=at(3), text="Xong", uploads=[pdf()])
    client.force_login(cast.officer)

    assert rows(ask(client)) == []
    assert rows(ask(client, "?q=157")) == [done]
    assert rows(ask(client, f"?nhiem_vu={done.directive_id}")) == [done]


@pytest.mark.parametrize(
    "query",
    [
        "muc=khong-co",
        "tu=31/02/2023",
        "tu=10/06/2023&den=01/06/2023",
        "don_vi=abc",
        "don_vi=999999999",
        "nhiem_vu=99999999999999999999999999",
        "nhiem_vu=-1",
        "phu_trach=x",
        "trang_thai=x",
        "khan=x",
        "sap=x",
        "p=0",
        "p=x",
        "p=99999",
        "p=-5",
        "directive__committee__id=1",
        "unit__in=1",
        "e=1",
        "all=",
        "q=%25_",
        "o=7.1",
    ],
)
def test_odd_addresses_are_answered_with_a_list(cast: Cast, client: Client, query: str) -> None:
    cast.assignment()
    client.force_login(cast.secretary)

    assert client.get(f"{address(LIST)}?{query}").status_code == 200


def test_a_wrong_date_is_said_at_its_field(cast: Cast, client: Client) -> None:
    row = cast.assignment()
    client.force_login(cast.secretary)

    response = ask(client, "?muc=all&tu=31/02/2023&khan=normal")

    assert list(response.context["form"].errors) == ["tu"]
    assert 'value="31/02/2023"' in words(response)
    assert rows(response) == [row], "what was asked validly still narrows"


def test_one_directives_units_stand_in_official_order(cast: Cast, client: Client) -> None:
    directive = cast.issued(units=[cast.quangnam, cast.office, cast.danang, cast.hanoi])
    client.force_login(cast.secretary)

    listed = rows(ask(client, f"?nhiem_vu={directive.pk}"))

    assert [row.unit for row in listed] == [cast.office, cast.hanoi, cast.danang, cast.quangnam]


def test_columns_sort_both_ways(cast: Cast, client: Client) -> None:
    first = cast.assignment(cast.hanoi, due_on=date(2023, 8, 1), deadline_words="")
    second = cast.assignment(cast.danang, due_on=date(2023, 7, 1), deadline_words="")
    never = cast.assignment(cast.office, due_on=None, deadline_words="")
    client.force_login(cast.secretary)

    assert rows(ask(client, "?muc=all")) == [never, second, first], "the newest given first"
    assert rows(ask(client, "?muc=all&sap=han")) == [second, first, never]
    assert rows(ask(client, "?muc=all&sap=-han")) == [first, second, never]
    assert rows(ask(client, "?muc=all&sap=don_vi")) == [never, first, second]
    page = ask(client, "?muc=all&sap=han")
    assert page.context["sort"]["han"][0] == "?muc=all&sap=-han"


def test_pages_follow_each_other_and_keep_what_was_asked(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("directives.admin.assignments.AssignmentAdmin.list_per_page", 2)
    made = [cast.assignment() for _number in range(5)]
    client.force_login(cast.secretary)

    seen: list[Assignment] = []
    query = "?muc=all&khan=normal"
    for _page in range(3):
        response = ask(client, query)
        seen += rows(response)
        query = response.context["next_page"]

    assert seen == made[::-1]
    assert not response.context["cl"].has_next
    assert "khan=normal" in query
    assert response.context["cl"].result_count == 5


def test_of_a_search_only_so_many_rows_are_counted(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("directives.admin.assignments.AssignmentAdmin.list_per_page", 2)
    monkeypatch.setattr("directives.admin.assignment_list.COUNTED_UP_TO", 3)
    for _number in range(5):
        cast.assignment()
    client.force_login(cast.secretary)

    found = ask(client, "?q=157").context["cl"]

    assert (found.result_count, found.counts_more) == (3, True)


def test_a_page_takes_the_same_queries_for_3_rows_as_for_9(cast: Cast, client: Client) -> None:
    units = [cast.hanoi, cast.danang, cast.quangnam, cast.office, cast.vnpt]
    people = ("secretary", "officer", "member", "auditor")

    def counts() -> dict[str, int]:
        taken = {}
        for person in people:
            client.force_login(getattr(cast, person))
            taken[person] = queries(client, f"{address(LIST)}?muc=all")
        return taken

    for unit in units[:3]:
        cast.assignment(unit)
    few = counts()
    for number in range(6):
        cast.assignment(units[number % 5])
    cache.clear()
    many = counts()

    assert few == many
    assert max(many.values()) <= 25


@pytest.mark.parametrize("person", ["officer", "head", "secretary", "chair", "member", "auditor"])
def test_a_page_takes_eight_queries_once_its_figures_are_kept(
    cast: Cast, client: Client, person: str
) -> None:
    """The whole request, rights and the banner included, whatever is asked of the list."""
    for unit in (cast.hanoi, cast.danang, cast.quangnam):
        cast.assignment(unit)
    client.force_login(getattr(cast, person))
    for asked in ("", "?muc=all", "?muc=overdue", "?q=157+ha+noi", "?khan=express", "?sap=don_vi"):
        assert queries(client, f"{address(LIST)}{asked}") <= 8, asked


@pytest.mark.parametrize(
    "query", ["khan=express", "phu_trach={other}", "van_ban=không+có", "q=kh%C3%B4ng+c%C3%B3"]
)
def test_where_no_directive_answers_no_assignment_is_read(cast: Cast, client: Client, query: str) -> None:
    """A list's order would be gone through to its end to find none."""
    cast.assignment(supervisor=cast.chair_seat)
    client.force_login(cast.secretary)
    asked = f"?{query.format(other=cast.member_seat.pk)}"
    # Figures of the tabs are counted, and kept.
    ask(client)

    with CaptureQueriesContext(connection) as captured:
        assert rows(ask(client, asked)) == []

    assert not [one for one in captured if 'FROM "directives_assignment"' in one["sql"]]


def test_a_stranger_is_refused_and_nobody_posts_to_the_list(cast: Cast, client: Client) -> None:
    client.force_login(cast.stranger)
    assert client.get(address(LIST)).status_code == 403
    client.force_login(cast.secretary)
    assert client.post(address(LIST), {"action": "delete_selected"}).status_code == 405


def test_the_filter_offers_only_units_of_what_one_sees(cast: Cast, client: Client) -> None:
    cast.assignment(cast.hanoi)
    cast.assignment(cast.danang)

    def offered(person: str, term: str = "") -> list[str]:
        client.force_login(getattr(cast, person))
        response = client.get(address("assignment_units"), {"term": term})
        return [found["text"] for found in response.json()["results"]]

    assert offered("secretary") == ["Sở Y tế thành phố Hà Nội", "Sở Y tế thành phố Đà Nẵng"]
    assert offered("secretary", "da nang") == ["Sở Y tế thành phố Đà Nẵng"]
    assert offered("danang_officer") == ["Sở Y tế thành phố Đà Nẵng"]
    assert offered("danang_officer", "ha noi") == []
    client.force_login(cast.stranger)
    assert client.get(address("assignment_units")).status_code == 403


def test_what_people_typed_is_text_in_a_row(cast: Cast, client: Client) -> None:
    mark = '<b title="x">&'
    row = cast.assignment(content=f"Rà soát {mark} quy định", urgency="urgent")
    cast.hanoi.name = f"Sở {mark}"
    cast.officer.full_name = f"Nguyễn {mark}"
    with acting(by=cast.secretary, reason="Thử"), transaction.atomic():
        cast.hanoi.save()
        cast.officer.save()
    services.name_people(assignment=row, by=cast.officer, at=at(2), officer=cast.officer)
    client.force_login(cast.secretary)

    page = ask(client).content.decode()

    assert mark not in page
    for said in ("Rà soát", "Sở", "Nguyễn"):
        assert f"{said} &lt;b title=&quot;x&quot;&gt;&amp;" in page


def test_a_filter_shows_what_was_asked_and_nothing_of_it_stays_for_the_next(
    cast: Cast, client: Client
) -> None:
    cast.assignment()
    client.force_login(cast.secretary)
    before = ask(client, "?muc=all").content.decode()

    asked = ask(client, "?muc=all&tu=01/06/2023&van_ban=1710&nhiem_vu=7777&den=sai").content.decode()
    after = ask(client, "?muc=all").content.decode()

    for value in ("01/06/2023", "1710", "7777", "sai"):
        assert f'value="{value}"' in asked
        assert f'value="{value}"' not in after
    fields = 'class="work-fields"'
    assert after.split(fields)[1].split("</details>")[0] == before.split(fields)[1].split("</details>")[0]


def test_empty_filters_are_in_the_language_of_the_reader(cast: Cast, client: Client) -> None:
    client.force_login(cast.secretary)

    said = {}
    for language in ("vi", "en", "vi"):
        client.cookies["django_language"] = language
        said[language] = words(ask(client)).split("work-fields", 1)[1].split("</details>", 1)[0]

    assert "Hạn từ ngày" in said["vi"]
    assert "Hạn từ ngày" not in said["en"]
    assert "Due from" in said["en"]
