"""What a mail system's answer is about: its enhanced status code (RFC 3463), and the words for it."""

from __future__ import annotations

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
# Of the answers that are for good, these are about what was sent and who sent it, not about the address.
_OF_CONTENT_OR_SENDER = ("5.6.", "5.7.")
_TOO_LARGE = ("5.2.3", "5.3.4")

_MEANINGS: tuple[tuple[str, str | Promise], ...] = (
    ("5.1.2", _("tên miền của địa chỉ không có hoặc không nhận thư")),
    ("5.1.6", _("hộp thư đã chuyển đi, không để lại địa chỉ mới")),
    ("5.1.10", _("tên miền của địa chỉ không có hoặc không nhận thư")),
    ("5.1.", _("không có hộp thư này")),
    ("5.2.1", _("hộp thư đã bị khóa")),
    ("5.2.2", _("hộp thư đã đầy")),
    ("5.2.3", _("thư quá lớn đối với hộp thư")),
    ("5.2.", _("hộp thư không nhận thư")),
    ("5.3.4", _("thư quá lớn đối với máy chủ nơi nhận")),
    ("5.4.", _("không chuyển được thư đến máy chủ nơi nhận")),
    ("5.6.", _("máy chủ nơi nhận không đọc được thư")),
    ("5.7.", _("máy chủ nơi nhận chặn thư theo chính sách bảo mật")),
    ("4.2.2", _("hộp thư đã đầy")),
    ("4.4.", _("không liên lạc được với máy chủ nơi nhận")),
)


def status_in(words: str) -> str:
    """Return the first enhanced status code in an answer ("5.1.1"), empty when there is none."""
    found = _CODE.search(words)
    return ".".join(found.groups()) if found else ""


def is_of_address(words: bytes | str) -> bool:
    """Return whether a refusal for good says something of the recipient's address.

    It does unless its code names the content, the size, or a policy ("relaying denied", "blocked"): a relay that turns
    everybody away would otherwise close every address of the sector.
    """
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    code = status_in(text)
    return not code.startswith(_OF_CONTENT_OR_SENDER) and code not in _TOO_LARGE


def meaning(status: str) -> str:
    """Return what a status code says, in words; empty for one without any."""
    return next((str(words) for prefix, words in _MEANINGS if _is(status, prefix)), "")


def _is(status: str, prefix: str) -> bool:
    return status.startswith(prefix) if prefix.endswith(".") else status == prefix
