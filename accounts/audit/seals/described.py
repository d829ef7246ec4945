"""Who wrote a row, when, and of what it tells: as far as the row itself says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from accounts.audit.seals.registry import sealed_tables
from accounts.models import User

# Where models keep who wrote the row; the first that a model has counts.
AUTHORS = ("history_user_id", "recorded_by_id", "author_id", "actor_id", "by_id")


def described(table: str, keys: Iterable[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each key with `who`, `when` (UTC) and `of` for a finding, as the rows stand now."""
    wanted = list(keys)
    model = next((sealed.model for sealed in sealed_tables() if sealed.name == table), None)
    if model is None or not wanted:
        yield from ((key, {}) for key in wanted)
        return
    names = {field.attname for field in model._meta.concrete_fields}
    author = next((name for name in AUTHORS if name in names), None)
    asked = [name for name in (author, "history_date", "id", "history_type") if name in names]
    rows: dict[int, dict[str, Any]] = {
        row["pk"]: row
        for row in model._default_manager.filter(pk__in=wanted).values("pk", "recorded_at", *asked)
    }
    authors = {row[author] for row in rows.values()} if author else set()
    users: dict[Any, str] = dict(User.objects.filter(pk__in=authors - {None}).values_list("pk", "username"))
    for key in wanted:
        row = rows.get(key)
        if row is None:
            yield key, {}
            continue
        when = row.get("history_date") or row["recorded_at"]
        yield (
            key,
            {
                "who": users.get(row.get(author or ""), ""),
                "when": when.astimezone(UTC).isoformat(timespec="seconds"),
                "of": row["id"] if "history_type" in row else None,
            },
        )
