"""A worker of the bench, as a process: composes and sends what waits; prints its seconds and its peak memory in MB."""

from __future__ import annotations

import sys
import time

import django


def main(limit: int | None) -> None:
    """Compose the mails of the measured morning, at most `limit`, beside other workers, and send what is queued."""
    django.setup()
    from accounts.audit.context import Door, acting
    from accounts.clock import now
    from accounts.models import User
    from directives.reminders.compose import groups
    from directives.reminders.deliver import deliver
    from directives.reminders.portions import compose_portions
    from tests.bench.registry import peak
    from tests.bench.sector import ON

    by = User.objects.system()
    begun = time.perf_counter()
    with acting(by=by, door=Door.JOB):
        for _result in compose_portions(groups(on=ON)[:limit], on=ON, at=now(), by=by):
            pass
    composed = time.perf_counter() - begun
    deliver()
    seconds = time.perf_counter() - begun
    print(f"{composed:.2f} s composing, {seconds:.2f} s in all", file=sys.stderr)
    print(seconds, peak())


if __name__ == "__main__":
    main(int(sys.argv[1]) or None)
