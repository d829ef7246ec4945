"""What becomes of assignments: each story a chain of verbs, and how often it is told of which directives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from directives.lifecycle import Verb
from directives.models import ExtensionRequest
from directives.models.directive import Part
from directives.sector.schedule import VOID_AFTER_DAYS, Phase

State = ExtensionRequest.State


class From(StrEnum):
    """Where the day of a step is reckoned from: a share of the case's time, its due date, its end, its first day."""

    SHARE = "share"
    DUE = "due"
    END = "end"
    FIRST = "first"


class Ends(StrEnum):
    """Which day the case's time ends on."""

    IN_TIME = "in_time"
    LATE = "late"
    LATER = "later"
    # A few days or weeks after the work was given.
    EARLY = "early"
    STALE = "stale"
    OPEN = "open"


class Who(StrEnum):
    SECRETARY = "secretary"
    OFFICER = "officer"
    HEAD = "head"
    SYSTEM = "system"


@dataclass(frozen=True)
class When:
    """`of` and `value` give the day; the hour keeps steps of one day in order, and a sharp one is the same for all."""

    of: From
    value: float = 0
    hour: int = 0
    sharp: bool = False


@dataclass(frozen=True)
class Step:
    """A verb, or a change that has none: an extension (`extend`), the result put before the head (`present`)."""

    what: Verb | str
    when: When
    percent: int | None = None


@dataclass(frozen=True)
class Ask:
    """An extension asked for and, unless open, decided."""

    state: str
    asked: When
    decided: When | None = None


@dataclass(frozen=True)
class Story:
    steps: tuple[Step, ...]
    ask: Ask | None = None


def _share(value: float, hour: int = 0) -> When:
    return When(From.SHARE, value, hour)


def _issue() -> Step:
    return Step(Verb.ISSUE, When(From.SHARE, 0, sharp=True))


def _step(what: Verb | str, share: float, percent: int | None = None) -> Step:
    return Step(what, _share(share), percent)


ACCEPT, REPORT = _step(Verb.ACCEPT, 0.15), _step(Verb.REPORT, 0.4, 40)
SUBMIT, CONFIRM = Step(Verb.SUBMIT, When(From.END, 0)), Step(Verb.CONFIRM, When(From.END, 1))
# A decision falls into the hour of its own step, the third.
ASKED, DECIDED = When(From.DUE, -8, hour=15), When(From.DUE, -5, hour=11)
END = When(From.END, 0)
TAKEN_BACK = When(From.FIRST, VOID_AFTER_DAYS, hour=16, sharp=True)
# After how many days work is transferred, and at which hour: the new unit's row begins at that instant.
TRANSFERRED_AFTER_DAYS, TRANSFERRED_HOUR = 3, 10
# As late as the confirmation of a lead that reported and submitted before.
CONFIRMED = replace(CONFIRM.when, hour=12)


def _story(*steps: Step, ask: Ask | None = None) -> Story:
    return Story((_issue(), *steps), ask)


STORIES: dict[str, Story] = {
    "untouched": _story(),
    "accepted": _story(ACCEPT),
    "under_way": _story(REPORT),
    "reported_twice": _story(ACCEPT, REPORT, _step(Verb.REPORT, 0.8, 70)),
    "presented": _story(REPORT, _step("present", 0.9, 100)),
    "submitted": _story(REPORT, SUBMIT),
    "done": _story(REPORT, SUBMIT, CONFIRM),
    "done_shortly": _story(ACCEPT, SUBMIT, CONFIRM),
    "done_by_head": _story(REPORT, _step("present", 0.8, 100), SUBMIT, CONFIRM),
    "sent_back": _story(REPORT, _step(Verb.SUBMIT, 0.7), _step(Verb.SEND_BACK, 0.8), SUBMIT, CONFIRM),
    "sent_back_open": _story(REPORT, _step(Verb.SUBMIT, 0.7), _step(Verb.SEND_BACK, 0.9)),
    "withdrawn": _story(REPORT, _step(Verb.SUBMIT, 0.7), _step(Verb.WITHDRAW, 0.8), SUBMIT, CONFIRM),
    "extended": _story(
        ACCEPT, Step("extend", DECIDED), SUBMIT, CONFIRM, ask=Ask(State.GRANTED, ASKED, DECIDED)
    ),
    "extended_otherwise": _story(
        ACCEPT, Step("extend", DECIDED), SUBMIT, CONFIRM, ask=Ask(State.OTHER_DATE, ASKED, DECIDED)
    ),
    "extended_open": _story(
        REPORT, _step("extend", 0.9), ask=Ask(State.GRANTED, _share(0.7, 15), _share(0.9, 11))
    ),
    "asking": _story(REPORT, ask=Ask(State.OPEN, _share(0.9, 15))),
    "refused": _story(ACCEPT, SUBMIT, CONFIRM, ask=Ask(State.REFUSED, ASKED, DECIDED)),
    "lapsed": _story(ACCEPT, SUBMIT, CONFIRM, ask=Ask(State.LAPSED, ASKED, CONFIRMED)),
    "reissued": _story(
        _step(Verb.DECLINE, 0.1), _step(Verb.REISSUE, 0.2), _step(Verb.ACCEPT, 0.3), SUBMIT, CONFIRM
    ),
    "resumed": _story(ACCEPT, _step(Verb.SUSPEND, 0.4), _step(Verb.RESUME, 0.6), SUBMIT, CONFIRM),
    "reopened": _story(REPORT, _step(Verb.SUBMIT, 0.5), _step(Verb.CONFIRM, 0.6), _step(Verb.REOPEN, 0.9)),
    "suspended": _story(ACCEPT, Step(Verb.SUSPEND, END)),
    "revoked": _story(ACCEPT, Step(Verb.REVOKE, END)),
    "declined": _story(Step(Verb.DECLINE, END)),
    "ended": _story(ACCEPT, Step(Verb.END, CONFIRMED)),
    "done_before": _story(REPORT, _step(Verb.SUBMIT, 0.6), _step(Verb.CONFIRM, 0.9)),
    "taken_back": _story(ACCEPT, Step(Verb.REVOKE, TAKEN_BACK)),
    "transferred": _story(
        Step(Verb.TRANSFER, When(From.FIRST, TRANSFERRED_AFTER_DAYS, hour=TRANSFERRED_HOUR, sharp=True))
    ),
}

# How many of 10,000 assignments have which story, from the best to the worst: units that are slower have more of what
# comes later. A part's own row goes before that of its directive's phase.
Chances = tuple[tuple[str, Ends, int], ...]
WAITING: Chances = (
    ("under_way", Ends.OPEN, 4000),
    ("accepted", Ends.OPEN, 4000),
    ("untouched", Ends.OPEN, 2000),
)
CHANCES: dict[tuple[Phase, Part], Chances] = {
    (Phase.PAST, Part.EACH): (
        ("done", Ends.IN_TIME, 4400),
        ("done_shortly", Ends.IN_TIME, 1800),
        ("done_by_head", Ends.IN_TIME, 150),
        ("sent_back", Ends.IN_TIME, 500),
        ("withdrawn", Ends.IN_TIME, 100),
        ("resumed", Ends.IN_TIME, 100),
        ("reissued", Ends.IN_TIME, 100),
        ("extended", Ends.LATER, 350),
        ("extended_otherwise", Ends.LATER, 150),
        ("refused", Ends.LATE, 200),
        ("lapsed", Ends.LATE, 60),
        ("done", Ends.LATE, 1600),
        ("suspended", Ends.EARLY, 150),
        ("revoked", Ends.EARLY, 200),
        ("reopened", Ends.STALE, 20),
        ("submitted", Ends.LATE, 40),
        ("declined", Ends.EARLY, 20),
        ("under_way", Ends.STALE, 50),
        ("untouched", Ends.STALE, 10),
    ),
    (Phase.CURRENT, Part.EACH): (
        ("done", Ends.IN_TIME, 1500),
        ("done_shortly", Ends.IN_TIME, 700),
        ("sent_back", Ends.IN_TIME, 150),
        ("submitted", Ends.IN_TIME, 1200),
        ("presented", Ends.OPEN, 300),
        ("reported_twice", Ends.OPEN, 800),
        ("under_way", Ends.OPEN, 2300),
        ("sent_back_open", Ends.OPEN, 100),
        ("extended_open", Ends.OPEN, 250),
        ("asking", Ends.OPEN, 400),
        ("accepted", Ends.OPEN, 1000),
        ("suspended", Ends.EARLY, 200),
        ("revoked", Ends.EARLY, 100),
        ("declined", Ends.OPEN, 500),
        ("untouched", Ends.OPEN, 500),
    ),
    (Phase.NEW, Part.EACH): (
        ("done", Ends.IN_TIME, 300),
        ("reported_twice", Ends.OPEN, 500),
        ("under_way", Ends.OPEN, 3000),
        ("accepted", Ends.OPEN, 3000),
        ("suspended", Ends.EARLY, 100),
        ("declined", Ends.OPEN, 100),
        ("untouched", Ends.OPEN, 3000),
    ),
    (Phase.FRESH, Part.EACH): (("accepted", Ends.OPEN, 3000), ("untouched", Ends.OPEN, 7000)),
    (Phase.STANDING, Part.EACH): (
        ("reported_twice", Ends.OPEN, 3000),
        ("under_way", Ends.OPEN, 5500),
        ("accepted", Ends.OPEN, 1200),
        ("untouched", Ends.OPEN, 300),
    ),
    (Phase.UNDATED, Part.EACH): (
        ("done", Ends.IN_TIME, 4000),
        ("under_way", Ends.OPEN, 4000),
        ("accepted", Ends.OPEN, 1500),
        ("untouched", Ends.OPEN, 500),
    ),
    (Phase.VOID, Part.EACH): (("done_before", Ends.EARLY, 3000), ("taken_back", Ends.EARLY, 7000)),
    # A coordinating part is dealt its lead's chance here: it ends when that is confirmed.
    (Phase.PAST, Part.LEAD): (("done", Ends.IN_TIME, 7000), ("done", Ends.LATE, 3000)),
    (Phase.PAST, Part.COORDINATING): (("ended", Ends.IN_TIME, 7000), ("ended", Ends.LATE, 3000)),
    (Phase.CURRENT, Part.LEAD): (("under_way", Ends.OPEN, 10_000),),
    (Phase.CURRENT, Part.COORDINATING): WAITING,
}
