"""Checking everything: the chain of seals, each sealed row, rows that no seal knows, and the rows that people see.

It reads what is in the database and believes none of it but a seal that the auditor brings along (`given`), which
pins all seals and rows up to its own. Memory is flat: a block of rows at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db import transaction

from accounts.audit.seals.described import described
from accounts.audit.seals.digests import SIZE, digests, fix_settings, keyed_digests
from accounts.audit.seals.findings import Kind, Notice, Report
from accounts.audit.seals.live import compare_live_rows
from accounts.audit.seals.manifest import seal_hash
from accounts.audit.seals.models import Seal, SealBlock
from accounts.audit.seals.registry import Present, present
from accounts.audit.seals.strangers import look_for_strangers

Progress = Callable[[int, int], None]
BLOCKS_AT_ONCE = 20
_GIVEN = re.compile(rf"(?P<number>[0-9]{{1,9}}):(?P<hash>[0-9a-fA-F]{{{2 * SIZE}}})")


@dataclass(frozen=True)
class Given:
    """A seal as it was mailed: its number and its hash."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Given:
        """Return what "17:0a1b…" says. Raises ValueError for anything else."""
        found = _GIVEN.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is not NUMBER:HASH with {2 * SIZE} hexadecimal digits.")
        return cls(int(found["number"]), found["hash"].lower())


def verify(*, given: Given | None = None, progress: Progress = lambda done, rows: None) -> Report:
    """Check everything and return what was found.

    `progress` is told, now and then, how many sealed rows of how many are done.
    1. Each seal's hash is that of its contents and of the seal before; none is missing; `given` is among them.
    2. Each sealed row is there and has the digest it had.
    3. What no seal holds was recorded after the last one.
    4. Each row that has a history is what the newest version says.
    """
    report = Report(given_seal=str(given or ""))
    rows = sum(Seal.objects.values_list("rows", flat=True))
    last: Seal | None = None
    for seal in Seal.objects.order_by("number").iterator(chunk_size=50):
        _check_link(seal, last, report)
        for told in seal.tables:
            for done in _check_rows(seal, told, report):
                report.rows += done
                progress(report.rows, rows)
        report.seals += 1
        last = seal
    if given is not None:
        _compare_with_given(given, report)
    if last is not None:
        report.last_seal = str(last)
    look_for_strangers(last, report)
    compare_live_rows(report)
    return report


def _check_link(seal: Seal, before: Seal | None, report: Report) -> None:
    expected = before.number + 1 if before else 1
    for missing in range(expected, min(seal.number, expected + 100)):
        report.add(Kind.SEAL_MISSING, seal=missing)
    if seal_hash(seal) != seal.hash:
        report.add(Kind.SEAL_CHANGED, seal=seal.number)
    if seal.number == expected and seal.previous_hash != (before.hash if before else ""):
        report.add(Kind.SEAL_UNCHAINED, seal=seal.number)


def _compare_with_given(given: Given, report: Report) -> None:
    found = Seal.objects.filter(number=given.number).values_list("hash", flat=True).first()
    if found is None:
        report.add(Kind.GIVEN_MISSING, seal=given.number)
    elif found != given.hash:
        report.add(Kind.GIVEN_DIFFERS, seal=given.number)


def _check_rows(seal: Seal, told: dict[str, Any], report: Report) -> Iterator[int]:
    """Check what a seal says of one table, yielding the number of rows after each block."""
    name = told["table"]
    now = present(name, told["columns"])
    if now.lost:
        report.add(Kind.COLUMN_LOST, table=name, seal=seal.number, columns=now.lost)
    if now.dropped:
        report.note(Notice.DROPPED, table=name, seal=seal.number, columns=now.dropped)
    whole, rows = sha256(), 0
    for block in _blocks(seal, name):
        kept = bytes(block.digests)
        whole.update(kept)
        rows += len(block.keys)
        if now.is_complete:
            _check_block(seal, now, block.keys, kept, report)
        yield len(block.keys)
    if rows != told["rows"] or whole.hexdigest() != told["digest"]:
        report.add(Kind.SEAL_ROWS_CHANGED, table=name, seal=seal.number)


def _blocks(seal: Seal, table: str) -> Iterator[SealBlock]:
    rows = SealBlock.objects.filter(seal=seal, table_name=table).order_by("ordinal")
    return rows.iterator(chunk_size=BLOCKS_AT_ONCE)


def _check_block(seal: Seal, now: Present, keys: list[int], kept: bytes, report: Report) -> None:
    """Compare a block at once; only where it differs, row by row."""
    with transaction.atomic():
        fix_settings()
        if digests(now.table, now.columns, keys) == kept:
            return
        found = dict(keyed_digests(now.table, now.columns, keys))
    wanted = {key: kept[n * SIZE : (n + 1) * SIZE] for n, key in enumerate(keys)}
    removed = [key for key in keys if key not in found]
    changed = [key for key in keys if key in found and found[key] != wanted[key]]
    for key in removed:
        report.add(Kind.ROW_REMOVED, table=now.table, key=key, seal=seal.number)
    for key, known in described(now.table, changed):
        report.add(Kind.ROW_CHANGED, table=now.table, key=key, seal=seal.number, **known)
