"""What is done to an assignment: each dialog's form is filled in as it is shown and sent, then taken back.

Marks in a transaction (savepoints) are not counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db import transaction
from django.test import Client

from directives.admin.dialogs import DIALOGS
from tests.cast import pdf
from tests.directives.admin.asking import filled
from tests.queries.counting import Shapes, counted, more, told
from tests.queries.small_world import Small
from tests.queries.ways import Way

MOST = 15
# What is typed into a field that must be filled in, by its name; and into others, by the dialog's name.
TYPED: dict[str, Any] = {
    "reason": "Có lý do",
    "text": "Đã làm",
    "percent": "60",
    "due_on": "31/07/2023",
    "basis": "12/TB-BYT",
    "decision": "granted",
    "letter_number": "15/SYT",
    "letter_dated_on": "03/07/2023",
    "held_on": "03/07/2023",
}
ALSO_TYPED: dict[str, dict[str, Any]] = {
    "correct_due": {"due_on": "31/07/2023"},
}
PREFIX = "admin:directives_assignment_"


DIALOG_NAMES = frozenset(f"{PREFIX}{dialog.name}" for dialog in DIALOGS)


@dataclass
class Sent:
    """How a dialog's form was answered, and what that asked."""

    status: int
    errors: str
    queries: Shapes


def send(small: Small, way: Way, page: Any) -> Sent:
    """Fill in the form of a dialog, as its page shows it, and send it; it is taken back."""
    fields = page.context["form"].fields
    asked = {name for name, field in fields.items() if field.required}
    data = {name: value for name, value in TYPED.items() if name in asked}
    data |= {name: [pdf()] for name in ("uploads", "letter_files") if name in fields}
    if "unit" in fields:
        other = "danang" if way.name.endswith("answering_unit") else "office"
        data["unit"] = str(small.world.units[other].pk)
    data |= ALSO_TYPED.get(way.name.removeprefix(PREFIX), {})
    has_files = page.context["form"].is_multipart()
    cache.clear()
    with transaction.atomic():
        with counted() as queries:
            answer = _post(small.clients[way.person], way.path, filled(page, **data), has_files)
        transaction.set_rollback(True)
    errors = str(dict(answer.context["form"].errors)) if answer.context else ""
    return Sent(answer.status_code, errors, queries)


def _post(client: Client, path: str, data: dict[str, Any], has_files: bool) -> Any:
    """Send a form as a browser does, which takes parts only for files."""
    if has_files:
        return client.post(path, data)
    return client.post(path, urlencode(data, doseq=True), "application/x-www-form-urlencoded")


def wrong_verbs(found: dict[Way, tuple[Sent, Sent]]) -> list[str]:
    """Return in a sentence each what is wrong with what was sent in a small world and in a grown one."""
    wrong = [f"{name}: is not tried" for name in DIALOG_NAMES - {way.name for way in found}]
    for way, (few, many) in found.items():
        if {few.status, many.status} != {302}:
            wrong.append(f"{way}: was not taken ({many.errors}); say in TYPED what is typed")
            continue
        queries = many.queries
        if grown := more(few.queries, queries):
            wrong.append("\n    ".join([f"{way}: to send it asks more with more rows:", *grown]))
        if queries.total() > MOST:
            asked = [f"{count} × {sql}" for sql, count in told(queries).most_common()]
            wrong.append(
                "\n    ".join([f"{way}: to send it {queries.total()} queries, at most {MOST}:", *asked])
            )
    return wrong
