"""What is said of a spreadsheet before one is written; who writes it loads `spreadsheet`, and the library with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Share:
    """A part of a whole from 0 to 1, shown as a percentage; None as "–"."""

    value: float | None


@dataclass(frozen=True)
class Heading:
    """A column: its heading and its width in characters."""

    text: str | Promise
    width: int = 16
