"""What the database refuses, tried as the role that serves: unrecorded changes, illegal moves, edits of the record."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from accounts.audit import guards
from accounts.audit.context import acting
from accounts.audit.in_bulk import bulk_create_recorded
from accounts.audit.recording import settle
from accounts.models import User
from directives import services
from directives.lifecycle import Status, allowed_pairs
from directives.models import Assignment, DeadlineEntry, Directive
from directives.services.frame import recording
from tests.cast import START, Cast, at, pdf

CHECKED = IntegrityError
FORBIDDEN = ProgrammingError


def attempt(sql: str, *params: Any) -> None:
    """Run a statement and whatever the database would check at commit, then take it back."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        settle()


def test_the_tests_connect_as_a_role_that_owns_nothing_and_is_no_superuser(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False, False, False, False)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    "change",
    [
        "status = 'completed', completed_on = '2023-06-01'",
        "status = 'in_progress'",
        "status = 'in_progress', version = version + 1",
        "due_on = '2023-12-31', version = version + 1",
        "original_due_on = '2023-12-31', version = version + 1",
        "due_on = NULL",
        "submitted_on = '2023-06-02', version = version + 1",
        "progress = 90, version = version + 1",
        "unit_id = (SELECT max(id) FROM steering_unit), version = version + 1",
        "part = 'lead', version = version + 1",
        "directive_id = directive_id + 1, version = version + 1",
        "version = version + 1",
        "version = version + 2",
        "version = version - 1",
        "id = id + 1000000, version = version + 1",
    ],
)
def test_an_update_without_its_history_row_is_refused(cast: Cast, change: str) -> None:
    row = cast.assignment()
    with pytest.raises(CHECKED):
        attempt(f"UPDATE directives_assignment SET {change} WHERE id = %s", row.pk)


def test_the_orm_has_no_way_around_it(cast: Cast) -> None:
    row = cast.assignment()
    rows = Assignment.objects.filter(pk=row.pk)
    with pytest.raises(CHECKED), transaction.atomic():
        rows.update(status=Status.IN_PROGRESS)
    row.status = Status.IN_PROGRESS
    with pytest.raises(CHECKED), transaction.atomic():
        Assignment.objects.bulk_update([row], ["status"])
    with pytest.raises(CHECKED), transaction.atomic():
        row.save_without_historical_record()  # type: ignore[attr-defined]
        settle()
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()
    with pytest.raises(CHECKED), transaction.atomic():
        Assignment.objects.bulk_create(
            [
                Assignment(
                    directive=row.directive,
                    unit=cast.danang,
                    part="each",
                    assigned_on=START.date(),
                    version=1,
                )
            ]
        )
        settle()


def test_a_save_outside_any_act_names_nobody_and_is_refused(cast: Cast) -> None:
    row = cast.assignment()
    row.status = Status.IN_PROGRESS
    with pytest.raises(CHECKED), transaction.atomic():
        row.save()
        settle()


def test_a_stale_instance_cannot_overwrite_what_came_after_it(cast: Cast) -> None:
    stale = cast.assignment()
    services.accept(assignment=stale, by=cast.officer, at=at(2))
    stale.progress = 10
    with pytest.raises(CHECKED), recording(by=cast.officer, at=at(3), reason="cũ"):
        stale.save()


def test_values_that_differ_from_the_history_row_are_refused(cast: Cast) -> None:
    row = cast.assignment()
    with (
        pytest.raises(CHECKED, match="no history row of the same values"),
        recording(by=cast.secretary, at=START, reason="lệch"),
    ):
        Assignment.objects.filter(pk=row.pk).update(progress=50, version=2)
        row.progress, row.version = 60, 2
        Assignment.history.bulk_history_create(
            [row],
            update=True,
            default_user=cast.secretary,
            default_change_reason="lệch",
            custom_historical_attrs={"door": "job"},
        )


def test_what_is_told_is_the_row_and_not_what_the_instance_says(cast: Cast) -> None:
    row = cast.assignment()
    row.progress = 50
    row.due_on = date(2030, 1, 1)
    with recording(by=cast.secretary, at=START, reason="một trường"):
        row.save(update_fields=["progress"])
    told = row.history.get(version=2)
    assert (told.progress, told.due_on) == (50, date(2023, 6, 30))
    assert (told.history_type, told.history_user, told.door) == ("~", cast.secretary, "job")
    assert (told.history_change_reason, told.history_date) == ("một trường", START)


def test_a_change_and_its_history_row_are_one_statement(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    row = cast.assignment()
    row.progress = 50
    with recording(by=cast.secretary, at=START, reason="một câu"), django_assert_max_num_queries(1):
        row.save()
    assert row.history.count() == 2


def test_every_move_outside_the_table_is_refused_by_the_database(cast: Cast) -> None:
    row = cast.assignment()
    pairs = allowed_pairs()
    refused = 0
    for source in Status.values:
        for target in Status.values:
            if source == target or (source, target) in pairs:
                continue
            with pytest.raises(CHECKED, match=r"is no transition|resume leads back"), transaction.atomic():
                _force_status(row, source)
                _recorded_update(row, cast, status=target)
            refused += 1
    assert refused == len(Status.values) * (len(Status.values) - 1) - len(
        {pair for pair in pairs if pair[0] and pair[0] != pair[1]}
    )


def _force_status(row: Assignment, status: str) -> None:
    """Walk a row to a status along the table, as recorded saves; the enclosing block takes it back."""
    routes: dict[str, list[dict[str, object]]] = {
        "assigned": [],
        "in_progress": [{"status": "in_progress"}],
        "submitted": [{"status": "submitted", "submitted_on": START.date()}],
        "completed": [
            {"status": "submitted", "submitted_on": START.date()},
            {"status": "completed", "completed_on": START.date()},
        ],
        "declined": [{"status": "declined"}],
        "suspended": [{"status": "suspended", "status_before": "assigned"}],
        "revoked": [{"status": "revoked"}],
        "transferred": [{"status": "transferred"}],
        "ended": [{"status": "ended"}],
    }
    for values in routes[status]:
        _recorded_update(row, None, **values)


def _recorded_update(row: Assignment, cast: Cast | None, **values: object) -> None:
    fresh = Assignment.objects.get(pk=row.pk)
    for name, value in values.items():
        setattr(fresh, name, value)
    if values.get("status") == "completed" and fresh.completed_on is None:
        fresh.completed_on = START.date()
    if values.get("status") != "completed":
        fresh.completed_on = None
    if values.get("status") == "submitted" and fresh.submitted_on is None:
        fresh.submitted_on = START.date()
    with recording(by=User.objects.system(), at=START, reason="thử"):
        fresh.save()


@pytest.mark.parametrize(
    "statement", ['DELETE FROM "{}"', 'TRUNCATE "{}" CASCADE', 'UPDATE "{}" SET recorded_at = now()']
)
def test_what_was_recorded_can_neither_change_nor_go(cast: Cast, statement: str) -> None:
    tables = [model._meta.db_table for model in guards.append_only_models()]
    assert "directives_historicalassignment" in tables and "directives_deadlineentry" in tables
    for table in tables:
        with pytest.raises(FORBIDDEN, match="permission denied"):
            attempt(statement.format(table))


def test_the_run_role_cannot_give_itself_a_right(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("GRANT ALL ON directives_historicalassignment TO current_user")
        cursor.execute(
            "SELECT has_table_privilege(current_user, 'directives_historicalassignment', 'UPDATE')"
        )
        assert cursor.fetchone() == (False,)


def test_the_trigger_alone_refuses_it_too(cast: Cast) -> None:
    """Were the right granted by mistake, the trigger still stands: it exists on every such table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgname = 'audit_append_only' AND t.tgenabled = 'O'"
        )
        guarded = {name for (name,) in cursor.fetchall()}
    assert guarded == {model._meta.db_table for model in guards.append_only_models()}


def test_a_forged_history_row_is_refused(cast: Cast) -> None:
    row = cast.assignment()
    columns = [f.column for f in Assignment.history.model._meta.concrete_fields if f.column != "history_id"]
    listed = ", ".join(f'"{c}"' for c in columns)
    past = "directives_historicalassignment"

    def forge(**values: str) -> None:
        chosen = ", ".join(values.get(c, f'"{c}"') for c in columns)
        attempt(f"INSERT INTO {past} ({listed}) SELECT {chosen} FROM {past} WHERE id = %s", row.pk)

    with pytest.raises(CHECKED):
        forge()
    with pytest.raises(CHECKED):
        forge(version="version + 1", status="'completed'")
    with pytest.raises(CHECKED):
        forge(history_type="'-'")


def test_the_time_of_recording_is_the_databases_whatever_the_writer_says(cast: Cast) -> None:
    row = cast.assignment()
    entry = DeadlineEntry.objects.create(
        assignment=row,
        kind=DeadlineEntry.Kind.EXTENSION,
        recorded_by=cast.secretary,
        at=START,
        recorded_at=START,
        recorded_xid=1,
    )
    entry.refresh_from_db()
    assert entry.recorded_at.year >= 2026
    assert entry.recorded_xid != 1
    assert row.history.get().recorded_at > row.history.get().history_date


@pytest.mark.parametrize(
    "switch",
    [
        "SET LOCAL pgtrigger.ignore = '{directives.Assignment:guard_step}'",
        """SET LOCAL search_path = pg_temp; CREATE TEMP TABLE directives_historicalassignment AS
        SELECT * FROM public.directives_historicalassignment; SET LOCAL search_path = public""",
        "SET CONSTRAINTS ALL DEFERRED",
    ],
)
def test_no_setting_of_the_session_opens_it(cast: Cast, switch: str) -> None:
    row = cast.assignment()
    with pytest.raises(DatabaseError):
        attempt(f"{switch}; UPDATE directives_assignment SET status = 'in_progress' WHERE id = {row.pk}")
    with pytest.raises(DatabaseError):
        attempt(
            f"{switch}; UPDATE directives_assignment SET status = 'in_progress', version = version + 1"
            f" WHERE id = {row.pk}"
        )


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE directives_assignment DISABLE TRIGGER ALL",
        "ALTER TABLE directives_assignment DISABLE TRIGGER guard_step",
        "DROP TRIGGER guard_step ON directives_assignment",
        "DROP TABLE directives_historicalassignment",
        "SET session_replication_role = replica",
        """CREATE OR REPLACE FUNCTION directives_assignment_step() RETURNS trigger
        LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'""",
        "CREATE TABLE public.mine (id int)",
        "SET ROLE dondoc_owner",
        "CREATE TRIGGER mine BEFORE UPDATE ON directives_assignment FOR EACH ROW EXECUTE FUNCTION audit_stamp()",
        "DELETE FROM accounts_user",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'x', now())",
    ],
)
def test_the_run_role_cannot_switch_a_guard_off(cast: Cast, statement: str) -> None:
    with pytest.raises(DatabaseError):
        attempt(statement)


def test_an_issued_joint_directive_keeps_exactly_one_live_lead(cast: Cast) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang])
    lead = directive.assignments.get(part="lead")
    with pytest.raises(CHECKED), recording(by=cast.secretary, at=START, reason="bỏ"):
        lead.status = Status.REVOKED
        lead.save()
    with pytest.raises(CHECKED), recording(by=cast.secretary, at=START, reason="thêm"):
        second = Assignment(directive=directive, unit=cast.office, part="lead", assigned_on=START.date())
        second.save()
    draft = cast.draft(units=[cast.hanoi])
    with pytest.raises(CHECKED), recording(by=cast.secretary, at=START, reason="giao tắt"):
        draft.state, draft.mode = Directive.State.ISSUED, Directive.Mode.JOINT
        draft.save()


@pytest.mark.parametrize("issued_first", [True, False])
def test_a_joint_directive_without_a_lead_is_refused_in_whatever_order_it_is_made(
    cast: Cast, issued_first: bool
) -> None:
    draft = cast.draft(lead=cast.hanoi, units=[cast.danang])
    part = Assignment(directive=draft, unit=cast.danang, part="coordinating", assigned_on=START.date())
    draft.state = Directive.State.ISSUED
    with (
        pytest.raises(CHECKED, match="needs one live lead"),
        recording(by=cast.secretary, at=START, reason="giao thiếu"),
    ):
        for row in (draft, part) if issued_first else (part, draft):
            row.save()


@pytest.mark.parametrize("lead_first", [True, False])
def test_a_lead_is_not_lost_among_changes_of_other_parts(cast: Cast, lead_first: bool) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang])
    rows = sorted(directive.assignments.all(), key=lambda row: (row.part == "lead") != lead_first)
    with (
        pytest.raises(CHECKED, match="needs one live lead"),
        recording(by=cast.secretary, at=START, reason="bỏ cả hai"),
    ):
        for row in rows:
            row.status = Status.REVOKED
            row.save()


def test_a_draft_has_no_assignments_and_parts_agree_with_the_mode(cast: Cast) -> None:
    draft = cast.draft(units=[cast.hanoi])
    with pytest.raises(CHECKED), recording(by=cast.secretary, at=START, reason="sớm"):
        Assignment(directive=draft, unit=cast.hanoi, part="each", assigned_on=START.date()).save()
    issued = cast.issued(units=[cast.hanoi])
    with pytest.raises(CHECKED), recording(by=cast.secretary, at=START, reason="lệch"):
        Assignment(directive=issued, unit=cast.danang, part="coordinating", assigned_on=START.date()).save()


def test_many_rows_are_recorded_in_two_statements(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    directive = cast.issued(units=[cast.hanoi])
    rows = [
        Assignment(directive=directive, unit=unit, part="each", assigned_on=START.date())
        for unit in (cast.danang, cast.office, cast.quangnam)
    ]
    with transaction.atomic(), acting(by=cast.secretary, reason="Giao", at=START) as act:
        with django_assert_max_num_queries(4):
            made = bulk_create_recorded(Assignment, rows, act)
        settle()
    assert [Assignment.objects.get(pk=row.pk).unit for row in made] == [row.unit for row in rows]
    assert Assignment.history.filter(directive=directive).count() == 4


@pytest.mark.django_db(transaction=True)
def test_a_commit_fails_when_history_is_missing(cast: Cast) -> None:
    """Without the frame's early check the commit itself refuses."""
    row = cast.assignment()
    with pytest.raises(CHECKED), transaction.atomic():
        Assignment.objects.filter(pk=row.pk).update(progress=5, version=row.version + 1)
    row.refresh_from_db()
    assert row.progress == 0


def test_every_model_with_history_refuses_an_unrecorded_change(cast: Cast) -> None:
    """People, postings, units, seats, files: what has no version is held to a history row of the same transaction."""
    row = cast.assignment()
    services.report(assignment=row, by=cast.officer, at=at(2), percent=10, text="x", uploads=[pdf()])
    settle()
    tried = 0
    for model in guards.tracked_models():
        one = model._default_manager.first()
        if one is None:
            continue
        tried += 1
        with pytest.raises(CHECKED, match="without a history row"), transaction.atomic():
            model._default_manager.filter(pk=one.pk).update(**_other_value(model))
            settle()
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f'DELETE FROM "{model._meta.db_table}" WHERE id = %s', [one.pk])
            settle()
    assert tried >= 10


def _other_value(model: type[Any]) -> dict[str, Any]:
    """Return a change of one tracked field of a model: a date where it has one, else a text."""
    others = {
        "DateField": date(2031, 1, 1),
        "LineField": "doi",
        "CharField": "doi",
        "EmailField": "doi@cast.example",
        "PositiveSmallIntegerField": 4321,
    }
    for tracked in model.history.model.tracked_fields:
        if type(tracked).__name__ in others and not tracked.choices:
            return {tracked.name: others[type(tracked).__name__]}
    raise AssertionError(model)


def test_roles_change_only_with_a_history_row(cast: Cast) -> None:
    through = User.groups.through
    settle()
    with pytest.raises(CHECKED, match="without a history row"), transaction.atomic():
        through._default_manager.filter(user=cast.stranger).delete()
        through._default_manager.create(user=cast.stranger, group=cast.secretary.groups.get())
        settle()
    cast.stranger.groups.add(cast.secretary.groups.get())
    settle()
    assert [g.group.name for g in cast.stranger.history.latest("recorded_at").groups.all()] == ["secretariat"]
