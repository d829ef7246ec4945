"""What the database itself refuses: unrecorded changes, illegal transitions, edits of what was recorded.

The SQL is rendered from the models and from registered guards, and installed as the owner after each `migrate`,
so that it cannot fall behind the code. It asks no session setting (TRAPS 14: django-pgtrigger's ignore switch), and its
functions fix their search path, so that nothing a session creates can stand in for a table.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import OperationalError, connections, models, transaction
from django.db.backends.utils import CursorWrapper

from accounts.audit.guard_sql import (
    COMMON_SQL,
    SEARCH_PATH,
    Guard,
    append_only_sql,
    grants_sql,
    tracked_relation_sql,
    tracked_sql,
    versioned_sql,
)
from accounts.audit.history import Recorded, Versioned

__all__ = ["SEARCH_PATH", "Guard", "append_only_models", "extra_sql", "guard", "guards", "install", "render"]

MOST_TRIES = 60
TRY_AGAIN_SECONDS = 0.5

_guards: dict[str, Guard] = {}
_extra: dict[str, Callable[[], str]] = {}


def guard(entry: Guard) -> None:
    """Register the guard of a versioned model."""
    _guards[entry.model._meta.db_table] = entry


def extra_sql(name: str, render: Callable[[], str]) -> None:
    """Register further SQL (idempotent) that is installed after the guards."""
    _extra[name] = render


def guards() -> list[Guard]:
    """Return the registered guards, by table name."""
    return [_guards[name] for name in sorted(_guards)]


def append_only_models() -> list[type[models.Model]]:
    """Return every model, history tables included, whose rows are written once."""
    return sorted(
        (model for model in apps.get_models(include_auto_created=True) if issubclass(model, Recorded)),
        key=lambda model: model._meta.db_table,
    )


def tracked_models() -> list[type[models.Model]]:
    """Return the models with history that have no version of their own to be guarded by."""
    found = (
        m
        for m in apps.get_models()
        if hasattr(m._meta, "simple_history_manager_attribute") and not issubclass(m, Versioned)
    )
    return sorted(found, key=lambda model: model._meta.db_table)


def tracked_relations(model: type[models.Model]) -> list[str]:
    """Return the many-to-many fields that a model's history keeps."""
    history: Any = model.history.model  # type: ignore[attr-defined]
    return [field.name for field in history._history_m2m_fields]


def render(existing: frozenset[str]) -> list[str]:
    """Return all guards for the tables that exist: scripts, each about one table and its history."""
    append_only = [m._meta.db_table for m in append_only_models() if m._meta.db_table in existing]
    parts = [COMMON_SQL, *(append_only_sql(table) for table in append_only)]
    for model in tracked_models():
        if model._meta.db_table in existing:
            parts.append(tracked_sql(model))
            parts += [tracked_relation_sql(model, name) for name in tracked_relations(model)]
    complete = all(entry.model._meta.db_table in existing for entry in guards())
    if complete:
        parts += [versioned_sql(entry) for entry in guards()]
        parts += [_extra[name]() for name in sorted(_extra)]
    role = settings.RUN_ROLE
    if role:
        undeletable = [e.model._meta.db_table for e in guards() if not e.deletable]
        undeletable.append(apps.get_model(settings.AUTH_USER_MODEL)._meta.db_table)
        parts.append(grants_sql(role, append_only, [t for t in undeletable if t in existing]))
    return parts


def install(cursor: CursorWrapper) -> None:
    """Install every guard and the run role's rights; the connection must be the owner's. Idempotent.

    Beside people at work: a script needs locks of its tables, and gives way to whoever has one before PostgreSQL takes
    both for a deadlock and ends one of them (`deadlock_timeout`, a second). Each is installed as a whole or not at all.
    """
    for script in render(frozenset(cursor.db.introspection.table_names(cursor))):
        _install(cursor, script)


def _install(cursor: CursorWrapper, script: str) -> None:
    for tries_left in range(MOST_TRIES - 1, -1, -1):
        try:
            with transaction.atomic(using=cursor.db.alias):
                cursor.execute("SET LOCAL lock_timeout = '500ms'")
                cursor.execute(script)
            return
        except OperationalError:
            if not tries_left:
                raise
            time.sleep(TRY_AGAIN_SECONDS)


def install_after_migrate(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """At the end of `migrate`, once: all tables of the plan exist by then."""
    if sender.label != "audit":
        return
    with connections[using].cursor() as cursor:
        install(cursor)
