"""Which tables are sealed, and what became of tables and columns that older seals name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from accounts.audit.guards import append_only_models

# Told by the chain of hashes itself.
NOT_SEALED = ("audit_seal", "audit_sealblock")

# To be filled in by whoever renames or drops something that was sealed, beside the migration that does it: old name →
# new name, None when it was dropped. What is not named here and is not there counts as a finding.
FORMER_TABLES: dict[str, str | None] = {}
FORMER_COLUMNS: dict[tuple[str, str], str | None] = {}


@dataclass(frozen=True)
class SealedTable:
    """A table whose rows are sealed: the column of its integer key, and all its columns, the key first."""

    name: str
    key: str
    columns: tuple[str, ...]
    model: type[models.Model]


def sealed_tables() -> list[SealedTable]:
    """Return every append-only table but the seals' own, by name."""
    return [_of(model) for model in append_only_models() if model._meta.db_table not in NOT_SEALED]


def _of(model: type[models.Model]) -> SealedTable:
    meta: Any = model._meta
    key = meta.pk.column
    others = sorted(
        field.column for field in meta.concrete_fields if not field.primary_key and not field.generated
    )
    return SealedTable(meta.db_table, key, (key, *others), model)


def names_of(table: str) -> list[str]:
    """Return every name under which a table's rows were sealed, the present one first."""
    return [table, *sorted(old for old, new in FORMER_TABLES.items() if new == table)]


@dataclass(frozen=True)
class Present:
    """A sealed table as it is now, under its present names: `lost` are columns gone without a word in FORMER_COLUMNS,
    `dropped` those that it names."""

    table: str
    columns: tuple[str, ...]
    lost: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        return bool(self.table) and not self.lost and not self.dropped


def present(name: str, columns: list[str]) -> Present:
    """Return where the columns that a seal names are today, in the seal's order."""
    table = FORMER_TABLES.get(name, name)
    existing = _columns(table) if table else set()
    if not table or not existing:
        return Present("", (), **{"lost" if table else "dropped": tuple(columns)})
    now: list[Any] = [FORMER_COLUMNS.get((name, column), column) for column in columns]
    lost = [old for old, new in zip(columns, now, strict=True) if new is not None and new not in existing]
    dropped = [old for old, new in zip(columns, now, strict=True) if new is None]
    return Present(
        table, tuple(new for new in now if new in existing), lost=tuple(lost), dropped=tuple(dropped)
    )


def _columns(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
            [f'public."{table}"'],
        )
        return {name for (name,) in cursor.fetchall()}
