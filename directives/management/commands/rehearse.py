"""`manage.py rehearse`: what a ladder would send over some days, before it is switched on."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from directives.models import Reminder, ReminderPolicy
from directives.reminders.rehearsal import Rehearsal, rehearse_days


class Command(BaseCommand):
    """Writes and sends nothing."""

    help = (
        "Prints the mails per day and per person that policies would send: each day as of that day, statuses and due"
        " dates as they are now. Nothing is written or sent."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Both days are needed, and included."""
        day: dict[str, Any] = {"type": date.fromisoformat, "metavar": "YYYY-MM-DD", "required": True}
        parser.add_argument("--from", dest="first", help="the first day", **day)
        parser.add_argument("--to", dest="last", help="the last day", **day)
        parser.add_argument(
            "--policy",
            type=int,
            action="append",
            metavar="ID",
            help="a policy, active or not (default: all active)",
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the result. Raises CommandError for days out of order or an unknown policy."""
        rows = ReminderPolicy.objects.select_related("committee").order_by("pk")
        wanted = options["policy"]
        policies = list(rows.filter(pk__in=wanted) if wanted else rows.filter(is_active=True))
        if unknown := sorted(set(wanted or ()).difference(policy.pk for policy in policies)):
            known = ", ".join(f"{pk} {name}" for pk, name in rows.values_list("pk", "name"))
            raise CommandError(f"No policy {', '.join(map(str, unknown))}; there are: {known or 'none'}.")
        try:
            result = rehearse_days(policies, first=options["first"], last=options["last"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_as_json(result) if options["json"] else _as_text(result, policies))


def _as_json(result: Rehearsal) -> str:
    told = {
        "mails": result.mails,
        "skipped": dict(result.skipped),
        "days": [vars(day) | {"mails": day.mails, "skipped": dict(day.skipped)} for day in result.days],
        "persons": [vars(person) for person in result.persons],
    }
    return json.dumps(told, ensure_ascii=False, indent=2, default=str)


def _as_text(result: Rehearsal, policies: list[ReminderPolicy]) -> str:
    first, last = result.days[0].on, result.days[-1].on
    named = ", ".join(f"{policy.pk} {policy.name}" for policy in policies) or "no policy"
    lines = [f"Rehearsal of {first} to {last}: {named}", "", "day         mails  digests  weekly  reminders"]
    for day in result.days:
        note = "" if day.working_day else "  day off"
        figures = f"{day.mails:5}  {day.digests:7}  {day.weekly:6}  {day.reminders:9}"
        lines.append(f"{day.on}  {figures}{note}")
    lines += ["", f"{result.mails} mails", ""]
    lines += [
        f"not written: {count} {reason}: {Reminder.Skip(reason).label}"
        for reason, count in sorted(result.skipped.items())
    ]
    lines += ["", "mails  reminders  person"]
    lines += [
        f"{person.mails:5}  {person.reminders:9}  {person.name} <{person.address}>"
        for person in result.persons
    ]
    return "\n".join(lines)
