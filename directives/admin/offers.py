"""Which buttons a person is shown on an assignment: one main one, the few beside it, the rest in a menu."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from directives.admin.decision_dialogs import DECISIONS
from directives.admin.dialog import Dialog, Text
from directives.admin.dialogs import EVERYONES
from directives.admin.seen import Seen
from directives.admin.unit_dialogs import LETTER_DIALOGS, UNIT_DIALOGS
from directives.lifecycle import Status

# The first that is the person's and possible is the main button.
MAIN = ("confirm", "decide-extension", "reissue", "resume", "accept")
DONE_PERCENT = 100


@dataclass(frozen=True)
class Button:
    """A link to a dialog."""

    slug: str
    title: Text
    address: str


@dataclass(frozen=True)
class Offers:
    """What the person may do now."""

    main: Button | None
    beside: Sequence[Button]
    more: Sequence[Button]
    letters: Sequence[Button]


def offers(seen: Seen) -> Offers:
    """Return the buttons for a person; an auditor gets none."""
    offered = _buttons((*DECISIONS, *UNIT_DIALOGS, *EVERYONES), seen)
    by_slug = {button.slug: button for button in offered}
    order = [slug for slug in (*MAIN, *_unit_order(seen), *_last(seen)) if slug in by_slug]
    main = by_slug[order[0]] if order else None
    beside = [by_slug[slug] for slug in _beside(order[0] if order else "") if slug in by_slug]
    shown = {button.slug for button in (main, *beside) if button is not None}
    more = [button for button in offered if button.slug not in shown]
    return Offers(main, beside, more, _buttons(LETTER_DIALOGS, seen))


def _buttons(dialogs: Sequence[Dialog], seen: Seen) -> list[Button]:
    row = seen.assignment
    return [Button(d.slug, d.title, d.url(row.pk)) for d in dialogs if d.offered(seen)]


def _unit_order(seen: Seen) -> tuple[str, ...]:
    """What a unit does next: the head with a result that waits, all who are at 100%, the others."""
    row = seen.assignment
    if row.with_head_since is not None:
        return ("submit",) if seen.submits else ()
    if row.progress == DONE_PERCENT:
        return ("submit",) if seen.submits else ("present", "submit")
    return ("report",)


def _last(seen: Seen) -> tuple[str, ...]:
    """Whoever has nothing to decide may at least say a word while the work goes on."""
    return ("note",) if seen.assignment.status not in (Status.COMPLETED, Status.ENDED) else ()


def _beside(main: str) -> tuple[str, ...]:
    return {
        "confirm": ("send_back",),
        "submit": ("give_back", "report"),
        "report": ("submit", "present"),
        "present": ("submit", "report"),
        "reissue": ("transfer",),
        "accept": ("report",),
    }.get(main, ())
