"""Two months of a ladder tried out before it is switched on: `manage.py rehearse`, as an operator runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import timedelta

from directives.models import Reminder
from tests.bench.registry import Figure, Phase, measure
from tests.bench.run import Run
from tests.bench.sector import ON

DAYS = 62
# The command, then the most memory its process held.
_COMMAND = """
import sys
from django.core.management import execute_from_command_line
from tests.bench.registry import peak
execute_from_command_line(["manage.py", *sys.argv[1:]])
print(peak(), file=sys.stderr)
"""


@measure("Reminders", phase=Phase.REMINDERS)
def rehearsing(run: Run) -> list[Figure]:
    """From a month before the measured morning to a month after it; nothing of it stays."""
    before = Reminder.objects.count()
    first = ON - timedelta(days=DAYS // 2)
    days = ["--from", str(first), "--to", str(first + timedelta(days=DAYS - 1))]
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _COMMAND, "rehearse", *days, "--json"],
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "config.settings")},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - begun
    told = json.loads(done.stdout)
    assert len(told["days"]) == DAYS
    assert told["mails"]
    assert Reminder.objects.count() == before
    return [
        Figure(
            f"rehearsal of {DAYS} days",
            seconds,
            "s",
            note=f"{told['mails']:,} mails, {sum(day['reminders'] for day in told['days']):,} reminders",
        ),
        Figure("peak memory of the rehearsing process", float(done.stderr.split()[-1]), "MB"),
    ]
