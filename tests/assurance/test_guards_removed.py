"""Each guard is taken away in turn, and what the suite asks of it must then be answered wrongly: else nobody looks."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from pytest_django import Settings

from directives.models import Assignment
from tests.assurance import code_guards, database_guards
from tests.assurance.guarded import populate, targets
from tests.cast import Cast
from tests.config.superuser import superuser
from tests.config.test_roles import SPOILED

Record = Callable[[str, object], None]
SUBJECT = "Guards taken away, each way"
KINDS = ("trigger", "privilege", "role", "constraint")


@pytest.fixture
def attacked(
    transactional_db: None, cast: Cast, spread: dict[str, Assignment]
) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection to a database with a row of each kind."""
    populate(cast)
    name, role = connection.settings_dict["NAME"], connection.settings_dict["USER"]
    connection.close()
    with superuser(name) as admin:
        admin.execute("SELECT set_config('test.role', %s, false)", [role])
        yield admin


def _role(admin: psycopg.Connection[Any]) -> str:
    row = admin.execute("SELECT current_setting('test.role')").fetchone()
    assert row is not None
    return str(row[0])


def _in_the_database(admin: psycopg.Connection[Any]) -> Iterator[database_guards.Case]:
    role = _role(admin)
    by_table = {target.table: target for target in targets(every_column=False)}
    connection.close()
    yield from database_guards.triggers(admin, role, by_table)
    yield from database_guards.privileges(role)
    yield from database_guards.roles(role, {name: statement for name, (statement, _said) in SPOILED.items()})
    yield from database_guards.constraints(admin)


def _tried(outcomes: Iterable[tuple[Any, tuple[bool, bool]]]) -> Counter[str]:
    """Count by kind; fails naming each guard that did not stand, and each whose removal nobody noticed."""
    counted: Counter[str] = Counter()
    fallen, unnoticed = [], []
    for case, (stands, still) in outcomes:
        counted[case.kind] += 1
        if not stands:
            fallen.append(f"{case.kind} {case.guard}")
        elif still:
            unnoticed.append(f"{case.kind} {case.guard}")
    assert (fallen, unnoticed) == ([], [])
    return counted


def _one_of_each(cases: Iterable[Any]) -> list[Any]:
    kept = sorted(cases, key=lambda case: case.kind)
    return [next(group) for _kind, group in itertools.groupby(kept, key=lambda case: case.kind)]


def _report(counted: Counter[str], record_property: Record) -> None:
    record_property("assurance", ["guards", SUBJECT, counted.total(), 0])
    for kind, count in sorted(counted.items()):
        record_property("assurance", ["guards", f"– {kind}", count, 0])


def test_one_guard_of_each_kind_in_the_database(attacked: psycopg.Connection[Any]) -> None:
    cases = _one_of_each(_in_the_database(attacked))
    assert [case.kind for case in cases] == sorted(KINDS)
    _tried((case, database_guards.notices(attacked, case)) for case in cases)


@pytest.mark.slow
def test_every_guard_in_the_database(attacked: psycopg.Connection[Any], record_property: Record) -> None:
    cases = _in_the_database(attacked)
    _report(_tried((case, database_guards.notices(attacked, case)) for case in cases), record_property)


def test_switches_of_the_session_open_nothing(
    attacked: psycopg.Connection[Any], record_property: Record
) -> None:
    for case in database_guards.switches(_role(attacked)):
        assert database_guards.notices(attacked, case) == (True, True), case.guard
        record_property("assurance", ["guards", "Switches of a session that must open nothing", 1, 0])


def test_the_database_holds_every_constraint_that_models_declare(attacked: psycopg.Connection[Any]) -> None:
    assert database_guards.missing_constraints(attacked) == set()


def _in_the_code(cast: Cast, spread: dict[str, Assignment]) -> Iterator[code_guards.Case]:
    populate(cast)
    yield from code_guards.seeing(cast)
    yield from code_guards.dialogs(cast, spread["overdue"])
    yield from code_guards.verbs(cast, spread)
    yield from code_guards.screens(cast, spread["overdue"])
    yield from code_guards.uploads()
    yield from code_guards.virus()


def test_one_guard_of_each_kind_in_the_code(cast: Cast, spread: dict[str, Assignment]) -> None:
    cases = _one_of_each(_in_the_code(cast, spread))
    _tried((case, code_guards.notices(case)) for case in cases)


@pytest.mark.slow
def test_every_guard_in_the_code(cast: Cast, spread: dict[str, Assignment], record_property: Record) -> None:
    cases = _in_the_code(cast, spread)
    _report(_tried((case, code_guards.notices(case)) for case in cases), record_property)


def test_every_setting_of_a_safe_installation(db: None, settings: Settings, record_property: Record) -> None:
    for name, value in code_guards.PRODUCTION.items():
        setattr(settings, name, value)
    cases = code_guards.installation()
    _report(_tried((case, code_guards.notices(case)) for case in cases), record_property)
