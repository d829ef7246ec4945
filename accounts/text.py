"""Vietnamese text: how it is stored (NFC), searched (folded), sorted and made into file names.

``fold`` here and ``fold_text`` in PostgreSQL (``FOLD_TEXT_SQL``) are twins: a generated column holds the
folded text, a query is folded in Python, and the two only meet when they agree on every character
(tests/accounts/test_text_sql.py). Both name their characters one by one and ask no locale, so an upgrade of
libc or ICU never leaves an index stale.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

# Control, zero-width and direction marks: never meant, invisible, and enough to make two equal names unequal.
_INVISIBLE: Final = (
    (0x0000, 0x0008),
    (0x000E, 0x001F),
    (0x007F, 0x0084),
    (0x0086, 0x009F),
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x180E, 0x180E),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0xFEFF, 0xFEFF),
    (0xFFF9, 0xFFFB),
)
_MARKS: Final = ((0x0300, 0x036F),)
_BLANK: Final = (
    (0x0009, 0x000D),
    (0x0020, 0x0020),
    (0x0085, 0x0085),
    (0x00A0, 0x00A0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
)

# đ has no Unicode decomposition, and Ð (eth) and Ɖ (African D) are typed for it because they look the same.
_D_LETTERS: Final = "đĐÐðƉɖ"
_FOLD_FROM: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + _D_LETTERS
_FOLD_TO: Final = "abcdefghijklmnopqrstuvwxyz" + "d" * len(_D_LETTERS)


def _regex_class(ranges: Iterable[tuple[int, int]], first: int = 0) -> str:
    """Return a bracket expression that Python's and PostgreSQL's regular expressions read alike."""
    return "[" + "".join(rf"\u{max(low, first):04X}-\u{high:04X}" for low, high in ranges) + "]"


_SURROGATES: Final = ((0xD800, 0xDFFF),)
_INVISIBLE_RE: Final = re.compile(_regex_class((*_INVISIBLE, *_SURROGATES)))
_FOLD_DROP_RE: Final = re.compile(_regex_class((*_INVISIBLE, *_MARKS, *_SURROGATES)))
_BLANK_RE: Final = re.compile(_regex_class(_BLANK) + "+")
_LINE_END_RE: Final = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_FOLD_TABLE: Final = str.maketrans(_FOLD_FROM, _FOLD_TO)

FOLD_TEXT_SQL: Final = rf"""
CREATE OR REPLACE FUNCTION fold_text(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
AS $fold$
    SELECT btrim(regexp_replace(translate(regexp_replace(normalize(words, NFD),
        '{_regex_class((*_INVISIBLE, *_MARKS), first=1)}', '', 'g'),
        '{_FOLD_FROM}', '{_FOLD_TO}'),
        '{_regex_class(_BLANK)}+', ' ', 'g'), ' ')
$fold$;
"""


def nfc(text: str, *, one_line: bool = False) -> str:
    """Return the text as it is stored: NFC, trimmed, without control, zero-width and direction characters.

    Line ends become "\\n". With ``one_line`` each run of white space, line ends included, becomes one space:
    for names, numbers and subjects.
    """
    clean = unicodedata.normalize("NFC", _INVISIBLE_RE.sub("", _LINE_END_RE.sub("\n", text)))
    if one_line:
        clean = _BLANK_RE.sub(" ", clean)
    return clean.strip()


def fold(text: str) -> str:
    """Return the text as it is searched: no accents, đ as d, lower case, single spaces.

    The look-alikes of đ are d too. "ĐÀO  Hồng Lan" and its NFD form give "dao hong lan"; "hòa" and "hoà" give
    "hoa". Letters outside the Latin alphabet keep their case. The result equals that of the SQL function
    ``fold_text``.
    """
    bare = _FOLD_DROP_RE.sub("", unicodedata.normalize("NFD", text))
    return _BLANK_RE.sub(" ", bare.translate(_FOLD_TABLE)).strip(" ")


_WORD_RE: Final = re.compile(r"[^\W_]+")
MAX_WORDS: Final = 12


def words(query: str) -> tuple[str, ...]:
    """Return the folded words of a search, each once, in the order typed, at most MAX_WORDS of them.

    Punctuation parts words, so "828/QĐ-BYT", "828 / qd - byt" and "byt qd 828" ask for the same three; the
    words hold letters and digits only and may go into a LIKE pattern as they are.
    """
    return tuple(dict.fromkeys(_WORD_RE.findall(fold(query))))[:MAX_WORDS]


# The alphabet, with the four Latin letters Vietnamese lacks in their usual places. Each letter is coded as
# its Latin letter and a digit ("ơ" = "o2"): such keys sort alike under every collation of the database.
_ALPHABET: Final = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES: Final = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_END, _GAP = "00", "01"


def _letter_codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for letter in _ALPHABET:
        latin = fold(letter)
        codes[letter] = latin + str(sum(code[0] == latin for code in codes.values()))
    codes.update({look_alike.lower(): codes["đ"] for look_alike in _D_LETTERS})
    codes.update({digit: "1" + digit for digit in "0123456789"})
    return codes


_CODES: Final = _letter_codes()


def _toneless(word: str) -> tuple[str, str]:
    """Return a word without its tone (ă â ê ô ơ ư stay) and the tone as a digit, "0" for none."""
    tone = "0"
    kept = []
    for char in unicodedata.normalize("NFD", word):
        if char in _TONES:
            tone = _TONES[char]
        else:
            kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept)), tone


def _letter_code(char: str) -> str:
    known = _CODES.get(char) or _CODES.get(fold(char))
    return known or f"zz{ord(char):06x}"


def sort_key(name: str) -> str:
    """Return a key of ASCII letters and digits that sorts names as Vietnamese does.

    The alphabet comes first (a ă â b c d đ e ê … o ô ơ … u ư v x y), word by word, so "An Bình" precedes
    "Anh"; only names with the same letters are then told apart by their tones (none, huyền, hỏi, ngã, sắc,
    nặng), wherever in the syllable the tone is written. Case and punctuation do not count.
    """
    syllables = [_toneless(word) for word in _WORD_RE.findall(nfc(name, one_line=True).lower())]
    letters = _GAP.join("".join(map(_letter_code, letters)) for letters, _ in syllables)
    return letters + _END + "".join(tone for _, tone in syllables)


def person_sort_key(full_name: str) -> str:
    """Return the key that sorts persons: by given name (the last word, tones included), then by the rest."""
    *rest, given = nfc(full_name, one_line=True).split(" ")
    return sort_key(given) + _END + sort_key(" ".join(rest))


_NOT_SLUG_RE: Final = re.compile(r"[^a-z0-9]+")
_RESERVED_NAME_RE: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])\Z")


def ascii_slug(text: str) -> str:
    """Return the text as lower-case ASCII words joined by "-" ("Đỗ Xuân" gives "do-xuan"); may be empty."""
    ascii_only = unicodedata.normalize("NFKD", fold(text)).encode("ascii", "ignore").decode("ascii")
    return _NOT_SLUG_RE.sub("-", ascii_only.lower()).strip("-")


def ascii_filename(name: str, *, longest: int = 100) -> str:
    """Return a file name every system accepts: ASCII, lower case, at most ``longest`` long.

    The folder goes, the extension stays: "Báo cáo Đỗ Xuân (lần 2).PDF" gives "bao-cao-do-xuan-lan-2.pdf"; a
    name with nothing left gives "tep".
    """
    base = re.split(r"[/\\]", name)[-1]
    stem, dot, extension = base.rpartition(".")
    if not dot:
        stem, extension = base, ""
    ending = ascii_slug(extension)[:16]
    ending = f".{ending}" if ending else ""
    slug = ascii_slug(stem) or "tep"
    if _RESERVED_NAME_RE.match(slug):
        slug = f"tep-{slug}"
    return slug[: longest - len(ending)].rstrip("-") + ending
