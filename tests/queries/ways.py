"""How each address of the site is opened: by whom, about which object, with which question.

The addresses and who may open them are those of the access matrix (tests/access); what is said here is only what its
table does not say. An address that opens no page must be in `NO_PAGE`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.access.addresses import ROOT, Address, addresses, path_of
from tests.access.matrix import Cell, Row, arguments, table
from tests.queries.small_world import Small

# The letters of the matrix's table that open a page, the best first; "b" does about something else.
OPENS = "wob"
# Whoever of them may open an address opens it; who may write comes before who may only read.
PEOPLE = ("secretary", "auditor", "admin", "head", "officer", "chair", "stranger", "anonymous")
# Addresses that lead on or answer in a word to everybody, and so have no rows to ask for.
NO_PAGE = {
    ROOT: "leads on",
    "favicon.ico": "leads on",
    "set_language": "a button",
    "account_logout": "would sign out",
    "admin:logout": "would sign out",
    "admin:login": "leads to our sign-in page",
    "admin:password_change": "leads to our page",
    "admin:password_change_done": "leads to our page",
    "openid_connect_login": "a button",
    "mfa_authenticate": "only on the way in",
    "mfa_reauthenticate": "only with a second factor",
    "mfa_activate_totp": "only after the password was asked again",
    "mfa_generate_recovery_codes": "only with a second factor",
    "admin:directives_assignment_bulk": "only by POST: each row through its service, in a transaction of its own",
    "admin:directives_message_set": "only by POST: test_mail_sets.py counts them",
    "admin:directives_assignment_history": "leads to the timeline",
}
# The form of an old version (TRAPS 1) always leads to the history.
NO_PAGE_ENDINGS = ("_simple_history",)
# By whom and about which of `Small.rows`, where it is not the first who may and "own".
BY: dict[str, str] = {
    "account_login": "anonymous",
    "own_mails": "officer",
    "password_forgotten": "anonymous",
    "password_link": "anonymous",
    "admin:directives_assignment_present": "officer",
}
ABOUT: dict[str, str] = {
    "admin:directives_assignment_mails": "new",
    "admin:directives_assignment_accept": "new",
    "admin:directives_assignment_give_back": "presented",
    "admin:directives_assignment_withdraw": "waiting",
    "admin:directives_assignment_extend": "new",
    "admin:directives_assignment_confirm": "waiting",
    "admin:directives_assignment_send_back": "waiting",
    "admin:directives_assignment_reissue": "declined",
    "admin:directives_assignment_resume": "suspended",
    "admin:directives_assignment_answering_unit": "several_answer",
    "admin:directives_assignment_reopen": "on_time",
    "admin:directives_assignment_accept_by_letter": "new",
    "admin:directives_assignment_extend_by_letter": "new",
}
ASKED: dict[str, tuple[dict[str, str], ...]] = {
    "admin:search": ({"s": "lq"},),
    "admin:directives_assignment_units": ({"term": "so"},),
    "admin:directives_directive_units": ({"q": "so"},),
    "admin:directives_directive_read_deadline": ({"q": "trước 1/7/2023"},),
    "admin:directives_assignment_changelist": ({}, {"q": "lq"}),
}
# Screens that differ by who looks at them.
ALSO: dict[str, tuple[str, ...]] = {
    "admin:index": ("officer", "chair", "auditor"),
    "admin:directives_assignment_changelist": ("officer", "chair", "auditor"),
    "admin:directives_assignment_change": ("officer", "chair"),
    "admin:directives_directive_changelist": ("officer",),
}
# healthz tells that beat does not run; a link that was used is told of.
ANSWERED = {"healthz": 503, "password_link": 410}


@dataclass(frozen=True)
class Way:
    """An address as a person opens it."""

    name: str
    person: str
    path: str

    def __str__(self) -> str:
        return f"{self.name} ({self.person}, {self.path})"


def untold() -> list[str]:
    """Return a sentence for each address that nobody has told of, or that is told of and no more."""
    known, lines = addresses(), table()
    said = {*NO_PAGE, *BY, *ABOUT, *ASKED, *ALSO, *ANSWERED}
    return [
        *(
            f"{name}: say in tests/access/expectations.txt who opens it, and in tests/queries/ways.py how"
            for name in sorted(known.keys() - lines.keys())
        ),
        *(f"{name}: is no address any more, take it out of ways.py" for name in sorted(said - known.keys())),
    ]


def ways(small: Small) -> Iterator[Way]:
    """Yield every address with a page, once for each question and each person who sees it in another way."""
    for row in table().values():
        if person := BY.get(row.name) or _first(row):
            for one in (person, *ALSO.get(row.name, ())):
                yield from _of(small, row, one)


def everybodys_ways(small: Small) -> Iterator[Way]:
    """Yield every address with a page for each person who may open it."""
    for row in table().values():
        for person, letters in row.cells.items():
            if {"o", "w"} & set(letters) and person in small.clients:
                yield from _of(small, row, person)


def _of(small: Small, row: Row, person: str) -> Iterator[Way]:
    address = addresses().get(row.name)
    if address is not None and not _has_no_page(address):
        path = path_of(address, _arguments(small, address, row, person))
        for asked in ASKED.get(row.name, ({},)):
            yield Way(row.name, person, f"{path}?{urlencode(asked)}" if asked else path)


def _has_no_page(address: Address) -> bool:
    nameless = address.name == address.route and "<path:object_id>" in address.route
    return nameless or address.name in NO_PAGE or address.name.endswith(NO_PAGE_ENDINGS)


def _first(row: Row) -> str:
    """Who opens it; nobody, where nobody may."""
    for letter in OPENS:
        for person in PEOPLE:
            if letter in row.cells[person]:
                return person
    return ""


def _arguments(small: Small, address: Address, row: Row, person: str) -> dict[str, Any]:
    letters = row.cells[person]
    place = letters.index(next(letter for letter in OPENS if letter in letters))
    cell = Cell(address, row.kind, person, row.objects[place], letters[place], False)
    given = arguments(small.world, cell)
    if row.name in ABOUT:
        given |= {address.parameters[0]: small.rows[ABOUT[row.name]].pk}
    return given
