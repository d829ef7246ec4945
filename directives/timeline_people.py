"""Who acted, with the post they held on that day."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from accounts.clock import hanoi_date
from accounts.models import SYSTEM_USERNAME
from directives.models import Assignment
from directives.timeline_entries import Entry
from steering.models import CommitteeStaff, Posting


class People:
    """Names and posts for entries of one assignment, read with two queries."""

    def __init__(self, assignment: Assignment) -> None:
        self.committee = assignment.directive.committee

    @cached_property
    def staff(self) -> dict[int, CommitteeStaff]:
        """The people of the committee's secretariat, then and now, by the id of their account."""
        return {row.user_id: row for row in CommitteeStaff.objects.filter(committee=self.committee)}

    def name(self, entries: Iterable[Entry]) -> None:
        """Fill in `who` and `post` of each entry: the post written with the account, the secretariat, or the duty
        at the unit on the day of the act."""
        told = [entry for entry in entries if entry.actor is not None]
        users = {entry.actor.pk for entry in told}
        postings: dict[int, list[Posting]] = {}
        for posting in Posting.objects.filter(user__in=users).select_related("unit"):
            postings.setdefault(posting.user_id, []).append(posting)
        for entry in told:
            on, user = hanoi_date(entry.at), entry.actor
            entry.who = str(user)
            if user.username == SYSTEM_USERNAME:
                continue
            row = self.staff.get(user.pk)
            held = next((p for p in postings.get(user.pk, ()) if p.holds(on)), None)
            if row is not None and row.holds(on):
                entry.post = user.post or self.committee.secretariat_label
            elif held is not None:
                entry.post = f"{user.post or held.get_duty_display()}, {held.unit}"
            else:
                entry.post = user.post
