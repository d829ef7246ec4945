"""What all doors share: the column of a row to write, and what must not come of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection

from accounts.audit.history import Versioned
from accounts.audit.recording import settle
from tests.assurance.guarded import Target
from tests.cast import Cast

Try = Callable[[Target, Cast], object]


def execute(sql: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def raw(target: Target) -> Any:
    return target.field.get_db_prep_save(target.value, connection)


def changed(target: Target) -> Any:
    row = target.one()
    setattr(row, target.field.attname, target.value)
    return row


def next_version(target: Target) -> str:
    return ", version = version + 1" if issubclass(target.model, Versioned) else ""


def written_fields(target: Target) -> list[Any]:
    return [field for field in target.model._meta.concrete_fields if not field.generated]


def first_version(target: Target) -> dict[str, int]:
    """A new row gets as far as the check for its history."""
    return {"version": 1} if issubclass(target.model, Versioned) else {}


class UnrecordedRowError(AssertionError):
    pass


def demand_nothing_new(target: Target, pk: Any) -> None:
    """A new row got past the door: the checks at commit must refuse it, or its history be there."""
    settle()
    made = Target(target.model, pk, target.field, target.value)
    # A record is allowed to be added: that is what it is for; forged history is refused by `guard_true`.
    if not target.written_once and not made.recorded():
        raise UnrecordedRowError(f"{target.table} {pk}")
