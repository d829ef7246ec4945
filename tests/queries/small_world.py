"""One of everything that a screen could show, and an assignment in each state that a dialog asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.test import Client

from accounts.audit.context import acting
from accounts.audit.seals.models import Check, CheckRequest
from directives import services
from directives.models import (
    Assignment,
    MailPreference,
    Message,
    MessageEvent,
    Occasion,
    PolicyStep,
    Reconciliation,
    ReminderRun,
)
from directives.reminders.policy import DEFAULT
from steering.models import Assistant, SeatHolding, Succession, Unit, UnitAlias, UnitKind, UnitName
from tests.access.world import World
from tests.accounts.audit.sealed import sealed
from tests.cast import Cast, at, pdf
from tests.directives.spread import ON


@dataclass
class Small:
    """The world of the access matrix, furnished, with whoever is signed in and assignments by their state."""

    world: World
    rows: dict[str, Assignment]
    clients: dict[str, Client]


def furnish(cast: Cast, world: World, spread: dict[str, Assignment]) -> Small:
    """Add what the world and the spread have none of; outside a transaction, for something is sealed."""
    rows = dict(spread)
    with acting(by=cast.administrator, reason="Thử"), transaction.atomic():
        _whole_ladder(world.ids["policy"]["own"])
        UnitAlias.objects.create(unit=cast.hanoi, alias="SYT HN")
        held = SeatHolding.objects.get(seat=cast.member_seat)
        Assistant.objects.create(holding=held, person="Trợ Lý", user=cast.stranger)
        MailPreference.objects.create(user=cast.officer, mutes=True)
        rows["several_answer"] = _several_answer(cast)
    rows["presented"] = cast.assignment(cast.hanoi, ordinal=40)
    services.present_to_head(
        assignment=rows["presented"], by=cast.officer, at=at(3), text="Trình", uploads=[pdf()]
    )
    rows["new"] = cast.assignment(cast.hanoi, ordinal=41, due_on=date(2023, 7, 20))
    run = ReminderRun.objects.create(on=ON, started_at=at(9), finished_at=at(9), started_by=cast.secretary)
    Reconciliation.objects.create(
        on=ON,
        at=at(9),
        run=run,
        missing=0,
        failed=0,
        no_address=0,
        waiting=0,
        sent=1,
        details={"missing": [], "failed": [], "no_address": []},
    )
    message = Message.objects.order_by("pk").first()
    assert message is not None
    MessageEvent.objects.create(message=message, kind=MessageEvent.Kind.SENT, at=at(9), by=cast.secretary)
    asked = CheckRequest.objects.create(at=at(9), by=cast.auditor)
    Check.objects.create(
        request=asked,
        started_at=at(9),
        finished_at=at(9),
        by=cast.auditor,
        seals=1,
        rows=1,
        unsealed=0,
        found=0,
    )
    sealed()
    return Small(world, rows, {name: signed_in(user) for name, user in world.people.items()})


def signed_in(user: Any) -> Client:
    """Return the client of a person, signed in; of nobody, if None."""
    client = Client()
    if user is not None:
        client.force_login(user)
        # The first request of a session notes when it was.
        client.get("/")
    return client


def _whole_ladder(policy: int) -> None:
    """The steps that a committee starts with, beside the one that the world has."""
    for audience, steps in DEFAULT.items():
        for offset, every in steps:
            if audience != PolicyStep.Audience.OFFICERS or offset:
                PolicyStep.objects.create(
                    policy_id=policy, audience=audience, offset_days=offset, repeat_every_days=every
                )


def _several_answer(cast: Cast) -> Assignment:
    """Work of a unit that two others took over, neither of which is named to answer."""
    kind = UnitKind.objects.get(code="so-y-te")
    gone = Unit.objects.create(
        code="gone",
        name="Đơn vị đã tách",
        short_name="Đã tách",
        kind=kind,
        order=50,
        valid_until=date(2023, 6, 9),
    )
    UnitName.objects.create(unit=gone, name=gone.name)
    row = cast.assignment(gone, ordinal=42)
    for unit in (cast.hanoi, cast.danang):
        Succession.objects.create(from_unit=gone, to_unit=unit, takes_effect_on=date(2023, 6, 10))
    Occasion.objects.filter(assignment=row).update(told_at=at(1))
    return row
