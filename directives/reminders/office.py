"""Who may be written to of some work, or what one person is written to of, and the days on which that may change."""

# ruff: noqa: S608 - composed of the constants of this file; every value is a parameter

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from django.db import connection

from directives.models import Assignment, Reminder
from directives.reminders.recipients import Recipient, recipients
from directives.reminders.waiting import Place, is_read
from directives.rights import Rights, joined, sources
from steering.models import Committee

_CHANGES = """
SELECT valid_from FROM dated WHERE valid_from > %(first)s AND valid_from <= %(last)s
UNION SELECT valid_until + 1 FROM dated WHERE valid_until >= %(first)s AND valid_until < %(last)s
ORDER BY 1"""

# The days on which somebody comes into or goes out of an office that concerns the work: of its units, those above
# them and those that succeed them; of the committee; and of those who may be written to.
_OF_WORK = f"""
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
{_CHANGES}"""

# The days on which a person comes into or goes out of an office, or a unit gets or loses whoever is told before them
# or in whose place they are told.
_OF_PERSON = f"""
WITH held AS (SELECT * FROM steering_seatholding WHERE user_id = %(user)s),
helped AS (SELECT * FROM steering_assistant WHERE user_id = %(user)s),
dated(valid_from, valid_until) AS (
    SELECT valid_from, valid_until FROM steering_posting WHERE user_id = %(user)s OR duty IN ('head', 'deputy')
  UNION SELECT valid_from, valid_until FROM steering_unitparent
  UNION SELECT takes_effect_on, NULL FROM steering_succession
  UNION SELECT valid_from, valid_until FROM held
  UNION SELECT valid_from, valid_until FROM helped
  UNION SELECT valid_from, valid_until FROM steering_seatholding WHERE id IN (SELECT holding_id FROM helped)
  UNION SELECT valid_from, valid_until FROM steering_committeestaff WHERE user_id = %(user)s
  UNION SELECT valid_from, valid_until FROM directives_directiveuserobjectpermission WHERE user_id = %(user)s
  UNION SELECT valid_from, valid_until FROM steering_unituserobjectpermission WHERE user_id = %(user)s)
{_CHANGES}"""


def changes_of_work(
    work: Assignment, committee: int, named: Sequence[int], *, first: date, last: date
) -> list[date]:
    """Return the days after `first`, up to `last` (Hà Nội), from which others may be told of the work, those `named` by
    steps (ids) among them. One query."""
    values: dict[str, Any] = {
        "units": [unit for unit in (work.unit_id, work.answering_unit_id) if unit is not None],
        "committee": committee,
        "directive": work.directive_id,
        "named": list(named),
    }
    return _days(_OF_WORK, values, first=first, last=last)


def changes_of_person(user: int, *, first: date, last: date) -> list[date]:
    """Return the days after `first`, up to `last` (Hà Nội), from which a person may be told of other work."""
    return _days(_OF_PERSON, {"user": user}, first=first, last=last)


def _days(sql: str, values: dict[str, Any], *, first: date, last: date) -> list[date]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values | {"first": first, "last": last})
        return [day for (day,) in cursor.fetchall()]


class Office:
    """Some recipients of a committee (keys) as they are from a day on, until somebody comes or goes."""

    def __init__(self, committee: Committee, keys: Collection[str], *, on: date) -> None:
        self.committee, self.keys, self.on = committee, keys, on

    @cached_property
    def people(self) -> dict[str, Recipient]:
        """Them, by key."""
        return recipients(self.keys, committee=self.committee, on=self.on)

    @cached_property
    def _rights(self) -> dict[int, Rights]:
        users = [to.user for to in self.people.values() if to.user is not None and not to.skip]
        found = sources(users, on=self.on)
        return {pk: joined(source.gives for source in gives) for pk, gives in found.items()}

    def reason(self, to: Recipient, place: Place) -> str:
        """Return why one of them is not written to of some work now, "" when they are (`Reminder.Skip`)."""
        if to.skip or to.user is None:
            return to.skip
        is_seen = is_read(place, self._rights[to.user.pk], self.committee)
        return "" if is_seen else Reminder.Skip.NOT_VISIBLE.value
