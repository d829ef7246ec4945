"""Giving out files to those who may see them, and removing a wrong upload."""

from __future__ import annotations

from typing import IO, Any
from urllib.parse import quote

import structlog
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from accounts import limits
from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.clock import now, today
from directives import files
from directives.access import visible_to
from directives.admin.form_fields import ReasonForm
from directives.admin.pages import attempt, bound
from directives.admin.restricted import in_log
from directives.admin.verbs import LIST_TITLE, VerbPages
from directives.models import Assignment, Attachment

log = structlog.get_logger(__name__)


class FilePages(VerbPages):
    """The files of documents, reports, letters and requests."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("tep/<int:file_id>/", wrap(self.download), name="directives_attachment_download"),
            path("tep/<int:file_id>/go/", wrap(self.remove_file), name="directives_attachment_remove"),
            *super().get_urls(),
        ]

    def _file(self, request: HttpRequest, file_id: int) -> Attachment:
        rows = visible_to(request.user, Attachment, on=today()).select_related(
            "document",
            "report__assignment__directive",
            "letter__assignment__directive",
            "extension_request__assignment__directive",
            "removed_by",
        )
        found = rows.filter(pk=file_id).first()
        if found is None:
            raise Http404
        return found

    def download(self, request: HttpRequest, file_id: int) -> HttpResponseBase:
        """Send a file to somebody who sees what it belongs to, as a file to keep, never to be shown as a page.

        Not visible: 404. Removed: 410 with who and why. Each download is logged.
        """
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        attachment = self._file(request, file_id)
        if attachment.removed_at is not None:
            return self._gone(request, attachment)
        response: HttpResponseBase
        if request.method == "HEAD":
            response = HttpResponse(content_type=attachment.content_type)
        else:
            limits.demand(limits.DOWNLOAD, request, at=now())
            response = FileResponse(_content(attachment), content_type=attachment.content_type)
            what = f"{_named(attachment)} (tệp {attachment.pk}, SHA-256 {attachment.sha256})"
            record(AccessLog.Kind.DOWNLOAD, request=request, what=what)
        response.headers["Content-Disposition"] = disposition(attachment)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response.headers["Cache-Control"] = "private, no-store"
        return response

    def _gone(self, request: HttpRequest, attachment: Attachment) -> HttpResponse:
        response = self.page(
            request,
            "admin/directives/assignment/file_gone.html",
            title=_("Tệp đã được gỡ"),
            trail=[],
            file=attachment,
            back=_home_of(self, attachment),
        )
        response.status_code = 410
        return response

    def remove_file(self, request: HttpRequest, file_id: int) -> HttpResponse:
        """Ask why, then destroy the bytes of a wrong upload; a document's file has its dialog on the document."""
        attachment = self._file(request, file_id)
        row = assignment_of(attachment)
        if row is None:
            raise Http404
        if not files.may_remove(request.user, attachment, on=today()):  # type: ignore[arg-type]
            raise PermissionDenied
        back = self.home(row)
        if attachment.removed_at is not None:
            messages.warning(request, _("Tệp này đã được gỡ trước đó."))
            return HttpResponseRedirect(back)
        form = ReasonForm(**bound(request))

        def remove(data: Any) -> None:
            by: Any = request.user
            files.remove(attachment=attachment, by=by, at=now(), reason=data["reason"])

        if request.method == "POST" and form.is_valid():
            attempt(form, remove)
            if not form.errors:
                messages.success(request, _("Đã gỡ tệp."))
                return HttpResponseRedirect(back)
        return self.page(
            request,
            "admin/directives/assignment/remove_file.html",
            title=_("Gỡ tệp"),
            trail=[(self.address("changelist"), LIST_TITLE), (back, str(row.directive))],
            form=form,
            media=form.media,
            button=_("Gỡ tệp"),
            back=back,
            danger=True,
            file=attachment,
        )


def _named(attachment: Attachment) -> str:
    row = assignment_of(attachment)
    about = row.directive if row is not None else attachment.document
    return in_log(about, attachment.name, pk=about.pk) if about is not None else attachment.name


def _content(attachment: Attachment) -> IO[bytes]:
    try:
        opened: IO[bytes] = attachment.file.open("rb")
    except FileNotFoundError as error:
        log.error("file_missing", attachment=attachment.pk, path=attachment.file.name)
        raise Http404 from error
    return opened


def disposition(attachment: Attachment) -> str:
    """Return the header that names the file: in ASCII for old clients, and as it was uploaded."""
    plain = files.download_name(attachment)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(attachment.name, safe='')}"


def assignment_of(attachment: Attachment) -> Assignment | None:
    """Return the assignment a file was uploaded to; None for a document's file."""
    owner = attachment.report or attachment.letter or attachment.extension_request
    return owner.assignment if owner is not None else None


def _home_of(pages: VerbPages, attachment: Attachment) -> str:
    row = assignment_of(attachment)
    return pages.home(row) if row is not None else pages.address("changelist")
