"""A ladder that is edited while it runs: nobody is told the same again, whatever a secretariat does to it."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directives.models import PolicyStep, Reminder, ReminderPolicy
from directives.reminders.plan import Planned, plan
from steering.calendar import work_calendar
from tests.cast import Cast
from tests.directives.reminders.test_plan import DUE, edit, made

FIRST = date(2023, 6, 20)
DAYS = 28
STEPS = ((-7, None), (-3, None), (0, None), (1, None), (3, 7))


@pytest.fixture
def policy(cast: Cast) -> ReminderPolicy:
    """A ladder for officers and mailbox."""
    policy: ReminderPolicy = made(ReminderPolicy, committee=cast.committee, name="Thử", late_days=100)
    for audience in ("officers", "mailbox"):
        for offset, every in STEPS:
            made(PolicyStep, policy=policy, audience=audience, offset_days=offset, repeat_every_days=every)
    return policy


# --- One edit at a time -----------------------------------------------------------------------------------------


def _told(cast: Cast) -> list[tuple[date, int]]:
    rows = Reminder.objects.filter(recipient_key=f"user:{cast.officer.pk}", skip="").order_by("pk")
    return list(rows.values_list("falls_on", "step__offset_days"))


@pytest.mark.parametrize("offset", [-8, -7, -6, -5])
def test_a_step_that_told_is_moved_and_tells_nothing_again(
    cast: Cast, policy: ReminderPolicy, offset: int
) -> None:
    """Told a week before, on Friday 23 June; then moved, and run on each day until the next step."""
    cast.assignment()
    plan(policy, on=date(2023, 6, 23))
    for step in policy.steps.filter(offset_days=-7):
        edit(step, offset_days=offset)
    for day in (23, 24, 25, 26):
        assert plan(policy, on=date(2023, 6, day)) == Planned()
    assert plan(policy, on=date(2023, 6, 27)).planned == 2
    assert len(_told(cast)) == 2


@pytest.mark.parametrize("offset", [-6, -5])
def test_a_step_that_told_nobody_yet_tells_when_it_was_moved(
    cast: Cast, policy: ReminderPolicy, offset: int
) -> None:
    cast.assignment()
    for step in policy.steps.filter(offset_days=-7):
        edit(step, offset_days=offset)
    on = DUE + timedelta(days=offset)
    assert plan(policy, on=on - timedelta(days=1)) == Planned()
    assert plan(policy, on=on).planned == 2


def test_a_step_that_could_not_tell_may_when_it_was_moved(cast: Cast, policy: ReminderPolicy) -> None:
    edit(cast.officer, email="")
    cast.assignment()
    plan(policy, on=date(2023, 6, 23))
    edit(cast.officer, email="moi@cast.example")
    for step in policy.steps.filter(offset_days=-7):
        edit(step, offset_days=-5)
    plan(policy, on=date(2023, 6, 25))
    assert _told(cast) == [(date(2023, 6, 25), -5)]


def test_switched_off_and_on_again_it_tells_nothing_again(cast: Cast, policy: ReminderPolicy) -> None:
    cast.assignment()
    plan(policy, on=date(2023, 6, 23))
    for is_active in (False, True):
        for step in policy.steps.filter(offset_days=-7):
            edit(step, is_active=is_active)
        assert plan(policy, on=date(2023, 6, 24)) == Planned()
        edit(policy, is_active=is_active)
    assert plan(policy, on=date(2023, 6, 24)) == Planned()


def test_a_copy_in_its_place_tells_nothing_again(cast: Cast, policy: ReminderPolicy) -> None:
    cast.assignment()
    plan(policy, on=date(2023, 7, 10))
    assert len(_told(cast)) == 1
    copy = _copy(policy)
    edit(policy, is_active=False)
    for day in range(10, 17):
        assert plan(copy, on=date(2023, 7, day)) == Planned()
    assert plan(copy, on=date(2023, 7, 17)).planned == 2


def test_a_copy_of_the_weekly_letter_tells_nothing_again(cast: Cast, ladder: ReminderPolicy) -> None:
    cast.assignment()
    plan(ladder, on=date(2023, 7, 10))
    assert plan(_copy(ladder), on=date(2023, 7, 11)) == Planned()


def _copy(policy: ReminderPolicy) -> ReminderPolicy:
    copy: ReminderPolicy = made(ReminderPolicy, committee=policy.committee, name="Bản sao", late_days=100)
    names = [field.name for field in PolicyStep._meta.concrete_fields if field.name not in ("id", "policy")]
    for step in policy.steps.all():
        made(PolicyStep, policy=copy, **{name: getattr(step, name) for name in names})
    return copy


@pytest.mark.parametrize(
    ("day_kind", "every", "next_on"),
    [
        # Told on Monday 10 July; each two days from the third on would be 11 July, a day after.
        ("calendar", 2, date(2023, 7, 13)),
        ("calendar", 4, date(2023, 7, 15)),
        ("calendar", 14, date(2023, 7, 31)),
        # From Wednesday 5 July on, each four working days: 11 July, one working day after; then 17 July.
        ("working", 4, date(2023, 7, 17)),
    ],
)
def test_a_changed_interval_counts_from_what_was_told(
    cast: Cast, policy: ReminderPolicy, day_kind: str, every: int, next_on: date
) -> None:
    cast.assignment()
    plan(policy, on=date(2023, 7, 10))
    for step in policy.steps.filter(offset_days=3):
        edit(step, repeat_every_days=every, day_kind=day_kind)
    on = date(2023, 7, 11)
    while on < next_on:
        assert plan(policy, on=on) == Planned(), on
        on += timedelta(days=1)
    assert plan(policy, on=next_on).planned == 2


# --- Any edits --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One edit: of which step or policy (by number), what, to which value."""

    which: int
    what: str
    value: Any

    def make(self, policies: list[ReminderPolicy]) -> None:
        if self.what == "copy":
            if len(policies) < 3:
                policies.append(_copy(policies[self.which % len(policies)]))
            return
        if self.what == "policy":
            ReminderPolicy.objects.filter(pk=policies[self.which % len(policies)].pk).update(
                is_active=self.value
            )
            return
        steps = PolicyStep.objects.order_by("pk")
        step = steps[self.which % steps.count()]
        # What the database refuses, the screen refuses, too.
        try:
            with transaction.atomic():
                PolicyStep.objects.filter(pk=step.pk).update(**{self.what: self.value})
        except IntegrityError:
            pass


which = st.integers(0, 40)
changes = st.one_of(
    st.builds(Change, which, st.just("offset_days"), st.integers(-9, 12)),
    st.builds(Change, which, st.just("repeat_every_days"), st.one_of(st.none(), st.integers(1, 8))),
    st.builds(Change, which, st.just("is_active"), st.booleans()),
    st.builds(Change, which, st.just("day_kind"), st.sampled_from(["calendar", "working"])),
    st.builds(Change, which, st.just("urgencies"), st.sampled_from([[], ["normal"], ["express"]])),
    st.builds(Change, which, st.just("policy"), st.booleans()),
    st.builds(Change, which, st.just("copy"), st.none()),
)
# `make fuzz` tries many more.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "8"))
days = st.lists(st.tuples(st.booleans(), st.lists(changes, max_size=2)), min_size=DAYS, max_size=DAYS)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(days=days)
def test_no_edit_makes_a_step_tell_the_same_again(
    cast: Cast, policy: ReminderPolicy, days: list[tuple[bool, list[Change]]]
) -> None:
    """On each day some edits, and a run unless it is missed.

    Nobody is told of a due date twice by one step, unless it repeats and its interval has passed; nor of the same day
    twice by the same audience, whichever steps stand for it.
    """
    workdays = work_calendar()
    with transaction.atomic():
        work = cast.assignment()
        policies = [policy]
        told: dict[tuple[str, int], date] = {}
        latest: dict[tuple[str, str], date] = defaultdict(lambda: date.min)
        seen = 0
        for n, (runs, edits) in enumerate(days):
            for change in edits:
                change.make(policies)
            on = FIRST + timedelta(days=n)
            active = ReminderPolicy.objects.filter(is_active=True, pk__in=[row.pk for row in policies])
            for current in active.order_by("pk") if runs else ():
                plan(current, on=on)
                new = Reminder.objects.filter(assignment=work, pk__gt=seen).select_related("step")
                for row in new.order_by("pk"):
                    seen = row.pk
                    step = row.step
                    assert step is not None
                    assert row.falls_on <= on
                    assert row.falls_on > latest[row.recipient_key, step.audience]
                    latest[row.recipient_key, step.audience] = row.falls_on
                    before = told.get((row.recipient_key, step.pk))
                    if before is not None and not row.skip:
                        assert step.repeat_every_days is not None
                        passed = (
                            workdays.working_days_between(before, row.falls_on)
                            if step.day_kind == "working"
                            else (row.falls_on - before).days
                        )
                        assert passed >= step.repeat_every_days
                    if not row.skip:
                        told[row.recipient_key, step.pk] = row.falls_on
        transaction.set_rollback(True)
