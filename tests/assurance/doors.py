"""The doors of change: every way in which somebody might write a guarded column, tried as the role that serves.

A door is tried inside a savepoint that is taken back. It may be refused, lead nowhere, or record what it did.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import psycopg
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import DatabaseError, transaction

from accounts.audit.recording import settle
from directives.errors import Refused
from tests.assurance.attempts import Try, UnrecordedRowError
from tests.assurance.doors_in_orm import IN_THE_ORM
from tests.assurance.doors_in_sql import IN_SQL
from tests.assurance.doors_on_screens import ON_SCREENS
from tests.assurance.guarded import Target
from tests.cast import Cast

REFUSALS = (
    DatabaseError,
    psycopg.Error,
    Refused,
    PermissionDenied,
    ValidationError,
    ObjectDoesNotExist,
    ValueError,
    TypeError,
)


DOORS = (*IN_THE_ORM, *IN_SQL, *ON_SCREENS)


def try_doors(doors: Iterable[Try], targets: Iterable[Target], cast: Cast) -> tuple[Counter[str], list[str]]:
    """Try each door on each target; return how many were refused, led nowhere or recorded, and what went unrecorded."""
    counted: Counter[str] = Counter()
    unrecorded: list[str] = []
    chosen = tuple(doors)
    for target in targets:
        for door in chosen:
            outcome = _try(door, target, cast)
            counted[outcome] += 1
            if outcome == "unrecorded":
                unrecorded.append(f"{door.__name__}: {target.table}.{target.column}")
    return counted, unrecorded


def _try(door: Try, target: Target, cast: Cast) -> str:
    with transaction.atomic():
        before = target.present()
        try:
            with transaction.atomic():
                door(target, cast)
                settle()
        except UnrecordedRowError:
            return "unrecorded"
        except REFUSALS:
            return "refused"
        else:
            return _outcome(target, before)
        finally:
            transaction.set_rollback(True)


def _outcome(target: Target, before: str | None) -> str:
    if target.is_deleted():
        return "recorded" if _tells_of_deletion(target) else "unrecorded"
    present = target.present()
    if present == before:
        return "nothing"
    return "recorded" if present in target.recorded() else "unrecorded"


def _tells_of_deletion(target: Target) -> bool:
    if target.written_once:
        return False
    past: Any = target.model.history.filter(id=target.pk, history_type="-")  # type: ignore[attr-defined]
    return bool(past.exists())
