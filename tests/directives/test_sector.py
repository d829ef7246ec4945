"""The generated sector is one that could have been: every state, dates in order, nothing that the rules forbid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Count, F, Q
from pytest_django import DjangoDbBlocker

from accounts.clock import hanoi_date, start_of_day
from accounts.models import User
from directives import counters
from directives.access import can, visible_to
from directives.lifecycle import OPEN, Status, Verb, allowed_pairs
from directives.models import (
    Assignment,
    DeadlineEntry,
    Directive,
    Document,
    ExtensionRequest,
    Note,
    Occasion,
    ProgressReport,
)
from directives.models.directive import Part
from directives.rights import rights
from directives.sector import Landmarks, Summary, generate, landmarks
from directives.statistics import recount
from steering.models import Posting, Unit
from tests.loaded import shared_database

ON = date(2026, 11, 28)
UNITS, DIRECTIVES = 30, 20


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Summary]:
    with shared_database(django_db_blocker):
        yield generate(units=UNITS, directives=DIRECTIVES, seed=1, on=ON)


@pytest.fixture(autouse=True)
def _database(made: Summary, db: None) -> None:
    """Each test sees the sector, and its own changes are undone."""


@pytest.fixture
def found() -> Landmarks:
    return landmarks()


def person(username: str) -> User:
    return User.objects.get(username=username)


def chains() -> dict[int, list[Any]]:
    """The versions of each assignment."""
    by_row: dict[int, list[Any]] = {}
    for row in Assignment.history.select_related("history_user").order_by("id", "version"):
        by_row.setdefault(row.id, []).append(row)
    return by_row


def test_there_are_as_many_assignments_as_units_times_directives(made: Summary) -> None:
    assert made.assignments == UNITS * DIRECTIVES == Assignment.objects.count()
    assert made.assignment_history == Assignment.history.count() >= 3 * made.assignments
    assert made.reports == ProgressReport.objects.count()


def test_every_state_mode_and_kind_of_request_is_there() -> None:
    assert set(Assignment.objects.values_list("status", flat=True)) == set(Status.values)
    assert set(Assignment.objects.values_list("part", flat=True)) == set(Part.values)
    assert set(Directive.objects.values_list("mode", flat=True)) == set(Directive.Mode.values)
    assert set(Directive.objects.values_list("state", flat=True)) == {"issued", "void"}
    assert Directive.objects.filter(is_restricted=True).exists()
    assert Directive.objects.filter(is_standing=True).exists()
    states = set(ExtensionRequest.objects.values_list("state", flat=True))
    assert {"open", "granted", "refused"} <= states
    assert set(DeadlineEntry.objects.values_list("kind", flat=True)) == {"original", "extension"}
    assert set(ProgressReport.objects.values_list("kind", flat=True)) == {"progress", "for_head", "result"}
    assert Note.objects.exists()
    assert all(Document.objects.values_list("is_fictitious", flat=True))


def test_a_tenth_is_open_and_due_in_these_days() -> None:
    near = Assignment.objects.filter(status__in=OPEN, due_on__lte=ON + timedelta(days=16))
    assert 0.07 < near.count() / (UNITS * DIRECTIVES) < 0.13


def test_every_history_moves_only_as_the_lifecycle_allows_and_ends_as_its_row() -> None:
    rows = Assignment.objects.in_bulk()
    names = [f.attname for f in Assignment._meta.concrete_fields]
    allowed = allowed_pairs()
    for pk, versions in chains().items():
        assert [row.version for row in versions] == list(range(1, len(versions) + 1))
        assert ("", versions[0].status) in allowed
        for before, after in pairwise(versions):
            same = before.status == after.status
            assert same or (before.status, after.status) in allowed
        assert [getattr(versions[-1], name) for name in names] == [getattr(rows[pk], name) for name in names]


def test_every_version_has_its_date_its_actor_and_its_reason() -> None:
    units = {unit.pk: unit.code for unit in Unit.objects.all()}
    by_unit = {
        str(Verb.ACCEPT.label),
        str(Verb.REPORT.label),
        str(Verb.SUBMIT.label),
        str(Verb.WITHDRAW.label),
    }
    for versions in chains().values():
        dates = [row.history_date for row in versions]
        assert dates == sorted(dates)
        assert len(set(dates)) == len(dates)
        assert dates[0] == versions[0].created_at
        assert hanoi_date(dates[0]) == versions[0].assigned_on
        assert dates[-1] < start_of_day(ON)
        for row in versions:
            assert row.history_change_reason
            assert row.door
            if row.history_change_reason in by_unit:
                assert row.history_user.username in {f"cv.{units[row.unit_id]}", f"tt.{units[row.unit_id]}"}


def test_the_dates_of_every_row_make_sense() -> None:
    row: Any
    request: Any
    for row in Assignment.objects.select_related("directive", "result"):
        assert row.assigned_on >= row.directive.given_on
        assert row.original_due_on == row.directive.due_on
        assert row.due_on is None or row.due_on > row.assigned_on
        if row.status == Status.COMPLETED:
            assert row.assigned_on <= row.first_submitted_on <= row.submitted_on == row.completed_on
            assert row.submitted_at < row.confirmed_at
            assert row.result.result_on == row.submitted_on
            assert row.result.assignment_id == row.pk
        if row.status in (Status.SUBMITTED, Status.COMPLETED):
            assert row.progress == 100
        if row.transferred_from:
            gone = row.transferred_from
            assert (gone.status, gone.directive_id) == (Status.TRANSFERRED, row.directive_id)
            assert gone.history.latest("version").history_date == row.created_at
    for request in ExtensionRequest.objects.select_related("assignment"):
        assert request.requested_due_on > request.due_on_before
        assert request.decided_at is None or request.decided_at > request.asked_at
        if request.decided_due_on:
            assert request.assignment.due_on == request.decided_due_on
            entry = request.assignment.deadlines.get(kind=DeadlineEntry.Kind.EXTENSION)
            assert (entry.due_on, entry.at) == (request.decided_due_on, request.decided_at)


def test_no_business_day_lies_in_a_weekend() -> None:
    for model, field in ((Assignment, "assigned_on"), (Assignment, "due_on"), (Assignment, "submitted_on")):
        days = model._default_manager.exclude(**{field: None}).values_list(field, flat=True)
        assert all(day.isoweekday() <= 5 for day in days)


def test_coordinating_parts_end_with_the_confirmation_of_their_lead() -> None:
    ended = Assignment.objects.filter(status=Status.ENDED)
    assert ended
    for row in ended:
        lead = Assignment.objects.get(directive=row.directive, part=Part.LEAD)
        assert lead.status == Status.COMPLETED
        assert row.history.latest("version").history_date == lead.confirmed_at


def test_the_check_of_the_history_finds_nothing() -> None:
    call_command("verify_history", dry_run=True)


def test_figures_agree_with_a_plain_recount(found: Landmarks) -> None:
    at = start_of_day(ON) + timedelta(hours=9)
    for name in (
        found.secretary,
        found.chair,
        found.auditor,
        found.province_officer,
        found.officer,
        found.head,
    ):
        figures = counters.count(person(name), on=ON, at=at)
        rows = visible_to(person(name), Assignment, on=ON).select_related("directive")
        if name in (found.province_officer, found.officer, found.head):
            rows = rows.filter(unit__in=rights(person(name), on=ON).sees)
        assert figures.cells == recount(((row, row.directive.is_standing) for row in rows), on=ON)
        assert figures.cells.given


def test_the_officer_of_the_largest_so_sees_the_units_below(found: Landmarks) -> None:
    province = Unit.objects.get(pk=found.province)
    below = Unit.objects.filter(code__startswith=f"{province.code}.")
    assert below.count() == found.below > 0
    seen = visible_to(person(found.province_officer), Assignment, on=ON).filter(
        directive__is_restricted=False
    )
    expected = Assignment.objects.filter(directive__is_restricted=False, unit__in=[province, *below])
    assert set(expected) <= set(seen)
    beyond = set(seen) - set(expected)
    assert all(row.part == Part.LEAD for row in beyond)


def test_everybody_the_bench_signs_in_as_can_do_their_work(found: Landmarks) -> None:
    to_confirm = Assignment.objects.filter(status=Status.SUBMITTED, directive__is_restricted=False)[0]
    assert can(person(found.secretary), Verb.CONFIRM, to_confirm, on=ON)
    own = Assignment.objects.filter(unit=found.unit, status=Status.IN_PROGRESS)[0]
    assert can(person(found.officer), Verb.REPORT, own, on=ON)
    assert can(person(found.head), Verb.DECLINE, own, on=ON)
    held = rights(person(found.member), on=ON)
    assert Directive.objects.filter(supervisor__in=held.seats).exists()
    assert rights(person(found.auditor), on=ON).auditor
    assert rights(person(found.administrator), on=ON).administrator
    assert not person(found.officer).has_usable_password()


def test_the_landmark_was_given_to_every_unit(found: Landmarks) -> None:
    given = Assignment.objects.filter(directive=found.directive)
    assert given.values("unit").distinct().count() == UNITS
    directive = Directive.objects.get(pk=found.directive)
    assert not directive.is_restricted
    assert directive.due_on is not None


def test_every_unit_has_a_name_of_its_own_an_officer_and_a_head() -> None:
    work = Unit.objects.filter(assignments__isnull=False).distinct()
    assert work.count() == UNITS
    assert Unit.objects.aggregate(names=Count("name", distinct=True))["names"] == Unit.objects.count()
    for duty, prefix in ((Posting.Duty.OFFICER, "cv."), (Posting.Duty.HEAD, "tt.")):
        usernames = set(Posting.objects.filter(duty=duty).values_list("user__username", flat=True))
        assert usernames == {f"{prefix}{unit.code}" for unit in work}


def test_nobody_is_mailed_about_what_was_given_long_ago() -> None:
    assert not Occasion.objects.filter(told_at=None).exists()
    assert not Occasion.objects.exclude(told_at=F("at")).exists()


def test_restricted_work_is_hidden_from_those_above(found: Landmarks) -> None:
    hidden = Q(directive__is_restricted=True) & ~Q(unit=found.province)
    assert not visible_to(person(found.province_officer), Assignment, on=ON).filter(hidden).exists()
