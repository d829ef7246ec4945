"""What a directive's subject must agree with, whether it is drafted or corrected."""

from __future__ import annotations

from django.utils.translation import gettext as _

from directives.errors import Refused
from directives.models import Directive


def demand_subject(directive: Directive) -> None:
    """Raise Refused, naming the field, when date, seats, policy or parent do not fit the directive."""
    if directive.is_standing and directive.due_on:
        raise Refused(_("Nhiệm vụ thường xuyên không có thời hạn; hãy để trống thời hạn."), field="due_on")
    for field in ("supervisor", "given_by_seat"):
        seat = getattr(directive, field)
        if seat is not None and seat.committee_id != directive.committee_id:
            raise Refused(_("Vị trí này không thuộc Ban Chỉ đạo của nhiệm vụ."), field=field)
    policy = directive.reminder_policy
    if policy is not None and policy.committee_id != directive.committee_id:
        raise Refused(_("Chính sách nhắc việc này thuộc Ban Chỉ đạo khác."), field="reminder_policy")
    _demand_parent(directive)


def _demand_parent(directive: Directive) -> None:
    """A parent is of the same committee and not a part of the directive itself."""
    above = directive.parent
    if above is not None and above.committee_id != directive.committee_id:
        raise Refused(_("Nhiệm vụ này thuộc Ban Chỉ đạo khác."), field="parent")
    while above is not None:
        if above.pk == directive.pk:
            raise Refused(
                _("Nhiệm vụ không thể thuộc chính nó hoặc thuộc nhiệm vụ con của nó."), field="parent"
            )
        above = above.parent
