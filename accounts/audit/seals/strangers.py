"""Rows that no seal holds: recorded since the last seal, or slipped in behind its back."""

from __future__ import annotations

from typing import Any

from django.db import connection

from accounts.audit.seals.described import described
from accounts.audit.seals.findings import MOST_FINDINGS, Kind, Notice, Report
from accounts.audit.seals.models import Seal
from accounts.audit.seals.registry import SealedTable, names_of, sealed_tables
from accounts.audit.seals.sealing import system_identifier

# How far the server's clock may have been put back since a seal.
CLOCK_TOLERANCE = "1 minute"


def look_for_strangers(last: Seal | None, report: Report) -> None:
    """Count the rows that no seal holds, and name those that cannot have been recorded after the last seal.

    1. A transaction that the last seal's snapshot shows as done left no row unsealed then.
    2. A transaction begun after that snapshot recorded nothing before the seal's time.
    Both need the counter of transactions that the seal knew: after a restore into another cluster nothing can be said
    until the next seal.
    """
    judged = last is not None and last.system == system_identifier()
    if last is not None and not judged:
        report.note(Notice.RESTORED, seal=last.number)
    for table in sealed_tables():
        unsealed, suspects = _unsealed(table, last if judged else None)
        report.unsealed += unsealed
        for key, known in described(table.name, suspects[:MOST_FINDINGS]):
            report.add(Kind.ROW_SLIPPED_IN, table=table.name, key=key, **known)
        report.found += len(suspects[MOST_FINDINGS:])


def _unsealed(table: SealedTable, last: Seal | None) -> tuple[int, list[int]]:
    """Return how many rows no seal holds, and the keys of those among them that are no fresh ones."""
    quote = connection.ops.quote_name
    key = f"t.{quote(table.key)}"
    is_old, params = "false", []
    if last is not None:
        is_old = f"""
            pg_visible_in_snapshot(t.recorded_xid::text::xid8, %s::pg_snapshot)
            OR t.recorded_xid >= pg_snapshot_xmax(%s::pg_snapshot)::text::bigint
                AND t.recorded_at < %s::timestamptz - interval '{CLOCK_TOLERANCE}'
        """
        params = [last.snapshot, last.snapshot, last.sealed_at]
    query = f"""
        SELECT count(*), coalesce(array_agg({key} ORDER BY {key}) FILTER (WHERE {is_old}), '{{}}')
        FROM public.{quote(table.name)} t
        LEFT JOIN (SELECT unnest(keys) AS key FROM public.audit_sealblock WHERE table_name = ANY (%s)) s
            ON s.key = {key}
        WHERE s.key IS NULL
    """
    values: list[Any] = [*params, names_of(table.name)]
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        unsealed, suspects = cursor.fetchone()
    return unsealed, suspects
