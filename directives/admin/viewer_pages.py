"""*Ai xem được nhiệm vụ này*: each person with the reason, for auditors and administrators."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.admin.base import signed_in
from accounts.clock import today
from accounts.roles import Role
from directives.admin.directive_frame import DirectiveFrame
from directives.admin.source_words import SourceWords
from directives.models import Directive
from directives.viewers import viewers

PEOPLE_A_PAGE = 50


class ViewerPages(DirectiveFrame):
    """The page of who sees one directive."""

    def viewer_pages(self) -> list[tuple[str, Any, str]]:
        return [("<int:object_id>/ai-xem-duoc/", require_safe(self.viewers_view), "viewers")]

    def checks_rights(self, request: HttpRequest) -> bool:
        """Return whether the person looks after who sees what."""
        held = self.held(request)
        return held.auditor or held.administrator

    def viewers_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """List who sees the directive today (Hà Nội), by name, each with every reason; a page at a time."""
        directive: Directive = self.seen(request, object_id)
        if not self.checks_rights(request):
            raise PermissionDenied
        found = viewers(directive, on=today())
        page = Paginator(found, PEOPLE_A_PAGE).get_page(request.GET.get("trang"))
        shown = list(page.object_list)
        words = SourceWords(
            [reason.source for viewer in shown for reason in viewer.reasons], reader=signed_in(request)
        )
        return self.page(
            request,
            "admin/directives/directive/viewers.html",
            title=_("Ai xem được nhiệm vụ này"),
            trail=self.trail(directive, itself=True),
            directive=directive,
            page=page,
            people=[
                {
                    "user": viewer.user,
                    "roles": [role.label for role in Role if viewer.user.has_role(role)],
                    "reasons": [
                        {
                            "relation": reason.way.relation.label,
                            "source": words.of(reason.source),
                            "valid_from": reason.source.valid_from,
                            "valid_until": reason.source.valid_until,
                        }
                        for reason in viewer.reasons
                    ],
                }
                for viewer in shown
            ],
        )
