"""*Người này xem được gì*: committees, seats, units with their reach and grants of one account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.admin.base import signed_in
from accounts.clock import today
from accounts.models import SYSTEM_USERNAME, User
from accounts.roles import Role
from directives.access import visible_to
from directives.admin.source_words import RESTRICTED_WORDS, SEES_WORDS, SourceWords
from directives.models import Assignment, Directive, Document
from directives.rights import Source, rights, sources
from directives.viewers import ways_of
from steering.models import Unit

UNITS_NAMED = 20


@require_safe
def person_rights(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what gives a person rights today (Hà Nội) and how much they see; for auditors and administrators."""
    reader, on = signed_in(request), today()
    held = rights(reader, on=on)
    if not (held.auditor or held.administrator):
        raise PermissionDenied
    person = get_object_or_404(User.objects.exclude(username=SYSTEM_USERNAME), pk=pk)
    given = sources([person], on=on).get(person.pk, [])
    words = SourceWords(given, reader=reader)
    units = _unit_names(given)
    account = reverse("admin:accounts_user_change", args=[person.pk])
    context = {
        **admin.site.each_context(request),
        "title": _("Người này xem được gì"),
        "trail": [(reverse("admin:accounts_user_changelist"), _("Tài khoản")), (account, str(person))],
        "person": person,
        "roles": [role.label for role in Role if person.has_role(role)],
        "counts": [
            (label, visible_to(person, model, on=on).count())
            for label, model in (
                (_("Nhiệm vụ"), Directive),
                (_("Phân công"), Assignment),
                (_("Văn bản"), Document),
            )
        ],
        "rows": [_row(source, words, units) for source in given],
    }
    return TemplateResponse(request, "admin/accounts/user/rights.html", context)


def _row(source: Source, words: SourceWords, units: dict[int, str]) -> dict[str, Any]:
    reach = [units[pk] for pk in (*source.gives.own, *source.gives.below) if pk in units]
    return {
        "source": words.of(source),
        "ways": [
            (SEES_WORDS[way.relation], RESTRICTED_WORDS[way.restricted]) for way in ways_of(source.gives)
        ],
        "units": sorted(reach)[:UNITS_NAMED],
        "more_units": max(0, len(source.gives.own | source.gives.below) - UNITS_NAMED),
        "valid_from": source.valid_from,
        "valid_until": source.valid_until,
    }


def _unit_names(given: Iterable[Source]) -> dict[int, str]:
    ids = {pk for source in given for pk in source.gives.own | source.gives.below}
    return dict(Unit.objects.filter(pk__in=ids).values_list("pk", "name"))


urlpatterns = [path("<int:pk>/", admin.site.admin_view(person_rights), name="person_rights")]
