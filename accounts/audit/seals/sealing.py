"""Making a seal of all that was recorded since the one before.

Which rows that are, transactions decide, not dates: a seal keeps PostgreSQL's own snapshot (its end, and what was
still running), so that "visible now and not visible then" is exact. What was open at one seal falls to the next,
however long it takes; what was dated in the past falls to the seal after it was recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import structlog
from django.db import connection, transaction

from accounts.audit.seals.digests import BLOCK, fix_settings, keyed_digests
from accounts.audit.seals.manifest import FORMAT, seal_hash
from accounts.audit.seals.models import Seal, SealBlock
from accounts.audit.seals.registry import SealedTable, names_of, sealed_tables
from accounts.audit.session_locks import alone
from accounts.models import User

log = structlog.get_logger(__name__)

BLOCKS_AT_ONCE = 20
LOCK = "hashtextextended('audit seal', 0)"


def seal(*, by: User) -> Seal | None:
    """Seal what was recorded since the last seal; returns the new seal, None when there was nothing.

    1. One at a time: whoever comes second waits, and finds less or nothing to do.
    2. One transaction of one snapshot: a seal is there with all its blocks or not at all.
    3. The time is that of the database's clock; call outside any transaction.
    """
    # Held before the snapshot of the transaction is taken, let go of after its commit.
    with alone(LOCK), transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        fix_settings()
        made = _seal_fresh_rows(by)
        if made is None:
            transaction.set_rollback(True)
    if made is not None:
        log.info("history_sealed", number=made.number, hash=made.hash, rows=made.rows)
    return made


def system_identifier() -> str:
    """Return what PostgreSQL calls this cluster; a copy restored from a dump into another has that one's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier::text FROM pg_control_system()")
        return str(cursor.fetchone()[0])


def _seal_fresh_rows(by: User) -> Seal | None:
    before = Seal.objects.order_by("-number").first()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text, statement_timestamp()")
        snapshot, sealed_at = cursor.fetchone()
    made = Seal(
        number=before.number + 1 if before else 1,
        sealed_at=sealed_at,
        format=FORMAT,
        system=system_identifier(),
        snapshot=snapshot,
        tables=[],
        rows=0,
        previous_hash=before.hash if before else "",
        by=by,
    )
    # The blocks name their seal, whose hash needs them first.
    made.pk = _next_id()
    kept = _Blocks(made)
    for table in sealed_tables():
        if told := _seal_table(table, before, made, kept):
            made.tables.append(told)
            made.rows += told["rows"]
    if not made.tables:
        return None
    made.hash = seal_hash(made)
    made.save(force_insert=True)
    kept.flush()
    return made


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('audit_seal', 'id'))")
        return int(cursor.fetchone()[0])


@dataclass
class _Blocks:
    """Blocks on their way to the database."""

    seal: Seal

    def __post_init__(self) -> None:
        self.waiting: list[SealBlock] = []

    def add(self, **fields: Any) -> None:
        self.waiting.append(SealBlock(seal=self.seal, **fields))
        if len(self.waiting) >= BLOCKS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        # The seal itself comes last: the foreign key is looked at when the transaction ends.
        SealBlock.objects.bulk_create(self.waiting)
        self.waiting = []


def _seal_table(table: SealedTable, before: Seal | None, made: Seal, kept: _Blocks) -> dict[str, Any] | None:
    """Write the blocks of a table's fresh rows; returns what the seal says of it, None when there are none."""
    whole, rows, ordinal = sha256(), 0, 0
    with connection.chunked_cursor() as cursor:
        cursor.execute(*_fresh_keys(table, before, made))
        while chunk := [key for (key,) in cursor.fetchmany(BLOCK)]:
            found = list(keyed_digests(table.name, table.columns, chunk))
            digests = b"".join(digest for _key, digest in found)
            ordinal += 1
            kept.add(table_name=table.name, ordinal=ordinal, keys=[key for key, _ in found], digests=digests)
            whole.update(digests)
            rows += len(found)
    if not rows:
        return None
    return {
        "table": table.name,
        "key": table.key,
        "columns": list(table.columns),
        "rows": rows,
        "digest": whole.hexdigest(),
    }


def _fresh_keys(table: SealedTable, before: Seal | None, made: Seal) -> tuple[str, list[Any]]:
    """Return the query for the keys of a table's rows that no seal holds, ascending.

    Transactions narrow it down; that no row is sealed twice, the keys of the blocks decide. After a restore into
    another cluster transactions are counted anew and say nothing of rows sealed before: then the keys alone decide.
    """
    quote = connection.ops.quote_name
    key, narrowed, params = quote(table.key), "", []
    if before is not None and before.system == made.system:
        narrowed = (
            "AND t.recorded_xid >= pg_snapshot_xmin(%s::pg_snapshot)::text::bigint"
            " AND NOT pg_visible_in_snapshot(t.recorded_xid::text::xid8, %s::pg_snapshot)"
        )
        params = [before.snapshot, before.snapshot]
    # As a join it might go through all sealed keys for each fresh row: of transactions that are newer than its
    # statistics PostgreSQL expects a row or none.
    query = f"""
        SELECT t.{key} FROM public.{quote(table.name)} t WHERE true {narrowed}
        EXCEPT SELECT unnest(keys) FROM public.audit_sealblock WHERE table_name = ANY (%s)
        ORDER BY 1
    """
    return query, [*params, names_of(table.name)]
