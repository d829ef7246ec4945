"""Whatever a text begins with, a spreadsheet holds it as text: no program makes a formula of it."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from accounts import spreadsheet
from accounts.spreadsheet import FORMULA_STARTS, Book
from accounts.spreadsheet_columns import Heading

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
FORMULAS = (
    "=1+1",
    "+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    '=HYPERLINK("http://x")',
    "#N/A",
    "=\x00",
)
texts = st.one_of(
    st.sampled_from(FORMULAS),
    st.builds(str.__add__, st.sampled_from(FORMULA_STARTS), st.text(max_size=20)),
    st.text(max_size=40),
)


def written(rows: list[list[str]]) -> bytes:
    book = Book(at=datetime(2023, 6, 1, tzinfo=UTC))
    sheet = book.sheet(rows[0][0] or "x", [Heading(text or "x") for text in rows[0]], about=rows[0])
    for row in rows:
        sheet.add(row)
    sheet.add_note(rows[0][0])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(texts, min_size=3, max_size=3), min_size=1, max_size=4))
def test_no_text_is_a_formula(rows: list[list[str]]) -> None:
    content = written(rows)

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own
        styles = ET.fromstring(archive.read("xl/styles.xml"))  # noqa: S314
    assert list(sheet.iter(f"{MAIN}f")) == []
    quoted = [style.get("quotePrefix") == "1" for style in styles.find(f"{MAIN}cellXfs") or ()]
    for cell in sheet.iter(f"{MAIN}c"):
        assert cell.get("t") in ("inlineStr", "s", None)
    table = {cell.get("r"): cell for cell in sheet.iter(f"{MAIN}c")}
    first = len(rows[0]) + 4
    read = load_workbook(io.BytesIO(content)).active
    for number, row in enumerate(rows, start=first):
        for column, text in zip("ABC", row, strict=True):
            cell = table[f"{column}{number}"]
            kept = spreadsheet.safe_text(text)
            assert (read[f"{column}{number}"].value or "") in (
                kept,
                kept.replace("\r\n", "\n").replace("\r", "\n"),
            )
            if kept.startswith(FORMULA_STARTS):
                assert quoted[int(cell.get("s") or 0)], repr(text)
