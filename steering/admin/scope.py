"""Whose committees, seats and members a person sees: a secretariat its own, administrator and auditor all."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.base import signed_in
from accounts.clock import today
from accounts.dated import holds_on
from accounts.roles import Role
from steering.models import Committee


def committees(request: HttpRequest) -> QuerySet[Committee]:
    """Return the committees whose composition the person sees today (Hà Nội)."""
    user = signed_in(request)
    rows = Committee.objects.all()
    if user.has_role(Role.ADMINISTRATOR, Role.AUDITOR):
        return rows
    if not user.has_role(Role.SECRETARIAT):
        return rows.none()
    return rows.filter(holds_on(today(), "staff__"), staff__user=user).distinct()
