"""Numbers of documents ("số, ký hiệu"): read however they are typed, written one way, compared by one key.

Source: NĐ 30/2020/NĐ-CP for the bodies of the state (828/QĐ-BYT, 4737/BYT-VPB1), Party practice (157-NQ/BCSĐ)
and the form with the year inside (42/2014/QĐ-TTg); examples in DOMAIN §3, Documents.
"""

import re
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from accounts.text import fold, nfc

LONGEST: Final = 60

_DASHES: Final = dict.fromkeys(map(ord, "\u00ad‐‑‒–—―⁃−﹘﹣－"), "-")
_SLASHES: Final = dict.fromkeys(map(ord, "\\⁄∕／"), "/")
_D_LOOK_ALIKES: Final = str.maketrans("ÐðƉɖ", "ĐđĐđ")
_JOINT_RE: Final = re.compile(r"\s*([-/])[-\s]*")

# "Quyết định số 828/…", "Số: 828/…", "CV 828/…": words before the number itself.
_PREFIX_RE: Final = re.compile(r"^(?:(?:[^\W\d_]+\s+)*số|công văn|cv)\s*[:.]?\s*(?=\d)", re.IGNORECASE)
_NUMBER_RE: Final = re.compile(
    r"(?P<ordinal>[0-9]{1,6})(?P<suffix>[a-zđ]|bis)?"
    r"(?:(?P<year_joint>[-/])(?P<year>(?:19|20)[0-9]{2})(?=[-/]))?"
    r"(?P<joint>[-/])(?P<notation>(?=\w*[^\W\d_])[^\W_][\w&.+]*(?:[-/][\w&.+]+)*)",
    re.IGNORECASE,
)
_DIGITS_ONLY_RE: Final = re.compile(r"[0-9]+\w?(?:/[0-9]+)*[-/]?")

# Codes that are written in mixed case (NĐ 30/2020, Phụ lục III); all others are capitals.
_MIXED_CASE: Final = {fold(code): code for code in ("QyĐ", "QyC", "CTr", "TTr", "TTg")}
# Pairs that differ by đ alone: đề án and dự án, hợp đồng and hướng dẫn. Folding must not make them one
# document.
_KEPT_APART: Final = frozenset({"đa", "hđ"})


@dataclass(frozen=True, slots=True)
class Number:
    """The parts of a document's number; ``str()`` writes it as on paper, numbers below 10 with a zero.

    ``year`` is the year written inside the number (42/2014/QĐ-TTg), None when there is none. ``notation`` is
    what follows the number: "QĐ-BYT", "NQ/BCSĐ".
    """

    ordinal: int
    year: int | None
    notation: str
    suffix: str = ""
    joint: str = "/"

    def __str__(self) -> str:
        year = f"/{self.year}" if self.year else ""
        return f"{self.ordinal:02d}{self.suffix}{year}{self.joint}{self.notation}"


def parse_number(raw: str) -> Number:
    """Return the parts of a number in any usual spelling: any dash, spaces around "/" and "-", any case, NFD.

    Words before it ("Số:", "Quyết định số", "CV") are dropped. Raises ValueError with a message for the user
    when it is no number of a document.
    """
    if len(raw) > 4 * LONGEST:
        raise ValueError(_too_long())
    text = nfc(raw.translate({**_DASHES, **_SLASHES, **_D_LOOK_ALIKES}), one_line=True)
    text = _JOINT_RE.sub(r"\1", _PREFIX_RE.sub("", text)).rstrip(".,;")
    found = _NUMBER_RE.fullmatch(text)
    if found is None or len(text) > LONGEST:
        raise ValueError(_explain(text))
    if int(found["ordinal"]) == 0:
        raise ValueError(_("Số của văn bản phải lớn hơn 0."))
    return Number(
        ordinal=int(found["ordinal"]),
        year=int(found["year"]) if found["year"] else None,
        notation=re.sub(r"[^-/]+", lambda code: _spell(code[0]), found["notation"]),
        suffix=(found["suffix"] or "").lower(),
        joint="/" if found["year"] else found["joint"],
    )


def normalise_number(raw: str) -> str:
    """Return the number as it is stored and shown ("5 / qđ–byt" gives "05/QĐ-BYT").

    Raises as ``parse_number``.
    """
    return str(parse_number(raw))


def number_key(raw: str) -> str:
    """Return the key by which two spellings are one number ("5 / QD – byt" and "05/QĐ-BYT" give "5/qd/byt").

    Raises as ``parse_number``. The year of the document is not part of it, except one written inside the
    number.
    """
    number = parse_number(raw)
    first = f"{number.ordinal}{fold(number.suffix)}"
    inside = [str(number.year)] if number.year else []
    return "/".join([first, *inside, *map(_key, re.split(r"[-/]", number.notation))])


def _key(code: str) -> str:
    lower = code.lower()
    return lower if lower in _KEPT_APART else fold(code)


def _spell(code: str) -> str:
    """Return a code in its usual case; one typed in mixed case that we do not know stays as typed."""
    known = _MIXED_CASE.get(fold(code))
    if known and code.upper() == known.upper():
        return known
    return code.upper() if code.islower() else code


def _explain(text: str) -> str:
    """Return why a text is no number, for the person who typed it."""
    if not text:
        return _("Chưa nhập số, ký hiệu.")
    if len(text) > LONGEST:
        return _too_long()
    if not text[0].isdigit():
        return _("Số, ký hiệu phải bắt đầu bằng chữ số, ví dụ 828/QĐ-BYT hoặc 157-NQ/BCSĐ.")
    if _DIGITS_ONLY_RE.fullmatch(text):
        return _("“%(text)s” thiếu ký hiệu, ví dụ 828/QĐ-BYT.") % {"text": text}
    if " " in text:
        advice = _("“%(text)s” có khoảng trắng hoặc phần thừa; chỉ ghi số, ký hiệu, ví dụ 828/QĐ-BYT.")
    else:
        advice = _("Không đọc được “%(text)s”; ví dụ đúng: 828/QĐ-BYT, 157-NQ/BCSĐ, 42/2014/QĐ-TTg.")
    return advice % {"text": text}


def _too_long() -> str:
    return _("Số, ký hiệu dài quá %(longest)d ký tự.") % {"longest": LONGEST}
