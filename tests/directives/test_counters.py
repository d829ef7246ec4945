"""Figures come from one source: at most a minute old, at once after one's own change, never another's rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.audit.context import acting
from accounts.models import User
from directives import counters, lists, services
from directives.access import visible_to
from directives.models import Assignment, Message
from directives.reminders.again import send_again
from directives.rights import rights
from directives.statistics import Cells, cells, total
from tests.cast import Cast, at, pdf
from tests.directives.spread import AT, ON, build_spread

EVERYBODY = (
    "secretary", "second_secretary", "chair", "member", "other_member", "officer", "head", "hospital_officer",
    "danang_officer", "danang_head", "ministry_officer", "auditor", "administrator", "stranger",
)  # fmt: skip
# The lists that the columns of `Cells` open.
COLUMNS = (
    "given", "counted", "done", "done_on_time", "done_late", "not_done", "open_in_time", "no_date", "overdue",
    "suspended", "withdrawn", "standing", "coordinating",
)  # fmt: skip


def fresh(user: User) -> User:
    """Return the person as the next request meets them: nothing is kept on the instance."""
    return User.objects.get(pk=user.pk)


def rows_of(user: User, name: str) -> QuerySet[Assignment]:
    return visible_to(user, Assignment, on=ON).filter(lists.condition(name, rights(user, on=ON), on=ON))


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.usefixtures("spread")
def test_every_number_is_the_length_of_the_list_it_opens(cast: Cast, who: str) -> None:
    user = cast.people[who]
    figures = counters.figures(user, on=ON, at=AT)
    assert {name: rows_of(user, name).count() for name in figures.tabs} == figures.tabs
    assert {name: rows_of(user, name).count() for name in COLUMNS} == {
        name: getattr(figures.cells, name) for name in COLUMNS
    }
    assert total(figures.by_unit.values()) == figures.cells
    scoped = visible_to(user, Assignment, on=ON).filter(lists.scope(rights(user, on=ON)))
    assert cells(scoped, on=ON) == figures.cells


@pytest.mark.usefixtures("spread")
def test_the_spread_fills_every_list_of_the_secretariat(cast: Cast) -> None:
    figures = counters.figures(cast.secretary, on=ON, at=AT)
    empty = {name for name, rows in figures.tabs.items() if not rows}
    assert empty == {"undecided"}
    assert figures.cells == Cells(
        done_on_time=2, done_late=1, open_in_time=3, no_date=1, overdue=7, suspended=1, revoked=1,
        transferred=1, standing=1, coordinating_closed=2,
    )  # fmt: skip


@pytest.mark.usefixtures("spread")
def test_a_neighbour_counts_nothing_of_another_unit(cast: Cast) -> None:
    danang = counters.figures(cast.danang_officer, on=ON, at=AT)
    # Its own coordinating part; not the lead's, though that is visible.
    assert danang.cells == Cells(coordinating_closed=1)
    assert danang.tabs["all"] == 2
    after_the_merger = counters.figures(cast.danang_officer, on=date(2025, 7, 10), at=at(10, 7, 2025))
    assert after_the_merger.cells == Cells(overdue=1, coordinating_closed=1)
    assert {unit for unit, _answering in after_the_merger.by_unit} == {cast.danang.pk, cast.quangnam.pk}
    assert counters.figures(cast.stranger, on=ON, at=AT).cells == Cells()
    assert counters.figures(cast.stranger, on=ON, at=AT).tabs["all"] == 0


def test_undecided_lists_what_went_to_several_units_until_one_is_chosen(cast: Cast) -> None:
    row = cast.assignment(cast.quangnam)
    assert not rows_of(cast.secretary, "undecided").exists()
    fork(cast)
    assert rows_of(cast.secretary, "undecided").get() == row
    services.choose_answering_unit(assignment=row, unit=cast.danang, by=cast.secretary, at=AT)
    assert not rows_of(cast.secretary, "undecided").exists()


def fork(cast: Cast) -> None:
    """Let Quảng Nam's work have gone to two units, with nobody marked to answer."""
    day = ON - timedelta(days=9)
    with acting(by=cast.administrator, reason="Chia tách"):
        to_danang = cast.quangnam.successions_from.get()
        to_danang.takes_effect_on = day
        to_danang.save()
        cast.quangnam.successions_from.create(to_unit=cast.office, takes_effect_on=day)


def test_figures_are_kept_for_a_minute_and_say_when_they_were_counted(cast: Cast) -> None:
    cast.assignment()
    first = counters.figures(cast.secretary, on=ON, at=AT)
    cast.assignment(ordinal=2)
    later = AT + timedelta(seconds=40)
    assert counters.figures(fresh(cast.second_secretary), on=ON, at=later) == first
    assert first.computed_at == AT
    assert 0 < seconds_left(counters._key("all", cast.secretary, ON, "")) <= 60


def seconds_left(key: str) -> float:
    """How long the cache still keeps an entry."""
    server: Any = cache
    milliseconds: int = server._cache.get_client(key).pttl(server.make_key(key))
    return milliseconds / 1000


@pytest.mark.parametrize("who", ["secretary", "head"])
def test_ones_own_change_shows_at_once(cast: Cast, who: str, django_capture_on_commit_callbacks: Any) -> None:
    row = cast.assignment()
    user = cast.people[who]
    before = counters.figures(user, on=ON, at=AT)
    with django_capture_on_commit_callbacks(execute=True):
        if who == "head":
            services.submit(assignment=row, by=user, at=AT, text="Xong", uploads=[pdf()])
        else:
            services.suspend(assignment=row, by=user, at=AT, reason="Chờ")
    after = counters.figures(fresh(user), on=ON, at=AT + timedelta(seconds=1))
    assert after.tabs != before.tabs or after.cells != before.cells
    # The colleague's are a minute old at most, and say so.
    assert counters.figures(fresh(cast.second_secretary), on=ON, at=AT).computed_at == AT


def test_a_count_begun_before_the_change_does_not_come_back(cast: Cast) -> None:
    stale = counters.figures(cast.secretary, on=ON, at=AT)
    old_key = counters._key("all", cast.secretary, ON, "")
    row = cast.assignment()
    counters.touch(cast.secretary)
    cache.set(old_key, stale, counters.KEPT_SECONDS)
    assert counters.figures(fresh(cast.secretary), on=ON, at=AT).tabs["all"] == 1
    assert row.pk


def test_without_a_cache_the_figures_are_counted(cast: Cast, settings: Any) -> None:
    cast.assignment()
    dead = "unix:///nowhere/redis.sock"
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": dead}}
    assert counters.figures(cast.secretary, on=ON, at=AT).tabs["all"] == 1
    counters.touch(cast.secretary)
    cast.assignment(ordinal=2)
    assert counters.figures(fresh(cast.secretary), on=ON, at=AT).tabs["all"] == 2


def test_the_number_of_queries_does_not_depend_on_the_rows(cast: Cast) -> None:
    def queries(user: User) -> int:
        with CaptureQueriesContext(connection) as captured:
            counters.count(fresh(user), on=ON, at=AT)
        return len(captured)

    people = [cast.secretary, cast.officer, cast.member]
    before = [queries(user) for user in people]
    build_spread(cast)
    assert [queries(user) for user in people] == before


def test_rights_decide_what_is_shared(cast: Cast) -> None:
    held = rights(cast.secretary, on=ON)
    assert counters._signature(held) == counters._signature(replace(held))
    assert counters._signature(held) != counters._signature(rights(cast.chair, on=ON))
    signatures = {counters._signature(rights(cast.people[who], on=ON)) for who in EVERYBODY}
    # Two secretaries share one; everybody else has their own.
    assert len(signatures) == len(EVERYBODY) - 1


def undelivered(cast: Cast) -> Message:
    """Return a mail to Hà Nội's mailbox that no server took."""
    return Message.objects.create(
        committee=cast.committee,
        kind=Message.Kind.DIGEST,
        on=ON,
        recipient_key=f"unit:{cast.hanoi.pk}",
        recipient_name=cast.hanoi.name,
        address=cast.hanoi.mailbox,
        subject="1 quá hạn",
        text="…",
        html="…",
        message_id="<1@cast.example>",
        composed_at=AT,
        next_attempt_at=AT,
        state=Message.State.FAILED,
    )


def test_a_mail_sent_again_is_no_longer_undelivered(
    cast: Cast, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    message = undelivered(cast)
    assert counters.figures(cast.secretary, on=ON, at=AT).mails_undelivered == 1
    client.force_login(cast.secretary)
    page: Any = client.get(f"{reverse('admin:directives_message_changelist')}?muc={lists.UNDELIVERED_NAME}")
    assert page.context_data["cl"].queryset.get() == message
    with django_capture_on_commit_callbacks(execute=True):
        send_again(message=message, by=cast.secretary, at=AT)
    assert counters.figures(fresh(cast.secretary), on=ON, at=AT).mails_undelivered == 0
    assert counters.figures(cast.officer, on=ON, at=AT).mails_undelivered is None
