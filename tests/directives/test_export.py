"""Spreadsheets: what is on the screen and no more, as typed cells that no text turns into a formula, and logged."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import time_machine
from django.contrib.admin import site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook, load_workbook

from accounts.audit.models import AccessLog
from accounts.spreadsheet import Book
from accounts.spreadsheet_columns import Heading, Share
from directives import counters
from directives.figure_columns import COLUMNS, closing_sum
from directives.models import Assignment, Directive
from directives.statistics import recount
from tests.cast import Cast
from tests.directives.spread import AT, ON

LIST = "admin:directives_assignment_changelist"
EXPORT = "admin:directives_assignment_export"
Read = Callable[..., Workbook]


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def read(client: Client) -> Read:
    """Return a way to download a spreadsheet as a person and open it."""

    def download(user: Any, address: str, **query: Any) -> Workbook:
        client.force_login(user)
        response = client.get(address, query)
        assert response.status_code == 200, response.content[:300]
        assert "attachment" in response["Content-Disposition"]
        return load_workbook(io.BytesIO(response.getvalue()))

    return download


def table(book: Workbook, sheet: int = 0) -> list[dict[str, Any]]:
    """Return the rows below the headings, which follow the first blank row, by heading."""
    rows = list(book.worksheets[sheet].iter_rows(values_only=True))
    head = next(number for number, row in enumerate(rows) if not any(row)) + 1
    return [dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :]]


def read_as(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return a date or an instant as it comes out of a spreadsheet, which knows no time zones."""
    return datetime.combine(date(year, month, day), time(hour, minute))


def written(*values: Any, headings: int = 1) -> list[Any]:
    """Return the cells of one row, as read from the file."""
    book = Book(at=AT)
    book.sheet("Bảng", [Heading("Cột")] * headings).add(values)
    file = io.BytesIO()
    book.save(file)
    return list(load_workbook(file).worksheets[0][4])


# Cells


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("http://x")',
        "+84 24",
        "-1",
        "- Xây dựng kế hoạch",
        "@SUM(A1)",
        "#N/A",
        "=",
        "01/07/2023",
    ],
)
def test_text_stays_text(text: str) -> None:
    (cell,) = written(text)
    assert (cell.value, cell.data_type) == (text, "s")
    assert cell.quotePrefix == text.startswith(("=", "+", "-", "@"))


def test_dates_are_dates_and_instants_are_those_of_hanoi() -> None:
    day, instant = written(date(2023, 6, 30), datetime(2023, 6, 30, 17, 30, tzinfo=UTC), headings=2)
    assert (day.value, day.number_format, day.is_date) == (read_as(2023, 6, 30), "dd/mm/yyyy", True)
    assert (instant.value, instant.number_format) == (read_as(2023, 7, 1, 0, 30), "dd/mm/yyyy hh:mm")


def test_numbers_shares_and_nothing() -> None:
    number, share, nothing, empty = written(21_914, Share(0.25), Share(None), None, headings=4)
    assert (number.value, number.data_type) == (21_914, "n")
    assert (share.value, share.number_format) == (0.25, "0.0%")
    assert (nothing.value, empty.value) == ("–", None)


def test_what_a_file_cannot_hold_is_left_out() -> None:
    assert written("a\x00b\x1fc")[0].value == "abc"
    assert len(written("x" * 40_000)[0].value) == 32_767
    book = Book(at=AT)
    book.sheet("Phân công: quá hạn / năm [2023] và còn rất dài nữa", [Heading("Cột")]).add([_("Một")])
    file = io.BytesIO()
    book.save(file)
    assert load_workbook(file).sheetnames == ["Phân công quá hạn năm 2023 và c"]


# Lists


@pytest.mark.usefixtures("spread")
def test_the_export_holds_the_rows_of_the_screen_in_its_order(cast: Cast, client: Client, read: Read) -> None:
    client.force_login(cast.secretary)
    for query in ({"muc": "overdue"}, {"muc": "all", "q": "van phong"}, {"muc": "all", "sap": "-don_vi"}, {}):
        page: Any = client.get(reverse(LIST), query)
        shown = page.context_data["cl"].queryset
        rows = table(read(cast.secretary, reverse(EXPORT), **query))
        expected = [(row.directive.code, row.unit.name) for row in shown.select_related("directive", "unit")]
        assert [(row["Mã nhiệm vụ"], row["Đơn vị"]) for row in rows] == expected, query
        assert expected, query


def test_all_pages_are_exported_whatever_page_is_shown(
    cast: Cast, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site.get_model_admin(Assignment), "list_per_page", 3)
    many(cast, 8)
    assert len(table(read(cast.secretary, reverse(EXPORT), muc="all", p=2))) == 8


def many(cast: Cast, rows: int) -> None:
    for ordinal in range(1, rows + 1):
        cast.assignment(cast.hanoi, ordinal=ordinal)


def test_the_columns_are_vietnamese_and_typed(cast: Cast, read: Read) -> None:
    cast.assignment(content="=cmd|' /C calc'!A0", deliverable="Kế hoạch")
    book = read(cast.secretary, reverse(EXPORT), muc="all")
    (row,) = table(book)
    assert row["Nội dung"] == "=cmd|' /C calc'!A0"
    assert row["Thời hạn"] == read_as(2023, 6, 30)
    assert row["Trạng thái"] == "Chưa tiếp nhận"
    assert row["Đánh giá"] == "Chưa hoàn thành, quá hạn"
    assert row["Còn lại"] == "quá hạn 10 ngày"
    assert row["Thành viên Ban Chỉ đạo phụ trách"] == "Phạm Ủy Viên"
    cells = [cell for line in book.worksheets[0].iter_rows() for cell in line]
    assert "f" not in {cell.data_type for cell in cells}


@pytest.mark.usefixtures("spread")
def test_the_summary_adds_up_to_the_figures_of_the_screen(cast: Cast, read: Read) -> None:
    book = read(cast.secretary, reverse(EXPORT), muc="all")
    cells = counters.count(cast.secretary, on=ON, at=AT).cells
    found = {row[0]: row[1] for row in book.worksheets[1].iter_rows(values_only=True)}
    for column in COLUMNS:
        if column.name:
            assert found[str(column.heading)] == column.read(cells), column.name
    assert closing_sum(cells) in found
    verdicts = [row["Đánh giá"] for row in table(book)]
    assert verdicts.count("Chưa hoàn thành, quá hạn") == cells.overdue
    assert verdicts.count("Hoàn thành đúng hạn") == cells.done_on_time
    assert verdicts.count("Không tính: thường xuyên") == cells.standing


@pytest.mark.usefixtures("spread")
def test_the_table_by_unit_exports_the_same_sums(cast: Cast, read: Read) -> None:
    whole = recount(
        ((row, row.directive.is_standing) for row in Assignment.objects.select_related("directive")), on=ON
    )
    for name in ("figures_units_export", "figures_supervisors_export", "figures_documents_export"):
        rows = table(read(cast.secretary, reverse(name)))
        total = next(row for row in rows if "Tổng cộng" in row.values())
        for column in COLUMNS:
            if column.name:
                heading = str(column.heading)
                lines = [row[heading] for row in rows if isinstance(row["TT"], int)]
                assert sum(lines) == total[heading] == column.read(whole), (name, heading)


@pytest.mark.usefixtures("spread")
def test_a_neighbour_exports_nothing_of_another_unit(cast: Cast, read: Read) -> None:
    cast.issued(units=[cast.hanoi, cast.danang], ordinal=90)
    rows = table(read(cast.danang_officer, reverse(EXPORT), muc="all"))
    # The lead's part is visible to a unit that coordinates; nothing else of Hà Nội's is.
    lead = Assignment.objects.get(part="lead").directive.code
    assert {row["Đơn vị"] for row in rows if row["Mã nhiệm vụ"] != lead} == {cast.danang.name}
    assert len(rows) == 3
    assert not table(read(cast.danang_officer, reverse(EXPORT), muc="all", q="văn phòng"))
    figures = read(cast.danang_officer, reverse("figures_units_export"))
    assert [row["Đơn vị"] for row in table(figures) if isinstance(row["TT"], int)] == [cast.danang.name]


def test_the_number_of_queries_does_not_depend_on_the_rows(cast: Cast, client: Client) -> None:
    client.force_login(cast.secretary)

    def queries() -> int:
        counters.touch(cast.secretary)
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(EXPORT), {"muc": "all"}).getvalue()
        return len(captured)

    many(cast, 3)
    queries()
    before = queries()
    for ordinal in range(4, 10):
        cast.issued(units=[cast.hanoi, cast.danang, cast.office], ordinal=ordinal, supervisor=cast.other_seat)
    assert queries() == before


@pytest.mark.usefixtures("spread")
def test_every_export_is_logged_with_what_and_who(cast: Cast, read: Read) -> None:
    read(cast.officer, reverse(EXPORT), muc="overdue", q="nghị quyết")
    line = AccessLog.objects.get(kind=AccessLog.Kind.EXPORT)
    assert (line.actor, line.at) == (cast.officer, AT)
    assert line.what == "Phân công – Quá hạn: 4 dòng. Lọc theo: tìm “nghị quyết”"
    read(cast.officer, reverse("figures_units_export"))
    assert "Thống kê theo đơn vị" in AccessLog.objects.filter(kind=AccessLog.Kind.EXPORT).first().what  # type: ignore[union-attr]


@pytest.mark.parametrize("name", [EXPORT, "figures_units_export", "figures_documents_export"])
def test_who_sees_no_list_exports_none(cast: Cast, client: Client, name: str) -> None:
    assert client.get(reverse(name)).status_code == 302
    client.force_login(cast.stranger)
    assert client.get(reverse(name)).status_code == 403
    client.force_login(cast.secretary)
    assert client.post(reverse(name)).status_code == 405
    assert not AccessLog.objects.filter(kind=AccessLog.Kind.EXPORT).exists()


@pytest.mark.usefixtures("spread")
def test_directives_and_documents_can_be_exported_too(cast: Cast, read: Read) -> None:
    cast.draft(units=[cast.hanoi], ordinal=99, content="Còn là nháp")
    everything = f"{reverse('admin:directives_directive_export')}?tinh-trang=tat-ca"
    directives = table(read(cast.secretary, everything))
    assert len(directives) == Directive.objects.count()
    seen = table(read(cast.officer, everything))
    assert "Còn là nháp" not in {row["Nội dung"] for row in seen}
    (document,) = table(read(cast.secretary, reverse("admin:directives_document_export")))
    assert (document["Số, ký hiệu"], document["Ngày ban hành"]) == ("1710/QĐ-BYT", read_as(2023, 4, 5))


SCREENS = sorted(f"{meta.app_label}_{meta.model_name}" for meta in (model._meta for model in site._registry))


@pytest.mark.parametrize("screen", SCREENS)
def test_every_list_of_the_site_can_be_exported(cast: Cast, client: Client, read: Read, screen: str) -> None:
    cast.assignment()
    client.force_login(cast.administrator)
    page: Any = client.get(reverse(f"admin:{screen}_changelist"))
    assert page.status_code == 200
    assert reverse(f"admin:{screen}_export") in page.content.decode()
    rows = table(read(cast.administrator, reverse(f"admin:{screen}_export")))
    # The log of access has grown by the sign-in that the export needed.
    assert len(rows) >= page.context_data["cl"].queryset.count() - (screen == "audit_accesslog")
    assert all(heading for row in rows for heading in row)


def test_the_columns_of_a_plain_list_are_those_of_the_screen(cast: Cast, read: Read) -> None:
    rows = table(read(cast.administrator, reverse("admin:steering_unit_export"), q="da nang"))
    found = {row["Tên"]: row for row in rows}
    danang = found["Sở Y tế thành phố Đà Nẵng"]
    assert (danang["Mã đơn vị"], danang["Loại"], danang["Trong ngành"]) == ("syt.danang", "Sở Y tế", "Có")
    everything = {
        row["Tên"]: row for row in table(read(cast.administrator, reverse("admin:steering_unit_export")))
    }
    assert everything["Sở Y tế tỉnh Quảng Nam"]["Đến hết ngày"] == read_as(2025, 6, 30)
