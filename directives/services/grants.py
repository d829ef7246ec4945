"""Who else may see a restricted directive: named persons, from a day until a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.contrib.auth.models import Permission
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.clock import hanoi_date
from accounts.models import User
from directives.errors import Refused
from directives.models import Directive, DirectiveUserObjectPermission
from directives.services.frame import demand_committee, demand_reason, lock_directive, recording

SEE = "see_directive"


def grant_view(
    *,
    directive: Directive,
    person: User,
    by: User,
    at: datetime,
    reason: str,
    valid_from: date | None = None,
    valid_until: date | None = None,
) -> DirectiveUserObjectPermission:
    """Let a person see a restricted directive between two days, both inclusive (Hà Nội; None: open).

    Raises Refused for a directive that is not restricted, an inactive account, dates in the wrong order or in
    the past, and when the person holds the right for some of those days already.
    """
    reason = demand_reason(reason)
    if valid_from and valid_until and valid_until < valid_from:
        raise Refused(_("“Đến hết ngày” phải từ “Từ ngày” trở đi."), field="valid_until")
    if valid_until and valid_until < hanoi_date(at):
        raise Refused(_("“Đến hết ngày” đã qua."), field="valid_until")
    if not person.is_active:
        raise Refused(_("Tài khoản này đã khóa."), field="person")
    with recording(by=by, at=at, reason=reason):
        row = lock_directive(directive)
        demand_committee(row.committee_id, by=by, at=at)
        if not row.is_restricted:
            raise Refused(_("Nhiệm vụ này không hạn chế người xem, không cần cấp quyền."))
        held = row.grants.filter(user=person)
        if valid_until is not None:
            held = held.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=valid_until))
        if held.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=valid_from or date.min)).exists():
            raise Refused(_("Người này đã có quyền xem trong thời gian đó."), field="person")
        grant = DirectiveUserObjectPermission(
            content_object=row,
            user=person,
            permission=Permission.objects.get(codename=SEE, content_type__app_label="directives"),
            valid_from=valid_from,
            valid_until=valid_until,
        )
        grant.save()
    return grant


def end_view(*, grant: DirectiveUserObjectPermission, by: User, at: datetime, reason: str) -> None:
    """End a person's right to see a restricted directive at once; what was granted stays in the history."""
    reason = demand_reason(reason)
    yesterday = hanoi_date(at) - timedelta(days=1)
    with recording(by=by, at=at, reason=reason):
        demand_committee(lock_directive(grant.content_object).committee_id, by=by, at=at)
        row = (
            DirectiveUserObjectPermission.objects.select_for_update(of=("self",)).filter(pk=grant.pk).first()
        )
        if row is None or (row.valid_until is not None and row.valid_until <= yesterday):
            raise Refused(_("Quyền xem này đã kết thúc trước đó."))
        if row.valid_from is not None and row.valid_from > yesterday:
            # It never held on a whole day, and a row cannot end before it begins.
            row.delete()
            return
        row.valid_until = yesterday
        row.save()
