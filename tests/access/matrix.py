"""The matrix of access: addresses × people × objects × methods, tried against the table beside this file.

A cell has a letter for each object of its section:

    o  opens; whatever is posted changes nothing          w  opens, and what is posted is taken
    f  is refused (403) on GET and on POST                -  is not there (404); a POST may be refused, too
    l  leads to the sign-in page                          .  no such object, not tried
    b  leads back to the assignment's page (not possible now); whatever is posted is not taken and changes nothing

Of an `o` a POST may be answered in any way but with an error of the server, as long as nothing is changed.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import reverse

from accounts.audit.models import AccessLog
from tests.access.addresses import Address, addresses, path_of
from tests.access.kept_person import PERSON
from tests.access.world import OBJECTS, PEOPLE, World, content_mark, mark

TABLE = Path(__file__).with_name("expectations.txt")
ABSENT = "."
LETTERS = frozenset("owfb-l.")


@dataclass(frozen=True)
class Row:
    """A line of the table: an address, whose ids fill its first parameter, and a cell for each person."""

    name: str
    kind: str
    objects: tuple[str, ...]
    cells: Mapping[str, str]

    @property
    def writes(self) -> bool:
        """Whether anybody may write at this address."""
        return any("w" in cell for cell in self.cells.values())


def table() -> dict[str, Row]:
    """Return the rows of the table by name; raises AssertionError where a line is not understood."""
    rows: dict[str, Row] = {}
    kind = ""
    objects: tuple[str, ...] = ("",)
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        words = line.split("#")[0].split()
        if not words or words[0] == "who":
            continue
        if line.startswith("["):
            kind, *named = " ".join(words).strip("[]").replace(":", " ").split()
            objects = tuple(named) or ("",)
            continue
        name, *cells = words
        assert name not in rows, f"two rows: {name}"
        assert len(cells) == len(PEOPLE), f"{name}: {len(cells)} cells"
        assert all(len(cell) == len(objects) and set(cell) <= LETTERS for cell in cells), name
        rows[name] = Row(name, kind, objects, dict(zip(PEOPLE, cells, strict=True)))
    return rows


@dataclass(frozen=True)
class Cell:
    """One address for one person and object, and what is expected."""

    address: Address
    kind: str
    person: str
    object: str
    expected: str
    writes: bool


def cells(person: str) -> Iterator[Cell]:
    """Yield every cell of a person."""
    known = addresses()
    for row in table().values():
        for name, expected in zip(row.objects, row.cells[person], strict=True):
            if expected != ABSENT and row.name in known:
                yield Cell(known[row.name], row.kind, person, name, expected, row.writes)


@dataclass
class Outcome:
    """What was tried and what was wrong: `leaks` name what somebody got that is not theirs."""

    requests: int = 0
    tried: set[tuple[str, str, str]] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)


# A quick run tries one in so many cells of pages, and of pages about an object; which, their names decide.
ONE_IN = (8, 15)


def _is_chosen(cell: Cell) -> bool:
    words = f"{cell.address.name} {cell.person} {cell.object}"
    return zlib.crc32(words.encode()) % ONE_IN[bool(cell.object)] == 0


def try_person(world: World, person: str, *, everything: bool = True) -> Outcome:
    """Try the cells of a person as they stand in the world: all, or those of a quick run.

    1. GET: the letter must be right, and a page that opens must bear no mark of an object that the person does not see.
    2. POST with nothing in it, where anybody may write (`everything`: everywhere). What is taken is rolled back.
    3. What was refused, and whatever was looked at, must have left every table as it was.
    """
    client = Client()
    client.raise_request_exception = True
    outcome = Outcome()
    before = digest()
    for cell in cells(person):
        if not (everything or _is_chosen(cell)):
            continue
        outcome.tried.add((cell.address.name, person, cell.object))
        _get(client, world, cell, outcome)
        if cell.writes or everything:
            _post(client, world, cell, outcome)
    after = digest()
    outcome.leaks += [f"{person}: {name} was changed" for name in before if before[name] != after[name]]
    return outcome


def ask(client: Client, world: World, cell: Cell, method: str, data: Any = None) -> Any:
    """Send one request as the person of the cell; returns the response."""
    extra: dict[str, Any] = {PERSON: world.people[cell.person], "HTTP_HOST": "localhost"}
    path = path_of(cell.address, arguments(world, cell))
    return getattr(client, method)(path, data or {}, **extra)


def arguments(world: World, cell: Cell) -> dict[str, Any]:
    """Return the parameters of an address: the object's id, and what else it takes, of the same object."""
    special: dict[str, Any] = {
        "url": "khong-co",
        "app_label": "directives",
        "content_type_id": 1,
        "version_id": 1,
        "uidb64": "MQ",
        "token": "khong-dung",
        "provider_id": "khong-co",
        "file_id": _id(world, "attachment" if cell.kind == "attachment" else "document_file", cell.object),
        "grant_id": _id(world, "grant", "own"),
        "step_id": _id(world, "step", cell.object),
        "relation_id": _id(world, "relation", cell.object),
    }
    first = _id(world, cell.kind, cell.object)
    return {name: special.get(name, first) for name in cell.address.parameters}


def _id(world: World, kind: str, name: str) -> int:
    return world.ids.get(kind, {}).get(name, 0)


def letter(response: Any) -> str:
    """Return how a GET was answered."""
    status = response.status_code
    ways_in = (resolve_url(settings.LOGIN_URL), reverse("admin:login"))
    if status in (301, 302) and response["Location"].startswith(ways_in):
        return "l"
    # 405: asked in the wrong way; 410: a file that was removed; 503: what /healthz has to tell.
    opened = status in (200, 204, 301, 302, 304, 405, 410, 503)
    return {403: "f", 404: "-"}.get(status, "o" if opened else str(status))


def _get(client: Client, world: World, cell: Cell, outcome: Outcome) -> None:
    response = ask(client, world, cell, "get")
    outcome.requests += 1
    found = letter(response)
    if found == "o" and cell.expected == "b" and response.get("Location") == _page_of(world, cell):
        found = "b"
    if found != cell.expected.replace("w", "o"):
        _note(outcome, cell, "GET", found)
    outcome.leaks += [f"{_where(cell)} GET shows {word}" for word in strange_marks(response, cell.person)]


def _post(client: Client, world: World, cell: Cell, outcome: Outcome) -> None:
    outcome.requests += 1
    if cell.expected == "w":
        with transaction.atomic():
            found = letter(ask(client, world, cell, "post"))
            transaction.set_rollback(True)
        if found != "o":
            _note(outcome, cell, "POST", found)
        return
    response = ask(client, world, cell, "post")
    found = letter(response)
    if cell.expected == "o":
        if not (response.status_code < 500):
            _note(outcome, cell, "POST", found)
    elif cell.expected == "b":
        # What is taken leads on; what is not is shown again, with the reason.
        if not 200 <= response.status_code < 300 and response.status_code not in (400, 403, 409):
            _note(outcome, cell, "POST", found)
    elif (
        found != cell.expected and not (cell.expected == "-" and found == "f") and response.status_code != 405
    ):
        _note(outcome, cell, "POST", found)


def _page_of(world: World, cell: Cell) -> str:
    return reverse("admin:directives_assignment_change", args=[_id(world, cell.kind, cell.object)])


def _note(outcome: Outcome, cell: Cell, method: str, found: str) -> None:
    opened = found == "o" and cell.expected in "f-lb"
    words = f"{_where(cell)} {method}: {found} instead of {cell.expected}"
    (outcome.leaks if opened else outcome.wrong).append(words)


def _where(cell: Cell) -> str:
    return f"{cell.person} {cell.address.name} {cell.object}".strip()


# Who sees which objects: by their names in lists, by their content on pages.
KNOWN: dict[str, tuple[str, ...]] = {
    "anonymous": (),
    "stranger": (),
    "officer": ("own", "closed", "restricted", "joint"),
    "other": ("joint",),
    "parent": ("own", "closed", "joint"),
    "below": (),
    "head": ("own", "closed", "restricted", "joint"),
    "member": ("own", "closed", "restricted", "joint"),
    "member2": (),
    "chair": ("own", "closed", "restricted", "joint"),
    "vice": ("own", "closed", "joint"),
    "secretary": ("own", "closed", "restricted", "joint", "draft"),
    "auditor": ("own", "closed", "restricted", "joint", "draft", "foreign"),
    "admin": ("own", "closed", "joint", "draft", "foreign"),
}


def strange_marks(response: Any, person: str) -> list[str]:
    """Return the marks on a page that this person must not find there."""
    if response.status_code != 200:
        return []
    text = body(response).lower()
    names = [name for name in OBJECTS if name not in KNOWN[person]]
    return [word for name in names for word in (mark(name), content_mark(name)) if word.encode() in text]


def body(response: Any) -> bytes:
    """Return what was sent, files included."""
    return b"".join(response.streaming_content) if response.streaming else bytes(response.content)


_UNTOLD = ("django_session", "axes_accessattempt", AccessLog._meta.db_table)


def digest() -> dict[str, str]:
    """Return a digest of each table that tells of people, units and work; the log of access may grow by reading."""
    tables = sorted(
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in ("accounts", "audit", "steering", "directives")
        and model._meta.db_table not in _UNTOLD
    )
    found = {}
    with connection.cursor() as cursor:
        for name in tables:
            cursor.execute(f'SELECT string_agg(t::text, chr(10) ORDER BY t.id) FROM "{name}" t')
            text = cursor.fetchone()[0] or ""
            found[name] = hashlib.sha256(text.encode()).hexdigest()
    return found
