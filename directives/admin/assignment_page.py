"""What the page of one assignment shows, gathered in a constant number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from django.db.models import Q

from directives.access import visible_to
from directives.admin.answering import unit_names
from directives.admin.offers import offers
from directives.admin.seen import Seen
from directives.admin.state_chips import deadline_chip, status_chip, verdict_chip
from directives.admin.wording import seat_labels
from directives.lifecycle import NOT_LIVE, Status
from directives.models import Assignment, Attachment, Directive
from directives.rights import rights
from directives.timeline_words import result_document

PARTS_SHOWN = 100


def page_context(seen: Seen, *, with_recorders: bool = False) -> dict[str, Any]:
    """Return the context of the page but its timeline; `with_recorders` when it names who recorded each date."""
    row, on = seen.assignment, seen.on
    directive = row.directive
    seats = [directive.supervisor] if directive.supervisor else []
    named = unit_names([row], held=rights(seen.user, on=on), on=on)[row.pk]
    dates = row.deadlines.order_by()
    if with_recorders:
        dates = dates.select_related("recorded_by")
    return {
        "assignment": row,
        "directive": directive,
        "document": directive.document,
        "document_files": list(Attachment.objects.filter(document=directive.document_id)),
        "seen": seen,
        "unit": named,
        "name_when_given": row.unit.name_on(row.assigned_on),
        "status": status_chip(row, on=on),
        "deadline": deadline_chip(row, on=on),
        "verdict": verdict_chip(row, on=on, original=False),
        "verdict_original": verdict_chip(row, on=on, original=True),
        "dates": sorted(dates, key=attrgetter("at", "pk")),
        "supervisor": next(iter(seat_labels(seats, on=on).values()), "") if seats else "",
        "offers": offers(seen),
        "request_open": seen.open_request if seen.inside else None,
        "presented": seen.presented if seen.reports else None,
        **_result(row),
        **_relatives(seen),
    }


def _result(row: Assignment) -> dict[str, Any]:
    """The report that waits for confirmation or was confirmed, with its files and those it rests on."""
    report = row.result
    if report is None or row.status not in (Status.SUBMITTED, Status.COMPLETED, Status.SUSPENDED):
        return {"result": None}
    return {"result": report, "result_document": result_document(report), "result_files": evidence(row)}


def evidence(row: Assignment) -> list[Attachment]:
    """Return the files of the result, of the report it was presented with and of the unit's letter."""
    report = row.result
    if report is None:
        return []
    owners = Q(report=report.pk)
    if report.based_on_id:
        owners |= Q(report=report.based_on_id)
    if report.letter_id:
        owners |= Q(letter=report.letter_id)
    return list(Attachment.objects.filter(owners))


def _relatives(seen: Seen) -> dict[str, Any]:
    """The other parts of a joint directive, and what it was transferred from and to; links where they are visible."""
    row = seen.assignment
    linked = Q(transferred_from=row.pk)
    if row.transferred_from_id:
        linked |= Q(pk=row.transferred_from_id)
    wanted = linked
    if row.directive.mode == Directive.Mode.JOINT:
        parts = Q(directive=row.directive_id, period=row.period) & ~Q(status__in=NOT_LIVE)
        wanted |= parts & ~Q(pk=row.pk)
    rows = Assignment.objects.filter(wanted).select_related("unit").order_by("part", "unit__order", "pk")
    found = list(rows[: PARTS_SHOWN + 1])
    # Most have no relatives.
    visible = _visible(found, seen) if found else set()
    before = next((r for r in found if r.pk == row.transferred_from_id), None)
    after = next((r for r in found if r.transferred_from_id == row.pk), None)
    parts_shown = [r for r in found if r not in (before, after)]
    return {
        "parts": [
            (r, status_chip(r, on=seen.on)) for r in sorted(parts_shown, key=_lead_first)[:PARTS_SHOWN]
        ],
        "visible": visible,
        "transferred_from": before,
        "transferred_to": after,
    }


def _visible(rows: Sequence[Assignment], seen: Seen) -> set[int]:
    theirs = visible_to(seen.user, Assignment, on=seen.on).filter(pk__in=[row.pk for row in rows])
    return set(theirs.order_by().values_list("pk", flat=True))


def _lead_first(row: Assignment) -> bool:
    return row.part != "lead"
