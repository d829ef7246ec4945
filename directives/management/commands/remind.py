"""`manage.py remind`: the day's reminders without any broker, of today or of another day."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.clock import now, today
from directives.models import Reminder
from directives.reminders.daily import Report, rehearse, run_day
from directives.reminders.faults import Fault, as_rows

# A report names each mail, not its whole content.
NOT_TOLD = ("text", "html")


class Command(BaseCommand):
    """Does exactly what the scheduled job does, with the date moved; run twice, nobody gets a second mail."""

    help = (
        "Plans, composes and sends the reminders of a day: policies, postings and successions as of it, statuses as"
        " they are now. Exits with 1 when a mail was not taken or could not be composed, or a policy not planned."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--on` defaults to today in Hà Nội; a future day can only be rehearsed."""
        parser.add_argument(
            "--on", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the day (default: today)"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say who would get what; write and send nothing"
        )
        parser.add_argument("--any-day", action="store_true", help="do it on a day off, too")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the report. Raises CommandError for a future day without --dry-run, and when something went wrong."""
        on = options["on"] or today()
        if options["dry_run"]:
            report = rehearse(on=on, at=now(), any_day=options["any_day"])
        elif on > today():
            raise CommandError(f"{on} lies ahead: use --dry-run to see who would get what.", returncode=2)
        else:
            report = run_day(on=on, at=now(), wait=True, any_day=options["any_day"], any_hour=True)
        self.stdout.write(
            _as_json(report) if options["json"] else _as_text(report, dry_run=options["dry_run"])
        )
        wrong = {
            "failed": report.failed,
            "deferred": report.deferred,
            "uncomposed": len(report.uncomposed),
            "unplanned": len(report.unplanned),
        }
        if any(wrong.values()):
            told = ", ".join(f"{count} {name}" for name, count in wrong.items())
            raise CommandError(f"{told}.", returncode=1)


def _as_json(report: Report) -> str:
    # asdict() rebuilds a Counter wrongly.
    told = vars(report) | {"skipped": dict(report.skipped), "unwritten": dict(report.unwritten)}
    for name in ("unplanned", "uncomposed"):
        told[name] = as_rows(told[name])
    told["mails"] = [
        {name: value for name, value in vars(mail).items() if name not in NOT_TOLD} for mail in report.mails
    ]
    return json.dumps(told, ensure_ascii=False, indent=2, default=str)


def _as_text(report: Report, *, dry_run: bool) -> str:
    lines = [f"{'Dry run for' if dry_run else 'Reminders of'} {report.on}"]
    if not report.done:
        lines.insert(
            0,
            f"{report.on} is a day off: nothing goes out but what is hỏa tốc. The next working day is"
            f" {report.next_working_day}; --any-day does the work nevertheless.",
        )
        if not (report.planned or report.skipped or report.composed or report.unplanned or report.uncomposed):
            return lines[0]
    lines += [f"  planned   {report.planned} reminders"]
    lines += [f"  skipped   {sum(report.skipped.values())} reminders"]
    lines += [
        f"    {count} {reason}: {Reminder.Skip(reason).label}"
        for reason, count in sorted(report.skipped.items())
    ]
    lines += _faults("unplanned", "policies", report.unplanned)
    lines += [f"  composed  {report.composed} mails"]
    lines += [f"    {report.letters} of them weekly letters to members and chair"] if report.letters else []
    lines += [
        f"  unwritten {count} weekly letters, {reason}: {Reminder.Skip(reason).label}"
        for reason, count in sorted(report.unwritten.items())
    ]
    lines += _faults("uncomposed", "mails", report.uncomposed)
    if dry_run:
        lines += [f"    {mail.to} <{mail.address}>: {mail.subject}" for mail in report.mails]
        return "\n".join(lines)
    lines += [f"  sent      {report.sent} mails", f"  deferred  {report.deferred} mails"]
    lines += [f"  failed    {report.failed} mails"]
    lines += [f"    {address}: {error}" for address, error in sorted(report.errors.items())]
    return "\n".join(lines)


def _faults(name: str, what: str, faults: list[Fault]) -> list[str]:
    """What an unexpected error left undone; nothing is said when nothing was."""
    if not faults:
        return []
    told = [f"    {fault.key} (committee {fault.committee}): {fault.error}" for fault in faults]
    return [f"  {name} {len(faults)} {what}; their reminders wait for the next run", *told]
