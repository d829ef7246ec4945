"""What gives rights, in words: the role, posting, seat, staff or grant, with its days."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.clock import today
from accounts.models import User
from accounts.roles import Role
from directives.access import visible_to
from directives.models import Directive
from directives.rights import Kind, Source
from directives.sight import Relation, Sight
from steering.models import Committee, Posting, Seat, SeatHolding, Unit

# What each row of the table shows, said of the person.
SEES_WORDS: dict[Relation, str | Promise] = {
    Relation.SECRETARIAT: _("Mọi nhiệm vụ của Ban Chỉ đạo, cả bản nháp"),
    Relation.CHAIR: _("Mọi nhiệm vụ của Ban Chỉ đạo"),
    Relation.LEADER: _("Mọi nhiệm vụ của Ban Chỉ đạo"),
    Relation.SUPERVISOR: _("Nhiệm vụ do vị trí này phụ trách"),
    Relation.UNIT: _("Nhiệm vụ của đơn vị và của các đơn vị mà đơn vị kế thừa"),
    Relation.SUPERIOR: _("Nhiệm vụ của các đơn vị cấp dưới"),
    Relation.GRANT: _("Nhiệm vụ được cấp quyền xem"),
    Relation.AUDITOR: _("Mọi nhiệm vụ, cả bản nháp"),
    Relation.ADMINISTRATOR: _("Mọi nhiệm vụ, cả bản nháp"),
}
RESTRICTED_WORDS: dict[Sight, str | Promise] = {
    Sight.ALL: _("cả nhiệm vụ hạn chế"),
    Sight.NONE: _("trừ nhiệm vụ hạn chế"),
    Sight.LOGGED: _("việc mở nội dung hạn chế được ghi nhật ký"),
}


class SourceWords:
    """The names behind sources, for one reader, read at once: at most six queries."""

    def __init__(self, sources: Collection[Source], *, reader: User) -> None:
        ids: dict[Kind, set[Any]] = {kind: set() for kind in Kind}
        for source in sources:
            ids[source.kind].add(source.of)
        postings = {source.posting for source in sources if source.posting}
        self.committees = Committee.objects.in_bulk(ids[Kind.STAFF])
        self.seats = Seat.objects.in_bulk(ids[Kind.HOLDING])
        self.holdings = SeatHolding.objects.in_bulk(ids[Kind.ASSISTANT])
        self.units = Unit.objects.in_bulk(ids[Kind.POSTING])
        self.duties = dict(Posting.objects.filter(pk__in=postings).values_list("pk", "duty"))
        # An administrator looks after accounts and does not see what is restricted.
        shown = visible_to(reader, Directive, on=today()).filter(pk__in=ids[Kind.GRANT])
        self.directives = dict(shown.values_list("pk", "code"))

    def of(self, source: Source) -> str:
        """Return a source in words."""
        return str(getattr(self, f"_{source.kind.name.lower()}")(source))

    def _role(self, source: Source) -> Any:
        return _now("Vai trò %(role)s") % {"role": Role(source.of).label}

    def _staff(self, source: Source) -> Any:
        committee = self.committees[source.of]
        return f"{committee.secretariat_label}, {committee.short_name or committee.name}"

    def _holding(self, source: Source) -> Any:
        seat = self.seats[source.of]
        words = {"role": seat.get_role_display(), "order": seat.protocol_order}
        return _now("%(role)s (thứ tự %(order)d)") % words

    def _assistant(self, source: Source) -> Any:
        return _now("Người giúp việc của %(person)s") % {"person": self.holdings[source.of].person}

    def _posting(self, source: Source) -> Any:
        unit = self.units[source.of].name
        duty = self.duties.get(source.posting)
        return f"{Posting.Duty(duty).label}, {unit}" if duty else unit

    def _grant(self, source: Source) -> Any:
        code = self.directives.get(source.of)
        if code is None:
            return _now("Được cấp quyền xem một nhiệm vụ hạn chế")
        return _now("Được cấp quyền xem %(code)s") % {"code": code}
