"""Who is written to about one assignment, and the days on which that may change: a fixed number of queries each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from django.db import connection

from directives.models import Assignment, MailPreference, PolicyStep, Reminder
from directives.reminders.audience import (
    BY_UNIT,
    EVERYWHERE,
    To,
    Units,
    person_rows,
    seat_rows,
    secretariat_rows,
)
from directives.reminders.recipients import Recipient, recipients
from directives.reminders.succession import answers
from directives.reminders.waiting import Place, is_read
from directives.rights import Rights, joined, sources
from steering.models import Committee, Seat

Audience, Skip = PolicyStep.Audience, Reminder.Skip

# The days on which somebody comes into or goes out of an office that concerns the work: of its units, those above
# them and those that succeed them; of the committee; and of those who may be written to.
_CHANGES = """
WITH RECURSIVE chain(id) AS (
    SELECT unnest(%(units)s::bigint[])
  UNION
    SELECT link.id FROM chain JOIN LATERAL (
        SELECT parent_id AS id FROM steering_unitparent WHERE unit_id = chain.id
      UNION ALL
        SELECT to_unit_id FROM steering_succession WHERE from_unit_id = chain.id) link ON true),
seat AS (SELECT id FROM steering_seat WHERE committee_id = %(committee)s),
held AS (SELECT * FROM steering_seatholding WHERE seat_id IN (SELECT id FROM seat)),
dated(valid_from, valid_until) AS (
    SELECT valid_from, valid_until FROM steering_posting WHERE unit_id IN (SELECT id FROM chain)
  UNION SELECT valid_from, valid_until FROM steering_unitparent WHERE unit_id IN (SELECT id FROM chain)
  UNION SELECT takes_effect_on, NULL FROM steering_succession WHERE from_unit_id IN (SELECT id FROM chain)
  UNION SELECT valid_from, valid_until FROM held
  UNION SELECT valid_from, valid_until FROM steering_assistant WHERE holding_id IN (SELECT id FROM held)
  UNION SELECT valid_from, valid_until FROM steering_committeestaff WHERE committee_id = %(committee)s
  UNION SELECT valid_from, valid_until FROM directives_directiveuserobjectpermission
    WHERE content_object_id = %(directive)s
  UNION SELECT valid_from, valid_until FROM steering_unituserobjectpermission
    WHERE user_id = ANY(%(named)s) OR user_id IN (
        SELECT user_id FROM steering_posting WHERE unit_id IN (SELECT id FROM chain)))
SELECT valid_from FROM dated WHERE valid_from > %(first)s AND valid_from <= %(last)s
UNION SELECT valid_until + 1 FROM dated WHERE valid_until >= %(first)s AND valid_until < %(last)s
ORDER BY 1"""


def days_of_change(
    work: Assignment, committee: Committee, steps: Sequence[PolicyStep], *, first: date, last: date
) -> list[date]:
    """Return the days after `first`, up to `last` (Hà Nội), from which an `Office` may answer otherwise. One query."""
    values: dict[str, Any] = {
        "units": [unit for unit in (work.unit_id, work.answering_unit_id) if unit is not None],
        "committee": committee.pk,
        "directive": work.directive_id,
        "named": [step.person_id for step in steps if step.person_id],
        "first": first,
        "last": last,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, values)
        return [day for (day,) in cursor.fetchall()]


class Office:
    """Who is written to from a day on, until somebody comes or goes: asked once for all the days between."""

    def __init__(
        self,
        work: Assignment,
        committee: Committee,
        steps: Sequence[PolicyStep],
        *,
        known: Collection[str],
        on: date,
    ) -> None:
        """`steps` are those whose readers are told of the work (its directive loaded), `known` who waits (keys)."""
        self.work, self.committee, self.steps, self.known, self.on = work, committee, steps, known, on
        self._to: dict[tuple[str, int | None], list[To]] = {}

    def to(self, audience: PolicyStep.Audience, step: PolicyStep) -> list[To]:
        """Return the recipients of a step about the assignment, or why there is none."""
        reader = (audience, step.person_id)
        if reader not in self._to:
            self._to[reader] = self._asked(audience, step)
        return self._to[reader]

    def _asked(self, audience: PolicyStep.Audience, step: PolicyStep) -> list[To]:
        work = self.work
        if audience in BY_UNIT:
            place = self._answering
            if place is None:
                return [To(EVERYWHERE, f"unit:{work.unit_id}", Skip.UNDECIDED.value)]
            return [row for row in self._units.rows(audience) if row.place == place]
        if audience == Audience.SUPERVISOR:
            seat = self.work.directive.supervisor_id
            return [row for row in seat_rows(self.committee, on=self.on) if row.place == seat]
        if audience == Audience.CHAIR:
            nobody = To(EVERYWHERE, f"{audience}:{self.committee.pk}", Skip.VACANT.value)
            return seat_rows(self.committee, on=self.on, roles=[Seat.Role.CHAIR]) or [nobody]
        if audience in (Audience.SECRETARIAT, Audience.SECRETARIAT_DAY):
            return secretariat_rows(self.committee, on=self.on)
        return person_rows(step.person) if step.person else []

    @cached_property
    def _units(self) -> Units:
        return Units(self.committee, on=self.on)

    @cached_property
    def _answering(self) -> int | None:
        work, columns = self.work, answers(on=self.on)
        by_unit: dict[int, int | None] = dict(zip(columns["units"], columns["answers"], strict=True))
        if work.unit_id not in by_unit:
            return work.unit_id
        chosen = work.answering_unit_id
        return by_unit[work.unit_id] if chosen is None else by_unit.get(chosen, chosen)

    @cached_property
    def keys(self) -> set[str]:
        """Whoever may be written to about the assignment while nobody comes or goes."""
        to = [row for step in self.steps for row in self.to(Audience(step.audience), step)]
        return {row.key for row in to if not row.skip} | set(self.known)

    @cached_property
    def people(self) -> dict[str, Recipient]:
        """Them, by key."""
        return recipients(self.keys, committee=self.committee, on=self.on)

    @cached_property
    def _rights(self) -> dict[int, Rights]:
        users = [to.user for to in self.people.values() if to.user is not None and not to.skip]
        found = sources(users, on=self.on)
        return {pk: joined(source.gives for source in gives) for pk, gives in found.items()}

    def hidden(self, to: Recipient) -> str:
        """Return the reason when a recipient must not read of the assignment."""
        if to.user is None:
            return ""
        work, directive = self.work, self.work.directive
        place = Place(
            directive.pk,
            directive.supervisor_id,
            work.unit_id,
            work.answering_unit_id,
            directive.is_restricted,
        )
        read = is_read(place, self._rights[to.user.pk], self.committee)
        return "" if read else Skip.NOT_VISIBLE.value

    @cached_property
    def mute(self) -> set[str]:
        """Who has switched reminders off that may be."""
        users = [int(key.removeprefix("user:")) for key in self.keys if key.startswith("user:")]
        rows = MailPreference.objects.filter(user__in=users, mutes=True)
        return {f"user:{pk}" for pk in rows.values_list("user", flat=True)}
