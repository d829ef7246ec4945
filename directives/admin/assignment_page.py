"""What the page of one assignment shows, gathered in a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from django.db.models import Q

from directives.access import visible_to
from directives.admin.answering import Named, unit_names
from directives.admin.offers import offers
from directives.admin.seen import Seen
from directives.admin.state_chips import deadline_chip, status_chip, verdict_chip
from directives.admin.wording import seat_labels
from directives.lifecycle import NOT_LIVE, Status
from directives.models import Assignment, Attachment, DeadlineEntry, Directive
from directives.rights import rights
from directives.there_is import ThereIs
from directives.timeline import Read
from directives.timeline_words import result_document

PARTS_SHOWN = 100


def page_context(
    seen: Seen, found: ThereIs, *, read: Read | None = None, with_recorders: bool = False
) -> dict[str, Any]:
    """Return the context of the page but its timeline.

    `found` says what there is, so that nothing else is asked for; `read` what the timeline has read of it already.
    `with_recorders` when the page names who recorded each date.
    """
    row, on = seen.assignment, seen.on
    directive = row.directive
    seats = [directive.supervisor] if directive.supervisor else []
    known = read if read is not None and read.is_whole else None
    return {
        "assignment": row,
        "directive": directive,
        "document": directive.document,
        "document_files": _document_files(row, found, known),
        "seen": seen,
        "unit": _unit_named(seen, found),
        "name_when_given": row.unit.name_on(row.assigned_on) if found.other_name else row.unit.name,
        "status": status_chip(row, on=on),
        "deadline": deadline_chip(row, on=on),
        "verdict": verdict_chip(row, on=on, original=False),
        "verdict_original": verdict_chip(row, on=on, original=True),
        "dates": _dates(row, known, with_recorders=with_recorders),
        "supervisor": next(iter(seat_labels(seats, on=on).values()), "") if seats else "",
        "offers": offers(seen),
        "request_open": seen.open_request if seen.inside else None,
        "presented": seen.presented if seen.reports else None,
        **_result(row, known),
        **_relatives(seen, found),
    }


def _unit_named(seen: Seen, found: ThereIs) -> Named:
    row = seen.assignment
    # Whoever was not succeeded, and for whom nobody was chosen, answers for itself.
    if row.answering_unit_id is None and not found.succession:
        return Named(row.unit.name)
    return unit_names([row], held=rights(seen.user, on=seen.on), on=seen.on)[row.pk]


def _document_files(row: Assignment, found: ThereIs, known: Read | None) -> list[Attachment]:
    if not found.document_files:
        return []
    document = row.directive.document_id
    if known is None:
        return list(Attachment.objects.filter(document=document))
    return _in_order(file for file in known.files if file.document_id == document)


def _dates(row: Assignment, known: Read | None, *, with_recorders: bool) -> list[DeadlineEntry]:
    if known is not None:
        return sorted(known.dates, key=attrgetter("at", "pk"))
    dates = row.deadlines.order_by()
    return sorted(
        dates.select_related("recorded_by") if with_recorders else dates, key=attrgetter("at", "pk")
    )


def _in_order(files: Iterable[Attachment]) -> list[Attachment]:
    return sorted(files, key=attrgetter("uploaded_at", "pk"))


def _result(row: Assignment, known: Read | None) -> dict[str, Any]:
    """The report that waits for confirmation or was confirmed, with its files and those it rests on."""
    if row.result_id is None or row.status not in (Status.SUBMITTED, Status.COMPLETED, Status.SUSPENDED):
        return {"result": None}
    if known is None:
        report, files = row.result, evidence(row)
    else:
        report = next(report for report in known.reports if report.pk == row.result_id)
        reports = {report.pk, report.based_on_id} - {None}
        letters = {report.letter_id} - {None}
        files = _in_order(
            file for file in known.files if file.report_id in reports or file.letter_id in letters
        )
    return {
        "result": report,
        "result_document": result_document(report) if report else "",
        "result_files": files,
    }


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


def _relatives(seen: Seen, found: ThereIs) -> dict[str, Any]:
    """The other parts of a joint directive, and what it was transferred from and to; links where they are visible."""
    row = seen.assignment
    is_joint = row.directive.mode == Directive.Mode.JOINT
    if not (is_joint or found.moved_on or row.transferred_from_id):
        return {"parts": [], "visible": set(), "transferred_from": None, "transferred_to": None}
    linked = Q(transferred_from=row.pk)
    if row.transferred_from_id:
        linked |= Q(pk=row.transferred_from_id)
    wanted = linked
    if is_joint:
        parts = Q(directive=row.directive_id, period=row.period) & ~Q(status__in=NOT_LIVE)
        wanted |= parts & ~Q(pk=row.pk)
    rows = Assignment.objects.filter(wanted).select_related("unit").order_by("part", "unit__order", "pk")
    related = list(rows[: PARTS_SHOWN + 1])
    visible = _visible(related, seen) if related else set()
    before = next((r for r in related if r.pk == row.transferred_from_id), None)
    after = next((r for r in related if r.transferred_from_id == row.pk), None)
    parts_shown = [r for r in related if r not in (before, after)]
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
