"""*Thư nhắc việc* of an assignment and of a person: what was written, what was not and why, and what will be."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.admin.base import signed_in
from accounts.clock import hanoi_date, now
from accounts.models import SYSTEM_USERNAME, User
from directives.access import visible_to
from directives.admin.restricted import log_opening
from directives.admin.seen import Seen
from directives.admin.verbs import LIST_TITLE, OwnPage, VerbPages
from directives.models import Message
from directives.reminders.explain import DAYS_BACK, concerns, of_assignment, of_person
from directives.rights import rights


class MailPages(VerbPages):
    """The page of an assignment's mails; for who reads its exchanges."""

    def own_pages(self) -> list[OwnPage]:
        return [*super().own_pages(), ("<int:object_id>/thu/", require_safe(self.mails_view), "mails")]

    def mails_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show the reminders that were written, with what became of them, and those of the coming thirty days."""
        row = self.seen(request, object_id)
        at = now()
        on = hanoi_date(at)
        if not Seen(signed_in(request), row, on).inside:
            raise PermissionDenied
        log_opening(request, row)
        asked = request.GET.get("trang", "")
        number = max(int(asked), 1) if asked.isdecimal() and len(asked) < 7 else 1
        explained = of_assignment(row, at=at, page=number)
        mails = [told.message.pk for told in explained.past if told.message is not None]
        opened = visible_to(request.user, Message, on=on).filter(pk__in=mails)
        return self.page(
            request,
            "admin/directives/assignment/mails.html",
            title=_("Thư nhắc việc"),
            trail=[(self.address("changelist"), LIST_TITLE), (self.home(row), str(row.directive))],
            assignment=row,
            explained=explained,
            opened=set(opened.values_list("pk", flat=True)),
            number=number,
            previous_number=number - 1,
            next_number=number + 1,
        )


@require_safe
def person_mails(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a person's mails to auditors, administrators and the secretariats that write to them."""
    reader, at = signed_in(request), now()
    on = hanoi_date(at)
    held = rights(reader, on=on)
    if not (held.auditor or held.administrator or held.secretariat_of):
        raise PermissionDenied
    person = get_object_or_404(User.objects.exclude(username=SYSTEM_USERNAME), pk=pk)
    trail = []
    if held.auditor or held.administrator:
        account = reverse("admin:accounts_user_change", args=[person.pk])
        trail = [(reverse("admin:accounts_user_changelist"), _("Tài khoản")), (account, str(person))]
    # To a secretariat there are only the people it writes to.
    elif not concerns(person, reader=reader, on=on):
        raise Http404
    return _page(request, person, title=_("Thư nhắc việc"), trail=trail)


@require_safe
@login_required
@never_cache
def own_mails(request: HttpRequest) -> HttpResponse:
    """Show everybody their own mails."""
    return _page(request, signed_in(request), title=_("Thư của tôi"), trail=[])


def _page(request: HttpRequest, person: User, *, title: object, trail: object) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": title,
        "trail": trail,
        "person": person,
        "own": person.pk == signed_in(request).pk,
        "explained": of_person(person, reader=signed_in(request), at=now()),
        "days_back": DAYS_BACK,
    }
    return TemplateResponse(request, "admin/accounts/user/mails.html", context)


urlpatterns = [path("<int:pk>/", admin.site.admin_view(person_mails), name="person_mails")]
