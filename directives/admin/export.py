"""*Xuất Excel*: what is on the screen, all its pages, as a spreadsheet; every export is logged.

A list gets it by `ExportMixin` before its base and `export_columns`; the rows are those of the list itself, with the
filters, the tab, the search and the order of its address, so nobody exports what they do not see.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.clock import HANOI, hanoi_date, now
from accounts.text import ascii_filename
from directives import lists
from directives.admin.export_columns import Column, Reading
from directives.figure_columns import COLUMNS, as_of, closing_sum, denominators
from directives.models import Assignment
from directives.spreadsheet import MEDIA_TYPE, Book, Heading
from directives.statistics import Cells, Tally

CHUNK = 1000


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
    """A list that can be exported; put it before the base. `export_columns` are what is written of each row.

    `export_rows` (given and returning a queryset) fetches what the columns read, so that the number of queries does
    not depend on the rows.
    """

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
        asked = request.GET.copy()
        asked.pop(PAGE_VAR, None)
        request.GET = asked  # type: ignore[assignment]
        try:
            found = self.get_changelist_instance(request)  # type: ignore[attr-defined]
        except IncorrectLookupParameters:
            return HttpResponseRedirect("../")
        title = self.export_title(found)
        narrowed = narrowed_by(found)
        book = Book(at=at)
        about = [as_of(at), *([narrowed] if narrowed else [])]
        sheet = book.sheet(title, [column.as_heading for column in self.export_columns], about)
        reading = Reading(hanoi_date(at))
        tally = Tally(on=reading.on) if self.model is Assignment else None
        for row in self.export_rows(found.queryset).iterator(chunk_size=CHUNK):
            sheet.add(column.read(row, reading) for column in self.export_columns)
            if tally is not None:
                tally.add(row, is_standing=row.directive.is_standing)
        sheet.let_filter()
        if tally is not None:
            add_summary(book, tally.cells, about)
        response = attachment(book, title, at=at)
        what = _("%(title)s: %(rows)d dòng") % {"title": title, "rows": sheet.rows}
        record(
            AccessLog.Kind.EXPORT, request=request, what=f"{what}. {narrowed}" if narrowed else what, at=at
        )
        return response

    def export_title(self, found: Any) -> str:
        """Return what the exported list is called: the model's name, and that of the tab it shows."""
        name = str(self.model._meta.verbose_name_plural)
        title = name[:1].upper() + name[1:]
        tab = lists.LISTS.get(getattr(found, "name", ""))
        return f"{title} – {tab.label}" if tab is not None and self.model is Assignment else title


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


def add_summary(book: Book, cells: Cells, about: Sequence[str]) -> None:
    """Add a sheet with the cells of the exported rows, closing with their sum."""
    sheet = book.sheet(_("Tổng hợp"), [Heading(_("Chỉ số"), 44), Heading(_("Giá trị"), 14)], about)
    for column in COLUMNS:
        sheet.add([column.heading, column.read(cells)])
    for line in (closing_sum(cells), *denominators()):
        sheet.add_note(line)


def figures_book(
    title: str,
    first_heading: str | Promise,
    lines: Sequence[Any],
    total: Cells,
    *,
    computed_at: datetime,
    at: datetime,
) -> Book:
    """Return a table of figures as a workbook: a line each, the total, the closing sum and the denominators."""
    book = Book(at=at)
    headings = [
        Heading(_("TT"), 6),
        Heading(first_heading, 44),
        *(Heading(column.heading, 13) for column in COLUMNS),
    ]
    sheet = book.sheet(title, headings, [as_of(computed_at)])
    for number, line in enumerate(lines, start=1):
        label = f"{line.label}\n{line.detail}" if line.detail else line.label
        sheet.add([number, label, *(column.read(line.cells) for column in COLUMNS)])
    sheet.add([None, _("Tổng cộng"), *(column.read(total) for column in COLUMNS)], bold=True)
    for note in (closing_sum(total), *denominators()):
        sheet.add_note(note)
    return book
