"""A process of the project as `make run` and operators start it, but for the clock and the instant of its death.

`python -m tests.chaos.child PLAN celery worker …`, or `… manage remind …`. PLAN is JSON: `clock` is a file with the
seconds by which this installation's clock is ahead, read at each look at it; `die_at` names one of POINTS, `nth` which
time it is reached, `corpse` a file that is made then, so that only one process dies; `whole` takes the parent of a
pool process along. `schedule`: every so many seconds beat gives out the reminders and the sweep.
"""

from __future__ import annotations

import json
import os
import pkgutil
import runpy
import signal
import smtplib
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.chaos.parent import die_with_parent

Reached = Callable[[Any], bool]


def _always(result: Any) -> bool:
    return True


# Where a process may die: after which function of which module, and, where it matters, after which of its results.
POINTS: dict[str, tuple[Any, str, Reached]] = {
    "in the middle of the news": ("directives.reminders.news", "_tell", _always),
    "in the middle of the plan": (
        "directives.reminders.plan:_Plan",
        "_of_reader",
        lambda result: result.planned > 0,
    ),
    "after the plan": ("directives.reminders.daily", "_plan", _always),
    "in the middle of composing": ("directives.reminders.compose", "_link", _always),
    "after composing": ("directives.reminders.portions", "compose_all", _always),
    "after the claim": ("directives.reminders.deliver", "claim", bool),
    "after the attempt was noted": ("directives.reminders.deliver", "_begin", bool),
    "after RCPT": (smtplib.SMTP, "rcpt", _always),
    "after the mail was accepted": (smtplib.SMTP, "data", _always),
    "after the mark": ("directives.reminders.deliver", "_mark", _always),
}


def main(plan: dict[str, Any], program: str, arguments: list[str]) -> None:
    """Set the clock, prepare the death, and become the program."""
    die_with_parent()
    import accounts.clock

    # Before anything of the project binds the name.
    accounts.clock.now = lambda: datetime.now(UTC) + timedelta(seconds=float(Path(plan["clock"]).read_text()))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    if plan["die_at"]:
        _prepare(plan)
    if plan["schedule"]:
        _often(plan["schedule"])
    sys.argv = [program, *arguments]
    runpy.run_module(program, run_name="__main__")


def _prepare(plan: dict[str, Any]) -> None:
    place, name, is_reached = POINTS[plan["die_at"]]
    owner = pkgutil.resolve_name(place) if isinstance(place, str) else place
    original = getattr(owner, name)
    reached = 0

    def last(*args: Any, **kwargs: Any) -> Any:
        nonlocal reached
        result = original(*args, **kwargs)
        reached += is_reached(result)
        if reached == plan["nth"]:
            _die(plan)
        return result

    setattr(owner, name, last)


def _die(plan: dict[str, Any]) -> None:
    try:
        os.close(os.open(plan["corpse"], os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    if plan["whole"]:
        os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def _often(seconds: float) -> None:
    from config.celery import app

    # No others: the tables of sessions and seals are no part of this.
    app.conf.beat_schedule = {
        task: {"task": task, "schedule": seconds} for task in ("directives.remind", "directives.send_mail")
    }


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2], sys.argv[3:])
