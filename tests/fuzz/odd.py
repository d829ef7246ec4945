"""Odd input: what people mistype, what machines send, what attackers try."""

from __future__ import annotations

from hypothesis import strategies as st

DATES = (
    "31/02/2023",
    "30/02",
    "29/02/2023",
    "00/00/0000",
    "99/99/9999",
    "2023-02-31",
    "01/01/0000",
    "1/1/99999",
    "32.13.2023",
)
NUMBERS = (
    "-1",
    "0",
    "1e309",
    "NaN",
    "9" * 30,
    "-" + "9" * 30,
    "0x10",
    "1,5",
    "١٢٣",
    "²",
    "1_000",
    "+1",
    " 1 ",
    "1.0",
)
LETTERS = (
    "\0",
    "a\0b",
    "😀" * 50,
    "\u202e\u202dabc",
    "e\u0301" * 300,
    "\ud800",
    "\udfff\ud800",
    "\ufeff",
    "\r\nX-Y: z",
    "\x1b[2J",
)
ATTACKS = (
    "' OR 1=1 --",
    "%s%(x)s%",
    "{{ 7*7 }}",
    "${x}",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "\\\\host\\x",
    "__class__",
)
KINDS = (
    "null",
    "true",
    "[]",
    "{}",
    "[1,2]",
    "1,2,3",
    "1:2",
    ":",
    ",",
    "__isnull",
    "None",
    "on",
    " ",
    "-",
    ".",
)
LONG = ("x" * 10_000, "đ " * 5_000, "%" * 10_000, "_" * 300)

text = st.one_of(
    st.sampled_from((*DATES, *NUMBERS, *LETTERS, *ATTACKS, *KINDS, *LONG)),
    st.text(max_size=20),
    st.integers(-(10**20), 10**20).map(str),
    st.dates().map(lambda day: f"{day:%d/%m/%Y}"),
)
# Names that Django, the admin and the theme read, beside those of the screens.
NAMES = (
    "q", "p", "o", "e", "all", "_popup", "_to_field", "_facets", "_changelist_filters", "next", "language", "page",
    "id__exact", "pk", "pk__in", "unit__name", "directive__is_restricted", "password__startswith", "history__door", "x",
)  # fmt: skip
