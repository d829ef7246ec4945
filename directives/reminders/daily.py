"""The day's work: plan → compose → deliver. One function for the scheduled job, the command and the preview."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from functools import partial

import structlog
from django.db import transaction

from accounts.audit.context import Door, acting
from accounts.clock import HANOI, hanoi_date, now
from accounts.models import User
from directives.access import visible_to
from directives.models import Message, ReminderPolicy, ReminderRun
from directives.reminders.claim import held_by_others
from directives.reminders.compose import Composed, groups
from directives.reminders.deliver import Clock, deliver
from directives.reminders.envelope import shown_html
from directives.reminders.faults import Fault, Work, as_rows, isolated
from directives.reminders.news import tell_all
from directives.reminders.plan import plan
from directives.reminders.portions import compose_portions
from directives.reminders.presence import at_it, is_somebody_at_it
from directives.reminders.weekly import write_weekly
from steering.calendar import work_calendar

log = structlog.get_logger(__name__)

# When the job runs, and how long after that its absence is noticed (Hà Nội time).
RUNS_AT = clock_time(7, 30)
MISSED_AFTER = timedelta(minutes=10)
# How long a waiting command looks away before it looks again whether others are done.
LOOK_AGAIN_SECONDS = 1.0
EVERYTHING = slice(None)


@dataclass(frozen=True)
class Mail:
    """One line of a report: who got, or would get, what; `reminders` is how many reasons it carries."""

    kind: str
    to: str
    address: str
    subject: str
    reminders: int
    text: str
    html: str
    recipient_key: str


@dataclass
class Report:
    """What a day's work came to. `planned` and `skipped` count reminders, the others mails.

    `deferred` are mails that a server did not take now; they are tried again by themselves. `groups` is how many mails
    there were to be composed, those included of which then nothing was left. `unplanned` are policies and `uncomposed`
    mails that an unexpected error kept from being done: what waits for them waits for the next run. `letters` are the
    weekly letters to members and chair among the mails, `unwritten` counts those that could not be written, by reason.
    """

    on: date
    working_day: bool
    next_working_day: date
    done: bool
    planned: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    composed: int = 0
    sent: int = 0
    deferred: int = 0
    failed: int = 0
    groups: int = 0
    letters: int = 0
    unwritten: Counter[str] = field(default_factory=Counter)
    unplanned: list[Fault] = field(default_factory=list)
    uncomposed: list[Fault] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)


def run_day(
    *,
    on: date,
    at: datetime,
    seconds: float | None = None,
    wait: bool = False,
    any_day: bool = False,
    any_hour: bool = False,
    clock: Clock = now,
) -> Report:
    """Do the work of a day (Hà Nội): `at` is the present instant, `seconds` the longest time to spend on sending.

    Policies, postings and successions are those of `on`, statuses and due dates those of now. On a day off only what
    is hỏa tốc goes, unless `any_day`. `any_hour`: do not wait for the hours of sending. `wait`: come back only when no
    mail is in the hands of another process any more. Safe to repeat at any time.
    """
    report = _report(on, any_day=any_day)
    by = User.objects.system()
    with at_it():
        tell_all(at=at)
        run = ReminderRun.objects.create(on=on, started_at=at, started_by=by) if report.done else None
        with acting(by=by, door=Door.JOB):
            _plan(report, on=on)
            if run is not None:
                run.planned_at = clock()
                run.save(update_fields=["planned_at"])
            # Their ids only: the mails of a morning would fill the memory.
            written = _ids(_compose(report, on=on, at=at, by=by, wait=wait))
            if run is not None:
                written |= _ids(_weekly(report, on=on, at=at, by=by))
        if run is None and not written:
            return report
        if run is not None:
            run.planned, run.composed = report.planned, report.composed
            run.skipped = dict(report.skipped + report.unwritten)
            run.faults = as_rows([*report.unplanned, *report.uncomposed])
            run.save(update_fields=["planned", "composed", "skipped", "faults"])
        concerned = written | _deliver_all(seconds=seconds, wait=wait, any_hour=any_hour, clock=clock)
        _count_outcomes(report, concerned)
        if run is not None:
            run.sent, run.failed, run.finished_at = report.sent, report.failed, clock()
            run.save(update_fields=["sent", "failed", "finished_at"])
    log.info(
        "reminders_done", on=str(on), planned=report.planned, composed=report.composed, sent=report.sent,
        deferred=report.deferred, failed=report.failed, skipped=dict(report.skipped),
        unplanned=len(report.unplanned), uncomposed=len(report.uncomposed),
    )  # fmt: skip
    return report


def rehearse(
    *,
    on: date,
    at: datetime,
    committees: Sequence[int] | None = None,
    window: slice = EVERYTHING,
    any_day: bool = False,
    reader: User | None = None,
) -> Report:
    """Return what `run_day` would do, mails included, and leave no trace: everything is rolled back.

    `committees` limits it to theirs, `window` to some of the mails, in their order; of these a `reader` is given those
    that would be visible to them.
    """
    report = _report(on, any_day=any_day)
    by = User.objects.system()
    with transaction.atomic(), acting(by=by, door=Door.JOB):
        _plan(report, on=on, committees=committees)
        results = list(
            _compose(report, on=on, at=at, by=by, committees=committees, window=window, for_show=True)
        )
        # They stand on the first page, before the digests of that page.
        if not window.start and report.done:
            results = [*_weekly(report, on=on, at=at, by=by, committees=committees), *results]
        written = [result.message.pk for result in results if result.message is not None]
        if reader is not None:
            shown = visible_to(reader, Message, on=hanoi_date(at)).filter(pk__in=written)
            written = list(shown.values_list("pk", flat=True))
        for result in results:
            if result.message is not None and result.message.pk in written:
                report.mails.append(_mail(result, result.message))
        transaction.set_rollback(True)
    return report


def _report(on: date, *, any_day: bool) -> Report:
    calendar = work_calendar()
    working_day = calendar.is_working_day(on)
    return Report(
        on=on,
        working_day=working_day,
        done=working_day or any_day,
        next_working_day=calendar.next_working_day(on + timedelta(days=1)),
    )


def _plan(report: Report, *, on: date, committees: Sequence[int] | None = None) -> None:
    policies = ReminderPolicy.objects.filter(is_active=True).select_related("committee").order_by("pk")
    if committees is not None:
        policies = policies.filter(committee__in=committees)
    for policy in policies:
        new = isolated(
            partial(plan, policy, on=on, express_only=not report.done),
            work=Work.PLAN,
            committee=policy.committee_id,
            key=str(policy.pk),
        )
        if isinstance(new, Fault):
            report.unplanned.append(new)
            continue
        report.planned += new.planned
        report.skipped += new.skipped


def _compose(
    report: Report,
    *,
    on: date,
    at: datetime,
    by: User,
    committees: Sequence[int] | None = None,
    window: slice = EVERYTHING,
    wait: bool = False,
    for_show: bool = False,
) -> Iterator[Composed]:
    """Compose what waits; with `wait` also what another process was at and did not finish."""
    waiting = groups(on=on, committees=committees, express_only=not report.done)
    report.groups = len(waiting)
    waiting = waiting[window]
    while waiting:
        elsewhere = []
        for result in compose_portions(
            waiting, on=on, at=at, by=by, for_show=for_show, express_only=not report.done
        ):
            if isinstance(result, Fault):
                report.uncomposed.append(result)
                continue
            report.skipped += result.skipped
            report.composed += result.message is not None
            if result.is_elsewhere and result.group is not None:
                elsewhere.append(result.group)
            yield result
        waiting = elsewhere if wait else []
        if waiting:
            time.sleep(LOOK_AGAIN_SECONDS)


def _ids(results: Iterable[Composed]) -> set[int]:
    return {result.message.pk for result in results if result.message is not None}


def _weekly(
    report: Report, *, on: date, at: datetime, by: User, committees: Sequence[int] | None = None
) -> list[Composed]:
    """The letters to members and chair, as mails that carry no reminder."""
    written = write_weekly(on=on, at=at, by=by, committees=committees)
    report.letters += len(written.messages)
    report.composed += len(written.messages)
    report.unwritten += written.reasons
    report.uncomposed += written.faults
    return [Composed(message=message) for message in written.messages]


def _mail(result: Composed, message: Message) -> Mail:
    return Mail(
        kind=message.kind,
        to=message.recipient_name,
        address=message.address,
        subject=message.subject,
        reminders=result.carried,
        text=message.text,
        html=shown_html(message),
        recipient_key=message.recipient_key,
    )


def _deliver_all(*, seconds: float | None, wait: bool, any_hour: bool, clock: Clock) -> set[int]:
    """Deliver; when asked to wait, until what others hold is sent or free again. Return what was handled here."""
    done = deliver(clock=clock, seconds=seconds, any_hour=any_hour, wait=wait)
    handled = {*done.sent, *done.deferred, *done.failed}
    while wait and held_by_others(at=clock()) is not None:
        time.sleep(LOOK_AGAIN_SECONDS)
        done = deliver(clock=clock, any_hour=any_hour, wait=wait)
        handled |= {*done.sent, *done.deferred, *done.failed}
    return handled


def _count_outcomes(report: Report, concerned: set[int]) -> None:
    """Fill in what became of the mails, as the rows tell it: another process may have sent some of them."""
    rows = Message.objects.filter(pk__in=concerned).values_list("state", "address", "error")
    states = Counter[str]()
    for state, address, error in rows:
        states[state] += 1
        if state != Message.State.SENT:
            report.errors[address] = error
    report.sent = states[Message.State.SENT]
    report.deferred = states[Message.State.QUEUED]
    report.failed = states[Message.State.FAILED]


def is_missing(*, at: datetime) -> bool:
    """Return whether today's run should have happened by now and did not, so that it has to be made up for.

    The broker may have lost it, or beat was down. An installation that came into being later has missed nothing.
    """
    on = hanoi_date(at)
    due_at = datetime.combine(on, RUNS_AT, tzinfo=HANOI)
    if at < due_at + MISSED_AFTER or not work_calendar().is_working_day(on):
        return False
    runs = ReminderRun.objects.filter(on=on)
    if runs.filter(finished_at__isnull=False).exists() or is_somebody_at_it():
        return False
    return bool(ReminderPolicy.history.filter(recorded_at__lt=due_at).exists())
