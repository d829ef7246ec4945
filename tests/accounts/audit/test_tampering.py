"""What was changed, removed or slipped in is named, also when it was done with every right and no trigger awake."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.audit.seals.models import Seal, SealBlock
from accounts.audit.seals.registry import sealed_tables
from accounts.audit.seals.verify import Given, verify
from accounts.models import User
from directives import services
from directives.models import Assignment
from tests.accounts.audit.sealed import Said, Tamperer, brief, given, number, said, sealed, tampered
from tests.cast import Cast, at

pytestmark = pytest.mark.django_db(transaction=True)

by_either = pytest.mark.parametrize("who", Tamperer, ids=lambda who: who.name.lower())
PAST = "directives_historicalassignment"
LEDGER = "directives_deadlineentry"
LOG = "audit_accesslog"
SEAL, BLOCK = "audit_seal", "audit_sealblock"


@pytest.fixture
def row(cast: Cast, spread: dict[str, Assignment]) -> Assignment:
    """An assignment with several versions, two seals in the chain."""
    record(AccessLog.Kind.PRINT, actor=cast.officer, what="Phiếu")
    sealed()
    services.suspend(assignment=spread["accepted"], by=cast.secretary, at=at(9, 7), reason="Chờ kinh phí")
    sealed()
    assert said() == set()
    return spread["accepted"]


def copied(table: str, key: str, of: int, **values: str) -> str:
    """A statement that inserts a copy of a row with some values changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0", [table]
        )
        columns = [name for (name,) in cursor.fetchall() if name != key]
    listed = ", ".join(f'"{column}"' for column in columns)
    chosen = ", ".join(values.get(column, f'"{column}"') for column in columns)
    return f"INSERT INTO {table} ({listed}) SELECT {chosen} FROM {table} WHERE {key} = {of}"


@by_either
def test_each_kind_of_tampering_is_found_and_named(
    row: Assignment, who: Tamperer, record_property: Callable[[str, object], None]
) -> None:
    oldest = row.history.order_by("version").first()
    entry = row.deadlines.get()
    line = AccessLog.objects.get()
    live = ("directives_assignment", row.pk)
    first, second = Seal.objects.order_by("number")
    next_version = number(f"SELECT last_value + 1 FROM {PAST}_history_id_seq")
    next_line = number(f"SELECT last_value + 1 FROM {LOG}_id_seq")
    cases: dict[str, tuple[tuple[str, ...], set[Said]]] = {
        "history changed": (
            (f"UPDATE {PAST} SET due_on = '2030-01-01' WHERE history_id = {oldest.history_id}",),
            {("row_changed", PAST, oldest.history_id)},
        ),
        "history emptied where there was nothing": (
            (f"UPDATE {PAST} SET history_change_reason = NULL WHERE history_id = {oldest.history_id}",),
            {("row_changed", PAST, oldest.history_id)},
        ),
        "history removed": (
            (f"DELETE FROM {PAST} WHERE history_id = {oldest.history_id}",),
            {("row_removed", PAST, oldest.history_id)},
        ),
        "history dated back with the number of an old transaction": (
            (copied(PAST, "history_id", oldest.history_id, version="0", history_type="'-'"),),
            {("row_slipped_in", PAST, next_version), ("live_unrecorded", *live)},
        ),
        "log dated back with the number of a new transaction": (
            (
                copied(
                    LOG,
                    "id",
                    line.pk,
                    recorded_xid="pg_current_xact_id()::text::bigint",
                    recorded_at="'2024-01-01'",
                ),
            ),
            {("row_slipped_in", LOG, next_line)},
        ),
        "ledger changed": (
            (f"UPDATE {LEDGER} SET due_on = '2030-01-01' WHERE id = {entry.pk}",),
            {("row_changed", LEDGER, entry.pk)},
        ),
        "ledger removed": (
            (f"DELETE FROM {LEDGER} WHERE id = {entry.pk}",),
            {("row_removed", LEDGER, entry.pk)},
        ),
        "log changed": ((f"UPDATE {LOG} SET what = 'khác'",), {("row_changed", LOG, line.pk)}),
        "log emptied": ((f"TRUNCATE {LOG}",), {("row_removed", LOG, line.pk)}),
        "a key taken by another row": (
            (f"UPDATE {LOG} SET id = 900",),
            {("row_removed", LOG, line.pk), ("row_slipped_in", LOG, 900)},
        ),
        "live row changed behind its history": (
            (f"UPDATE directives_assignment SET due_on = '2030-01-01' WHERE id = {row.pk}",),
            {("live_differs", *live)},
        ),
        "live row changed with a forged version": (
            (
                f"UPDATE directives_assignment SET progress = 99 WHERE id = {row.pk}",
                f"UPDATE {PAST} SET progress = 99 WHERE history_id = {row.history.latest('version').history_id}",
            ),
            {("row_changed", PAST, row.history.latest("version").history_id)},
        ),
        "seal changed": (
            (f"UPDATE {SEAL} SET rows = rows + 1 WHERE number = 2",),
            {("seal_changed", "", None)},
        ),
        "seal re-hashed alone": (
            (f"UPDATE {SEAL} SET hash = repeat('0', 64) WHERE number = 1",),
            {("seal_changed", "", None), ("seal_unchained", "", None)},
        ),
        "seal tied to another one before it": (
            (f"UPDATE {SEAL} SET previous_hash = repeat('1', 64) WHERE number = 2",),
            {("seal_changed", "", None), ("seal_unchained", "", None)},
        ),
        "digests of a seal changed": (
            (f"UPDATE {BLOCK} SET digests = sha256('x') WHERE table_name = '{LOG}'",),
            {("seal_rows_changed", LOG, None), ("row_changed", LOG, line.pk)},
        ),
        "row and its digest changed": (
            (f"UPDATE {LOG} SET what = 'khác'", _digest_put_right(line)),
            {("seal_rows_changed", LOG, None)},
        ),
        "blocks removed": (
            (f"DELETE FROM {BLOCK} WHERE table_name = '{LOG}'",),
            {("seal_rows_changed", LOG, None), ("row_slipped_in", LOG, line.pk)},
        ),
    }
    found: dict[str, set[Said]] = {}
    for name, (statements, _expected) in cases.items():
        with tampered(*statements, who=who):
            assert number("SELECT rolsuper::int FROM pg_roles WHERE rolname = current_user") == (
                who is Tamperer.SUPERUSER
            )
            found[name] = said()
    assert found == {name: expected for name, (_statements, expected) in cases.items()}
    assert said() == set()
    assert (first.number, second.number) == (1, 2)
    record_property(
        "assurance", ["seals", f"Kinds of tampering by {who}, each found and named", len(cases), 0]
    )


def _digest_put_right(line: AccessLog) -> str:
    """As a forger who knows the format would."""
    told = next(told for told in Seal.objects.get(number=1).tables if told["table"] == LOG)
    values = " || E'\\t' || ".join(f"""coalesce("{column}"::text, '\\N')""" for column in told["columns"])
    return f"""
        UPDATE {BLOCK} SET digests = (SELECT sha256(convert_to({values}, 'UTF8')) FROM {LOG})
        WHERE table_name = '{LOG}'
    """


@by_either
def test_a_row_changed_or_removed_in_any_sealed_table_is_named(
    row: Assignment, who: Tamperer, record_property: Callable[[str, object], None]
) -> None:
    tables = {told["table"]: told["key"] for seal in Seal.objects.all() for told in seal.tables}
    assert len(tables) >= 20
    first = {table: number(f'SELECT min("{key}") FROM "{table}"') for table, key in tables.items()}
    changed = [
        f"""UPDATE "{table}" SET recorded_at = recorded_at - interval '1 microsecond' WHERE "{key}" = {first[table]}"""
        for table, key in tables.items()
    ]
    with tampered(*changed, who=who):
        assert said() == {("row_changed", table, first[table]) for table in tables}
    removed = [f'DELETE FROM "{table}" WHERE "{key}" = {first[table]}' for table, key in tables.items()]
    with tampered(*removed, who=who):
        named = {finding for finding in said() if finding[0] == "row_removed"}
    assert named == {("row_removed", table, first[table]) for table in tables}
    record_property("assurance", ["seals", "Rows changed or removed, each found", 2 * len(tables), 0])


@by_either
def test_the_live_rows_of_every_model_with_history_are_compared(
    row: Assignment, cast: Cast, who: Tamperer
) -> None:
    user = cast.officer
    kind = cast.hanoi.kind
    name = cast.danang.names.get()
    with tampered(
        f"UPDATE accounts_user SET full_name = 'Khác' WHERE id = {user.pk}",
        f"DELETE FROM steering_unitname WHERE id = {name.pk}",
        "INSERT INTO steering_unitkind (code, name, \"order\") VALUES ('moi', 'Mới', 99)",
        f"DELETE FROM accounts_user_groups WHERE user_id = {cast.head.pk}",
        who=who,
    ):
        new = number("SELECT max(id) FROM steering_unitkind")
        found = verify().findings
    assert {brief(finding) for finding in found} == {
        ("live_differs", "accounts_user", user.pk),
        ("live_differs", "accounts_user", cast.head.pk),
        ("live_gone", "steering_unitname", name.pk),
        ("live_unrecorded", "steering_unitkind", new),
    }
    assert {(f.key, f.columns) for f in found if f.kind == "live_differs"} == {
        (user.pk, ("full_name",)),
        (cast.head.pk, ("groups",)),
    }
    assert new != kind.pk


def test_a_finding_says_whose_row_it_is_and_of_when(row: Assignment, cast: Cast) -> None:
    newest = row.history.latest("version")
    with tampered(
        f"UPDATE {PAST} SET progress = 55 WHERE history_id = {newest.history_id}",
        f"UPDATE directives_assignment SET progress = 55 WHERE id = {row.pk}",
    ):
        (finding,) = verify().findings
    assert (finding.seal, finding.of, finding.who) == (2, row.pk, cast.secretary.username)
    assert finding.when == "2023-07-09T02:00:00+00:00"
    assert str(finding) == (
        f"row_changed: {PAST} {newest.history_id}; of row {row.pk}; in seal 2; says thuky, 2023-07-09T02:00:00+00:00"
    )


def test_the_mailed_seal_shows_what_the_database_alone_cannot(row: Assignment, cast: Cast) -> None:
    """Whoever owns the server can remove the newest rows with their seal, or make the chain anew."""
    line = record(AccessLog.Kind.EXPORT, actor=cast.officer, what="Danh sách")
    mailed = sealed()
    assert said(given=given(mailed)) == set()
    gone = (
        f"DELETE FROM {LOG} WHERE id = {line.pk}",
        f"DELETE FROM {BLOCK} WHERE seal_id = {mailed.pk}",
        f"DELETE FROM {SEAL} WHERE id = {mailed.pk}",
    )
    with tampered(*gone):
        assert said() == set()
        assert said(given=given(mailed)) == {("given_missing", "", None)}
    with tampered(f"UPDATE {SEAL} SET hash = reverse(hash) WHERE id = {mailed.pk}"):
        assert ("given_differs", "", None) in said(given=given(mailed))
    with tampered(f"DELETE FROM {BLOCK}", f"DELETE FROM {SEAL}"):
        assert said() == set()
        assert said(given=given(mailed)) == {("given_missing", "", None)}


def test_a_seal_missing_in_the_middle_is_missed(row: Assignment) -> None:
    second = Seal.objects.get(number=2)
    record(AccessLog.Kind.PRINT, actor=User.objects.system(), what="x")
    sealed()
    with tampered(f"DELETE FROM {BLOCK} WHERE seal_id = {second.pk}", f"DELETE FROM {SEAL} WHERE number = 2"):
        kinds = {kind for kind, _table, _key in said()}
    assert kinds == {"seal_missing", "row_slipped_in"}


def test_the_run_role_can_touch_no_seal(row: Assignment) -> None:
    assert SealBlock.objects.exists()
    names = {table.name for table in sealed_tables()}
    assert {"audit_check", "audit_checkrequest", LOG, PAST, LEDGER} <= names
    assert not {SEAL, BLOCK} & names


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "x:y",
        "1:abc",
        f"-1:{'0' * 64}",
        f"1:{'g' * 64}",
        f"1:{'0' * 63} ",
        f"1:-{'0' * 63}",
        f"1:{'0' * 31}_{'0' * 32}",
        f"{'9' * 25}:{'0' * 64}",
    ],
)
def test_what_is_no_seal_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(ValueError, match="NUMBER:HASH"):
        Given.parse(text)
