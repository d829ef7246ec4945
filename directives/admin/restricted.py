"""Restricted matter on the screens: who only knows that it exists reads its content by opening it, which is logged."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.admin.base import signed_in
from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.clock import today
from directives.admin.wording import SHORT, short
from directives.models import Assignment, Directive, Document, Message, Reminder
from directives.rights import Rights, rights
from directives.sight import is_logged, logged_documents


def listed(directive: Directive, *, held: Rights, longest: int = SHORT) -> str:
    """Return the beginning of a directive's content as a list shows it, or why the list does not."""
    return hidden() if is_logged(directive, held) else short(directive.content, longest)


def kept_back_of(documents: Collection[int], *, held: Rights) -> set[int]:
    """Return the ids of those documents whose subject a list keeps back, being the content: one query at most."""
    if not held.auditor:
        return set()
    rows = Document.objects.order_by().filter(logged_documents(held), pk__in=documents)
    return set(rows.values_list("pk", flat=True))


def hidden() -> str:
    """Return what stands where a list keeps a content back."""
    return _("(hạn chế: mở để xem, việc xem được ghi nhật ký)")


def log_opening(request: HttpRequest, row: Directive | Assignment | Document | Message) -> None:
    """Write a line in the log of access when the row tells restricted matter to somebody whose reading is logged."""
    held = rights(signed_in(request), on=today())
    tells = isinstance(row, Message) and row.tells_restricted
    if held.auditor and (tells or any(is_logged(directive, held) for directive in _told_by(row))):
        what = _("%(kind)s hạn chế, số %(pk)d") % {"kind": row._meta.verbose_name, "pk": row.pk}
        record(AccessLog.Kind.VIEW, request=request, what=what)


def log_preview(request: HttpRequest) -> None:
    """As `log_opening`, for the mails to come: they may tell of anything that is restricted now."""
    rows = Directive.objects.filter(is_restricted=True, state=Directive.State.ISSUED)
    if rights(signed_in(request), on=today()).auditor and rows.exists():
        record(AccessLog.Kind.VIEW, request=request, what=_("Thư sẽ gửi, có thể có nội dung hạn chế"))


def _told_by(row: Any) -> list[Directive]:
    """The restricted directives whose content a page of the row shows."""
    restricted = Directive.objects.filter(is_restricted=True)
    if isinstance(row, Message):
        about = Reminder.objects.filter(message__in=[row.pk, row.resend_of_id])
        return list(restricted.filter(assignments__in=about.values("assignment")).distinct())
    if isinstance(row, Document):
        # Its own text says what its directives say; beside others that everybody reads it is not restricted.
        rows = list(Directive.objects.filter(document=row))
        return rows if all(directive.is_restricted for directive in rows) else []
    directive = row.directive if isinstance(row, Assignment) else row
    return [directive] if directive.is_restricted else []


def in_log(row: Directive | Document, words: str, *, pk: int) -> str:
    """Return what the log of access says of something restricted: it is read by people who do not see it."""
    return _("nội dung hạn chế, số %(pk)d") % {"pk": pk} if _told_by(row) else words
