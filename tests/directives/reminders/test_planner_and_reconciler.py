"""Two statements of one duty: whatever the ladder, the dates and the days of runs, planner and reconciler agree."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.audit.context import acting
from accounts.models import User
from directives import services
from directives.lifecycle import Status
from directives.models import Assignment, Directive, PolicyStep, ReminderPolicy
from directives.models.directive import Part
from directives.models.document import Urgency
from directives.reminders.daily import run_day
from directives.reminders.reconcile import compare
from steering.models import CalendarDay, Posting, SeatHolding, Succession
from steering.postings import appoint, end
from tests.cast import Cast, at, pdf
from tests.directives.reminders.test_plan import edit, made

Audience, DayKind = PolicyStep.Audience, PolicyStep.DayKind
FIRST = date(2023, 6, 5)
UNITS = ("hanoi", "danang", "quangnam", "vnpt", "hanoi_hospital", "office", "ministry")
DAYS = st.integers(0, 45).map(lambda n: FIRST + timedelta(days=n))


def some(choices: Any) -> st.SearchStrategy[list[str]]:
    """No filter, mostly; else a few values."""
    return st.just([]) | st.lists(st.sampled_from([str(value) for value in choices]), max_size=3, unique=True)


@st.composite
def steps(draw: st.DrawFn) -> dict[str, Any]:
    offset = draw(st.integers(-12, 15))
    return {
        "audience": draw(st.sampled_from(Audience.values)),
        "offset_days": offset,
        "day_kind": draw(st.sampled_from(DayKind.values)),
        "repeat_every_days": draw(st.none() | st.integers(1, 9)) if offset >= 0 else None,
        "urgencies": draw(some(Urgency)),
        "kinds": draw(some(Directive.Kind)),
        "parts": draw(some(Part)),
        "statuses": draw(some([Status.ASSIGNED, Status.IN_PROGRESS, Status.SUBMITTED, Status.DECLINED])),
        "of_document": draw(st.sampled_from([False, False, False, True])),
    }


POLICIES = st.lists(
    st.fixed_dictionaries(
        {
            "is_general": st.booleans(),
            "late_days": st.integers(0, 4),
            "steps": st.lists(steps(), min_size=1, max_size=5),
        }
    ),
    min_size=1,
    max_size=3,
)
WORKS = st.lists(
    st.fixed_dictionaries(
        {
            "lead": st.none() | st.sampled_from(UNITS),
            "units": st.lists(st.sampled_from(UNITS), min_size=1, max_size=3, unique=True),
            "given": st.integers(1, 30),
            "due": DAYS,
            "urgency": st.sampled_from(Urgency.values),
            "kind": st.sampled_from(Directive.Kind.values),
            "own": st.none() | st.integers(0, 2),
            "supervised": st.booleans(),
            "then": st.sampled_from(["", "", "accepted", "submitted", "declined", "suspended"]),
        }
    ),
    min_size=1,
    max_size=3,
)
SECTOR = st.deferred(lambda: st.sets(st.sampled_from(list(_CHANGES)), max_size=5))
CALENDAR = st.dictionaries(DAYS, st.sampled_from(CalendarDay.Kind.values), max_size=8)
MOVED = {"extended": timedelta(days=7), "shortened": timedelta(days=-3)}
MEANWHILE = st.sampled_from(["", "", *MOVED, "step moved", "head gone", "step off", "submitted"])
# `make fuzz` tries many more.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "10"))
RUNS = st.lists(st.tuples(DAYS, MEANWHILE), min_size=1, max_size=4, unique_by=lambda run: run[0])


@pytest.mark.django_db
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(policies=POLICIES, works=WORKS, sector=SECTOR, calendar=CALENDAR, runs=RUNS)
def test_they_agree(cast: Cast, policies: Any, works: Any, sector: Any, calendar: Any, runs: Any) -> None:
    with transaction.atomic():
        ladders = _policies(cast, policies)
        for day, kind in calendar.items():
            made(CalendarDay, day=day, kind=kind, name="Thử")
        for change in sorted(sector):
            _change(cast, change)
        for ordinal, work in enumerate(works, start=50):
            _give(cast, work, ladders, ordinal)
        for on, meanwhile in sorted(runs):
            report = run_day(on=on, at=at(1, 8), seconds=0)
            assert report.unplanned == []
            assert report.uncomposed == []
            found = compare(on=on)
            assert found.named == []
            again = run_day(on=on, at=at(1, 8), seconds=0)
            assert again.planned == 0
            assert again.skipped == {}
            _meanwhile(cast, meanwhile, on)
        transaction.set_rollback(True)


def _policies(cast: Cast, policies: Any) -> list[ReminderPolicy]:
    document = cast.document()
    ladders = []
    for n, said in enumerate(policies):
        policy = made(
            ReminderPolicy,
            committee=cast.committee,
            name=f"Chính sách {n}",
            is_general=said["is_general"],
            late_days=said["late_days"],
        )
        ladders.append(policy)
        for step in said["steps"]:
            values = dict(step)
            values["document"] = document if values.pop("of_document") else None
            if step["audience"] == Audience.PERSON:
                values["person"] = cast.stranger
            # Where it was drawn twice it stands once.
            with suppress(IntegrityError), transaction.atomic():
                made(PolicyStep, policy=policy, **values)
    return ladders


def _give(cast: Cast, said: Any, ladders: list[ReminderPolicy], ordinal: int) -> None:
    lead = getattr(cast, said["lead"]) if said["lead"] else None
    units = [getattr(cast, name) for name in said["units"] if name != said["lead"]]
    own = said["own"]
    directive = cast.issued(
        lead=lead,
        units=units if units or lead else [cast.hanoi],
        at=at(said["given"]),
        due_on=said["due"],
        urgency=said["urgency"],
        kind=said["kind"],
        ordinal=ordinal,
        supervisor=cast.member_seat if said["supervised"] else None,
        reminder_policy=ladders[own] if own is not None and own < len(ladders) else None,
        document=cast.document(number=f"{ordinal}/QĐ-BYT") if ordinal % 2 else None,
    )
    work = directive.assignments.order_by("pk").first()
    assert work is not None
    day = min(said["given"] + 2, 30)
    when, letter, by = at(day), _letter(date(2023, 6, day)), cast.secretary
    if said["then"] == "accepted":
        services.accept(assignment=work, by=by, at=when, letter=letter)
    elif said["then"] == "submitted":
        services.submit(assignment=work, by=by, at=when, letter=letter, text="Xong")
    elif said["then"] == "declined":
        services.decline(assignment=work, by=by, at=when, letter=letter, reason="Không đúng chức năng")
    elif said["then"] == "suspended":
        services.suspend(assignment=work, by=by, at=when, reason="Chờ")


def _change(cast: Cast, change: str) -> None:
    _CHANGES[change](cast)


def _split(cast: Cast) -> None:
    for unit in (cast.danang, cast.hanoi):
        Succession.objects.filter(from_unit=cast.quangnam, to_unit=unit).delete()
        made(Succession, from_unit=cast.quangnam, to_unit=unit, takes_effect_on=date(2023, 6, 20))


def _ended(user: User, on: date) -> None:
    for posting in Posting.objects.filter(user=user, valid_until=None):
        end(posting=posting, on=on, by=User.objects.system())


def _deputy(cast: Cast) -> None:
    appoint(user=cast.auditor, unit=cast.hanoi, duty=Posting.Duty.DEPUTY, by=User.objects.system())


_CHANGES: dict[str, Callable[[Cast], None]] = {
    "no mailbox": lambda cast: edit(cast.hanoi, mailbox=""),
    "no secretariat mailbox": lambda cast: edit(cast.committee, mailbox=""),
    "head gone": lambda cast: _ended(cast.head, date(2023, 6, 1)),
    "head locked": lambda cast: edit(cast.head, is_active=False),
    "deputy": _deputy,
    "officer without address": lambda cast: edit(cast.officer, email=""),
    "officer locked": lambda cast: edit(cast.danang_officer, is_active=False),
    "seat vacant": lambda cast: edit(SeatHolding.objects.get(user=cast.member), valid_until=date(2023, 6, 10)),
    "seat without account": lambda cast: edit(SeatHolding.objects.get(user=cast.member), user=None),
    "chair locked": lambda cast: edit(cast.chair, is_active=False),
    "no chair": lambda cast: edit(cast.chair_seat, role="member"),
    "sent outside": lambda cast: edit(cast.vnpt, automatic_mail=True),
    "split": _split,
}  # fmt: skip


def _meanwhile(cast: Cast, change: str, on: date) -> None:
    """Something that happens between two runs."""
    work = Assignment.objects.filter(status__in=("assigned", "in_progress")).order_by("pk").first()
    step = PolicyStep.objects.filter(is_active=True, repeat_every_days=None).order_by("pk").first()
    if change == "head gone":
        _ended(cast.danang_head, on)
    elif change.startswith("step") and step is not None:
        # Where the policy has that step already, nothing is changed.
        with suppress(IntegrityError), transaction.atomic():
            edit(
                step,
                **({"is_active": False} if change == "step off" else {"offset_days": step.offset_days + 1}),
            )
    elif change == "submitted" and work is not None:
        letter = _letter(on)
        services.submit(
            assignment=work, by=cast.secretary, at=at(on.day, on.month), text="Xong", letter=letter
        )
    elif change in MOVED and work is not None and work.due_on is not None:
        with acting(by=cast.secretary, reason="Thử"):
            work.due_on += MOVED[change]
            work.save()


def _letter(on: date) -> services.LetterData:
    return services.LetterData(number="9/SYT", dated_on=on, signer="A", uploads=[pdf()])
