"""One assignment: its page, its story, its dialogs, one change of its status."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, QuerySet
from django.urls import reverse

from accounts.models import User
from directives.admin.dialogs import DIALOGS
from directives.admin.seen import Seen
from directives.lifecycle import Status
from directives.models import Assignment
from steering.models import Posting
from tests.bench.floors import FORM, RECORDED, UPDATE
from tests.bench.registry import QUERIES, WARM_UP, Budget, Figure, measure
from tests.bench.run import Run, of_answers, page
from tests.bench.web import Answer, Visitor

GROWTH = 1.2
LOOKED_AT = 3


def rows() -> QuerySet[Assignment]:
    """Return assignments with what their pages need."""
    related = ("directive__document", "directive__committee", "directive__supervisor", "unit")
    return Assignment.objects.select_related(*related)


def busiest() -> Assignment:
    """Return an assignment with as much history as any of those that were looked at first."""
    history = Assignment.history.model
    told = history._default_manager.filter(id__in=Assignment.objects.order_by("pk")[:5000].values("pk"))
    top = told.values("id").annotate(count=Count("history_id")).order_by("-count", "id")[0]
    return rows().get(pk=top["id"])


@measure("One assignment")
def detail(run: Run) -> list[Figure]:
    """The page of an assignment for its officer and the secretary; of the one with the longest story, too."""
    officer = run.people.officer
    own = rows().filter(unit__postings__user=officer, status=Status.IN_PROGRESS).order_by("pk")[0]
    longest = busiest()
    limits = (Budget("detail / stock change form", 1.5, against=FORM),)
    secretary = run.visitor(run.people.secretary)
    asked = (
        ("detail for its officer", run.visitor(officer), own, ""),
        ("detail for the secretary", secretary, own, ""),
        ("detail with the longest story", secretary, longest, ""),
        ("timeline, second page", secretary, longest, "?trang=2"),
        ("timeline, oldest first", secretary, longest, "?thu-tu=cu"),
    )
    return [
        page(
            what,
            visitor,
            f"{change(row)}{query}",
            run,
            against=FORM,
            budgets=limits,
            growth=("detail: growth", GROWTH),
        )
        for what, visitor, row, query in asked
    ]


def change(row: Assignment) -> str:
    """Return the address of an assignment's page."""
    return reverse("admin:directives_assignment_change", args=[row.pk])


def offered(run: Run) -> Iterator[tuple[str, User, str]]:
    """Give for each dialog somebody who is offered it, and its address; those that nobody is offered are left out."""
    statuses = [
        Status.IN_PROGRESS,
        Status.ASSIGNED,
        Status.SUBMITTED,
        Status.COMPLETED,
        Status.SUSPENDED,
        Status.DECLINED,
    ]
    by_unit = _people_of_units()
    candidates: list[tuple[User, Assignment]] = []
    for status in statuses:
        for row in rows().filter(status=status, unit__in=by_unit).order_by("pk")[:LOOKED_AT]:
            candidates += [(user, row) for user in (run.people.secretary, *by_unit[row.unit_id])]
    waiting = rows().filter(extension_requests__state="open").order_by("pk")[:LOOKED_AT]
    candidates += [(run.people.secretary, row) for row in waiting]
    waiting = rows().filter(with_head_since__isnull=False, unit__in=by_unit).order_by("pk")[:LOOKED_AT]
    candidates += [(user, row) for row in waiting for user in by_unit[row.unit_id]]
    seen = [Seen(user, row, run.on) for user, row in candidates]
    for dialog in DIALOGS:
        one = next((each for each in seen if dialog.offered(each)), None)
        if one is not None:
            yield dialog.name, one.user, dialog.url(one.assignment.pk)


def _people_of_units() -> dict[int, list[User]]:
    found: dict[int, list[User]] = {}
    for posting in (
        Posting.objects.filter(unit__successions_from__isnull=True).select_related("user").order_by("pk")
    ):
        found.setdefault(posting.unit_id, []).append(posting.user)
    return found


@measure("One assignment")
def dialogs(run: Run) -> list[Figure]:
    """Each dialog, opened by somebody whose it is."""
    limits = (Budget("dialog / stock change form", 1.5, against=FORM),)
    return [
        page(
            f"dialog {name}",
            run.visitor(user),
            address,
            run,
            against=FORM,
            budgets=limits,
            growth=("dialog: growth", GROWTH),
        )
        for name, user, address in offered(run)
    ]


@measure("One assignment")
def status_change(run: Run) -> list[Figure]:
    """An officer accepts what was assigned, by the dialog's form: from the POST to the redirect, each another row."""
    count = WARM_UP + max(20, run.samples)
    officers = {
        posting.unit_id: posting.user
        for posting in Posting.objects.filter(duty=Posting.Duty.OFFICER, unit__successions_from__isnull=True)
        .select_related("user")
        .order_by("pk")
    }
    waiting = (
        rows()
        .filter(status=Status.ASSIGNED, unit__in=officers, directive__is_restricted=False)
        .order_by("pk")
    )
    answers: list[Answer] = []
    for row in waiting[:count]:
        visitor = Visitor(run.site, officers[row.unit_id])
        # A person has the dialog before them.
        address = reverse("admin:directives_assignment_accept", args=[row.pk])
        visitor.get(address)
        answers.append(visitor.post(address, {"version": str(row.version)}))
    limits = (
        Budget("status change / bare UPDATE in a bare view", 4, against=UPDATE),
        Budget("status change / recorded change in a bare view", 4, against=RECORDED),
        Budget("status change: queries", 15, facet=QUERIES),
    )
    return [
        of_answers(
            "status change, POST to redirect", answers[WARM_UP:],
            against=UPDATE, budgets=limits, growth=("status change: growth", GROWTH),
        )
    ]  # fmt: skip
