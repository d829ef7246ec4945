"""Landing pages and statistics: warm, from the counters; and what counting everything costs."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from django.urls import reverse

from accounts.clock import now
from accounts.models import User
from directives.admin.statistics_pages import KINDS
from directives.counters import count, touch
from directives.models import Assignment, Document
from tests.bench.registry import Budget, Figure, measure, sampled, summary
from tests.bench.run import Run, page

WARM = (Budget("landing page, statistics: warm", 250),)
GROWTH = ("landing page, statistics: growth", 1.3)


@measure("Landing pages and statistics")
def landing_pages(run: Run) -> list[Figure]:
    """The page each kind of person begins the day with."""
    address = reverse("admin:index")
    return [
        page(f"landing page of {who}", run.visitor(user), address, run, budgets=WARM, growth=GROWTH)
        for who, user in run.people.landing.items()
    ]


@measure("Landing pages and statistics")
def statistics(run: Run) -> list[Figure]:
    """The tables of figures, for the secretary and the chair."""
    readers = {"secretary": run.people.secretary, "chair": run.people.chair}
    # A page of a hundred lines has as many as there are documents: what grows is not what a line costs.
    documents = f"{Document.objects.count():,} documents"
    return [
        page(
            f"statistics by {name}: {who}", run.visitor(user), kind.url, run, budgets=WARM,
            growth=None if name == "documents" else GROWTH,
            note=documents if name == "documents" else "",
        )
        for name, kind in KINDS.items()
        for who, user in readers.items()
    ]  # fmt: skip


@measure("Landing pages and statistics")
def past_figures(run: Run) -> list[Figure]:
    """The table by unit as of a month ago: from the history, nothing of it is kept."""
    visitor = run.visitor(run.people.secretary)
    then = now() - timedelta(days=30)
    address = f"{reverse('figures_past')}?luc={then:%d/%m/%Y+17:00}&theo=dated"
    answers = [visitor.get(address).ms for _again in range(2 if run.is_quick else 4)]
    told = summary(answers[1:])
    return [Figure("statistics of a past day", told.median, "ms", "", told.p95, told.count)]


@measure("Landing pages and statistics")
def recounts(run: Run) -> list[Figure]:
    """All of a person's figures counted anew, past the cache."""
    found = []
    for who, user in run.people.readers.items():
        samples = sampled(partial(_count, user, run), 5, warm_up=1)
        limits = (Budget("cold recount of everything", 3),)
        found.append(
            Figure(
                f"cold recount: {who}",
                samples.median / 1000,
                "s",
                "",
                samples.p95 / 1000,
                samples.count,
                budgets=limits,
            )
        )
    return found


def _count(user: User, run: Run) -> None:
    # Rights are kept on the instance: those of a request are new.
    count(User.objects.get(pk=user.pk), on=run.on, at=now())


@measure("Landing pages and statistics")
def pages_after_a_change(run: Run) -> list[Figure]:
    """A landing page right after a change of one's own: of one unit's work, and of what may concern all."""
    visitor, user = run.visitor(run.people.secretary), run.people.secretary
    unit = Assignment.objects.order_by("pk")[0].unit_id
    found = []
    for what, changed in (("one unit", unit), ("anything", None)):
        values = []
        for _again in range(5):
            visitor.get(reverse("admin:index"))
            touch(user, changed)
            values.append(visitor.get(reverse("admin:index")).ms)
        told = summary(values)
        name = f"landing page of secretary, right after a change of {what}"
        found.append(Figure(name, told.median, "ms", "", told.p95, told.count))
    return found
