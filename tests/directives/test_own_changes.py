"""After a change of one's own the figures hold it, and only the unit that it concerns is counted anew."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache

from accounts.models import User
from directives import counters, own_changes, services
from directives.counters import Figures, OfUnit
from directives.models import Assignment
from tests.cast import Cast, at, pdf
from tests.directives.spread import AT, ON
from tests.directives.test_counters import fork, fresh, seconds_left

LATER = AT + timedelta(seconds=20)
Act = Callable[[], object]
Doing = Callable[[Act], None]


@pytest.fixture
def doing(django_capture_on_commit_callbacks: Any) -> Doing:
    """Do something and what follows its commit."""

    def do(act: Act) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            act()

    return do


def seen(user: User, moment: Any = AT) -> Figures:
    return counters.figures(fresh(user), on=ON, at=moment)


def numbers(figures: Figures) -> tuple[Figures, list[OfUnit]]:
    """All of them, without when they were counted and in an order."""
    return replace(figures, computed_at=AT, packed=b""), sorted(figures.of_units, key=repr)


def counted_now(user: User) -> tuple[Figures, list[OfUnit]]:
    return numbers(counters.count(fresh(user), on=ON, at=AT))


def acts(cast: Cast) -> dict[str, tuple[User, Act, bool]]:
    """What changes figures, in an order that is possible: who does it, and whether one unit alone is concerned."""
    secretary, head, officer = cast.secretary, cast.head, cast.officer
    rows = [cast.assignment(cast.hanoi, ordinal=number) for number in range(1, 4)]
    first, second, third = rows
    lone = cast.assignment(cast.quangnam, ordinal=4)
    joint = cast.issued(lead=cast.hanoi, units=[cast.danang, cast.office], ordinal=5)
    lead, part = joint.assignments.get(part="lead"), joint.assignments.get(unit=cast.office)
    draft = cast.draft(units=[cast.danang], ordinal=6)
    letter = services.LetterData("12/SYT", date(2023, 7, 1), uploads=[pdf("letter.pdf")])
    fork(cast)

    def call(service: Callable[..., object], row: Assignment, by: User, **given: Any) -> Act:
        return plainly(service, row, by, reason="Vì thế", **given)

    def plainly(service: Callable[..., object], row: Assignment, by: User, **given: Any) -> Act:
        return lambda: service(assignment=Assignment.objects.get(pk=row.pk), by=fresh(by), at=AT, **given)

    def decide(**given: Any) -> None:
        request = second.extension_requests.get(state="open")
        services.decide_extension(
            request=request, by=fresh(secretary), at=AT, decided_by="Thứ trưởng", **given
        )

    done = {"text": "Đã xong", "uploads": [pdf()]}
    later = date(2023, 8, 1)
    return {
        "accept": (officer, plainly(services.accept, first, officer), True),
        "report": (officer, plainly(services.report, first, officer, percent=50, text="Đang làm"), True),
        "present": (officer, plainly(services.present_to_head, first, officer, **done), True),
        "give back": (head, call(services.give_back, first, head), True),
        "submit": (head, plainly(services.submit, first, head, **done), True),
        "send back": (secretary, call(services.send_back, first, secretary), True),
        "submit again": (head, plainly(services.submit, first, head, text="Xong", uploads=[pdf()]), True),
        "withdraw": (head, call(services.withdraw, first, head), True),
        "submit at last": (head, plainly(services.submit, first, head, text="Xong", uploads=[pdf()]), True),
        "confirm": (secretary, plainly(services.confirm, first, secretary), True),
        "reopen": (secretary, call(services.reopen, first, secretary), True),
        "suspend": (secretary, call(services.suspend, first, secretary), True),
        "resume": (secretary, call(services.resume, first, secretary), True),
        "people": (secretary, plainly(services.name_people, first, secretary, officer=officer), True),
        "due date": (secretary, call(services.correct_due_date, first, secretary, due_on=later), True),
        "decline": (head, call(services.decline, second, head), True),
        "reissue": (secretary, call(services.reissue, second, secretary), True),
        "ask": (officer, call(services.ask_extension, second, officer, due_on=later), True),
        "refuse": (secretary, lambda: decide(granted=False, reason="Không"), True),
        "ask again": (officer, call(services.ask_extension, second, officer, due_on=later), True),
        "grant": (secretary, lambda: decide(granted=True), True),
        "by letter": (secretary, plainly(services.submit, second, secretary, text="Xong", letter=letter), True),
        "revoke": (secretary, call(services.revoke, second, secretary), True),
        "answering": (
            secretary, plainly(services.choose_answering_unit, lone, secretary, unit=cast.danang), True
        ),
        "transfer": (
            secretary, call(services.transfer, third, secretary, unit=cast.office, basis="12/TB"), False
        ),
        "coordinating part": (secretary, call(services.suspend, part, secretary), True),
        "and on": (secretary, call(services.resume, part, secretary), True),
        "lead": (head, plainly(services.submit, lead, head, text="Xong", uploads=[pdf()]), True),
        "lead confirmed": (secretary, plainly(services.confirm, lead, secretary), False),
        "issue": (secretary, lambda: services.issue(directive=draft, by=fresh(secretary), at=AT), False),
    }  # fmt: skip


def test_whatever_one_does_is_in_ones_next_figures(cast: Cast, doing: Doing) -> None:
    for second, (name, (person, act, is_alone)) in enumerate(acts(cast).items()):
        moment = AT + timedelta(seconds=second)
        before = seen(person, moment)
        doing(act)
        after = seen(person, moment + timedelta(milliseconds=500))
        assert numbers(after) == counted_now(person), name
        if person == cast.secretary:
            assert (after.computed_at == before.computed_at) == is_alone, name


def test_all_that_was_done_unseen_is_in_them(cast: Cast, doing: Doing) -> None:
    """Between the acts nobody looks; the figures from before all of them are the ones that are corrected. What units
    did is in them, too: each of these units the secretary changed something of."""
    script = acts(cast)
    before = seen(cast.secretary)
    for _person, act, is_alone in script.values():
        if is_alone:
            doing(act)
    after = seen(cast.secretary, LATER)
    assert after.computed_at == before.computed_at
    assert numbers(after) == counted_now(cast.secretary) != numbers(before)


@pytest.fixture
def rows(cast: Cast) -> dict[str, Assignment]:
    return {
        name: cast.assignment(unit, ordinal=ordinal)
        for ordinal, (name, unit) in enumerate(
            {"mine": cast.hanoi, "another's": cast.danang, "mine, too": cast.office}.items(), start=1
        )
    }


def suspended(row: Assignment, by: User) -> Act:
    return lambda: services.suspend(assignment=row, by=by, at=at(10, 7), reason="Chờ")


def test_what_others_do_meanwhile_shows_within_the_minute_of_the_first_count(
    cast: Cast, rows: dict[str, Assignment], doing: Doing
) -> None:
    seen(cast.secretary)
    doing(suspended(rows["another's"], cast.second_secretary))
    doing(suspended(rows["mine"], cast.secretary))
    after = seen(cast.secretary, LATER)
    assert after.cells.suspended == 1
    key = counters._key("all", fresh(cast.secretary), ON, next(own_changes.since(cast.secretary.pk)).mark)
    assert 0 < seconds_left(key) <= 40
    doing(suspended(rows["mine, too"], cast.secretary))
    last = seen(cast.secretary, AT + timedelta(seconds=61))
    assert last.cells.suspended == 3
    assert last.computed_at > after.computed_at


def test_after_what_nobody_can_tell_everything_is_counted_and_then_only_what_follows(
    cast: Cast, rows: dict[str, Assignment], doing: Doing
) -> None:
    seen(cast.secretary)
    doing(suspended(rows["mine"], cast.secretary))
    counters.touch(cast.secretary)
    again = seen(cast.secretary, LATER)
    assert again.computed_at == LATER
    doing(suspended(rows["mine, too"], cast.secretary))
    last = seen(cast.secretary, LATER + timedelta(seconds=1))
    assert last.computed_at == LATER
    assert numbers(last) == counted_now(cast.secretary)


def test_of_many_changes_none_is_lost(cast: Cast) -> None:
    """However many processes tell of them at the same moment."""
    user, each = cast.secretary.pk, 25
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda unit: own_changes.note(user, unit), range(8 * each)))
    *_later, first = own_changes.since(user)
    assert first == own_changes.Since("", frozenset(range(8 * each)))


def test_marks_say_what_was_changed_after_them(cast: Cast) -> None:
    user = cast.secretary.pk
    assert list(own_changes.since(user)) == [own_changes.Since("", frozenset())]
    for unit in (1, None, 2):
        own_changes.note(user, unit)
    found = list(own_changes.since(user))
    assert [each.units for each in found] == [frozenset(), {2}, None, None]
    assert len({each.mark for each in found}) == 4
    # The number beside the log only says where to begin to look.
    cache.set(own_changes._number(user), int(found[0].mark) - 2, 60)
    assert list(own_changes.since(user)) == found


def test_units_that_are_many_are_counted_with_all(
    cast: Cast, rows: dict[str, Assignment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "UNITS_ANEW", 1)
    for names, is_alone in ((["mine"], True), (["mine", "mine"], True), (["mine", "mine, too"], False)):
        cache.clear()
        seen(cast.secretary)
        for name in names:
            counters.touch(cast.secretary, rows[name].unit_id)
        assert (seen(cast.secretary, LATER).computed_at == AT) == is_alone, names
