"""The very bytes of a mail as they go over the wire: on the page as text, and as a file any mail program opens."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.audit.log import record
from accounts.audit.models import AccessLog
from directives.admin.pages import CaseAdmin
from directives.admin.restricted import log_opening
from directives.models import Message
from directives.reminders.envelope import envelope
from directives.reminders.files import bytes_of, file_name


def source(message: Message) -> str:
    """Return a mail (its committee loaded) as the text that is sent, "" when it cannot be written."""
    content = _bytes(message)
    return content.decode("ascii", "replace") if content is not None else ""


def _bytes(message: Message) -> bytes | None:
    try:
        return bytes_of(envelope(message))
    except ValueError:
        return None


class SourcePages(CaseAdmin):
    """The file of one mail; part of the screen of mails."""

    def source_pages(self) -> list[tuple[str, Callable[..., HttpResponseBase], str]]:
        """Return the file's route, view and name."""
        return [("<int:pk>/tep/", require_safe(self.file_view), "file")]

    def file_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a mail as .eml, as a file to keep; each download is logged. What cannot be written is not there."""
        message: Message = self.seen(request, pk)
        content = _bytes(message)
        if content is None:
            raise Http404
        log_opening(request, message)
        if request.method == "GET":
            record(
                AccessLog.Kind.DOWNLOAD, request=request, what=_("Thư số %(pk)d (.eml)") % {"pk": message.pk}
            )
        response = HttpResponse(content, content_type="message/rfc822")
        response.headers["Content-Disposition"] = f'attachment; filename="{file_name(envelope(message))}"'
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "private, no-store"
        return response
