"""An assignment as one person sees it on a day: who they are to it, and what it waits for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from accounts.models import User
from directives import access
from directives.lifecycle import OPEN, Status
from directives.models import Assignment, ExtensionRequest, ProgressReport
from directives.services.notes import may_note
from directives.there_is import ThereIs
from steering.models import Posting, Succession, Unit


@dataclass
class Seen:
    """Answers are asked for once; `on` is a date in Hà Nội. What is not there by `found` is not asked for."""

    user: User
    assignment: Assignment
    on: date
    found: ThereIs | None = None

    @cached_property
    def secretariat(self) -> bool:
        """Whether the person works for the secretariat of the assignment's committee."""
        return access.is_secretariat(self.user, self.assignment, on=self.on)

    @cached_property
    def reports(self) -> bool:
        """Whether the person reports for the unit that answers."""
        return access.acts_for_unit(self.user, self.assignment, on=self.on)

    @cached_property
    def submits(self) -> bool:
        """Whether the person signs for the unit that answers."""
        return access.acts_for_unit(self.user, self.assignment, on=self.on, submitting=True)

    @cached_property
    def inside(self) -> bool:
        """Whether the person reads the exchanges, letters and mails."""
        return access.sees_inside(self.user, self.assignment, on=self.on)

    @cached_property
    def takes_part(self) -> bool:
        """Whether the person takes part in the exchange."""
        return may_note(self.user, self.assignment, on=self.on)

    @cached_property
    def open_request(self) -> ExtensionRequest | None:
        """The extension request that waits for a decision."""
        if self.found is not None and not self.found.open_request:
            return None
        rows = self.assignment.extension_requests.filter(state=ExtensionRequest.State.OPEN)
        return rows.select_related("asked_by", "letter", "assignment__directive").first()

    @cached_property
    def presented(self) -> ProgressReport | None:
        """The result that waits for the head's signature."""
        if self.assignment.with_head_since is None:
            return None
        rows = self.assignment.reports.filter(kind=ProgressReport.Kind.FOR_HEAD)
        return rows.select_related("author").prefetch_related("files").order_by("-at", "-pk").first()

    @cached_property
    def successors(self) -> Sequence[Unit]:
        """The units that took over from the unit it was given to."""
        if self.found is not None and not self.found.succession:
            return []
        rows = Succession.objects.filter(from_unit=self.assignment.unit_id, takes_effect_on__lte=self.on)
        return [row.to_unit for row in rows.select_related("to_unit").order_by("to_unit__order", "pk")]

    @property
    def is_open(self) -> bool:
        return self.assignment.status in OPEN

    @property
    def removes_files(self) -> bool:
        """Whether links to remove files are shown; whose file it is, the dialog asks (`files.may_remove`)."""
        with_unit = self.assignment.status in (Status.ASSIGNED, Status.IN_PROGRESS)
        return self.secretariat or (self.reports and with_unit)

    def colleagues(self) -> list[Posting]:
        """Return today's postings at the unit that answers, by duty; those of a unit that was succeeded are over."""
        unit = self.assignment.answering_unit_id or self.assignment.unit_id
        units = [unit, *(successor.pk for successor in self.successors)]
        rows = Posting.objects.filter(unit__in=units, user__is_active=True).select_related("user", "unit")
        rows = rows.exclude(unit__successions_from__takes_effect_on__lte=self.on)
        return [row for row in rows.order_by("unit__order", "duty", "pk") if row.holds(self.on)]
