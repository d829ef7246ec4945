"""Permission rows follow postings, and end with them (TRAPS 4, 17)."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError

from accounts.clock import HANOI
from steering.models import Posting, Unit, UnitUserObjectPermission
from steering.postings import appoint, end, keep
from tests.cast import Cast


def grants(posting: Posting) -> set[str]:
    return set(posting.grants.values_list("permission__codename", flat=True))


@pytest.mark.parametrize(
    ("duty", "rights"),
    [
        (Posting.Duty.HEAD, {"see_unit", "report_unit", "submit_unit"}),
        (Posting.Duty.DEPUTY, {"see_unit", "report_unit", "submit_unit"}),
        (Posting.Duty.OFFICER, {"see_unit", "report_unit"}),
        (Posting.Duty.CLERK, {"see_unit", "report_unit"}),
    ],
)
def test_a_duty_gives_its_rights(cast: Cast, duty: str, rights: set[str]) -> None:
    posting = appoint(user=cast.stranger, unit=cast.danang, duty=duty, by=cast.administrator)
    assert grants(posting) == rights
    assert {row.user for row in posting.grants.all()} == {cast.stranger}
    assert posting.history.latest().history_user == cast.administrator


def test_a_changed_posting_changes_its_rights(cast: Cast) -> None:
    posting = appoint(user=cast.stranger, unit=cast.danang, duty=Posting.Duty.HEAD, by=cast.administrator)
    posting.duty, posting.unit = Posting.Duty.OFFICER, cast.hanoi
    keep(posting=posting, by=cast.administrator)
    assert grants(posting) == {"see_unit", "report_unit"}
    assert {row.content_object for row in posting.grants.all()} == {cast.hanoi}


def test_a_posting_cannot_end_before_it_starts(cast: Cast) -> None:
    posting = cast.officer.postings.get()
    posting.valid_from = date(2026, 1, 1)
    with pytest.raises(ValidationError):
        end(posting=posting, on=date(2025, 12, 31), by=cast.administrator)


def test_access_ends_on_the_day_after_the_last_day_in_hanoi(cast: Cast) -> None:
    posting = cast.officer.postings.get()
    end(posting=posting, on=date(2026, 6, 30), by=cast.administrator)
    with time_machine.travel(datetime(2026, 6, 30, 23, 59, tzinfo=HANOI), tick=False):
        assert cast.officer.has_perm("steering.see_unit", cast.hanoi)
    with time_machine.travel(datetime(2026, 7, 1, 0, 0, tzinfo=HANOI), tick=False):
        assert not cast.officer.has_perm("steering.see_unit", cast.hanoi)


def test_a_grant_that_ended_years_ago_answers_no(cast: Cast) -> None:
    UnitUserObjectPermission.objects.create(
        user=cast.stranger,
        content_object=cast.hanoi,
        permission=Permission.objects.get(codename="see_unit"),
        valid_until=date(2020, 12, 31),
    )
    assert not cast.stranger.has_perm("see_unit", cast.hanoi)
    assert not cast.stranger.has_perm("steering.see_unit", cast.hanoi)


def test_a_right_on_one_unit_is_none_on_another_and_no_global_one(cast: Cast) -> None:
    assert cast.officer.has_perm("steering.report_unit", cast.hanoi)
    assert not cast.officer.has_perm("steering.submit_unit", cast.hanoi)
    assert not cast.officer.has_perm("steering.report_unit", cast.danang)
    assert not cast.officer.has_perm("steering.report_unit")
    assert not cast.officer.has_perm("directives.see_unit", cast.hanoi)


def test_a_global_permission_is_no_right_on_an_object(cast: Cast) -> None:
    assert cast.administrator.has_perm("steering.change_unit")
    assert not cast.administrator.has_perm("steering.see_unit", cast.hanoi)


def test_nobody_inactive_holds_a_right(cast: Cast) -> None:
    cast.officer.is_active = False
    cast.officer.save()
    assert not cast.officer.has_perm("steering.see_unit", cast.hanoi)


def test_objects_without_dated_grants_give_none(cast: Cast) -> None:
    assert not cast.officer.has_perm("accounts.view_user", cast.head)
    assert cast.officer.get_all_permissions(Unit(pk=0)) == set()
