"""Vietnamese text as it is stored, searched, sorted and put into file names (DOMAIN §5)."""

import unicodedata
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.text import MAX_WORDS, ascii_filename, ascii_slug, fold, nfc, person_sort_key, sort_key, words

NAME = "Cục Công nghệ thông tin"


def is_order_of(key: Callable[[str], str], names: list[str]) -> bool:
    return all(key(one) < key(following) for one, following in pairwise(names))


def test_nfd_input_is_stored_as_nfc() -> None:
    decomposed = unicodedata.normalize("NFD", "Nguyễn Thị")
    assert len(decomposed) == 13
    assert nfc(decomposed) == "Nguyễn Thị"
    assert len(nfc(decomposed)) == 10


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Đào Hồng Lan\u200b ", "Đào Hồng Lan"),
        ("\ufeffHà\u00ad Nội\x00", "Hà Nội"),
        ("\u202eabc\u202c", "abc"),
        ("một\r\nhai\u2028ba", "một\nhai\nba"),
        ("a\u0300\u200b", "à"),
        ("a\u200b\u0300", "à"),
        ("\ud800a", "a"),
    ],
)
def test_what_cannot_be_seen_is_not_stored(typed: str, stored: str) -> None:
    assert nfc(typed) == stored


def test_one_line_text_has_single_spaces() -> None:
    assert nfc("Vụ  Kế hoạch\n–\u00a0Tài chính", one_line=True) == "Vụ Kế hoạch – Tài chính"
    assert nfc("hai\ndòng") == "hai\ndòng"


@given(st.text())
def test_storing_twice_changes_nothing(text: str) -> None:
    assert nfc(nfc(text)) == nfc(text)
    assert nfc(nfc(text, one_line=True), one_line=True) == nfc(text, one_line=True)


@pytest.mark.parametrize("letter", ["đ", "Đ", "Ð", "ð", "Ɖ", "ɖ"])
def test_every_letter_that_looks_like_d_with_a_stroke_folds_to_d(letter: str) -> None:
    assert fold(letter) == "d"


@pytest.mark.parametrize(
    ("one", "other"), [("hòa", "hoà"), ("ủy", "uỷ"), ("khỏe", "khoẻ"), ("ĐÀO Hồng  Lan", "dao hong lan")]
)
def test_spellings_of_one_word_fold_alike(one: str, other: str) -> None:
    assert nfc(one) != nfc(other)
    assert fold(one) == fold(other)
    assert fold(unicodedata.normalize("NFD", one)) == fold(other)


@given(st.text(alphabet="aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòôốơờpqrstuùưứvxyỳ ĐẪỔ"))
def test_folded_vietnamese_is_plain_ascii(text: str) -> None:
    folded = fold(text)
    assert folded.isascii()
    assert folded == folded.lower()
    assert fold(unicodedata.normalize("NFD", text)) == folded


@pytest.mark.parametrize(
    "query",
    ["cuc cong nghe", "CỤC CÔNG NGHỆ", unicodedata.normalize("NFD", "Cục Công nghệ"), "công nghệ cục"],
)
def test_search_finds_the_name_in_any_case_accents_and_order(query: str) -> None:
    assert words(query)
    assert all(word in fold(NAME) for word in words(query))


@pytest.mark.parametrize("query", ["828/QĐ-BYT", "828 / qd – byt", "828 QĐ BYT"])
def test_a_document_number_is_searched_by_its_parts(query: str) -> None:
    assert words(query) == ("828", "qd", "byt")


def test_words_hold_nothing_that_like_would_read_as_a_pattern() -> None:
    assert words("100%_\\ a'b") == ("100", "a", "b")
    assert words("a A á") == ("a",)
    assert len(words(" ".join(map(str, range(100))))) == MAX_WORDS
    assert words(" – ") == ()


def test_names_sort_by_the_vietnamese_alphabet() -> None:
    in_order = [
        "An Bình",
        "Anh",
        "Ăn",
        "Ân",
        "Bắc",
        "Da",
        "Dương",
        "Đà Nẵng",
        "Đắk Lắk",
        "Em",
        "Ếch",
        "Ông",
        "Ơn",
        "Uy",
        "Ưu",
    ]
    assert is_order_of(sort_key, in_order)


def test_tones_count_after_all_letters() -> None:
    in_order = ["ma", "mà", "mả", "mã", "má", "mạ", "man"]
    assert is_order_of(sort_key, in_order)
    assert sort_key("hòa") == sort_key("hoà") == sort_key("HÒA")
    assert sort_key("Lào Cai") < sort_key("Lao Động")


def test_the_key_sorts_alike_in_every_collation_of_the_database() -> None:
    key = sort_key("Vụ Kế hoạch – Tài chính 2 (Ω)")
    assert key.isascii()
    assert key.isalnum()
    assert key == key.lower()


def test_persons_sort_by_given_name_first() -> None:
    in_order = [
        "Nguyễn Thị Liên Hương",
        "Đào Hồng Lan",
        "Nguyễn Hoàng Long",
        "Nguyễn Thanh Long",
        "Lê Đức Luận",
    ]
    assert is_order_of(person_sort_key, in_order)
    # The whole given name comes before the family name: Hoa before Hòa whoever they are.
    assert person_sort_key("Vũ Hoa") < person_sort_key("An Hòa")
    assert person_sort_key("")


def test_slugs_and_file_names_keep_d() -> None:
    assert ascii_slug("Đỗ Xuân") == "do-xuan"
    assert ascii_filename("Báo cáo Đỗ Xuân (lần 2).PDF") == "bao-cao-do-xuan-lan-2.pdf"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Kế hoạch.docx", "ke-hoach.docx"),
        ("", "tep"),
        ("…", "tep"),
        ("CON.txt", "tep-con.txt"),
        ("văn bản", "van-ban"),
        ("a\r\nb.pdf", "a-b.pdf"),
    ],
)
def test_a_file_name_is_safe_everywhere(name: str, safe: str) -> None:
    assert ascii_filename(name) == safe


@given(st.text(), st.integers(min_value=40, max_value=120))
def test_any_name_gives_a_file_name(name: str, longest: int) -> None:
    safe = ascii_filename(name, longest=longest)
    assert 0 < len(safe) <= longest
    assert safe.isascii()
    assert set(safe) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert not safe.startswith(".")
