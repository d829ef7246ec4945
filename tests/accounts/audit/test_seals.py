"""Sealing: every recorded row in exactly one seal, whatever was open meanwhile, and the same hash for everybody."""

from __future__ import annotations

import threading
from hashlib import sha256

import psycopg
import pytest
from django.db import connection, transaction

from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.audit.seals import sealing, strangers
from accounts.audit.seals.digests import digests, fix_settings
from accounts.audit.seals.findings import Notice
from accounts.audit.seals.models import Seal, SealBlock
from accounts.audit.seals.registry import sealed_tables
from accounts.audit.seals.sealing import seal
from accounts.audit.seals.verify import verify
from accounts.models import User
from directives.models import Assignment
from tests.accounts.audit.sealed import another_session, said, sealed, tampered
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

LINE = "INSERT INTO audit_accesslog (kind, at, username, what) VALUES ('print', now(), '', %s) RETURNING id"


def keys(made: Seal, table: str) -> list[int]:
    """The keys of a table's rows in a seal."""
    blocks = SealBlock.objects.filter(seal=made, table_name=table).order_by("ordinal")
    return [key for block in blocks for key in block.keys]


def write_line(session: psycopg.Connection, what: str = "Phiếu") -> int:
    row = session.execute(LINE, [what]).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.usefixtures("spread")
def test_every_recorded_row_is_in_one_seal() -> None:
    made = sealed()
    for table in sealed_tables():
        there = set(table.model._default_manager.values_list("pk", flat=True))
        held = keys(made, table.name)
        assert len(held) == len(set(held)) and set(held) == there, table.name
    assert made.rows == sum(len(keys(made, table.name)) for table in sealed_tables()) > 100
    assert (made.number, made.previous_hash) == (1, "")
    assert verify().found == 0


def test_nothing_new_makes_no_seal_and_what_is_new_makes_the_next(cast: Cast) -> None:
    first = sealed()
    assert seal(by=User.objects.system()) is None
    line = record(AccessLog.Kind.PRINT, actor=cast.officer, what="Phiếu")
    second = sealed()
    assert keys(second, "audit_accesslog") == [line.pk]
    assert (second.number, second.rows, second.previous_hash) == (2, 1, first.hash)
    assert verify().found == 0


def test_a_transaction_open_at_midnight_falls_to_the_next_seal(cast: Cast) -> None:
    """Its number and its row's key are smaller than those of rows that were sealed while it was open."""
    with another_session() as slow, another_session() as quick:
        late = write_line(slow)
        early = write_line(quick)
        quick.commit()
        first = sealed()
        assert keys(first, "audit_accesslog") == [early] and late < early
        slow.commit()
    report = verify()
    assert (report.found, report.unsealed) == (0, 1)
    second = sealed()
    assert keys(second, "audit_accesslog") == [late]
    assert (verify().found, verify().unsealed) == (0, 0)


def test_what_was_rolled_back_is_in_no_seal(cast: Cast) -> None:
    sealed()
    with another_session() as session:
        write_line(session)
        session.rollback()
    assert seal(by=User.objects.system()) is None
    assert verify().found == 0


def test_two_who_seal_at_once_make_one_seal(cast: Cast) -> None:
    made: list[Seal | None] = []
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        made.append(seal(by=User.objects.system()))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found is None for found in made].count(True) == 1
    assert Seal.objects.count() == 1
    assert verify().found == 0


def test_a_seal_cannot_be_made_within_a_transaction(cast: Cast) -> None:
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        seal(by=User.objects.system())


@pytest.mark.usefixtures("spread")
def test_the_hash_does_not_depend_on_the_session_and_can_be_recomputed_with_other_tools() -> None:
    made = sealed()
    told = next(told for told in made.tables if told["table"] == "directives_historicalassignment")
    columns = ", ".join(f'"{column}"' for column in told["columns"])
    with another_session() as session:
        session.execute("SET DateStyle = 'ISO, DMY'; SET TimeZone = 'UTC'")
        with session.cursor().copy(
            f"COPY (SELECT {columns} FROM {told['table']} ORDER BY {told['key']}) TO STDOUT"
        ) as copy:
            lines = b"".join(bytes(data) for data in copy).split(b"\n")[:-1]
    assert len(lines) == told["rows"]
    assert sha256(b"".join(sha256(line).digest() for line in lines)).hexdigest() == told["digest"]
    block = SealBlock.objects.get(seal=made, table_name=told["table"])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL DateStyle = 'SQL, DMY'; SET LOCAL TimeZone = 'America/New_York'")
        assert digests(told["table"], told["columns"], block.keys) != bytes(block.digests)
        fix_settings()
        assert digests(told["table"], told["columns"], block.keys) == bytes(block.digests)


def test_a_table_that_was_renamed_or_lost_a_column_is_said_to_have_changed_not_tampered_with(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from accounts.audit.seals import registry

    record(AccessLog.Kind.PRINT, actor=cast.officer, what="Phiếu")
    sealed()
    with tampered("ALTER TABLE audit_accesslog ADD COLUMN later text NOT NULL DEFAULT 'x'"):
        assert said() == set()
    with tampered("ALTER TABLE audit_accesslog DROP COLUMN username"):
        assert said() == {("column_lost", "audit_accesslog", None)}
        monkeypatch.setitem(registry.FORMER_COLUMNS, ("audit_accesslog", "username"), None)
        report = verify()
        assert [(row.kind, row.columns) for row in report.notices] == [(Notice.DROPPED, ("username",))]
        assert report.found == 0
    monkeypatch.delitem(registry.FORMER_COLUMNS, ("audit_accesslog", "username"))
    key = AccessLog.objects.get().pk
    renamed = "ALTER TABLE audit_accesslog RENAME COLUMN what TO content"
    with tampered(renamed):
        assert said() == {("column_lost", "audit_accesslog", None)}
        monkeypatch.setitem(registry.FORMER_COLUMNS, ("audit_accesslog", "what"), "content")
        assert said() == set()
    with tampered(renamed, "UPDATE audit_accesslog SET content = 'khác'"):
        assert said() == {("row_changed", "audit_accesslog", key)}


def test_after_a_restore_into_another_cluster_the_keys_decide(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There transactions are counted anew: what is recorded bears numbers that the last seal took for long done."""
    sealed_line = record(AccessLog.Kind.PRINT, actor=cast.officer, what="Phiếu")
    before = sealed()
    new = sealed_line.pk + 1
    counted_anew = (
        "INSERT INTO audit_accesslog (id, kind, at, username, what, recorded_at, recorded_xid)"
        f" VALUES ({new}, 'print', now(), '', 'x', now(), 3)"
    )
    with tampered(counted_anew):
        assert said() == {("row_slipped_in", "audit_accesslog", new)}
        for module in (sealing, strangers):
            monkeypatch.setattr(module, "system_identifier", lambda: "another")
        report = verify()
        assert (report.found, [(row.kind, row.seal) for row in report.notices]) == (0, [("restored", 1)])
        table = next(table for table in sealed_tables() if table.name == "audit_accesslog")
        moved = Seal(system="another", snapshot=before.snapshot)
        with connection.cursor() as cursor:
            cursor.execute(*sealing._fresh_keys(table, before, moved))
            assert cursor.fetchall() == [(new,)]


def test_no_fresh_row_goes_through_all_that_is_sealed() -> None:
    """What is newer than the statistics PostgreSQL takes for a row or none: as a join it would meet each of a night's
    rows with millions of keys, one by one."""
    made = sealed()
    for table in sealed_tables():
        query, params = sealing._fresh_keys(table, made, made)
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {query}", params)
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "SetOp" in plan and "Join" not in plan and "Nested Loop" not in plan, plan


def test_the_blocks_hold_more_than_one_block_of_a_table(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("sealing", "digests"):
        monkeypatch.setattr(f"accounts.audit.seals.{module}.BLOCK", 4)
    made = sealed()
    assert len(keys(made, "accounts_historicaluser")) > 8
    assert SealBlock.objects.filter(seal=made, table_name="accounts_historicaluser").count() > 2
    assert verify().found == 0
    user = User.history.order_by("history_id")[5]
    with tampered(f"UPDATE accounts_historicaluser SET post = 'Khác' WHERE history_id = {user.history_id}"):
        assert ("row_changed", "accounts_historicaluser", user.history_id) in said()


@pytest.mark.usefixtures("spread")
def test_progress_is_told_up_to_the_last_row() -> None:
    made = sealed()
    told: list[tuple[int, int]] = []
    verify(progress=lambda done, rows: told.append((done, rows)))
    assert told[-1] == (made.rows, made.rows)
    assert Assignment.objects.count() > 10
