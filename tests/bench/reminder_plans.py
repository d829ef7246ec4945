"""How PostgreSQL finds what the reminders ask for; after the morning, when all tables are full."""

from __future__ import annotations

from collections.abc import Callable

from accounts.audit.context import Door, acting
from accounts.models import User
from directives.models import ReminderPolicy
from directives.reminders.deliver import deliver
from directives.reminders.plan import plan
from directives.reminders.reconcile import compare
from tests.bench.plans import LARGE, explained, figure, statements, unlimited
from tests.bench.registry import Figure, Phase, measure
from tests.bench.run import Run
from tests.bench.sector import ON


@measure("Plans", phase=Phase.REMINDERS)
def plans_of_reminders(run: Run) -> list[Figure]:
    """The planner's steps, the claim of mails, the reconciliation: after the morning, so that all tables are full."""
    policy = ReminderPolicy.objects.get()
    by = User.objects.system()

    def delivering() -> None:
        with acting(by=by, door=Door.JOB):
            deliver()

    acts: dict[str, Callable[[], object]] = {
        "planner's steps": lambda: plan(policy, on=ON),
        "claim of mails": delivering,
    }
    strictly = run.sizes.assignments >= LARGE
    found = [figure(what, explained(statements(act), strictly=strictly)) for what, act in acts.items()]
    read = explained(statements(lambda: compare(on=ON)), strictly=strictly)
    return [*found, unlimited("reconciliation of everything (may read all)", read)]
