"""Making a sector: the same for the same seed, under the guards, and never beside what is there."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from directives.models import Assignment
from directives.sector import cases_sql, generate
from directives.sector.schedule import Phase, phases
from directives.sector.tree import SO_Y_TE, places
from steering.models import Unit
from tests.accounts.audit.sealed import said, sealed, tampered
from tests.cast import Cast

ON = date(2026, 11, 28)
# What differs between two databases, or by the clock.
NOT_COMPARED = [
    "id", "history_id", "recorded_at", "recorded_xid", "assignment_id", "directive_id", "unit_id", "result_id",
    "transferred_from_id", "history_user_id", "basis_id", "based_on_id", "author_id", "recorded_by_id", "asked_by_id",
    "decision_recorded_by_id",
]  # fmt: skip
TABLES = ("historicalassignment", "assignment", "progressreport", "deadlineentry", "extensionrequest", "note")


def digest() -> list[str]:
    """What there is of each case, whatever the ids."""
    found = []
    with connection.cursor() as cursor:
        for table in TABLES:
            key = "r.id" if "assignment" in table else "r.assignment_id"
            cursor.execute(
                "SELECT md5(string_agg(line, '' ORDER BY line)) FROM (SELECT (to_jsonb(r) - %s::text[])::text || u.code"
                f" || d.content AS line FROM directives_{table} r JOIN directives_assignment a ON a.id = {key}"
                " JOIN steering_unit u ON u.id = a.unit_id JOIN directives_directive d ON d.id = a.directive_id) lines",
                [NOT_COMPARED],
            )
            found.append(cursor.fetchone()[0])
    return found


def made(*, seed: int, units: int = 12) -> tuple[list[str], int]:
    """The digest of a sector, which is gone afterwards, and how many statements made it."""
    with transaction.atomic():
        with CaptureQueriesContext(connection) as queries:
            generate(units=units, directives=13, seed=seed, on=ON)
        found = digest()
        transaction.set_rollback(True)
    return found, len(queries)


@pytest.mark.django_db
def test_the_same_seed_makes_the_same_sector_by_as_many_statements_for_any_number_of_units() -> None:
    first, statements = made(seed=1)
    assert made(seed=1) == (first, statements)
    other, as_many = made(seed=2, units=40)
    assert not set(first) & set(other)
    assert as_many == statements


@pytest.mark.django_db
def test_a_database_that_is_not_empty_is_left_alone(cast: Cast) -> None:
    before = Unit.objects.count()
    with pytest.raises(CommandError, match="Cơ sở dữ liệu đã có đơn vị hoặc văn bản"):
        call_command("generate_sector", units=12, directives=2, verbosity=0)
    assert Unit.objects.count() == before


@pytest.mark.django_db
def test_sizes_that_make_no_sector_are_refused() -> None:
    with pytest.raises(CommandError, match="Cần ít nhất 3 đơn vị và 1 nhiệm vụ"):
        call_command("generate_sector", units=1, directives=1, verbosity=0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("was", "instead", "complaint"),
    [
        ("progress = h.progress", "progress = 7", "has no history row of the same values"),
        ("status = h.status,", "status = 'completed',", "is no transition"),
        ("version = h.version", "version = h.version + 1", "without a new version"),
    ],
)
def test_the_guards_are_awake_meanwhile(
    monkeypatch: pytest.MonkeyPatch, was: str, instead: str, complaint: str
) -> None:
    assert was in cases_sql.ASSIGNMENT_STEP
    monkeypatch.setattr(cases_sql, "ASSIGNMENT_STEP", cases_sql.ASSIGNMENT_STEP.replace(was, instead, 1))
    with pytest.raises(DatabaseError, match=complaint):
        generate(units=12, directives=13, seed=1, on=ON)


@pytest.mark.django_db(transaction=True)
def test_what_was_made_is_sealed_as_any_history_and_a_change_of_it_is_found(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("generate_sector", units=12, directives=13, password="Mat-khau-do-2026", on=ON)
    told = capsys.readouterr()
    assert "156 assignments" in told.out
    assert "run VACUUM" in told.out
    assert not told.err
    assert User.objects.get(username="thu-ky").check_password("Mat-khau-do-2026")
    sealed()
    assert said() == set()
    row = Assignment.objects.filter(status="completed")[0]
    change = (
        f"UPDATE directives_historicalassignment SET history_date = now() WHERE id = {row.pk} AND version = 2"
    )
    with tampered(change):
        (finding,) = said()
    assert finding[1] == "directives_historicalassignment"


@pytest.mark.parametrize("count", [1, 11, 12, 13, 50, 500])
def test_a_dozen_directives_or_more_are_of_every_phase(count: int) -> None:
    found = phases(count, Random(count))  # noqa: S311
    assert len(found) == count
    assert set(found) == set(Phase) or count < 12


@pytest.mark.parametrize("count", [3, 12, 30, 200, 1500, 13_000])
def test_units_are_as_many_as_asked_with_codes_and_names_of_their_own_below_one_another(count: int) -> None:
    found = places(count, on=ON)
    codes = [place.code for place in found]
    assert len(found) == len(set(codes)) == len({place.name for place in found}) == count
    assert max(map(len, codes)) <= 40
    there = {"byt", "syt"}
    for place in found:
        assert place.parent in there
        there.add(place.code)
    largest = max(sum(code.startswith(f"{p.code}.") for code in codes) for p in found if p.kind == SO_Y_TE)
    assert largest >= (300 if count >= 1500 else 0)
