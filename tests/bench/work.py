"""What is done once and takes long: giving a directive to everybody, verifying the history; and signing in."""

from __future__ import annotations

import time
from datetime import timedelta

from django.urls import reverse

from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.audit.seals.sealing import seal
from accounts.audit.seals.verify import verify
from accounts.clock import now
from accounts.models import User
from directives import services
from directives.models import Directive, Document
from directives.sector import landmarks
from steering.models import Unit
from tests.bench.registry import CPU_MS, ERRORS, WARM_UP, Budget, Figure, Phase, measure, summary
from tests.bench.run import Run, of_answers
from tests.bench.web import Visitor

PASSWORD = "Đo-tốc-độ-2026"
LINES_OF_A_DAY = 2_000


@measure("Work")
def fan_out(run: Run) -> list[Figure]:
    """One directive given to every unit of the sector."""
    return _fan_out(run, {1_500: 1.5})


@measure("Work", phase=Phase.WIDE)
def fan_out_wide(run: Run) -> list[Figure]:
    """One directive given to every unit of a sector of very many."""
    return _fan_out(run, {13_000: 12.0})


def _fan_out(run: Run, limits: dict[int, float]) -> list[Figure]:
    by = User.objects.get(username=landmarks().secretary)
    units = list(Unit.objects.filter(valid_until__isnull=True, successions_from__isnull=True))
    document = Document.objects.filter(state=Document.State.ISSUED).order_by("pk")[0]
    values, busy = [], []
    for _again in range(3):
        directive = Directive(
            document=document, content="Báo cáo tình hình triển khai", mode=Directive.Mode.EACH,
            due_on=run.on + timedelta(days=30), given_by="Bộ Y tế",
        )  # fmt: skip
        at = now()
        services.save_directive(directive=directive, by=by, at=at)
        services.set_addressees(directive=directive, units=units, by=by, at=at)
        begun, cpu = time.perf_counter(), time.process_time()
        services.issue(directive=directive, by=by, at=at)
        values.append(time.perf_counter() - begun)
        busy.append(1000 * (time.process_time() - cpu))
    told = summary(values)
    # The budget is of so many units; a sector that has some less is held to it as well.
    most = next((limit for count, limit in limits.items() if count * 0.9 <= len(units)), None)
    budgets = (Budget(f"fan-out to {next(iter(limits)):,} units", most),) if most else ()
    facets = {CPU_MS: summary(busy).median}
    what = f"fan-out to {len(units):,} units"
    return [Figure(what, told.median, "s", "", told.p95, told.count, facets, budgets)]


@measure("Work")
def sign_in(run: Run) -> list[Figure]:
    """The form of the sign-in page, from the POST to the redirect, with the hash of its password."""
    user = User.objects.get(pk=run.people.officer.pk)
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    address = reverse("account_login")
    answers = []
    for _again in range(WARM_UP + run.samples):
        visitor = Visitor(run.site)
        visitor.get(address)
        answers.append(visitor.post(address, {"login": user.username, "password": PASSWORD}))
    return [of_answers("sign-in, POST to redirect", answers[WARM_UP:])]


@measure("Work")
def history_verified(run: Run) -> list[Figure]:
    """All that was recorded is sealed, then every seal and row is recomputed (`manage.py verify_history`)."""
    begun = time.perf_counter()
    seal(by=User.objects.system())
    sealed = time.perf_counter() - begun
    begun = time.perf_counter()
    report = verify()
    seconds = time.perf_counter() - begun
    # A day's lines: newer than the statistics, looked for among all that is sealed.
    for number in range(LINES_OF_A_DAY):
        record(AccessLog.Kind.PRINT, actor=run.people.secretary, what=f"Phiếu {number}")
    begun = time.perf_counter()
    seal(by=User.objects.system())
    again = time.perf_counter() - begun
    kinds = ", ".join(sorted({f"{finding.kind} {finding.table}" for finding in report.findings}))
    return [
        Figure("sealing what is new", sealed, "s"),
        Figure("sealing again", again, "s", note=f"{LINES_OF_A_DAY} lines"),
        Figure("verify_history", seconds, "s", note=f"{report.rows:,} rows"),
        Figure(
            "verify_history: findings",
            report.found,
            ERRORS,
            budgets=(Budget("verify_history: findings", 0),),
            note=kinds,
        ),
    ]
