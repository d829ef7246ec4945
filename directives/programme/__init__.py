"""The documents and directives of the Resolution 157 programme, read from the TOML files beside this module.

The files hold what exists in the world (DOMAIN §2); nothing here writes to the database.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class RelationRow:
    """How a document bears on another; ``other`` is that one's key."""

    kind: str
    other: str


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document; ``issuer`` is the code of a unit, ``key`` names the document within these files."""

    key: str
    kind: str
    subject: str
    issuer: str
    number: str = ""
    issued_on: date | None = None
    relations: tuple[RelationRow, ...] = ()
    sure: str = ""


@dataclass(frozen=True, slots=True)
class DirectiveRow:
    """A directive; ``document`` is a key, ``lead``, ``coordinating`` and ``children_of`` are codes of units.

    In mode "each" every unit directly below those of ``children_of`` on ``given_on`` is addressed.
    """

    key: str
    document: str
    ordinal: int
    kind: str
    given_by: str
    given_on: date
    mode: str
    content: str
    given_by_seat: int | None = None
    given_by_unit: str | None = None
    lead: str | None = None
    coordinating: tuple[str, ...] = ()
    coordinating_words: str = ""
    children_of: tuple[str, ...] = ()
    deadline_words: str = ""
    due_on: date | None = None
    standing: bool = False
    sure: str = ""


def _rows(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))[name]
    return [
        {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
        for row in rows
    ]


def documents() -> tuple[DocumentRow, ...]:
    """Return the documents, one that others bear on before them."""
    return tuple(
        DocumentRow(**{**row, "relations": tuple(RelationRow(**one) for one in row.get("relations", ()))})
        for row in _rows("documents")
    )


def directives() -> tuple[DirectiveRow, ...]:
    """Return the directives in the order of their documents and ordinals."""
    return tuple(DirectiveRow(**row) for row in _rows("directives"))
