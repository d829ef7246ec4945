"""*Xuất Excel*: what is on the screen, all its pages, as a spreadsheet; every export is logged.

Every list has it: the rows are those of the list itself, with the filters, the tab, the search and the order of its
address, so nobody exports what they do not see; the columns are those of the screen unless a list names its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import unescape
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import limits
from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.clock import HANOI, as_of, hanoi_date, now
from accounts.replica import from_replica
from accounts.spreadsheet_columns import MEDIA_TYPE, Heading
from accounts.text import ascii_filename

if TYPE_CHECKING:
    from accounts.spreadsheet import Book

CHUNK = 1000
WIDTH = 24


@dataclass
class Reading:
    """What columns may ask for beside the row: the day of the export (Hà Nội)."""

    on: date


@dataclass(frozen=True)
class Column:
    """A column of an exported list; `read` returns a date, an aware instant, a number, a text or None."""

    heading: str | Promise
    read: Callable[[Any, Any], Any]
    width: int = WIDTH

    @property
    def as_heading(self) -> Heading:
        return Heading(self.heading, self.width)


def attachment(book: Book, name: str, *, at: datetime) -> FileResponse:
    """Return a workbook as a download; its name says what it is and of when."""
    # Closed by the response, once it is sent.
    target = TemporaryFile()  # noqa: SIM115
    try:
        book.save(target)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    filename = ascii_filename(f"{name} {at.astimezone(HANOI):%Y-%m-%d %H%M}.xlsx")
    return FileResponse(target, as_attachment=True, filename=filename, content_type=MEDIA_TYPE)


class ExportMixin:
    """A list that can be exported. The number of queries must not depend on the rows: `export_rows` (given and
    returning a queryset) fetches what the columns read."""

    # Empty: the columns of the screen.
    export_columns: Sequence[Column] = ()
    export_rows: Callable[[QuerySet[Any]], QuerySet[Any]] = staticmethod(lambda rows: rows)
    model: Any
    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        meta = self.model._meta
        view = self.admin_site.admin_view(require_safe(self.export_view))
        own = [path("xuat-excel/", view, name=f"{meta.app_label}_{meta.model_name}_export")]
        return own + super().get_urls()  # type: ignore[misc]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Give the list the address of its export: its own, but for the page."""
        asked = request.GET.copy()
        asked.pop(PAGE_VAR, None)
        meta = self.model._meta
        address = reverse(f"{self.admin_site.name}:{meta.app_label}_{meta.model_name}_export")
        query = f"?{asked.urlencode()}" if asked else ""
        context = {"export_url": f"{address}{query}"} | (extra_context or {})
        return super().changelist_view(request, context)  # type: ignore[misc]

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Write the rows that the list of the same address shows; one line in the log of access."""
        if not self.has_view_or_change_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        at = now()
        limits.demand(limits.EXPORT, request, at=at)
        asked = request.GET.copy()
        asked.pop(PAGE_VAR, None)
        request.GET = asked  # type: ignore[assignment]
        try:
            found = self.get_changelist_instance(request)  # type: ignore[attr-defined]
        except IncorrectLookupParameters:
            return HttpResponseRedirect("../")
        title = self.export_title(found)
        narrowed = narrowed_by(found)
        columns = self.export_columns or screen_columns(self, request)

        def write() -> tuple[Book, int]:
            # Sixteen megabytes that beat and most workers never need.
            from accounts.spreadsheet import Book

            book = Book(at=at)
            about = [as_of(at), *([narrowed] if narrowed else [])]
            # A copy: a query set that is asked once more must not keep what the first answer was.
            rows = self.export_rows(found.queryset.all())
            return book, self.write_rows(
                book, title, columns, rows, about=about, on=hanoi_date(at), request=request
            )

        book, rows = from_replica(write)
        response = attachment(book, title, at=at)
        what = _("%(title)s: %(rows)d dòng") % {"title": title, "rows": rows}
        record(
            AccessLog.Kind.EXPORT, request=request, what=f"{what}. {narrowed}" if narrowed else what, at=at
        )
        return response

    def export_title(self, found: Any) -> str:
        """Return what the exported list is called."""
        return capfirst(str(self.model._meta.verbose_name_plural))

    def write_rows(
        self,
        book: Book,
        title: str,
        columns: Sequence[Column],
        rows: QuerySet[Any],
        *,
        about: Sequence[str],
        on: date,
        request: HttpRequest,
    ) -> int:
        """Write the rows as the book's first sheet; returns how many. Override to write more of them."""
        sheet = book.sheet(title, [column.as_heading for column in columns], about)
        reading = Reading(on)
        for row in rows.iterator(chunk_size=CHUNK):
            sheet.add(column.read(row, reading) for column in columns)
        sheet.let_filter()
        return sheet.rows


def screen_columns(screen: Any, request: HttpRequest) -> list[Column]:
    """Return the columns that a list shows, without their colours and links."""
    return [
        Column(capfirst(str(label_for_field(name, screen.model, screen))), _reader(name, screen))
        for name in screen.get_list_display(request)
    ]


def _reader(name: str, screen: Any) -> Callable[[Any, Any], Any]:
    def read(row: Any, reading: Any) -> Any:
        try:
            field, _attribute, value = lookup_field(name, row, screen)
        except ObjectDoesNotExist:
            return None
        names = dict(getattr(field, "flatchoices", None) or ())
        return _plain(names.get(value, value))

    return read


def _plain(value: Any) -> Any:
    """Return what a screen shows as a cell holds it."""
    if isinstance(value, bool):
        return _("Có") if value else _("Không")
    if isinstance(value, SafeString):
        return unescape(strip_tags(value))
    if isinstance(value, (list, tuple)):
        return " – ".join(str(_plain(part)) for part in value if part not in (None, ""))
    known = value is None or isinstance(value, (str, Promise, int, float, date))
    return value if known else str(value)


def narrowed_by(found: Any) -> str:
    """Return in words what narrows a list: the search and the filters; "" when nothing does."""
    asked = found.params.get(SEARCH_VAR) or getattr(found, "query", "")
    words = [_("tìm “%(query)s”") % {"query": asked}] if asked else []
    form = getattr(found, "filter_form", None)
    if form is not None:
        words += [f"{form.fields[name].label or name}: {_in_words(form, name)}" for name in form.given]
    words += [text for spec in found.filter_specs if (text := _filter_in_words(spec))]
    return _("Lọc theo: %(filters)s") % {"filters": "; ".join(words)} if words else ""


def _in_words(form: Any, name: str) -> str:
    value = form.given[name]
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    choices = dict(getattr(form.fields[name], "choices", ()) or ())
    return str(choices.get(value, value))


def _filter_in_words(spec: Any) -> str:
    """Return a filter of Django's and what was chosen of it, by the names of its choices where it has any."""
    chosen: list[Any] = []
    for value in spec.used_parameters.values():
        chosen += value if isinstance(value, list) else [value]
    field = getattr(spec, "field", None)
    choices = getattr(spec, "lookup_choices", None) or getattr(field, "flatchoices", None) or ()
    names = {str(key): label for key, label in choices}
    given = [str(names.get(str(value), value)) for value in chosen if value not in (None, "")]
    return f"{spec.title}: {', '.join(given)}" if given else ""
