"""Two people at the same row at the same time: one wins, the other is told what happened, nothing is half-written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model
from pytest_django import Settings

from accounts.audit.history import Versioned
from directives import services
from directives.errors import Refused
from directives.models import Attachment
from tests.cast import Cast, at
from tests.concurrency.meetings import SETTINGS, Setting
from tests.concurrency.queue import at_once, one_won
from tests.loaded import counts

pytestmark = pytest.mark.django_db(transaction=True)
Record = Callable[[str, object], None]


@pytest.mark.parametrize("arrange", SETTINGS.values(), ids=SETTINGS.keys())
def test_one_wins_and_the_other_is_told_why_not(
    cast: Cast, arrange: Setting, record_property: Record, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    meeting = arrange(cast)
    before = counts()

    _won, refused = one_won(at_once(meeting.row, meeting.first, meeting.second))

    assert meeting.said in str(refused)
    assert added(before) == dict(meeting.written), "exactly what the first alone writes"
    kept = sum(1 for path in tmp_path.rglob("*") if path.is_file())
    assert kept == Attachment.objects.filter(removed_at=None).count(), "no bytes without their row"
    tell_of_each_version(meeting.row)
    record_property("assurance", ["concurrency", "Two people at one row at the same time", 1, 0])


def added(before: dict[str, int]) -> dict[str, int]:
    """Return by how many rows each table has grown since."""
    grown = {label.split(".")[1]: count - before[label] for label, count in counts().items()}
    return {name: number for name, number in grown.items() if number}


def tell_of_each_version(row: Model) -> None:
    """History tells exactly what happened: each version once, the last with the values of the row."""
    if not isinstance(row, Versioned):
        return
    past: Any = type(row).history.filter(id=row.pk)  # type: ignore[attr-defined]
    told = past.exclude(history_type="-").order_by("version")
    assert list(told.values_list("version", flat=True)) == list(range(1, told.count() + 1))
    present = type(row)._default_manager.filter(pk=row.pk).first()
    if present is None:
        assert past.filter(history_type="-").count() == 1
        return
    last = told.last()
    for field in last.tracked_fields:
        assert getattr(last, field.attname) == getattr(present, field.attname), field


def test_of_five_who_do_the_same_one_wins(cast: Cast) -> None:
    row = cast.assignment()
    outcomes = at_once(
        row,
        *(lambda: services.accept(assignment=row, by=cast.officer, at=at(2), version=1) for _ in range(5)),
    )

    assert [isinstance(outcome, Refused) for outcome in outcomes] == [False, True, True, True, True]
    assert row.history.count() == 2
