"""Numbers of documents in every spelling (DOMAIN §3, Documents)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directives.document_number import LONGEST, Number, normalise_number, number_key, parse_number

AS_PRINTED = [
    "828/QĐ-BYT",
    "4737/BYT-VPB1",
    "157-NQ/BCSĐ",
    "57-NQ/TW",
    "02-KH/BCĐTW",
    "42/2014/QĐ-TTg",
    "01/VBHN-VPCP",
    "12/TB-BCĐ",
    "206/NQ-CP",
    "15/CV-BCĐ",
    "09/QyĐ-BYT",
    "16/2023/QH15",
    "12a/TTr-BYT",
]


@pytest.mark.parametrize("number", AS_PRINTED)
def test_a_number_as_printed_stays_as_it_is(number: str) -> None:
    assert normalise_number(number) == number
    assert normalise_number(unicodedata.normalize("NFD", number)) == number
    assert number_key(normalise_number(number)) == number_key(number)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("5/QĐ-BYT", "05/QĐ-BYT"),
        ("005/QĐ-BYT", "05/QĐ-BYT"),
        ("828 / qđ – byt", "828/QĐ-BYT"),
        ("828/QĐ—BYT", "828/QĐ-BYT"),
        ("828/QĐ\u00adBYT", "828/QĐ-BYT"),
        ("Số: 828/QĐ-BYT", "828/QĐ-BYT"),
        ("Quyết định số 828/QĐ-BYT.", "828/QĐ-BYT"),
        ("CV 4737/BYT-VPB1", "4737/BYT-VPB1"),
        ("157 - nq / bcsđ", "157-NQ/BCSĐ"),
        ("42-2014-qđ-ttg", "42/2014/QĐ-TTg"),
        ("828/QÐ-BYT", "828/QĐ-BYT"),
    ],
)
def test_a_number_is_stored_one_way_however_it_was_typed(typed: str, number: str) -> None:
    assert normalise_number(typed) == number
    assert number_key(typed) == number_key(number)


def test_a_number_has_parts() -> None:
    assert parse_number("42/2014/QĐ-TTg") == Number(42, 2014, "QĐ-TTg")
    assert parse_number("157-NQ/BCSĐ") == Number(157, None, "NQ/BCSĐ", joint="-")


def test_the_key_forgets_spelling_and_nothing_else() -> None:
    assert number_key("828/QD-BYT") == number_key("828/QĐ-BYT")
    assert number_key("157/NQ-BCSĐ") == number_key("157-NQ/BCSĐ")
    assert number_key("42/2014/QĐ-TTg") != number_key("42/2015/QĐ-TTg")
    assert number_key("12a/QĐ-BYT") != number_key("12/QĐ-BYT")
    # Đề án is not dự án, hợp đồng is not hướng dẫn.
    assert number_key("3/ĐA-BYT") != number_key("3/DA-BYT")
    assert number_key("3/HĐ-BYT") != number_key("3/HD-BYT")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Chưa nhập"),
        ("828", "thiếu ký hiệu"),
        ("828/", "thiếu ký hiệu"),
        ("12/2023", "thiếu ký hiệu"),
        ("BYT/828", "bắt đầu bằng chữ số"),
        ("không số", "bắt đầu bằng chữ số"),
        ("828/QĐ BYT", "khoảng trắng"),
        ("828/QĐ-BYT ngày 04/04/2022", "phần thừa"),
        ("12/QĐ-BYT, 13/QĐ-BYT", "phần thừa"),
        ("0/QĐ-BYT", "lớn hơn 0"),
        ("12/14/QĐ-TTg", "Không đọc được"),
        ("828/QĐ-", "Không đọc được"),
        ("1/" + "A" * LONGEST, "dài quá"),
        ("1" * 10_000, "dài quá"),
    ],
)
def test_what_is_no_number_is_refused_with_the_reason(typed: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_number(typed)


CODES = st.from_regex(r"[A-ZĐ]{1,6}[0-9]?", fullmatch=True)
JOINTS = st.sampled_from(["-", " - ", "–", " — ", "- "])


@given(
    st.integers(1, 999_999),
    st.none() | st.integers(1945, 2099),
    st.lists(CODES, min_size=1, max_size=3),
    JOINTS,
)
def test_numbering_is_read_back_from_any_spelling(
    ordinal: int, year: int | None, codes: list[str], joint: str
) -> None:
    number = "/".join([str(ordinal), *([str(year)] if year else []), joint.join(codes)])
    parsed = parse_number(number)
    assert (parsed.ordinal, parsed.year) == (ordinal, year)
    assert normalise_number(str(parsed)) == str(parsed)
    assert number_key(number.lower()) == number_key(number) == number_key(str(parsed))


@given(st.text(max_size=70))
def test_any_text_is_a_number_or_refused(typed: str) -> None:
    try:
        number = normalise_number(typed)
    except ValueError:
        return
    assert normalise_number(number) == number
